"""What an explanation asks: the service for one object, and the cluster where other manifests matter.

Nothing is listed at the service, and nothing written. Other manifests are read one by one: `job.owners.rivals`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scim_operator.core.decision.decision import decide
from scim_operator.core.explain.explanation import Search
from scim_operator.core.keys import Kind
from scim_operator.core.plan.verb import Verb
from scim_operator.errors import NotAnswered, Rejected, ScimOperatorError
from scim_operator.job.apply.executor import Executor
from scim_operator.job.owners.rivals import Rivals, must_ask

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ResourceType
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.resource import Document
    from scim_operator.job.base.ports import Service, TerminationCheck
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.job.gather.peers import Peers

    Others = Callable[[Kind], AsyncIterable[SourceRecord]]
    OtherNamespaces = Callable[[], Awaitable[Peers]]


@dataclass(frozen=True, slots=True)
class Cluster:
    """What an explanation asks where manifests live: `others` reads all of a kind, one after the other.

    `other_namespaces` gives the configs of other namespaces at the same service, with what they own and claim.
    """

    others: Others
    termination: TerminationCheck
    other_namespaces: OtherNamespaces


class Investigation:
    """Asks about one record, and puts the answers into `knowledge`.

    `current` says that the operator has taken up the spec that is explained, and so has seen what others claim.
    """

    def __init__(self, knowledge: Knowledge, cluster: Cluster, *, current: bool) -> None:
        self._knowledge = knowledge
        self._cluster = cluster
        self._current = current
        self._gone = ""

    def believe_members(self) -> None:
        """Take the ids that manifests have on record as they are: to ask for each would be a listing."""
        for index in self._knowledge.index.values():
            index.listed = True
        for record in self._knowledge.namespace.all_records():
            entry = self._knowledge.entries.of(record)
            if entry is not None and entry.id:
                self._knowledge.index[record.key.kind.resource_type].put({"id": entry.id})

    async def look_up(self, record: SourceRecord, service: Service) -> None:
        """Ask the service for the resource on record, and for those with the matching values; nothing of a kind off."""
        type = record.key.kind.resource_type
        index, entry = self._knowledge.index[type], self._knowledge.entries.of(record)
        if not self._knowledge.rules(record.key.kind).enabled:
            return
        # What was lost may be there again.
        id = (entry.id or self._knowledge.memory.notary.lost_id(entry)) if entry is not None else ""
        if id:
            index.drop(id)
            if (document := await self._get(service, type, id)) is not None:
                index.put(document)
        await self._look_for(record, service)
        if id and id not in index:
            # The operator forgets such an id as well, and matches again.
            self._gone = id
            self._knowledge.entries.forget_id(record)

    async def _get(self, service: Service, type: ResourceType, id: str) -> Document | None:
        """Return the resource of an id; None where the service answers 4xx, as some do to one that they do not know.

        Whether it is there after all, the filters say.
        """
        try:
            return await service.get(type, id)
        except Rejected as error:
            if not 400 <= error.status < 500:
                raise
        return None

    async def _look_for(self, record: SourceRecord, service: Service) -> None:
        """Ask for the resources with the matching values."""
        type = record.key.kind.resource_type
        index = self._knowledge.index[type]
        for path, value in self._knowledge.desired.mapper(record).matching_values(record):
            for document in await service.find(type, str(path), str(value)):
                index.put(document)

    async def search(self, record: SourceRecord) -> Search:
        """Return what was found for the record, and who else claims that."""
        index = self._knowledge.index[record.key.kind.resource_type]
        values = self._knowledge.desired.mapper(record).matching_values(record)
        found = [(path, index.find(path, value)) for path, value in values]
        search = Search(tuple((path, len(ids)) for path, ids in found), self._gone)
        self._knowledge.identities.claim(record)
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
            self._knowledge.identities.meet(await self._cluster.other_namespaces())
        except ScimOperatorError as error:
            return f"It is not known whether a manifest of another namespace claims the same. {error}"
        return ""

    def _is_alone(self, facts: Facts, found: Iterable[tuple[str, ...]]) -> bool:
        """Return whether the operator, under this spec, has seen what others claim of the record's values."""
        id = facts.match.document["id"] if facts.match.document is not None else ""
        return self._current and all(ids == (id,) for ids in found)

    async def _all(self, kind: Kind) -> AsyncIterator[SourceRecord]:
        if kind in in_need(kind):
            for record in self._knowledge.namespace.records(kind):
                yield record
        else:
            async for record in self._cluster.others(kind):
                yield record

    async def decide(self, record: SourceRecord, service: Service) -> tuple[Facts, Plan]:
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
        namespace = self._knowledge.settings.namespace
        try:
            self._knowledge.terminating = await self._cluster.termination.terminating(namespace)
        except NotAnswered:
            return False
        return bool(self._knowledge.terminating)


def in_need(kind: Kind) -> tuple[Kind, ...]:
    """Return the kinds that an explanation needs besides its own manifest: for a user the groups, for a group all."""
    return (Kind.GROUP,) if kind is Kind.USER else tuple(Kind)
