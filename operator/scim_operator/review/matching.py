"""Matches the manifests of one config with what its service has, by the operator's own rule, and sends reads alone.

What matches is asked of the job's knowledge before anything is planned, and what would come of it of the plan itself,
so that no second rule can say something else than the operator does.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import equal
from scim_operator.core.attributes.paths import EXTERNAL_ID
from scim_operator.core.decision.contention import obstacle
from scim_operator.core.records.marks import read_mark
from scim_operator.core.records.status import Reason
from scim_operator.core.unexpected import unexpected
from scim_operator.core.wording import some
from scim_operator.review.escaping import value
from scim_operator.review.match_report import MatchReport, Row, Standing
from scim_operator.review.names import Names
from scim_operator.review.planner import Planner

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import Kind, ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.resource import Document
    from scim_operator.job.base.ports import Service
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.review.sources import Sources
    from scim_operator.scim.clock import Clock

_MOST = 5


async def match(sources: Sources, service: Service, clock: Clock) -> MatchReport:
    """List the service and match everything. Errors: those of the service, where any part of it cannot be listed."""
    planner = Planner(sources, clock)
    await planner.survey(service)
    if (error := planner.knowledge.index.overview.error) is not None:
        raise error
    return _Matching(sources, planner).report()


@dataclass(frozen=True, slots=True)
class _Look:
    """What a manifest matches before anything is done; `standing` is None where the plan has to say."""

    record: SourceRecord
    name: str
    standing: Standing | None
    by: str = ""
    ids: tuple[str, ...] = ()
    owned: bool = False
    note: str = ""
    differs: str = ""
    """How the externalId at the service differs, "" where it does not, or where the service would change it."""


class _Matching:
    def __init__(self, sources: Sources, planner: Planner) -> None:
        self._sources = sources
        self._planner = planner
        self._knowledge: Knowledge = planner.knowledge
        self._names = Names(self._knowledge)

    def report(self) -> MatchReport:
        """Return the report; the plan is made for it, and so nothing may be asked of the knowledge afterwards."""
        looks = [self._look(record) for record in self._knowledge.namespace.all_records()]
        alone = list(self._alone(looks))
        self._planner.plan()
        sharing = _sharing(looks)
        rows = [*(self._row(each, sharing) for each in looks), *self._aside(looks), *alone]
        ordered = tuple(sorted(rows, key=_order))
        return MatchReport(str(self._sources.settings.key), ordered, self._sources.faults)

    def _look(self, record: SourceRecord) -> _Look:
        try:
            facts = self._knowledge.facts(record)
            self._names.keep(record, facts)
            return self._seen(record, facts)
        except Exception as error:  # noqa: BLE001 - one manifest never keeps the others from being reported
            return _Look(record, record.key.name, Standing.UNKNOWN, note=str(unexpected(error)))

    def _seen(self, record: SourceRecord, facts: Facts) -> _Look:
        standing, note = self._at_first_sight(record, facts)
        match = facts.match
        ids = tuple(sorted(match.candidates)) if match.ambiguous else (match.document["id"],) if match.document else ()
        name = self._names.name(record.key)
        differs = self._differs(facts, match.document) if match.document is not None else ""
        return _Look(record, name, standing, match.by, ids, match.owned, note, differs)

    def _at_first_sight(self, record: SourceRecord, facts: Facts) -> tuple[Standing | None, str]:
        if record.key in self._sources.aside:
            return Standing.UNKNOWN, self._sources.aside[record.key]
        if facts.scope.undecided:
            return Standing.UNKNOWN, facts.scope.message
        if record.suspended or not facts.scope.in_scope or not self._knowledge.rules(record.key.kind).enabled:
            return Standing.LEFT_OUT, ""
        if facts.fault:
            return Standing.UNKNOWN, facts.fault
        if others := obstacle(facts):
            return Standing.SHARED, others
        return (Standing.AMBIGUOUS, "") if facts.match.ambiguous else (None, "")

    def _differs(self, facts: Facts, document: Document) -> str:
        wanted, there = (facts.desired or {}).get(EXTERNAL_ID), EXTERNAL_ID.read(document)
        kind = facts.record.key.kind
        if EXTERNAL_ID not in self._knowledge.rules(kind).immutable or equal(EXTERNAL_ID, wanted, there):
            return ""
        shown = self._names.attribute(kind, EXTERNAL_ID, there, wanted)
        return (
            f"externalId is {value(shown.old)} there and {value(shown.new)} in the manifest. Write the service's into "
            "the manifest if it is the one that people sign in with, or delete the resource there to have it created "
            "again."
        )

    def _alone(self, looks: Iterable[_Look]) -> Iterator[Row]:
        """Yield what no manifest matches."""
        known = {(look.record.key.kind, id) for look in looks for id in look.ids}
        for type in self._sources.settings.enabled:
            index, kind = self._knowledge.index[type], type.kind
            for id in sorted(index):
                document = index.get(id)
                if document is not None and (kind, id) not in known:
                    name = self._names.of_resource(kind, document)
                    shown = (self._knowledge.shown_id(id),)
                    yield Row(Standing.SERVICE, kind, "", name, ids=shown, note=self._whose(kind, document))

    def _whose(self, kind: Kind, document: Document) -> str:
        if other := self._knowledge.rules(kind).owner.other(document):
            return f"carries the mark of {other}"
        mark = read_mark(EXTERNAL_ID.read(document))
        return f"carries the mark of {mark}, which is not in the directory" if mark is not None else ""

    def _row(self, look: _Look, sharing: dict[tuple[Kind, str], list[ObjectKey]]) -> Row:
        key = look.record.key
        ids = tuple(map(self._knowledge.shown_id, look.ids))
        standing, note = self._judged(look, sharing)
        return Row(standing, key.kind, str(key), look.name, look.by, ids, note)

    def _judged(self, look: _Look, sharing: dict[tuple[Kind, str], list[ObjectKey]]) -> tuple[Standing, str]:
        key, plan = look.record.key, self._planner.first[look.record.key]
        if look.standing is not None:
            return look.standing, look.note or plan.verdict.message
        if not look.ids:
            return Standing.GIT, "" if plan.verb is not None else plan.verdict.message
        others = [each for each in sharing[key.kind, look.ids[0]] if each != key]
        if others and not look.owned:
            return Standing.SHARED, f"{some(others, _MOST)} matches the same resource; correct one of them."
        if look.differs and plan.verdict.reason is Reason.IMMUTABLE:
            return Standing.EXTERNAL_ID, look.differs
        if not plan.owned:
            return Standing.REFUSED, plan.verdict.message
        return Standing.MATCHED, _what_follows(plan)

    def _aside(self, looks: Iterable[_Look]) -> Iterator[Row]:
        """Yield the manifests that have errors, and so became no record."""
        there = {look.record.key for look in looks}
        for key, why in self._sources.aside.items():
            if key not in there:
                yield Row(Standing.UNKNOWN, key.kind, str(key), key.name, note=why)


def _sharing(looks: Iterable[_Look]) -> dict[tuple[Kind, str], list[ObjectKey]]:
    """Return the manifests that match each resource by themselves."""
    found: dict[tuple[Kind, str], list[ObjectKey]] = defaultdict(list)
    for look in looks:
        if look.standing is None and len(look.ids) == 1:
            found[look.record.key.kind, look.ids[0]].append(look.record.key)
    return found


def _what_follows(plan: Plan) -> str:
    """Return what would be sent for what matches, "" for nothing."""
    paths = [str(change.path) for change in plan.changes]
    members = len(plan.member_adds) + len(plan.member_removals)
    parts = [*paths, *([f"members ({members})"] if members else [])]
    return f"would be changed: {some(parts, _MOST)}" if parts else ""


def _order(row: Row) -> tuple[int, str, str, str, tuple[str, ...]]:
    return [*Standing].index(row.standing), row.kind.value, row.name, row.manifest, row.ids
