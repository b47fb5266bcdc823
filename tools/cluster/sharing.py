"""One control plane for all the worker processes of a test run."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tools.cluster import cache, state
from tools.cluster.binaries import ensure_binaries
from tools.cluster.controlplane import ControlPlane, start
from tools.cluster.progress import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def private(folder: Path) -> Iterator[ControlPlane]:
    """Provide a private control plane, which dies with this process."""
    plane = start(folder, ensure_binaries(), die_with_parent=True)
    try:
        yield plane
    finally:
        plane.stop()


@contextmanager
def shared(folder: Path) -> Iterator[ControlPlane]:
    """Provide a control plane to all processes that use `folder`: the first one starts it, and waits for the others.

    Every user holds a shared lock on the file `users`; the one that started it takes the lock alone before it stops the
    processes, so no one loses them in mid-test, and a user that is killed releases its lock by dying.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "users").open("w") as users:
        with cache.exclusive(folder / "starting", "starting the control plane"):
            recorded = state.load(folder / "plane")
            mine = start(folder / "plane", ensure_binaries(), die_with_parent=True) if recorded is None else None
            if mine is not None:
                state.save(mine)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield mine or _expect(recorded)
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            if mine is not None:
                _stop_when_alone(mine, folder)


def _expect(recorded: ControlPlane | None) -> ControlPlane:
    assert recorded is not None  # noqa: S101 - either we started it or it was recorded
    return recorded


def _stop_when_alone(plane: ControlPlane, folder: Path) -> None:
    with cache.exclusive(folder / "users", "using the control plane"):
        plane.stop()
        say("the control plane is stopped")
