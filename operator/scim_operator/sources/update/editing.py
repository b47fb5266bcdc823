"""Edits of a text by which a manifest comes to hold other values, while everything else stays as it is, byte for byte.

What is edited is then read again: a text that does not give the values that were meant is not used. Pure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from scim_operator.local.reading import SEPARATORS
from scim_operator.sources.update.nodes import Form, Node, NotInPlace, aliases, anchors, composed
from scim_operator.sources.yamltext import entry_lines, flow, item_lines, quoted, scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scim_operator.local.document import Document, Path


class Edit(NamedTuple):
    """A part of a text, and what stands there instead."""

    start: int
    end: int
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with its edits; of several at one place, the first stands first. Errors: NotInPlace."""
    made, at = [], 0
    for each in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if each.start < at:
            raise NotInPlace("its parts stand in one another")
        made += [text[at : each.start], each.text]
        at = each.end
    return "".join([*made, text[at:]])


def changes(
    text: str,
    document: Document,
    path: Path,
    new: Mapping[str, Any],
    order: Sequence[str],
    *,
    as_json: bool,
) -> list[Edit]:
    """Return the edits that give the spec of the manifest at `path` of a document the new value. Errors: NotInPlace."""
    root = composed(text, document.start, document.end)
    editor = _Editor(text, as_json=as_json)
    manifest, body = _at(root, document.value, path)
    found = manifest.named().get("spec")
    if found is None or found[1].form is not Form.MAPPING:
        raise NotInPlace("spec is not written out where it stands")
    editor.mapping(found[1], body["spec"], new, order)
    _write_out(root, with_spec(document.value, path, new), editor)
    return editor.edits


def _at(node: Node, value: Any, path: Path) -> tuple[Node, Any]:  # noqa: ANN401 - any JSON value
    for step in path:
        found = node.named().get(step, (node, None))[1] if isinstance(step, str) else node.values[step]
        if found is None or found.form is Form.ALIAS:
            raise NotInPlace("it is not written out where it stands")
        node, value = found, value[step]
    return node, value


def removal(text: str, document: Document, path: Path, *, as_json: bool) -> Edit:
    """Return the edit that takes a manifest out of a text: its document, or the item of a List. Errors: NotInPlace."""
    if path:
        editor = _Editor(text, as_json=as_json)
        several, _ = _at(composed(text, document.start, document.end), document.value, path[:-1])
        last = path[-1]
        assert isinstance(last, int)  # noqa: S101 - a manifest is an item of a List
        editor.take_out(several, last)
        return editor.edits[0]
    if as_json:
        return Edit(document.start, len(text) if document.end is None else document.end, "")
    places = [found.start() for found in SEPARATORS.finditer(text)]
    begin = max((place for place in places if place <= document.start), default=0)
    return Edit(begin, min((place for place in places if place > document.start), default=len(text)), "")


def with_spec(value: Any, path: Path, spec: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of a document in which one manifest has another spec."""
    if not path:
        return {**value, "spec": spec}
    step, below = path[0], with_spec(value[path[0]], path[1:], spec)
    if isinstance(value, list):
        return [below if number == step else each for number, each in enumerate(value)]
    return {**value, step: below}


_MISSING = object()


def _found(value: Any, path: Path) -> Any:  # noqa: ANN401 - any JSON value
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return _MISSING
    return value


def _write_out(root: Node, meant: Any, editor: _Editor) -> None:  # noqa: ANN401 - any JSON value
    """Write out each alias that would repeat another value than it is to have."""
    repeated = {node.anchor: _found(meant, path) for node, path in anchors(root)}
    for node, path in aliases(root) if repeated else ():
        wanted = _found(meant, path)
        if wanted is not _MISSING and not same(wanted, repeated.get(node.anchor)):
            editor.edits.append(Edit(node.start, node.end, editor.inline(wanted)))


def same(one: Any, other: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether two values are one to JSON, where true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def newline_of(text: str) -> str:
    """Return how the lines of a text end."""
    return "\r\n" if "\r\n" in text[: text.find("\n") + 1] else "\n"


@dataclass(slots=True)
class _Editor:
    text: str
    as_json: bool
    edits: list[Edit] = field(default_factory=list)

    @property
    def newline(self) -> str:
        return newline_of(self.text)

    def inline(self, value: Any, quote: str = "") -> str:  # noqa: ANN401 - any JSON value
        return json.dumps(value) if self.as_json else flow(value, quote)

    def mapping(self, node: Node, old: Mapping[str, Any], new: Mapping[str, Any], order: Sequence[str]) -> None:
        entries = node.named()
        kept = [name for name in entries if name in new]
        if not kept:
            raise NotInPlace("none of its fields stays")
        first = [name in new for name in entries].index(True)
        for name in [*old, *(name for name in entries if name not in old)]:
            if name not in new:
                self.take_out(node, [*entries].index(name) if name in entries else -1, first)
            elif name in entries and not same(old[name], new[name]):
                self._entry(node, name, old[name], new[name])
        rank = {name: number for number, name in enumerate([*order, *(each for each in new if each not in order)])}
        for name in new:
            if name not in entries and not (name in old and same(old[name], new[name])):
                before = [each for each in kept if rank[each] < rank[name]]
                after = max(before, key=lambda each: entries[each][1].end) if before else ""
                self._insert(node, entries, after or kept[0], name, new[name], behind=bool(after))

    def _entry(self, node: Node, name: str, old: Any, new: Any) -> None:  # noqa: ANN401 - any JSON value
        key, value = node.named()[name]
        if value.form is Form.ALIAS:
            return  # see _write_out
        if self._goes_in_place(value, old, new):
            self._value(value, old, new)
        elif node.flows or value.flows or new in ({}, []):
            self._whole(key, value, new)
        else:
            column = self._column(key.start)
            lines = entry_lines(name, new, column)
            self._replace(key.start, value, self.newline.join(lines)[column:])

    def _whole(self, key: Node, value: Node, new: Any) -> None:  # noqa: ANN401 - any JSON value
        if value.flows or value.form is Form.SCALAR:
            self._replace(value.start, value, self.inline(new))
            return
        colon = self.text.index(":", key.end) + 1
        self._replace(colon, value, f" {self.inline(new)}")

    def _replace(self, start: int, value: Node, text: str) -> None:
        """Replace what a value ends; a block of lines ends with a line, and so does what stands for it."""
        ends = self.newline if value.last().is_block_text and self.text[value.end - 1 : value.end] == "\n" else ""
        self.edits.append(Edit(start, value.end, text + ends))

    def _goes_in_place(self, node: Node, old: Any, new: Any) -> bool:  # noqa: ANN401 - any JSON value
        if isinstance(old, dict) and isinstance(new, dict) and node.form is Form.MAPPING:
            return any(name in new for name in node.named())
        if isinstance(old, list) and isinstance(new, list) and node.form is Form.SEQUENCE:
            return _pairs(old, new) is not None
        return node.form is Form.SCALAR and not isinstance(new, dict | list)

    def _value(self, node: Node, old: Any, new: Any) -> None:  # noqa: ANN401 - any JSON value
        if node.form is Form.MAPPING:
            self.mapping(node, old, new, ())
        elif node.form is Form.SEQUENCE:
            self._sequence(node, old, new)
        elif node.is_block_text:
            self._replace(node.start, node, self.inline(new))
        else:
            text = self._scalar(node, new)
            space = " " if node.start == node.end and self.text[node.start - 1] == ":" else ""
            self.edits.append(Edit(node.start, node.end, space + text))

    def _scalar(self, node: Node, new: Any) -> str:  # noqa: ANN401 - any JSON value
        if self.as_json or not isinstance(new, str):
            return json.dumps(new)
        if node.style:
            return quoted(new, node.style)
        text = scalar(new)
        return quoted(new, "'") if text == new and "," in text else text

    def _sequence(self, node: Node, old: Sequence[Any], new: Sequence[Any]) -> None:
        pairs = _pairs(old, new)
        assert pairs is not None  # noqa: S101 - the caller has looked
        back = {there: here for here, there in pairs.items()}
        for number, item in enumerate(node.values):
            if number not in pairs:
                self.take_out(node, number, min(pairs))
            elif not same(old[number], new[pairs[number]]):
                self._item(item, old[number], new[pairs[number]])
        before = None
        for there, value in enumerate(new):
            if there in back:
                before = node.values[back[there]]
            else:
                self._put(node, before, node.values[min(pairs)], value)

    def _item(self, item: Node, old: Any, new: Any) -> None:  # noqa: ANN401 - any JSON value
        if item.form is Form.ALIAS:
            return
        if self._goes_in_place(item, old, new):
            self._value(item, old, new)
        else:
            self._replace(item.start, item, self.inline(new))

    def _put(self, node: Node, before: Node | None, first: Node, value: Any) -> None:  # noqa: ANN401 - any JSON value
        if node.flows:
            text = self.inline(value)
            edit = Edit(before.end, before.end, f", {text}") if before else Edit(first.start, first.start, f"{text}, ")
            self.edits.append(edit)
            return
        dash = self._dash(first)
        lines = item_lines(value, self._column(dash))
        self._lines(self._next_line(before.end) if before else self._line(dash), lines)

    def _insert(
        self,
        node: Node,
        entries: Mapping[str, tuple[Node, Node]],
        beside: str,
        name: str,
        value: Any,  # noqa: ANN401 - any JSON value
        *,
        behind: bool,
    ) -> None:
        key, held = entries[beside]
        if node.flows:
            text = f"{self.inline(name)}: {self.inline(value)}"
            at = held.end if behind else key.start
            self.edits.append(Edit(at, at, f", {text}" if behind else f"{text}, "))
            return
        column = self._column(key.start)
        lines = entry_lines(name, value, column)
        if behind:
            self._lines(self._next_line(held.end), lines)
        else:
            text = "".join(f"{line}{self.newline}" for line in lines)
            self.edits.append(Edit(key.start, key.start, f"{text[column:]}{' ' * column}"))

    def _lines(self, at: int, lines: Sequence[str]) -> None:
        """Put lines at the beginning of a line, or at the end of a text."""
        joined = self.newline.join(lines)
        whole = at and self.text[at - 1] == "\n"
        self.edits.append(Edit(at, at, f"{joined}{self.newline}" if whole else f"{self.newline}{joined}"))

    def take_out(self, node: Node, number: int, first: int = 1) -> None:
        """Remove an entry of a mapping, or an item of a sequence, of which the one with the number `first` stays."""
        if number < 0:
            raise NotInPlace("a field of it comes by <<")
        starts = node.keys if node.form is Form.MAPPING else node.values
        start, end = starts[number].start, node.values[number].end
        if node.flows:
            following = starts[number + 1].start if number + 1 < len(starts) else 0
            # A comma goes with each: the one behind it at the beginning, where nothing before it stays.
            edit = Edit(start, following or end, "") if number < first else Edit(node.values[number - 1].end, end, "")
        else:
            place = start if node.form is Form.MAPPING else self._dash(starts[number])
            if self.text[self._line(place) : place].strip():
                following = starts[number + 1].start if number + 1 < len(starts) else 0
                if not following:
                    raise NotInPlace("a field of it stands alone behind its dash")
                edit = Edit(place, following, "")
            else:
                edit = Edit(self._line(place), self._next_line(end), "")
        self.edits.append(edit)

    def _dash(self, item: Node) -> int:
        return self.text.rindex("-", 0, item.start)

    def _line(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def _next_line(self, end: int) -> int:
        """Return where the next line begins, for a part that ends there or with its line."""
        if end and self.text[end - 1] == "\n":
            return end
        found = self.text.find("\n", end)
        return len(self.text) if found < 0 else found + 1

    def _column(self, at: int) -> int:
        return at - self._line(at)


def _pairs(old: Sequence[Any], new: Sequence[Any]) -> dict[int, int] | None:
    """Return which items of a list stay, by number; None where none does, or they stand in another order."""
    names, others = _names(old, new), _names(new, old)
    at = {name: number for number, name in enumerate(others)}
    pairs = {number: at[name] for number, name in enumerate(names) if name in at}
    return pairs if pairs and [*pairs.values()] == sorted(pairs.values()) else None


def _names(several: Sequence[Any], others: Sequence[Any]) -> list[str]:
    """Return a name for each item: its type, where each of both lists has one of its own, else all of it."""
    if typed(several) and typed(others):
        return [each.get("type") or "" for each in several]
    seen: dict[str, int] = {}
    names = []
    for each in several:
        name = json.dumps(each, sort_keys=True)
        seen[name] = seen.get(name, 0) + 1
        names.append(f"{name} {seen[name]}")
    return names


def typed(several: Sequence[Any]) -> bool:
    """Return whether the items of a list are told apart by their type."""
    if not all(isinstance(each, dict) and isinstance(each.get("type", ""), str) for each in several):
        return False
    types = [each.get("type") or "" for each in several]
    return len(set(types)) == len(types)
