"""Applies the mappings, record by record: expressions get what they look at, and what they found taken."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import canonical, unassigned
from scim_operator.core.attributes.paths import EXTERNAL_ID, MANAGER
from scim_operator.core.decision.external_ids import stated
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.mapping.mapping import desired_attributes, fitted
from scim_operator.core.records.marks import FEIGNED, feigned, mark_of
from scim_operator.core.resource import ENTERPRISE_USER
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.facts import Rules
    from scim_operator.core.expressions.frame import Activation
    from scim_operator.core.mapping.mapping import DesiredAttributes, Mappings
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.core.resource import Document, JsonValue
    from scim_operator.job.gather.activations import Activations

    Candidate = tuple[AttributePath, str]
    """A value of an attribute that SelectUniqueValue may choose."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """What is asked for, or, as a sentence, why an expression gives nothing for this object."""

    attributes: DesiredAttributes
    fault: str = ""


@dataclass(frozen=True, slots=True)
class _Choice:
    """What a record, as it was then, found taken, and what it has reserved by being the first to choose it."""

    of: tuple[str, int]
    taken: frozenset[Candidate]
    reserved: frozenset[tuple[AttributePath, Hashable]]


def _known_as(candidate: Candidate) -> tuple[AttributePath, Hashable]:
    path, value = candidate
    return path, canonical(path, value)


BY_GROUP = frozenset({"groups", "roles"})
"""The variables that depend on the groups that a user is in."""


def _manager(record: SourceRecord) -> ObjectKey | None:
    return ObjectKey(Kind.USER, record.key.namespace, record.manager) if record.manager else None


class Mapper:
    """Maps the records of one resource type by the config's rules for it."""

    def __init__(self, rules: Rules, activations: Activations, present_id: Callable[[ObjectKey], str]) -> None:
        self._refers = any(mapping.source is not None and MANAGER.covers(mapping.source) for mapping in rules.mappings)
        self._present_id = present_id
        self._explicit = rules.explicit_id
        self._mappings = rules.mappings
        self._owner = rules.owner
        self._matching = rules.matching
        self._identifying = tuple(mapping for mapping in rules.mappings if mapping.target in rules.matching)
        self.asks_more_at_creation = any(mapping.on_create for mapping in rules.mappings)
        """Whether there are attributes that are asked for on creation only."""
        self._selecting = rules.selecting
        self._reads = rules.reads
        self._expressive = any(mapping.expression for mapping in rules.mappings)
        self._adapts = any(mapping.adapts for mapping in rules.mappings)
        self._activations = activations
        self._choices: dict[ObjectKey, _Choice] = {}
        self._reserved: dict[tuple[AttributePath, Hashable], ObjectKey] = {}
        """What records have chosen since the session began: a service may show a new resource late, or take two."""
        self.choosing = asyncio.Lock()
        """Held while one record asks and chooses, so that two do not choose the same."""

    @property
    def selects(self) -> bool:
        """Return whether SelectUniqueValue chooses anything."""
        return bool(self._selecting)

    @property
    def reads_groups(self) -> bool:
        """Return whether what is asked for depends on the groups that a user is in."""
        return not self._reads.isdisjoint(BY_GROUP)

    def map(self, record: SourceRecord, document: Document, *, creating: bool) -> Mapped:
        """Return what the mappings ask for of a record, whose SCIM document is `document`."""
        return self._map(record, document, self._mappings, creating=creating)

    def matching_values(self, record: SourceRecord) -> list[tuple[AttributePath, JsonValue]]:
        """Return the record's values of the matching attributes, by precedence; those without a value are left out."""
        mapped = self._map(record, record.document, self._identifying, creating=True).attributes
        values = [(path, mapped.get(path)) for path in self._matching]
        return [(path, value) for path, value in values if not unassigned(value)]

    def _map(self, record: SourceRecord, document: Document, mappings: Mappings, *, creating: bool) -> Mapped:
        if self._explicit:
            document = stated(record.key, document)
        try:
            attributes = desired_attributes(
                self._referring(record, document),
                mappings,
                creating=creating,
                activation=self._activation(record, document),
                taken=partial(self._is_taken, record.key) if self._selecting else None,
            )
        except InvalidSpec as error:
            return Mapped({}, str(error))
        return self._marked(record.key, attributes)

    def _marked(self, key: ObjectKey, attributes: DesiredAttributes) -> Mapped:
        """With our own mark where the manifest has no externalId of its own; another's mark is refused."""
        asked = attributes.get(EXTERNAL_ID)
        if feigned(asked, self._owner.id, key):
            return Mapped({}, FEIGNED)
        if self._owner.id and asked == mark_of("", key):
            return Mapped({**attributes, EXTERNAL_ID: self._owner.mark(key)})
        return Mapped(attributes)

    def awaits(self, record: SourceRecord) -> str:
        """Return the manager who is to be referred to and is not at the service yet, "" where no one is awaited."""
        manager = _manager(record) if self._refers else None
        return str(manager) if manager is not None and not self._present_id(manager) else ""

    def _referring(self, record: SourceRecord, document: Document) -> Document:
        """Return the document with the manager's id at the service for the manifest's name; unset without one."""
        manager = _manager(record) if self._refers else None
        if manager is None:
            return document
        extension = {**document[ENTERPRISE_USER]}
        del extension["manager"]
        if id := self._present_id(manager):
            extension["manager"] = {"value": id}
        return {**document, ENTERPRISE_USER: extension}

    def fit(self, mapped: Mapped, observed: Document | None, entry: ServiceEntry | None) -> DesiredAttributes:
        """The same, given what the service has and what we had applied there."""
        if not self._adapts:
            return mapped.attributes
        return fitted(mapped.attributes, self._mappings, observed, entry.applied if entry else ())

    def is_to_choose(self, record: SourceRecord) -> bool:
        """Return whether SelectUniqueValue chooses for a record, and has yet to ask the service about it as it is."""
        known = self._choices.get(record.key)
        return bool(self._selecting) and (known is None or known.of != (record.uid, record.generation))

    def candidates(self, record: SourceRecord) -> list[Candidate]:
        """Return what SelectUniqueValue chooses from for a record, without what others of ours have chosen."""
        activation = self._activations.of(record, record.document, self._reads)
        return [
            (mapping.target, value)
            for mapping in self._selecting
            if mapping.expression
            for value in mapping.expression.candidates(activation)
            if self._is_free(record.key, (mapping.target, value))
        ]

    def choose(self, record: SourceRecord, candidates: Iterable[Candidate], taken: frozenset[Candidate]) -> bool:
        """Note which of the candidates the service has, and reserve the first free one of each attribute.

        Whether that is news about the record.
        """
        before = self._choices.get(record.key)
        self.release(record.key)
        chosen: dict[AttributePath, Candidate] = {}
        for each in candidates:
            if each not in taken and self._is_free(record.key, each):
                chosen.setdefault(each[0], each)
        reserved = frozenset(map(_known_as, chosen.values()))
        self._choices[record.key] = _Choice((record.uid, record.generation), taken, reserved)
        self._reserved.update(dict.fromkeys(reserved, record.key))
        return before is None or before.taken != taken

    def release(self, key: ObjectKey) -> None:
        """Note that the record came to nothing, or is gone: what it had chosen may be chosen by others."""
        choice = self._choices.pop(key, None)
        for each in choice.reserved if choice is not None else ():
            del self._reserved[each]

    def _is_free(self, key: ObjectKey, candidate: Candidate) -> bool:
        return self._reserved.get(_known_as(candidate), key) == key

    def _is_taken(self, key: ObjectKey, path: AttributePath, value: str) -> bool:
        choice = self._choices.get(key)
        return not self._is_free(key, (path, value)) or (choice is not None and (path, value) in choice.taken)

    def _activation(self, record: SourceRecord, document: Document) -> Activation | None:
        return self._activations.of(record, document, self._reads) if self._expressive else None
