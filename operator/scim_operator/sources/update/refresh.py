"""A refresh, decided: what becomes of each manifest of a directory now that the source was read again. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.core.records.dates import instant_of
from scim_operator.core.wording import rfc3339
from scim_operator.sources.spec import in_order
from scim_operator.sources.update.editing import same
from scim_operator.sources.update.limits import check_leavers, check_members, check_parts
from scim_operator.sources.update.record import recorded
from scim_operator.sources.update.units import MEMBERS, laid_over, parts_of, reference

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from scim_operator.sources.made import Made
    from scim_operator.sources.update.matching import Held, Matched
    from scim_operator.sources.update.record import Entry, Key, Record

END = "notAfter"
_KIND_OF = {"userRef": Kind.USER, "groupRef": Kind.GROUP}


class Prune(StrEnum):
    """What becomes of who is no longer at the source."""

    NOT_AFTER = "notAfter"
    """An end is set, and the manifest stays."""
    DELETE = "delete"
    """The manifest is deleted."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the options say.

    Args:
        now: the moment.
        prune: what becomes of leavers; None leaves them as they are.
        most: percent of leavers that are not yet too many.
        dropped: the attributes that the source is known to give no more.
        partial: whether rows are passed over that were refused, so that it is not known who left.
    """

    now: datetime
    prune: Prune | None = None
    most: int = 10
    dropped: frozenset[str] = frozenset()
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """A manifest that gets another spec, and what it was called before and is called now."""

    held: Held
    spec: dict[str, Any]
    renamed: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Leaver:
    """Who is no longer at the source. `new`: since this run; `done`: notAfter, delete, or "" where nothing is done."""

    held: Held
    new: bool
    done: str = ""


@dataclass(slots=True)
class Refresh:
    """All that a run changes, and the record from then on."""

    joiners: list[Made] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    leavers: list[Leaver] = field(default_factory=list)
    returned: list[Held] = field(default_factory=list)
    taken: list[Held] = field(default_factory=list)
    record: Record = field(default_factory=dict)
    rows: list[Made] = field(default_factory=list)
    """All rows, each under the name of its manifest."""

    @property
    def deleted(self) -> list[Held]:
        """Return the manifests that are deleted."""
        return [each.held for each in self.leavers if each.done == Prune.DELETE]


def decide(rows: Sequence[Made], matched: Matched, held: Sequence[Held], record: Record, wishes: Wishes) -> Refresh:
    """Return what is to be changed. Errors: InvalidSpec, for a source that lost too much."""
    done = Refresh(rows=_named(rows, matched))
    done.joiners = [each for each in done.rows if (each.kind, each.name) in _new(matched)]
    there = {each.key: each for each in held}
    present = {each.key for _, each in matched.pairs}
    done.leavers = list(_leavers(there, present, record, wishes))
    deleted = {each.held.key for each in done.leavers if each.done == Prune.DELETE}
    _Decision(done, record, present | deleted).change([(row, held) for row, held in matched.pairs], wishes)
    _note_all(done, record, wishes)
    _check(done, matched, record, wishes)
    return done


def _new(matched: Matched) -> set[Key]:
    return {(each.kind, each.name) for each in matched.joiners}


def _named(rows: Iterable[Made], matched: Matched) -> list[Made]:
    """Give the rows, and all that refers to them, the names that their manifests have."""
    several = list(rows)
    for each in several:
        if "manager" in each.spec:
            each.spec["manager"] = _renamed(each.spec["manager"], matched)
        if MEMBERS in each.spec:
            each.spec[MEMBERS] = sorted((_renamed(one, matched) for one in each.spec[MEMBERS]), key=reference)
    for each in several:
        each.name = matched.names[each.kind, each.name]
    return several


def _renamed(referring: Any, matched: Matched) -> Any:  # noqa: ANN401 - any JSON value
    field, name = reference(referring)
    return {field: {"name": matched.names.get((_KIND_OF[field], name), name)}} if field else referring


def _leavers(there: dict[Key, Held], present: Collection[Key], record: Record, wishes: Wishes) -> Iterable[Leaver]:
    for key, entry in sorted(record.items()):
        if key in there and key not in present:
            yield Leaver(there[key], not entry.gone, _end(there[key], entry, wishes))


def _end(held: Held, entry: Entry, wishes: Wishes) -> str:
    if wishes.partial or wishes.prune is None:
        return ""
    if wishes.prune is Prune.DELETE:
        return Prune.DELETE
    if held.kind is Kind.GROUP or entry.ended or (END in held.spec and (END,) not in entry.gave):
        return ""  # there is no such field, it is done, or a person has decided it
    given = instant_of(held.text(END))
    return "" if given is not None and given <= wishes.now else Prune.NOT_AFTER


class _Decision:
    def __init__(self, done: Refresh, record: Record, decided: set[Key]) -> None:
        self._done, self._record, self._decided = done, record, decided

    def change(self, pairs: Sequence[tuple[Made, Held]], wishes: Wishes) -> None:
        for row, held in pairs:
            entry = self._record.get(held.key)
            gave = entry.gave if entry is not None else frozenset()
            spec = laid_over(held.spec, row.spec, gave, self._knows)
            if entry is None and self._record:
                self._done.taken.append(held)
            if entry is not None and entry.ended and spec.get(END) == entry.ended and END not in row.spec:
                del spec[END]
            if entry is not None and (entry.gone or entry.ended):
                self._done.returned.append(held)
            self._note(held, spec, row.identity)
        for leaver in self._done.leavers:
            if leaver.done == Prune.NOT_AFTER:
                self._note(leaver.held, {**leaver.held.spec, END: rfc3339(wishes.now)}, leaver.held.identity)

    def _knows(self, field: str, name: str) -> bool:
        return (_KIND_OF[field], name) in self._decided

    def _note(self, held: Held, spec: dict[str, Any], identity: str) -> None:
        if not same(spec, held.spec):
            renamed = (held.identity, identity) if held.identity != identity else None
            self._done.changed.append(Changed(held, in_order(held.kind, spec) | spec, renamed))


def _note_all(done: Refresh, record: Record, wishes: Wishes) -> None:
    done.record = recorded(done.rows)
    for leaver in done.leavers:
        entry = record[leaver.held.key]
        if leaver.done == Prune.NOT_AFTER:
            entry = replace(entry, ended=rfc3339(wishes.now), gave=entry.gave - {(END,)})
        if leaver.done != Prune.DELETE:
            done.record[leaver.held.key] = entry if wishes.partial else replace(entry, gone=True)


def _check(done: Refresh, matched: Matched, record: Record, wishes: Wishes) -> None:
    pairs = [(row, held) for row, held in matched.pairs if held.key in record]
    gone = Counter(each.held.kind for each in done.leavers if each.new or each.done)
    check_leavers(gone, Counter(held.kind for _, held in pairs), wishes.most)
    gave = [(record[held.key].gave, frozenset(parts_of(row.spec))) for row, held in pairs]
    check_parts(gave, wishes.dropped)
    check_members(*_memberships(done, matched), wishes.most)


def _memberships(done: Refresh, matched: Matched) -> tuple[int, int]:
    """Return how many memberships end of people who are still there, and how many there were."""
    deleted = {reference for each in done.deleted for reference in [("userRef", each.name), ("groupRef", each.name)]}
    had = sum(len(held.spec.get(MEMBERS) or ()) for _, held in matched.pairs if held.kind is Kind.GROUP)
    lost = 0
    for each in done.changed:
        if each.held.kind is Kind.GROUP:
            now = set(map(reference, each.spec.get(MEMBERS) or ()))
            lost += len(set(map(reference, each.held.spec.get(MEMBERS) or ())) - now - deleted)
    return lost, had
