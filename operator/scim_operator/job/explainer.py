"""Explains one object on demand: asks the service for that object alone, lists nothing, and writes nothing anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.api.config import Mode
from scim_operator.core import explanation
from scim_operator.core.decision import decide
from scim_operator.core.equality import unassigned
from scim_operator.core.explanation import Explanation, Step
from scim_operator.core.guard import Base, fits, ledger_from_json
from scim_operator.core.keys import Kind
from scim_operator.core.tombstones import graveyard_from_json
from scim_operator.job.knowledge import Knowledge
from scim_operator.job.requests import requests

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.core.facts import Facts
    from scim_operator.core.plan import Plan
    from scim_operator.core.record import SourceRecord
    from scim_operator.job.directory import Namespace
    from scim_operator.job.ports import Service
    from scim_operator.job.settings import Settings
    from scim_operator.scim.clock import Clock


class Explainer:
    """Explains one record of a namespace.

    `status` is the config's status: what its limits have seen. `most` bounds each list, 0 does not.
    """

    def __init__(
        self, settings: Settings, namespace: Namespace, status: Mapping[str, Any], clock: Clock, *, most: int
    ) -> None:
        self._settings = settings
        self._status = status
        self._clock = clock
        self._most = most
        graveyard = graveyard_from_json(settings.namespace, status.get("tombstones", ()))
        same = (status.get("service") or {}).get("url", "") in ("", settings.spec.service.url)
        self._knowledge = Knowledge(settings, namespace, graveyard, clock.now, ids_hold=same)

    async def explain(self, record: SourceRecord, service: Service | None) -> Explanation:
        """Every step for the record; without a `service`, those that need none."""
        self._believe_members()
        if service is not None:
            self._knowledge.nested_groups = service.capabilities.nested_groups
            await self._look_up(record, service)
        facts, rules = self._knowledge.facts(record), self._knowledge.rules(record.key.kind)
        steps = [explanation.imported(facts), self._scope(record, facts)]
        if service is None:
            return Explanation(str(record.key), self._settings.key.name, tuple(steps), "The service was not asked.")
        plan = decide(facts, rules)
        held = self._held(plan)
        steps += [
            explanation.matched(facts, self._found(record)),
            explanation.mapped(facts, rules),
            explanation.planned(plan, rules, self._most),
            self._requests(plan, facts, service),
            Step("Guard", "held" if held else "passes", tuple(self._limits())),
            *self._last_outcome(record),
        ]
        when = " once spec.mode is Apply" if self._settings.spec.mode is Mode.PLAN else ""
        told = explanation.conclusion(facts, plan, f"{when} after approval" if held else when)
        return Explanation(str(record.key), self._settings.key.name, tuple(steps), told)

    def _believe_members(self) -> None:
        """The ids that manifests have on record are taken as they are: to ask for each would be a listing."""
        for record in self._knowledge.namespace.all_records():
            entry = self._knowledge.entry(record)
            if entry is not None and entry.id:
                self._knowledge.index[record.key.kind.resource_type].put({"id": entry.id})

    async def _look_up(self, record: SourceRecord, service: Service) -> None:
        type = record.key.kind.resource_type
        index, entry = self._knowledge.index[type], self._knowledge.entry(record)
        if entry is not None and entry.id:
            index.drop(entry.id)
            if (document := await service.get(type, entry.id)) is not None:
                index.put(document)
        for path, value in self._knowledge.matching_values(record):
            for document in await service.find(type, str(path), str(value)):
                index.put(document)
        self._knowledge.claim(record)

    def _found(self, record: SourceRecord) -> list[tuple[Any, int]]:
        index = self._knowledge.index[record.key.kind.resource_type]
        values = self._knowledge.matching_values(record)
        return [(path, len(index.find(path, value))) for path, value in values if not unassigned(value)]

    def _scope(self, record: SourceRecord, facts: Facts) -> Step:
        scoping = self._knowledge.rules(record.key.kind).scoping
        return explanation.scoped(facts, scoping, self._knowledge.activation(record))

    def _requests(self, plan: Plan, facts: Facts, service: Service) -> Step:
        rules = self._knowledge.rules(plan.key.kind)
        shown, observed = explanation.redacted(plan, rules), explanation.concealed(facts.match.document, rules)
        lines = [
            f"{each.method.value} {each.path} {orjson.dumps(each.body).decode() if each.body else ''}".rstrip()
            for each in requests(shown, observed, service.capabilities)
        ]
        return Step("Requests", f"{len(lines)} to send", explanation.cut(lines, self._most))

    def _held(self, plan: Plan) -> bool:
        if not plan.tally:
            return False
        spec = self._settings.spec
        ledger = ledger_from_json(self._status.get("limits") or {})
        spent = ledger.spent(self._clock.now(), spec.limits.window)
        return not fits(plan.tally, spent, spec.limits, self._base())

    def _base(self) -> Base:
        totals = self._status.get("totals") or {}
        provisioned = sum((totals.get(kind) or {}).get("provisioned", 0) for kind in ("users", "groups"))
        # Memberships are not counted in the status; without them a percentage allows no more than the count does.
        return Base(provisioned, 0)

    def _limits(self) -> Iterable[str]:
        limits = self._settings.spec.limits
        spent = ledger_from_json(self._status.get("limits") or {}).spent(self._clock.now(), limits.window)
        yield f"disables: {spent.disables} spent; the larger of {limits.disables.count} and {limits.disables.percent} %"
        yield f"deletes: {spent.deletes} spent; the larger of {limits.deletes.count} and {limits.deletes.percent} %"
        removals = limits.member_removals
        yield f"member removals: {spent.member_removals} spent; the larger of {removals.count} and {removals.percent} %"

    def _last_outcome(self, record: SourceRecord) -> Iterable[Step]:
        entry = self._knowledge.entry(record)
        if entry is None:
            yield Step("Last outcome", "the operator has not reported on it")
        else:
            age = "" if entry.generation == record.generation else f" (of generation {entry.generation})"
            yield Step("Last outcome", f"{entry.verdict.reason}{age}", (entry.verdict.message,))


def in_need(kind: Kind) -> tuple[Kind, ...]:
    """Whose manifests an explanation of that kind needs besides its own: of a user the groups, of a group all."""
    return (Kind.GROUP,) if kind is Kind.USER else tuple(Kind)
