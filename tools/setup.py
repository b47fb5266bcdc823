"""Makes .venv from the lock, and installs the project into it as editable; `make setup` calls it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.cluster.progress import ClusterError, run, say

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def main() -> int:
    try:
        if not has_pip():
            make_environment()
        install()
    except ClusterError as error:
        say(str(error))
        return 1
    return 0


def has_pip() -> bool:
    """Return whether .venv is complete: its Python may have been removed since, or its creation cut short."""
    try:
        return subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def make_environment() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        major, minor = sys.version_info[:2]
        raise ClusterError(f"Install the venv module of {sys.executable} (Debian, Ubuntu: python{major}.{minor}-venv).")
    step("making .venv", [sys.executable, "-m", "venv", "--clear", str(VENV)])


def install() -> None:
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    lock = str(ROOT / "requirements" / "dev.txt")
    # The lock is whole. Left to resolve, pip takes the newest release for `pydantic[email]`, not the pinned one.
    step("installing the locked dependencies", [*pip, "--require-hashes", "--no-deps", "-r", lock])
    step("installing the project", [*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)])


def step(what: str, command: list[str]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        run(command, what, log=Path(scratch) / "log", cwd=ROOT, env=os.environ)


if __name__ == "__main__":
    sys.exit(main())
