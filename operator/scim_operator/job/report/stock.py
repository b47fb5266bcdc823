"""The count of a config's objects by what became of them, kept as they move.

Between sweeps only what moved is looked at, so that a change costs the same in a tenant of any size; a sweep counts
everything again, with turns for others. Nearly all objects are as they should be, and of those nothing is kept.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from scim_operator.core.keys import Kind
from scim_operator.core.records.status import Reason
from scim_operator.core.report.config_status import failure_of, failures_in_order
from scim_operator.core.report.standing import Tallied
from scim_operator.core.report.tally import Counted, State, needs_person, state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from scim_operator.core.keys import ObjectKey, ResourceType
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.gather.knowledge import Knowledge


class Remark(NamedTuple):
    """What is to be said of one object. `listed`: there is a manifest; `failure`: why it fails."""

    listed: bool
    in_scope: bool
    state: State | None
    failure: Reason | None
    needs_person: bool


USUAL = Remark(listed=True, in_scope=True, state=State.PROVISIONED, failure=None, needs_person=False)


class Stock:
    """The objects of one session. `lasts` says of one that backs off whether waiting will hardly help."""

    def __init__(self, knowledge: Knowledge, lasts: Callable[[ObjectKey], bool]) -> None:
        self._knowledge = knowledge
        self._lasts = lasts
        self._remarks: dict[ObjectKey, Remark] = {}
        self._counts: dict[Kind, Counter[Remark]] = {kind: Counter() for kind in Kind}
        self._moved: set[ObjectKey] = set()
        knowledge.entries.moved = self._moved.add
        self._forms: dict[ObjectKey, tuple[str, ...]] = {}
        self.forms: Counter[tuple[ResourceType, str]] = Counter()
        """How many objects have a value in another form at the service, by type and attribute."""
        self.looked_at = 0
        """How many objects were looked at to count them, since the session began."""

    def moved(self, keys: Iterable[ObjectKey]) -> None:
        """Note that these may count otherwise now."""
        self._moved.update(keys)

    def recounting(self) -> Iterator[None]:
        """Look at all objects again, one at each step, so that others get a turn."""
        self._moved.clear()
        for key in [record.key for record in self._knowledge.namespace.all_records()]:
            self._look(key)
            yield
        for key, _ in self._knowledge.entries.all():
            if not self._is_listed(key):
                self._look(key)
            yield
        self._remarks = dict(self._remarks)  # a dict keeps the room of what it has lost

    def settle(self) -> None:
        """Look at what moved."""
        for _ in self.settling():
            pass

    def settling(self) -> Iterator[None]:
        """Do the same one by one, so that others get a turn."""
        for key in tuple(self._moved):
            self._moved.discard(key)
            self._look(key)
            yield

    def tallied(self, kind: Kind) -> Tallied:
        """Count the objects of a kind, and what the service has besides."""
        type, states, others, in_scope = kind.resource_type, Counter[State | None](), 0, 0
        for remark, number in self._counts[kind].items():
            if remark.listed:
                others += number
                states[remark.state] += number
                in_scope += number * remark.in_scope
        usual = self._knowledge.namespace.count(kind) - others
        return Tallied(
            in_scope=usual + in_scope,
            provisioned=usual + states[State.PROVISIONED],
            pending=states[State.PENDING],
            retrying=states[State.RETRYING],
            failed=states[State.FAILED],
            unmanaged=self._knowledge.unmanaged(type),
            foreign=self._knowledge.index[type].census.foreign,
        )

    @property
    def failures(self) -> tuple[tuple[str, int], ...]:
        """Return how many objects fail, by reason."""
        found = Counter[Reason]()
        for counts in self._counts.values():
            for remark, number in counts.items():
                if remark.failure is not None:
                    found[remark.failure] += number
        return failures_in_order(found)

    @property
    def in_need(self) -> set[ObjectKey]:
        """Return the objects that do not go on without a person."""
        return {key for key, remark in self._remarks.items() if remark.needs_person}

    def _look(self, key: ObjectKey) -> None:
        self.looked_at += 1
        remark, known = self._remark(key), self._remarks.pop(key, USUAL)
        if known is not USUAL:
            self._counts[key.kind][known] -= 1
        if remark is not None and remark != USUAL:
            self._remarks[key] = remark
            self._counts[key.kind][remark] += 1
        self._look_at_forms(key)

    def _look_at_forms(self, key: ObjectKey) -> None:
        entry = self._knowledge.entries.known(key)
        forms = tuple(form.path for form in entry.reformatted) if entry is not None else ()
        known, type = self._forms.pop(key, ()), key.kind.resource_type
        self.forms.subtract((type, path) for path in known)
        self.forms.update((type, path) for path in forms)
        if forms:
            self._forms[key] = forms

    def _is_listed(self, key: ObjectKey) -> bool:
        return self._knowledge.namespace.get(key.kind, key.name) is not None

    def _remark(self, key: ObjectKey) -> Remark | None:
        """Return what is to be said of an object by now; None of one that is gone."""
        record, entry = self._knowledge.namespace.get(key.kind, key.name), self._knowledge.entries.known(key)
        if record is None and entry is None:
            return None
        reason = entry.verdict.reason if entry is not None else None
        counted = Counted(reason, record is not None and self._is_in_scope(record), self._lasts(key))
        needed = entry is not None and needs_person(reason, lasts=counted.lasts)
        return Remark(record is not None, counted.in_scope, state_of(counted), failure_of(entry), needed)

    def _is_in_scope(self, record: SourceRecord) -> bool:
        try:
            return self._knowledge.desired.scopes.of(record).in_scope
        except Exception:  # anyone who plans the object says so; it counts as one that is not there yet  # noqa: BLE001
            return True
