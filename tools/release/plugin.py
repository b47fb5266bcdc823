"""The kubectl plugin as a folder that needs no Python: made from the lock, in an environment of its own."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.release.krew import archive_name
from tools.release.packing import pack
from tools.release.trying import try_out

ROOT = Path(__file__).resolve().parents[2]
MAIN = "from scim_operator.cli import main\n\nmain()\n"


def build(version: str, into: Path) -> Path:
    """Return the archive for the platform that this runs on; PyInstaller cannot build for another."""
    archive = into / archive_name(version, sys.platform, platform.machine())
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        _environment(work / "venv")
        built = _frozen(work)
        try_out(built / "kubectl-scim", work)
        pack(built, archive, ROOT / "LICENSE")
    return archive


def _environment(venv: Path) -> None:
    _run(sys.executable, "-m", "venv", str(venv))
    pip = (str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
    lock = ROOT / "requirements"
    _run(*pip, "--require-hashes", "--only-binary=:all:", "-r", str(lock / "plugin.txt"))
    _run(*pip, "--require-hashes", "--only-binary=:all:", "-r", str(lock / "build.txt"))
    _run(*pip, "--no-index", "--no-build-isolation", str(ROOT))


def _frozen(work: Path) -> Path:
    (work / "main.py").write_text(MAIN)
    command = [str(work / "venv" / "bin" / "pyinstaller"), "--noconfirm", "--onedir", "--log-level=ERROR"]
    command += ["--name=kubectl-scim", "--collect-submodules=scim_operator", "--collect-data=scim_operator"]
    command += [str(work / "main.py")]
    _run(*command, cwd=work)
    return work / "dist" / "kubectl-scim"


def _run(*command: str, cwd: Path = ROOT) -> None:
    # PyInstaller writes what depends on the order of sets and on the time, unless both are given.
    env = dict(os.environ) | {"PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", "0")}
    subprocess.run(command, check=True, cwd=cwd, env=env, stdout=sys.stderr)
