"""What goes first through a service's budget: the requests of a task that ends access, the reads for it as well.

It holds for the task that says so, since between an object and its requests there are many steps that it does not
concern.
"""

from __future__ import annotations

from contextvars import ContextVar

_first: ContextVar[bool] = ContextVar("first", default=False)


def put_first(first: bool) -> None:  # noqa: FBT001 - its only argument
    """Say whether what this task sends from now on goes first."""
    _first.set(first)


def goes_first() -> bool:
    """Return whether what this task sends goes first."""
    return _first.get()
