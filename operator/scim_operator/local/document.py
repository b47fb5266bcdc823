"""A document of a file, in YAML or JSON, and the error of a text that is not one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scim_operator.errors import InvalidSpec

MAX_DEPTH = 64
"""Levels of nesting; the deepest field of our kinds is at ten."""

Path = tuple[str | int, ...]


class Unreadable(InvalidSpec):
    """A file is no YAML that we take; `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class NoJson(Unreadable):
    """A text is no JSON, and may be YAML."""


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its value in JSON's types, the line it begins at, its number in the file, from 0.

    `start` is the index in the text of the beginning of that line, `end` that of its end.
    """

    value: Any
    line: int
    number: int
    start: int = 0
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Torn:
    """A document that cannot be read: why, the line of that, and its text."""

    message: str
    line: int
    text: str


def twice(key: str) -> str:
    """Return the message for a key that stands twice."""
    return f"the key {key[:100]} stands twice in one mapping; keep one of them"


def too_deep() -> str:
    """Return the message for nesting that is too deep."""
    return f"nested deeper than {MAX_DEPTH} levels; no field of a manifest is so deep"
