"""The specs that every simulated life is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DOMAIN = "@corp.example"
_CLASSES = ("disables", "userDeletes", "groupDeletes", "memberRemovals", "renames", "adoptions", "recreations")
UNLIMITED = {name: {"min": 1_000, "max": 1_000} for name in _CLASSES}
"""Limits that hold nothing: a life may book a change twice, and holding is a story of its own."""


def user(name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the spec of a user with all that VMware Identity Service requires."""
    return {
        "userName": f"{name}{DOMAIN}",
        "active": True,
        "name": {"givenName": name.title(), "familyName": "Example"},
        "emails": [{"type": "work", "value": f"{name}{DOMAIN}", "primary": True}],
        **more,
    }


def changed(document: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return a document with another value at a path of at most two names."""
    name, _, part = path.partition(".")
    return {**document, name: {**document.get(name, {}), part: value} if part else value}
