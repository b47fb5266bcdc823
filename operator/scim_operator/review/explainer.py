"""Explains one object on demand, step by step, from what `review.investigation` finds out about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.api.config import ScopeMode
from scim_operator.core.approval.course import first_step
from scim_operator.core.approval.judge import meanwhile
from scim_operator.core.explain import explanation, obstacles
from scim_operator.core.explain.conclusion import Outlook, conclusion
from scim_operator.core.explain.explanation import Beside, Explanation, Step
from scim_operator.core.keys import Kind
from scim_operator.core.records.readable_config import readable_config_status
from scim_operator.errors import ScimOperatorError
from scim_operator.job.apply.requests import all_requests
from scim_operator.job.gather.knowledge import Knowledge
from scim_operator.review.investigation import Investigation
from scim_operator.review.members import absence, member_of, members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.explain.obstacles import Obstacle
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.job.base.ports import Service
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.namespace import Namespace
    from scim_operator.review.investigation import Cluster
    from scim_operator.scim.clock import Clock


class Explainer:
    """Explains one record of a namespace, which has at least what `in_need` names; `cluster` is asked for the rest.

    `config` is the ProvisioningConfig that `settings` were read from: its status has what the limits have seen. `most`
    bounds each list, 0 does not.
    """

    def __init__(
        self,
        settings: Settings,
        config: Mapping[str, Any],
        namespace: Namespace,
        cluster: Cluster,
        clock: Clock,
        *,
        most: int,
    ) -> None:
        self._settings = settings
        self._deleting = "deletionTimestamp" in config["metadata"]
        self._status: Mapping[str, Any] = readable_config_status(config.get("status"))
        self._clock = clock
        self._most = most
        self._knowledge = Knowledge.from_status(settings, namespace, self._status, clock.now)
        current = self._status.get("observedGeneration") == settings.generation
        self._investigation = Investigation(self._knowledge, cluster, current=current)

    async def explain(self, record: SourceRecord, reached: Service | ScimOperatorError) -> Explanation:
        """Return every step for the record; only those without the service where it was not `reached`, and why."""
        self._investigation.believe_members()
        self._knowledge.desired.concealment.cover(record)
        reported = self._knowledge.entries.of(record)
        if isinstance(reached, ScimOperatorError):
            return self._unasked(record, reached)
        try:
            return await self._asked(record, reached, reported)
        except ScimOperatorError as error:
            return self._unasked(record, error)

    def _unasked(self, record: SourceRecord, error: ScimOperatorError) -> Explanation:
        """Return what is known without the service: not what it holds, and so nothing of a plan."""
        facts = self._knowledge.facts(record)
        connection = explanation.connected(self._settings.spec.service.url, error.reason, str(error))
        last = self._last_outcome(record, self._knowledge.entries.of(record))
        outside = "" if facts.scope.in_scope else f"{facts.scope.message} "
        reported = f"{outside}The service was not asked, so it is not known what would be sent. {error}"
        return self._explanation(record, (*self._first(record, facts, connection), *last), reported)

    async def _asked(self, record: SourceRecord, service: Service, reported: ServiceEntry | None) -> Explanation:
        self._knowledge.members.nested = service.capabilities.nested_groups
        await self._investigation.look_up(record, service)
        search = await self._investigation.search(record)
        facts, plan = await self._investigation.decide(record, service)
        rules, held = self._knowledge.rules(record.key.kind), self._held(facts, plan)
        steps = (
            *self._first(record, facts, explanation.connected(self._settings.spec.service.url)),
            explanation.matched(facts, rules, search),
            explanation.mapped(facts, rules),
            explanation.planned(plan, rules, self._most, self._pending(plan)),
            self._requests(plan, facts, service),
            self._guard(plan, held),
            *self._last_outcome(record, reported),
        )
        ending = (conclusion(facts, plan, self._outlook(plan, self._meanwhile(facts, plan, held))), search.unasked)
        found = self._explanation(record, steps, " ".join(filter(None, ending)))
        return replace(found, attributes=tuple(map(self._veiled, explanation.beside(facts, rules))))

    def _veiled(self, beside: Beside) -> Beside:
        conceal = self._settings.veil.conceal
        return replace(beside, wanted=conceal(beside.wanted), there=conceal(beside.there))

    def _explanation(self, record: SourceRecord, steps: tuple[Step, ...], conclusion: str) -> Explanation:
        shown = tuple(self._concealed(step) for step in steps)
        return Explanation(str(record.key), self._settings.key.name, shown, self._settings.veil.conceal(conclusion))

    def _concealed(self, step: Step) -> Step:
        conceal = self._settings.veil.conceal
        return Step(step.name, conceal(step.outcome), tuple(map(conceal, step.details)))

    def _first(self, record: SourceRecord, facts: Facts, connection: Step) -> tuple[Step, ...]:
        user = record.key.kind is Kind.USER
        groups = sorted(self._knowledge.namespace.topology.groups_of(record.key.name)) if user else []
        imported = explanation.imported(facts, explanation.cut(groups, self._most))
        listed = () if user else (members(record, self._knowledge, self._most),)
        return imported, explanation.configured(self._obstacles()), connection, self._scope(record, facts), *listed

    def _obstacles(self) -> tuple[Obstacle, ...]:
        settings = self._settings
        return obstacles.obstacles(settings.spec, self._status, settings.generation, deleting=self._deleting)

    def _scope(self, record: SourceRecord, facts: Facts) -> Step:
        scoping, settings, key = self._knowledge.rules(record.key.kind).scoping, self._settings, record.key
        named: tuple[str, ...] = ()
        if settings.scope is ScopeMode.ASSIGNED:
            topology = self._knowledge.namespace.topology
            named = settings.assignments.naming(key.kind, key.name, record.labels, topology)
        return explanation.scoped(facts, scoping, self._knowledge.desired.activation(record), named)

    def _pending(self, plan: Plan) -> dict[str, str]:
        """Return why each pending member is not at the service."""
        return {text: absence(member_of(text, self._knowledge), self._knowledge) for text in plan.pending}

    def _requests(self, plan: Plan, facts: Facts, service: Service) -> Step:
        rules = self._knowledge.rules(plan.key.kind)
        shown, observed = explanation.redacted(plan, rules), explanation.concealed(facts.match.document, rules)
        lines = [
            f"{each.method.value} {each.path} {orjson.dumps(each.body).decode() if each.body else ''}".rstrip()
            for each in all_requests(shown, observed, service.capabilities)
        ]
        return Step("Requests", f"{len(lines)} to send" if lines else "none", explanation.cut(lines, self._most))

    def _held(self, facts: Facts, plan: Plan) -> str:
        entry = facts.entry
        reported = entry if entry is not None and entry.generation == facts.record.generation else None
        return obstacles.hold(plan, reported, self._settings.spec, self._status, self._clock.now())

    def _guard(self, plan: Plan, held: str) -> Step:
        limits = obstacles.limits_of(self._settings.spec, self._status, self._clock.now())
        if held:
            return Step("Guard", "held", (held, *limits))
        alone = (obstacles.ALONE,) if plan.tally else ()
        return Step("Guard", "passes" if plan.verb else "nothing to judge", (*alone, *limits))

    def _meanwhile(self, facts: Facts, plan: Plan, held: str) -> Plan | None:
        """Return what of a held plan goes on: its first step, where that is judged and sent before the rest."""
        if not held:
            return None
        spec = self._settings.spec
        step = first_step(plan, spec)
        return step if step is not plan and not self._held(facts, step) else meanwhile(plan, spec)

    def _outlook(self, plan: Plan, goes_on: Plan | None) -> Outlook:
        return Outlook(
            now=self._clock.now(),
            obstacles=obstacles.in_the_way(self._obstacles(), plan),
            meanwhile=goes_on,
            grace=self._knowledge.rules(plan.key.kind).delete_after,
            buried=self._knowledge.memory.tombstones.date_of(plan.key.kind, plan.id),
        )

    @staticmethod
    def _last_outcome(record: SourceRecord, entry: ServiceEntry | None) -> tuple[Step, ...]:
        if entry is None:
            return (Step("Last outcome", "the operator has not reported on it"),)
        age = "" if entry.generation == record.generation else f" (of generation {entry.generation})"
        return (Step("Last outcome", f"{entry.verdict.reason}{age}", (entry.verdict.message,)),)
