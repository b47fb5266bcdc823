"""The operator as the image has it: its locked dependencies and its wheel, without what only development needs.

kopf loads the Kubernetes client where there is one, which takes ten megabytes that no one has in production.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tools.cluster.progress import run

ROOT = Path(__file__).resolve().parents[2]


def shipped(folder: Path) -> Path:
    """Make an environment in a folder that is there, and return its `scim-operator`."""
    place, wheels = folder / "shipped", folder / "wheels"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    into = [*pip, "--python", str(place / "bin" / "python"), "install", "--quiet", "--no-deps"]
    locked = ["--require-hashes", "-r", str(ROOT / "requirements" / "run.txt")]
    _step(folder, "making an environment as in the image", [sys.executable, "-m", "venv", str(place)])
    _step(folder, "installing what the operator needs", [*into, *locked])
    wheel = [*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(ROOT)]
    _step(folder, "building the wheel", wheel)
    _step(folder, "installing it", [*into, "--no-index", *map(str, wheels.glob("*.whl"))])
    return place / "bin" / "scim-operator"


def _step(folder: Path, what: str, command: list[str]) -> None:
    run(command, what, log=folder / "install.log", cwd=ROOT, env=os.environ)
