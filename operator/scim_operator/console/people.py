"""The index of users and groups that is searched while one types. Pure, and kept up to date object by object."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.status import condition_of
from scim_operator.core.sharing import shared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.core.records.record import SourceRecord

UNREPORTED = "Not reported"
READY, RECONCILING, STALLED = "Ready", "Reconciling", "Stalled"
STATES = (READY, RECONCILING, STALLED, UNREPORTED)


class Outcome(NamedTuple):
    """What became of an object at the service of one config."""

    config: str
    reason: str


@dataclass(slots=True)
class Entry:
    """One object, as a list shows it. `text` is what is searched, in lower case."""

    key: ObjectKey
    uid: str
    title: str
    text: str
    state: str
    reason: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: all words of `text`, and what the filters name; "" filters nothing."""

    text: str = ""
    kind: str = ""
    state: str = ""
    reason: str = ""
    config: str = ""
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what fits, and how many fit in all."""

    total: int
    entries: tuple[Entry, ...]


class People:
    """The index of the namespaces that are shown; it hears the records as the feed's observer."""

    def __init__(self) -> None:
        self._entries: dict[Kind, dict[ObjectKey, Entry]] = {kind: {} for kind in Kind}
        self._keys: dict[str, ObjectKey] = {}
        self._ordered: dict[Kind, list[Entry]] = {}
        self.revision = 0
        """Grows with each change."""

    def observe(self, record: SourceRecord) -> None:
        """Take in an object that was added or changed."""
        entries, new = self._entries[record.key.kind], _entry(record)
        self.revision += 1
        old = entries.get(record.key)
        if old is None:
            entries[record.key] = new
            self._ordered.pop(record.key.kind, None)
        else:
            self._keys.pop(old.uid, None)
            for name in Entry.__slots__:
                setattr(old, name, getattr(new, name))
        self._keys[record.uid] = record.key

    def forget(self, uid: str) -> None:
        """Forget an object that is gone."""
        key = self._keys.pop(uid, None)
        if key is not None:
            self.revision += 1
            del self._entries[key.kind][key]
            self._ordered.pop(key.kind, None)

    def retain(self, kind: Kind, namespace: str, uids: frozenset[str]) -> None:
        """Forget those of a kind that a complete list does not have."""
        there = (entry for entry in self._entries[kind].values() if entry.key.namespace == namespace)
        gone = [entry.uid for entry in there if entry.uid not in uids]
        for uid in gone:
            self.forget(uid)
        self._in_order(kind)  # now, and not for the first person who looks
        self.revision += 1

    def count(self, kind: Kind) -> int:
        """Return how many objects of a kind there are."""
        return len(self._entries[kind])

    def get(self, key: ObjectKey) -> Entry | None:
        """Return the entry of an object, None where there is none."""
        return self._entries[key.kind].get(key)

    def namespaces(self) -> list[str]:
        """Return the namespaces that have any object, sorted."""
        return sorted({key.namespace for entries in self._entries.values() for key in entries})

    def reasons(self) -> Counter[str]:
        """Return the reasons that occur, with the number of objects."""
        return Counter(entry.reason for entries in self._entries.values() for entry in entries.values())

    def find(self, query: Query, begin: int = 0, most: int = 50) -> Found:
        """Return those that fit, users before groups, each by name: `most` of them, from `begin` on."""
        fitting = list(self._fitting(query))
        return Found(len(fitting), tuple(fitting[begin : begin + most]))

    def _fitting(self, query: Query) -> Iterator[Entry]:
        words = query.text.casefold().split()
        for kind in Kind:
            if query.kind in ("", kind.value):
                yield from _narrowed(self._in_order(kind), query, words)

    def _in_order(self, kind: Kind) -> list[Entry]:
        if kind not in self._ordered:
            self._ordered[kind] = sorted(
                self._entries[kind].values(), key=lambda entry: (entry.key.name, entry.key.namespace)
            )
        return self._ordered[kind]


def _narrowed(entries: list[Entry], query: Query, words: list[str]) -> list[Entry]:
    for word in words:
        entries = [entry for entry in entries if word in entry.text]
    if query.namespace:
        entries = [entry for entry in entries if entry.key.namespace == query.namespace]
    if query.state:
        entries = [entry for entry in entries if entry.state == query.state]
    if query.config:
        wanted = Outcome(query.config, query.reason)
        return [entry for entry in entries if _has(entry, wanted)]
    return [entry for entry in entries if entry.reason == query.reason] if query.reason else entries


def _has(entry: Entry, wanted: Outcome) -> bool:
    if wanted.reason:
        return wanted in entry.outcomes
    return any(each.config == wanted.config for each in entry.outcomes)


def _entry(record: SourceRecord) -> Entry:
    document, status = record.document, record.status
    title = _text(document.get("userName" if record.key.kind is Kind.USER else "displayName"))
    outcomes = tuple(
        Outcome(str(each["config"]), _text(condition_of(each, "Ready").get("reason")))
        for each in status.get("services") or ()
    )
    state, reason = _state(status)
    words = (record.key.name, title, *_called(document))
    return Entry(record.key, record.uid, title, "\n".join(words).casefold(), state, shared(reason), shared(outcomes))


def _called(document: dict[str, Any]) -> Iterator[str]:
    """Yield the other names by which people look for someone."""
    name = document.get("name")
    if isinstance(name, dict):
        yield " ".join(_text(name.get(part)) for part in ("givenName", "familyName"))
    yield _text(document.get("displayName"))
    emails = document.get("emails")
    for each in emails if isinstance(emails, list) else ():
        yield _text(each.get("value")) if isinstance(each, dict) else ""


def _state(status: dict[str, Any]) -> tuple[str, str]:
    ready = condition_of(status, "Ready")
    if not ready:
        return UNREPORTED, ""
    if ready.get("status") == "True":
        return READY, _text(ready.get("reason"))
    stalled = condition_of(status, "Stalled").get("status") == "True"
    return (STALLED if stalled else RECONCILING), _text(ready.get("reason"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
