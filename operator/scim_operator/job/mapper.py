"""What the mappings ask for, record by record: expressions are given what they look at, and what they find taken."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from scim_operator.core.mapping import desired_attributes, fitted
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from scim_operator.core.expressions.frame import Activation
    from scim_operator.core.facts import Rules
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.mapping import DesiredAttributes
    from scim_operator.core.paths import AttributePath
    from scim_operator.core.record import SourceRecord
    from scim_operator.core.resource import Document
    from scim_operator.core.status import ServiceEntry
    from scim_operator.job.activations import Activations


@dataclass(frozen=True, slots=True)
class Mapped:
    """What is asked for, or, as a sentence, why an expression gives nothing for this object."""

    attributes: DesiredAttributes
    fault: str = ""


class Mapper:
    """Maps the records of one resource type by the config's rules for it."""

    def __init__(self, rules: Rules, activations: Activations) -> None:
        self._mappings = rules.mappings
        self._selecting = rules.selecting
        self._reads = rules.reads
        self._expressive = any(mapping.expression for mapping in rules.mappings)
        self._adapts = any(mapping.adapts for mapping in rules.mappings)
        self._activations = activations
        self._taken: dict[ObjectKey, frozenset[tuple[AttributePath, str]]] = {}

    @property
    def reads_groups(self) -> bool:
        """Whether what is asked for depends on the groups that a user is in."""
        return "groups" in self._reads

    def map(self, record: SourceRecord, document: Document, *, creating: bool) -> Mapped:
        """What the mappings ask for of a record, whose SCIM document is `document`."""
        try:
            return Mapped(
                desired_attributes(
                    document,
                    self._mappings,
                    creating=creating,
                    activation=self._activation(record, document),
                    taken=partial(self._is_taken, record.key) if self._selecting else None,
                )
            )
        except InvalidSpec as error:
            return Mapped({}, str(error))

    def fit(self, mapped: Mapped, observed: Document | None, entry: ServiceEntry | None) -> DesiredAttributes:
        """The same, given what the service has and what we had applied there."""
        if not self._adapts:
            return mapped.attributes
        return fitted(mapped.attributes, self._mappings, observed, entry.applied if entry else ())

    def candidates(self, record: SourceRecord) -> list[tuple[AttributePath, str]]:
        """What SelectUniqueValue chooses from for a record, as long as the service has not been asked for it."""
        if not self._selecting or record.key in self._taken:
            return []
        activation = self._activations.of(record, record.document, self._reads)
        return [
            (mapping.target, value)
            for mapping in self._selecting
            if mapping.expression
            for value in mapping.expression.candidates(activation)
        ]

    def found_taken(self, key: ObjectKey, values: frozenset[tuple[AttributePath, str]]) -> None:
        """These of a record's candidates are somebody else's."""
        self._taken[key] = values

    def ask_again(self, key: ObjectKey) -> bool:
        """Forget what was taken, since somebody may have been quicker; whether there was anything to forget."""
        return self._taken.pop(key, None) is not None

    def _is_taken(self, key: ObjectKey, path: AttributePath, value: str) -> bool:
        return (path, value) in self._taken.get(key, ())

    def _activation(self, record: SourceRecord, document: Document) -> Activation | None:
        return self._activations.of(record, document, self._reads) if self._expressive else None
