"""Copies of JSON values, a few times faster than `copy.deepcopy`: a simulated API server makes one for each reader."""

from __future__ import annotations

from typing import Any, TypeVar, cast

T = TypeVar("T")


def copied(value: T) -> T:
    """Return a JSON value that shares no object or list with the given one."""
    return cast("T", _copied(value))


def _copied(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {name: _copied(each) for name, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value
