"""A copy of the operator's source with one safety switched off, and the environment in which Python runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import scim_operator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify.safeties.switch import Switch

ROOT = Path(__file__).parents[2]
WHOLE = Path(scim_operator.__file__).parents[1]
"""The folder of the source as it is."""
OVER = "VERIFY_OVER"
"""The variable that names the folder from which `scim_operator` is to come."""
_WHERE = "import scim_operator; print(scim_operator.__file__)"


@contextmanager
def without(switch: Switch) -> Iterator[Path]:
    """Make the folder of a copy without a safety, for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="without-") as folder:
        package = Path(folder) / "scim_operator"
        shutil.copytree(WHOLE / "scim_operator", package, ignore=shutil.ignore_patterns("__pycache__"))
        for change in switch.changes:
            change.make(package)
        must_be(Path(folder))
        yield Path(folder)


def environment(folder: Path) -> dict[str, str]:
    """Return the environment in which `scim_operator` comes from this folder, and sets have a fixed order."""
    return {**os.environ, "PYTHONPATH": str(folder), OVER: str(folder), "PYTHONHASHSEED": "0"}


def must_be(folder: Path) -> None:
    """Raise unless a new Python, as one that a test starts, imports what is in the folder."""
    command = [sys.executable, "-c", _WHERE]
    found = subprocess.run(command, env=environment(folder), cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - ourselves
    if not Path(found.stdout.strip()).is_relative_to(folder):
        raise RuntimeError(f"scim_operator comes from {found.stdout.strip()}, and not from {folder}")
