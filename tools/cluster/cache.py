"""The cache of binaries between runs, and its sharing by two runs."""

from __future__ import annotations

import fcntl
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tools.cluster.progress import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator


def root() -> Path:
    """Return the cache directory, made if need be: $XDG_CACHE_HOME/scim-operator, else ~/.cache/scim-operator."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    path = Path(base) / "scim-operator"
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def exclusive(path: Path, what: str) -> Iterator[None]:
    """Hold the lock file `path`, saying every ten seconds that `what` by another process is waited for."""
    with path.open("w") as file:
        wait_until(lambda: _try_lock(file.fileno()), f"waiting for another process: {what}", limit=float("inf"))
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def workspace(near: Path) -> Iterator[Path]:
    """Provide a directory on the file system of `near`, so that its content can be renamed into place."""
    near.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=near, prefix=".making-") as made:
        yield Path(made)


def install(made: Path, target: Path) -> Path:
    """Put a finished binary in its place in one step; a reader sees the old one or the new one, never a half."""
    target.parent.mkdir(parents=True, exist_ok=True)
    made.chmod(0o755)
    return made.replace(target)
