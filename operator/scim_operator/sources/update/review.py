"""What a refresh changes, for who reviews it: joiners, leavers, moves and renames, as text, Markdown and JSON. Pure.

Names and values are those of the source, which may say anything: they act in no terminal, log or comment.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from scim_operator.core.printing import in_json, one_line
from scim_operator.core.wording import counted, some
from scim_operator.review.escaping import code, value
from scim_operator.sources.made import IDENTITY
from scim_operator.sources.update.limits import spelt
from scim_operator.sources.update.refresh import END, Prune
from scim_operator.sources.update.units import MEMBERS, reference, values_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from scim_operator.sources.update.refresh import Changed, Refresh

    Show = Callable[[str], str]

VERSION = 1
"""Of the JSON form; a later release that changes it says so."""
MOST = 60_000
"""Characters of a pull request's text: GitHub takes 65,536."""
_NAMES = 20
"""Members that one line names."""


class Form(StrEnum):
    """How a review is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


class Attribute(NamedTuple):
    """One attribute that moved, with its values before and after; None for none."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Item:
    """One manifest: what happens to it, as a note, and what of it moved."""

    kind: str
    name: str
    title: str
    note: str = ""
    attributes: tuple[Attribute, ...] = ()
    gains: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()


@dataclass(slots=True)
class Review:
    """All items by what happened, in the order in which they are shown."""

    parts: Mapping[str, list[Item]] = field(default_factory=dict)
    files: int = 0
    absent: int = 0
    """Leavers whom earlier runs have shown."""

    def counts(self) -> dict[str, int]:
        """Return the number of items of each part."""
        return {name: len(items) for name, items in self.parts.items()}


_DONE = {"": "left as it is", Prune.NOT_AFTER: "notAfter set", Prune.DELETE: "manifest deleted"}


def review_of(refresh: Refresh, files: int) -> Review:
    """Return the review of a refresh that changes so many files."""
    leavers = [each for each in refresh.leavers if each.new or each.done]
    left = {each.held.key for each in refresh.leavers}
    moved = [each for each in refresh.changed if each.held.key not in left]
    parts = {
        "joiners": [Item(each.kind.value, each.name, each.identity) for each in refresh.joiners],
        "leavers": [
            Item(each.held.kind.value, each.held.name, each.held.identity, _DONE[each.done]) for each in leavers
        ],
        "returned": [Item(each.kind.value, each.name, each.identity) for each in refresh.returned],
        "taken": [Item(each.kind.value, each.name, each.identity) for each in refresh.taken],
        "renames": [_renamed(each, *each.renamed) for each in moved if each.renamed],
        "moves": [item for item in map(_moved, moved) if item.attributes or item.gains or item.losses],
    }
    ordered = {name: sorted(items, key=lambda each: (each.kind, each.name)) for name, items in parts.items()}
    return Review(ordered, files, len(refresh.leavers) - len(leavers))


def _renamed(each: Changed, before: str, after: str) -> Item:
    attribute = Attribute(IDENTITY[each.held.kind], before, after)
    return Item(each.held.kind.value, each.held.name, after, attributes=(attribute,))


def _moved(each: Changed) -> Item:
    old, new = dict(values_of(each.held.spec)), dict(values_of(each.spec))
    own = {(MEMBERS,), (END,) if each.held.spec.get(END) == each.spec.get(END) else ()}
    own |= {(IDENTITY[each.held.kind],)} if each.renamed else set()
    attributes = tuple(
        Attribute(spelt(part), old.get(part), new.get(part))
        for part in dict.fromkeys([*old, *new])
        if part not in own and old.get(part) != new.get(part)
    )
    before, after = (set(map(_member, spec.get((MEMBERS,)) or ())) for spec in (old, new))
    gains, losses = sorted(after - before), sorted(before - after)
    identity = str(each.spec.get(IDENTITY[each.held.kind], ""))
    return Item(each.held.kind.value, each.held.name, identity, "", attributes, tuple(gains), tuple(losses))


def _member(member: Any) -> str:  # noqa: ANN401 - any JSON value
    referring, name = reference(member)
    return f"group {name}" if referring == "groupRef" else name or json.dumps(member)


_TITLES = {
    "joiners": "Joiners",
    "leavers": "Leavers",
    "returned": "At the source again",
    "taken": "Made by hand, and now the source's",
    "renames": "Renames",
    "moves": "Moves",
}
_NOUNS = {"joiners": "joiner", "leavers": "leaver", "returned": "return", "renames": "rename", "moves": "move"}


def summary(review: Review) -> str:
    """Return the counts, as a sentence."""
    counts = review.counts()
    said = [counted(counts[name], noun) for name, noun in _NOUNS.items() if counts[name]]
    said += [f"{counts['taken']} taken over from hands"] if counts["taken"] else []
    if not said:
        return f"Nothing moved at the source; {counted(review.files, 'file')} changed."
    return f"{', '.join(said)}; {counted(review.files, 'file')} changed."


def as_text(review: Review) -> str:
    """Return the review for a terminal."""
    lines = []
    for name, items in review.parts.items():
        if items:
            lines += [_TITLES[name], *(f"  {line}" for item in items for line in _lines(item, one_line)), ""]
    return "\n".join([*lines, summary(review), *_notes(review)]) + "\n"


def as_markdown(review: Review) -> str:
    """Return the review for a pull request; what does not fit is counted."""
    lines = [summary(review), "", *_notes(review)]
    length, left = sum(map(len, lines)), 0
    for name, items in review.parts.items():
        head = ["", f"### {_TITLES[name]} ({len(items)})", ""] if items else []
        lines += head
        length += sum(map(len, head)) + 3
        for item in items:
            first, *more = _lines(item, code)
            shown = [f"- {first}", *(f"  - {line}" for line in more)]
            size = sum(len(line) + 1 for line in shown)
            if length + size > MOST - 200:
                left += 1
                continue
            length += size
            lines += shown
    lines += ["", f"And {left} more, which are not shown here for their number."] if left else []
    return "\n".join(lines) + "\n"


def _notes(review: Review) -> list[str]:
    return [f"No longer at the source since earlier: {review.absent}."] if review.absent else []


def _lines(item: Item, show: Show) -> Iterator[str]:
    kind = "user" if item.kind == "ScimUser" else "group"
    title = f" ({show(item.title)})" if item.title else ""
    yield f"{kind} {show(item.name)}{title}{f': {item.note}' if item.note else ''}"
    for each in item.attributes:
        yield f"{show(each.path)}: {show(value(each.before))} → {show(value(each.after))}"
    for sign, members in (("added", item.gains), ("removed", item.losses)):
        if members:
            yield f"members {sign}: {some(members, _NAMES, show)}"


def as_json(review: Review) -> str:
    """Return the review for programs."""
    parts = {name: [_as_json(item) for item in items] for name, items in review.parts.items()}
    whole = {"version": VERSION, "counts": review.counts(), "files": review.files, "absent": review.absent, **parts}
    return in_json(json.dumps(whole, indent=2, ensure_ascii=False)) + "\n"


def _as_json(item: Item) -> dict[str, Any]:
    told = {
        "note": item.note,
        "attributes": [each._asdict() for each in item.attributes],
        "membersAdded": list(item.gains),
        "membersRemoved": list(item.losses),
    }
    return {
        "kind": item.kind,
        "name": item.name,
        "title": item.title,
        **{name: each for name, each in told.items() if each},
    }


WRITTEN = {Form.TEXT: as_text, Form.MARKDOWN: as_markdown, Form.JSON: as_json}
