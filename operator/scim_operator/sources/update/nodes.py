"""The places of a document's values in its text, by libyaml's events, so that an edit touches nothing else. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

import yaml
from yaml import cyaml

from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*\s+)+")
"""Anchors and tags before a value."""
_BLOCK = ("|", ">")
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


_PAIR = re.compile(r"(?P<before>(?<!\\)(?:\\\\)*)\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}", re.ASCII)
"""A character that JSON escapes in two halves, which YAML does not know."""
_PAIR_SIZE = len(r"\ud83d\ude00")


class NotInPlace(InvalidSpec):
    """A value cannot be changed where it stands, as where `<<` merges it."""


class Form(Enum):
    """What a value is in the text."""

    SCALAR = auto()
    MAPPING = auto()
    SEQUENCE = auto()
    ALIAS = auto()


@dataclass(slots=True)
class Node:
    """One value. `start` is behind its anchor and tag, `end` behind its last character, without comments.

    Args:
        form: what it is.
        start, end: its place in the text.
        style: of a scalar its quotation mark, or the sign of a block; of a collection `{` or `[`, "" for a block.
        anchor: the name that aliases repeat it by; of an alias, the one it repeats.
        text: of a scalar that is a key, its text.
        keys, values: the parts of a mapping in their order; of a sequence, `values` alone.
    """

    form: Form
    start: int
    end: int
    style: str = ""
    anchor: str = ""
    text: str = ""
    keys: list[Node] = field(default_factory=list)
    values: list[Node] = field(default_factory=list)

    @property
    def flows(self) -> bool:
        """Return whether it is a collection in braces or brackets."""
        return self.form in (Form.MAPPING, Form.SEQUENCE) and bool(self.style)

    @property
    def is_block_text(self) -> bool:
        """Return whether it is a text of lines of its own, which ends with the end of its last."""
        return self.form is Form.SCALAR and self.style in _BLOCK

    def named(self) -> dict[str, tuple[Node, Node]]:
        """Return the entries of a mapping by their names; what `<<` merges is not among them."""
        return {key.text: (key, value) for key, value in zip(self.keys, self.values, strict=True) if key.text != "<<"}

    def last(self) -> Node:
        """Return the part that the text of the value ends with."""
        return (
            self if self.form in (Form.SCALAR, Form.ALIAS) or self.style or not self.values else self.values[-1].last()
        )


def composed(text: str, start: int, end: int | None) -> Node:
    """Return the root of the one document that a part of a text is, which has been read before. Errors: NotInPlace."""
    part = _PAIR.sub(lambda found: f"{found['before']}{'-' * _PAIR_SIZE}", text[start:end])
    parser: Any = cyaml.CParser(part)  # type: ignore[attr-defined]  # the stubs leave it out
    try:
        for event in iter(parser.get_event, None):
            if isinstance(event, yaml.DocumentStartEvent):
                return _Composer(parser, text, start).node(parser.get_event())
    except yaml.YAMLError:
        raise NotInPlace("it is JSON that YAML does not know") from None
    raise AssertionError("a document was there")


class _Composer:
    def __init__(self, parser: Any, text: str, offset: int) -> None:  # noqa: ANN401 - untyped C
        self._parser, self._text, self._offset = parser, text, offset

    def node(self, event: Any) -> Node:  # noqa: ANN401 - untyped C
        start, end = event.start_mark.index + self._offset, event.end_mark.index + self._offset
        if isinstance(event, yaml.AliasEvent):
            return Node(Form.ALIAS, start, end, anchor=event.anchor or "")
        if (event.anchor or event.tag) and (found := _PROPERTIES.match(self._text, start, end)):
            start = found.end()
        if isinstance(event, yaml.ScalarEvent):
            end = _without_blanks(self._text, start, end) if event.style in _BLOCK else end
            return Node(Form.SCALAR, start, end, event.style or "", event.anchor or "", event.value)
        return self._collection(event, start, end)

    def _collection(self, event: Any, start: int, end: int) -> Node:  # noqa: ANN401 - untyped C
        mapping = isinstance(event, yaml.MappingStartEvent)
        style = ("{" if mapping else "[") if event.flow_style else ""
        made = Node(Form.MAPPING if mapping else Form.SEQUENCE, start, end, style, event.anchor or "")
        following: Any = self._parser.get_event()
        while type(following) not in _ENDS:
            if mapping:
                made.keys.append(self.node(following))
                following = self._parser.get_event()
            made.values.append(self.node(following))
            following = self._parser.get_event()
        made.end = following.end_mark.index + self._offset if style or not made.values else made.values[-1].end
        return made


def _without_blanks(text: str, start: int, end: int) -> int:
    """Return where a block of lines ends, without the blank lines below that are no part of it."""
    header = text[start : text.find("\n", start) + 1]
    if "+" in header.partition("#")[0]:
        return end
    kept = len(text[start:end].rstrip()) + start
    line = text.find("\n", kept, end)
    return end if line < 0 else line + 1


def aliases(node: Node, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Node, tuple[str | int, ...]]]:
    """Yield the aliases below a value, with their paths; those that `<<` merges are not among them."""
    if node.form is Form.ALIAS:
        yield node, path
    for step, value in parts(node):
        yield from aliases(value, (*path, step))


def anchors(node: Node, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Node, tuple[str | int, ...]]]:
    """Yield the values that have an anchor, with their paths."""
    if node.anchor and node.form is not Form.ALIAS:
        yield node, path
    for step, value in parts(node):
        yield from anchors(value, (*path, step))


def parts(node: Node) -> Iterator[tuple[str | int, Node]]:
    """Yield the parts of a collection by key or number."""
    if node.form is Form.MAPPING:
        yield from ((name, value) for name, (_, value) in node.named().items())
    else:
        yield from enumerate(node.values)
