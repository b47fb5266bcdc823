"""Reading what may be missing: a test that needs it says so, and fails in words where it is not there."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def present(value: T | None) -> T:
    """The value itself, which must not be None."""
    __tracebackhide__ = True
    assert value is not None, "it must be there, and is not"
    return value
