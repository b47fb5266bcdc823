"""Objects that failed for good, or very often, and are tried again only when something about them has changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.approval.digest import exact_digest_of
from scim_operator.job.gather.waits import Resource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.errors import Rejected
    from scim_operator.job.base.retries import Retries
    from scim_operator.job.gather.knowledge import Knowledge

_TAKEN = 409


@dataclass(frozen=True, slots=True)
class _Failure:
    """What failed: the revision of the manifest, what it asked for, and what was in its way, by which attribute."""

    generation: int
    digest: str
    holders: tuple[tuple[str, str], ...]


class Parked:
    """The parked objects of one session, each with its plan and with what was in its way at the service."""

    def __init__(self, knowledge: Knowledge, retries: Retries) -> None:
        self._knowledge = knowledge
        self._retries = retries
        self._parked: dict[ObjectKey, _Failure] = {}
        self._for_now: set[ObjectKey] = set()
        """Objects that are tried again when their next retry is due, too."""
        self._sent: dict[ObjectKey, tuple[tuple[str, str], ...]] = {}
        """What was in the way of those whose plan was sent, as that was known then: a refusal is about that moment."""

    def begin(self, key: ObjectKey) -> None:
        """Note that nothing of the object was sent yet."""
        self._sent.pop(key, None)

    def sending(self, record: SourceRecord, plan: Plan) -> None:
        """Note what is in the way of a plan as it is sent."""
        self._sent[record.key] = self._in_the_way(record, plan)

    def is_freed(self, record: SourceRecord) -> bool:
        """Return whether something that was in the way of what was sent is so no longer: it moved meanwhile.

        That it moved was told while no one waited for it, so the object is to be tried again soon (campaign 460210).
        """
        return not set(self._sent.get(record.key, ())) <= set(self._in_the_way(record, self._knowledge.plan(record)))

    def may_pass(self, record: SourceRecord, error: Rejected) -> bool:
        """Return whether a refusal may end without anything that shows it: then it is tried again now and then.

        So it is where access is to end, which is never given up, and where a value is taken although nothing shows who
        has it: the service was wrong, or what it hides will be gone one day (RFC 7644 section 3.12).
        """
        if error.may_pass or error.lost:
            return True
        plan = self._knowledge.plan(record)
        held = self._having(record, plan.changes) if error.between else self._in_the_way(record, plan)
        taken = error.status == _TAKEN and not held
        return taken or plan.takes_access

    def park(self, record: SourceRecord, *, for_good: bool) -> None:
        """Try it again only when the manifest, the config or what is in its way at the service has changed.

        Unless this is `for_good`, it is tried again at its next retry, too.
        """
        plan = self._knowledge.plan(record)
        (self._for_now.discard if for_good else self._for_now.add)(record.key)
        holders = self._in_the_way(record, plan)
        self._parked[record.key] = _Failure(record.generation, exact_digest_of(plan), holders)
        self._knowledge.waits.note(record.key, frozenset(Resource(record.key.kind, id) for _, id in holders))

    def holds(self, record: SourceRecord, plan: Plan) -> bool:
        """Return whether the plan failed for good, and nothing has changed since."""
        parked = self._parked.get(record.key)
        if parked is None or not plan.acts or (record.key in self._for_now and record.key not in self._retries):
            return False
        holders = self._in_the_way(record, plan)
        return parked == _Failure(record.generation, exact_digest_of(plan), holders)

    def _in_the_way(self, record: SourceRecord, plan: Plan) -> tuple[tuple[str, str], ...]:
        """Return what has a value that identifies the object, or that the plan sets: attribute and id of each."""
        having = self._having(record, (*plan.changes, *plan.toward))
        found = {*(("", id) for id in self._knowledge.identities.holders(record, plan.id)), *having}
        return tuple(sorted(each for each in found if each[1] != plan.id))

    def _having(self, record: SourceRecord, changes: Iterable[AttributeChange]) -> set[tuple[str, str]]:
        wanted = ((change.path, change.new) for change in changes)
        return self._knowledge.swaps.having(record.key.kind, wanted)

    def release(self, key: ObjectKey) -> None:
        """Note that the object succeeded, changed or is gone."""
        self.retry(key)
        self._sent.pop(key, None)

    def retry(self, key: ObjectKey) -> None:
        """Have the object tried again, whatever it failed for. What is being sent for it may still be refused."""
        self._parked.pop(key, None)
        self._for_now.discard(key)

    def inherit(self, former: Parked) -> None:
        """Take over what waits for its next retry; a new connection is a reason to try the rest again."""
        self._for_now |= former._for_now
        self._parked |= {key: former._parked[key] for key in former._for_now}

    def keys(self) -> list[ObjectKey]:
        """Return the objects that are parked."""
        return list(self._parked)
