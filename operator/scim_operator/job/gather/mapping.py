"""Applies the mappings, record by record: expressions get what they look at."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import equal, unassigned
from scim_operator.core.attributes.paths import ACTIVE, EXTERNAL_ID
from scim_operator.core.decision.external_ids import stated
from scim_operator.core.decision.references import refers
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.mapping.mapping import desired_attributes, fitted
from scim_operator.core.records.marks import FEIGNED, feigned, mark_of
from scim_operator.core.resource import ENTERPRISE_USER
from scim_operator.core.values import valueclass
from scim_operator.errors import InvalidSpec
from scim_operator.job.gather.choices import Choices

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.facts import Rules
    from scim_operator.core.expressions.frame import Activation
    from scim_operator.core.mapping.mapping import DesiredAttributes, Mappings
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.core.resource import Document, JsonValue
    from scim_operator.job.gather.activations import Activations


@valueclass(frozen=True, slots=True)
class Mapped:
    """What is asked for, or, as a sentence, why an expression gives nothing for this object."""

    attributes: DesiredAttributes
    fault: str = ""
    ends: bool = False
    """Whether the user is to be inactive, as far as that is known."""


BY_GROUP = frozenset({"groups", "roles"})
"""The variables that depend on the groups that a user is in."""


def is_off(value: JsonValue) -> bool:
    """Return whether a value of `active` disables."""
    return not value if isinstance(value, bool) else equal(ACTIVE, value, False)  # noqa: FBT003


def _manager(record: SourceRecord) -> ObjectKey | None:
    return ObjectKey(Kind.USER, record.key.namespace, record.manager) if record.manager else None


class Mapper:
    """Maps the records of one resource type by the config's rules for it."""

    def __init__(self, rules: Rules, activations: Activations, present_id: Callable[[ObjectKey], str]) -> None:
        self._rules = rules
        self._activations = activations
        self._present_id = present_id
        self.choices = Choices(rules, activations)
        self.asks_more_at_creation = any(mapping.on_create for mapping in rules.mappings)
        """Whether there are attributes that are asked for on creation only."""
        self._identifying = tuple(mapping for mapping in rules.mappings if mapping.target in rules.matching)
        self._activating = tuple(mapping for mapping in rules.mappings if mapping.target == ACTIVE)
        self._refers = any(map(refers, rules.mappings))
        self._expressive = any(mapping.expression for mapping in rules.mappings)
        self._adapts = any(mapping.adapts for mapping in rules.mappings)
        self._reads = rules.reads

    @property
    def reads_groups(self) -> bool:
        """Return whether what is asked for depends on the groups that a user is in."""
        return not self._reads.isdisjoint(BY_GROUP)

    def map(self, record: SourceRecord, document: Document, *, creating: bool) -> Mapped:
        """Return what the mappings ask for of a record, whose SCIM document is `document`."""
        if record.flaw:
            return Mapped({}, record.flaw, ends=self._ends(record, document))
        if record.invalid:
            return self._map(record, document, (*self._identifying, *self._activating), creating=creating)
        return self._map(record, document, self._rules.mappings, creating=creating)

    def matching_values(self, record: SourceRecord) -> list[tuple[AttributePath, JsonValue]]:
        """Return the record's values of the matching attributes, by precedence; those without a value are left out."""
        mapped = self._map(record, record.document, self._identifying, creating=True).attributes
        values = [(path, mapped.get(path)) for path in self._rules.matching]
        return [(path, value) for path, value in values if not unassigned(value)]

    def _map(self, record: SourceRecord, document: Document, mappings: Mappings, *, creating: bool) -> Mapped:
        if self._rules.explicit_id:
            document = stated(record.key, document)
        try:
            attributes = desired_attributes(
                self._referring(record, document),
                mappings,
                creating=creating,
                activation=self._activation(record, document),
                taken=partial(self.choices.is_taken, record.key) if self.choices else None,
            )
        except InvalidSpec as error:
            return Mapped({}, str(error), ends=self._ends(record, document))
        return self._marked(record.key, attributes)

    def _ends(self, record: SourceRecord, document: Document) -> bool:
        """Return whether the manifest ends access, whatever else of it cannot be mapped."""
        try:
            looks = self._activation(record, document)
            return is_off(desired_attributes(document, self._activating, creating=False, activation=looks).get(ACTIVE))
        except InvalidSpec:
            return False

    def _marked(self, key: ObjectKey, attributes: DesiredAttributes) -> Mapped:
        """With our own mark where the manifest has no externalId of its own; another's mark is refused."""
        asked, owner, ends = attributes.get(EXTERNAL_ID), self._rules.owner, is_off(attributes.get(ACTIVE))
        if feigned(asked, owner.id, key):
            return Mapped({}, FEIGNED, ends)
        if owner.id and asked == mark_of("", key):
            return Mapped({**attributes, EXTERNAL_ID: owner.mark(key)}, ends=ends)
        return Mapped(attributes, ends=ends)

    def awaits(self, record: SourceRecord) -> ObjectKey | None:
        """Return the manager who is to be referred to and is not at the service, None where no one is awaited."""
        manager = _manager(record) if self._refers else None
        return manager if manager is not None and not self._present_id(manager) else None

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
        return fitted(mapped.attributes, self._rules.mappings, observed, entry.applied if entry else ())

    def _activation(self, record: SourceRecord, document: Document) -> Activation | None:
        return self._activations.of(record, document, self._reads) if self._expressive else None
