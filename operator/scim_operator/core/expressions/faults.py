"""Faults inside an expression, before it becomes the InvalidSpec that callers see."""

from __future__ import annotations

from scim_operator.errors import InvalidSpec


class Fault(Exception):  # noqa: N818 - it is raised and caught inside this package only
    """A sentence on what is wrong and how to fix it, never with personal data.

    `offset` counts characters from the expression's start; -1 while the place is not known.
    """

    def __init__(self, sentence: str, offset: int = -1) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.offset = offset

    def at(self, offset: int) -> Fault:
        """Return the same fault, at `offset` unless a place further inside is known already."""
        if self.offset < 0:
            self.offset = offset
        return self


class Exhausted(Fault):
    """An evaluation costs more than it may. Unlike other faults it is not swallowed by `||` and `&&`."""


def invalid(text: str, fault: Fault) -> InvalidSpec:
    """Return the fault as callers see it, with line and column counted from 1."""
    if fault.offset < 0:
        return InvalidSpec(fault.sentence)
    before = text[: fault.offset]
    line, column = before.count("\n") + 1, fault.offset - (before.rfind("\n") + 1) + 1
    return InvalidSpec(f"line {line}, column {column}: {fault.sentence}")
