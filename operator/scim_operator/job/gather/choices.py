"""The values that SelectUniqueValue chooses, each for one record only."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import canonical

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.facts import Rules
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.gather.activations import Activations

    Candidate = tuple[AttributePath, str]
    """A value of an attribute that SelectUniqueValue may choose."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """What a record, as it was then, found taken, and what it has reserved by being the first to choose it."""

    of: tuple[str, int]
    taken: frozenset[Candidate]
    reserved: frozenset[tuple[AttributePath, Hashable]]


def _known_as(candidate: Candidate) -> tuple[AttributePath, Hashable]:
    path, value = candidate
    return path, canonical(path, value)


class Choices:
    """What the records of one resource type have chosen since the session began.

    They count beside what was listed: a service may show a new resource late, or take two of one value.
    """

    def __init__(self, rules: Rules, activations: Activations) -> None:
        self._selecting = rules.selecting
        self._reads = rules.reads
        self._activations = activations
        self._choices: dict[ObjectKey, _Choice] = {}
        self._reserved: dict[tuple[AttributePath, Hashable], ObjectKey] = {}
        self.turn = asyncio.Lock()
        """Held while one record asks and chooses, so that two do not choose the same."""

    def __bool__(self) -> bool:
        """Return whether there is anything to choose."""
        return bool(self._selecting)

    def is_due(self, record: SourceRecord) -> bool:
        """Return whether something is chosen for a record, and the service was not asked about it as it is."""
        known = self._choices.get(record.key)
        return bool(self) and (known is None or known.of != (record.uid, record.generation))

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

    def is_taken(self, key: ObjectKey, path: AttributePath, value: str) -> bool:
        """Return whether a record must not have a value: another has chosen it, or the service has it."""
        choice = self._choices.get(key)
        return not self._is_free(key, (path, value)) or (choice is not None and (path, value) in choice.taken)
