"""Explains one object on demand: asks the service for that object alone, lists nothing there, and writes nothing.

Other manifests are read only where they matter: `job.owners.rivals`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.api.config import ScopeMode
from scim_operator.core.approval.judge import meanwhile
from scim_operator.core.decision.decision import decide
from scim_operator.core.explain import explanation, obstacles
from scim_operator.core.explain.conclusion import Outlook, conclusion
from scim_operator.core.explain.explanation import Explanation, Search, Step
from scim_operator.core.keys import Kind
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.readable_config import readable_config_status
from scim_operator.errors import NotAnswered, ScimOperatorError
from scim_operator.job.apply.executor import Executor
from scim_operator.job.apply.requests import all_requests
from scim_operator.job.gather.knowledge import Knowledge
from scim_operator.job.owners.rivals import Rivals, must_ask

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.explain.obstacles import Obstacle
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.job.base.ports import Service, TerminationCheck
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.namespace import Namespace
    from scim_operator.job.gather.peers import Peers
    from scim_operator.scim.clock import Clock

    Others = Callable[[Kind], AsyncIterable[SourceRecord]]
    OtherNamespaces = Callable[[], Awaitable[Peers]]


@dataclass(frozen=True, slots=True)
class Cluster:
    """What an explanation asks where manifests live: `others` reads all of a kind, one after the other.

    `abroad` gives the configs of other namespaces at the same service, with what they own and claim.
    """

    others: Others
    termination: TerminationCheck
    other_namespaces: OtherNamespaces


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
        self._others, self._termination, self._other_namespaces = (
            cluster.others,
            cluster.termination,
            cluster.other_namespaces,
        )
        self._clock = clock
        self._most = most
        self._knowledge = Knowledge.from_status(settings, namespace, self._status, clock.now)
        self._gone = ""

    async def explain(self, record: SourceRecord, reached: Service | ScimOperatorError) -> Explanation:
        """Return every step for the record; only those without the service where it was not `reached`, and why."""
        self._believe_members()
        self._knowledge.cover(record)
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
        await self._look_up(record, service)
        search = await self._searched(record)
        facts, plan = await self._decided(record, service)
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
        ending = (conclusion(facts, plan, self._outlook(plan, held)), search.unasked)
        return self._explanation(record, steps, " ".join(filter(None, ending)))

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
        return imported, explanation.configured(self._obstacles()), connection, self._scope(record, facts)

    def _obstacles(self) -> tuple[Obstacle, ...]:
        settings = self._settings
        return obstacles.obstacles(settings.spec, self._status, settings.generation, deleting=self._deleting)

    def _believe_members(self) -> None:
        """Take the ids that manifests have on record as they are: to ask for each would be a listing."""
        for record in self._knowledge.namespace.all_records():
            entry = self._knowledge.entries.of(record)
            if entry is not None and entry.id:
                self._knowledge.index[record.key.kind.resource_type].put({"id": entry.id})

    async def _look_up(self, record: SourceRecord, service: Service) -> None:
        type = record.key.kind.resource_type
        index, entry = self._knowledge.index[type], self._knowledge.entries.of(record)
        if entry is not None and entry.id:
            index.drop(entry.id)
            if (document := await service.get(type, entry.id)) is not None:
                index.put(document)
            else:
                # The operator forgets such an id as well, and matches again.
                self._gone = entry.id
                self._knowledge.entries.forget_id(record)
        for path, value in self._knowledge.matching_values(record):
            for document in await service.find(type, str(path), str(value)):
                index.put(document)

    async def _searched(self, record: SourceRecord) -> Search:
        """Return what was found for the record, and who else claims that."""
        index = self._knowledge.index[record.key.kind.resource_type]
        found = [(path, index.find(path, value)) for path, value in self._knowledge.matching_values(record)]
        search = Search(tuple((path, len(ids)) for path, ids in found), self._gone)
        self._knowledge.claim(record)
        facts = self._knowledge.facts(record)
        if not must_ask(facts, alone=self._is_alone(facts, [ids for _, ids in found])):
            return search
        doubt = await self._doubt_about_others()
        try:
            rivals = await Rivals(self._knowledge, record).among(self._all(record.key.kind))
        except ScimOperatorError as error:
            return replace(search, unasked=f"It is not known whether another manifest claims the same. {error}")
        return replace(search, rivals=rivals, unasked=doubt)

    async def _doubt_about_others(self) -> str:
        """Read the other namespaces; return why that is not possible, "" where it is."""
        try:
            self._knowledge.meet(await self._other_namespaces())
        except ScimOperatorError as error:
            return f"It is not known whether a manifest of another namespace claims the same. {error}"
        return ""

    def _is_alone(self, facts: Facts, found: Iterable[tuple[str, ...]]) -> bool:
        """Return whether the operator, under this spec, has seen what others claim of the record's values."""
        current = self._status.get("observedGeneration") == self._settings.generation
        id = facts.match.document["id"] if facts.match.document is not None else ""
        return current and all(ids == (id,) for ids in found)

    async def _all(self, kind: Kind) -> AsyncIterator[SourceRecord]:
        if kind in in_need(kind):
            for record in self._knowledge.namespace.records(kind):
                yield record
        else:
            async for record in self._others(kind):
                yield record

    async def _decided(self, record: SourceRecord, service: Service) -> tuple[Facts, Plan]:
        """Return facts and plan, after the same questions that the operator asks before it removes or creates."""
        facts, plan = self._plan(record)
        if plan.tally.ends_access and await self._looked_around():
            return self._plan(record)
        if plan.verb is Verb.CREATE and await Executor(service, self._knowledge).choose(record):
            return self._plan(record)
        return facts, plan

    def _plan(self, record: SourceRecord) -> tuple[Facts, Plan]:
        facts = self._knowledge.facts(record)
        return facts, decide(facts, self._knowledge.rules(record.key.kind))

    async def _looked_around(self) -> bool:
        """Return whether namespace or CRDs are being deleted, which the operator asks before it removes anything."""
        try:
            self._knowledge.terminating = await self._termination.terminating(self._settings.namespace)
        except NotAnswered:
            return False
        return bool(self._knowledge.terminating)

    def _scope(self, record: SourceRecord, facts: Facts) -> Step:
        scoping, settings, key = self._knowledge.rules(record.key.kind).scoping, self._settings, record.key
        named: tuple[str, ...] = ()
        if settings.scope is ScopeMode.ASSIGNED:
            topology = self._knowledge.namespace.topology
            named = settings.assignments.naming(key.kind, key.name, record.labels, topology)
        return explanation.scoped(facts, scoping, self._knowledge.activation(record), named)

    def _pending(self, plan: Plan) -> dict[str, str]:
        """Return why each pending member is not at the service: one who is out of scope will never come by waiting."""
        namespace = self._knowledge.namespace
        kinds = {kind.value.lower(): kind for kind in Kind}
        parts = ((text, *text.split("/", 1)) for text in plan.pending)
        return {text: self._absence(namespace.get(kinds[kind], name)) for text, kind, name in parts}

    def _absence(self, member: SourceRecord | None) -> str:
        if member is None:
            return "there is no such manifest"
        scope, entry = self._knowledge.scopes.of(member), self._knowledge.entries.of(member)
        if not scope.in_scope:
            return f"out of scope ({scope.reason})"
        return f"not at the service ({entry.verdict.reason})" if entry is not None else "not at the service yet"

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

    def _outlook(self, plan: Plan, held: str) -> Outlook:
        return Outlook(
            now=self._clock.now(),
            obstacles=self._obstacles(),
            meanwhile=meanwhile(plan, self._settings.spec) if held else None,
            grace=self._knowledge.rules(plan.key.kind).delete_after,
            buried=self._knowledge.tombstones.date_of(plan.key.kind, plan.id),
        )

    @staticmethod
    def _last_outcome(record: SourceRecord, entry: ServiceEntry | None) -> tuple[Step, ...]:
        if entry is None:
            return (Step("Last outcome", "the operator has not reported on it"),)
        age = "" if entry.generation == record.generation else f" (of generation {entry.generation})"
        return (Step("Last outcome", f"{entry.verdict.reason}{age}", (entry.verdict.message,)),)


def in_need(kind: Kind) -> tuple[Kind, ...]:
    """Return the kinds that an explanation needs besides its own manifest: for a user the groups, for a group all."""
    return (Kind.GROUP,) if kind is Kind.USER else tuple(Kind)
