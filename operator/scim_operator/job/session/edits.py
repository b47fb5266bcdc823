"""Sends what an edit asks for while a session lists its service for the first time (ADR 0054).

What is ours by the id on record, with a proof, needs no listing to be given a value by which no one is known, or a
member who is on record: a read by id shows what it has. Everything else waits for the listing, and so does who was
edited together with very many others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.api.config import Mode
from scim_operator.core.decision.decision import decide
from scim_operator.core.keys import Kind
from scim_operator.core.plan.verb import Verb
from scim_operator.job.apply.lane import Lane
from scim_operator.job.session.by_id import LooksById, provisioned
from scim_operator.job.sweep.awake import follow_one

if TYPE_CHECKING:
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.job.apply.reconciler import Reconciler
    from scim_operator.job.apply.tools import Tools
    from scim_operator.job.session.lanes import Lanes
    from scim_operator.scim.clock import Clock

FEW = 200
"""Edited objects up to which they are read one by one: of very many, a listing reads a hundred with each request."""
LARGE = 500
"""Members of a group from which on it waits for the listing."""
GLANCES = 50
"""Manifests whose status is looked at before others have a turn."""


class Edits:
    """Those of one session. `run` looks at them until `close` is called."""

    def __init__(self, tools: Tools, reconciler: Reconciler, lanes: Lanes, clock: Clock) -> None:
        self._tools = tools
        self._knowledge = tools.knowledge
        self._reconciler = reconciler
        self._clock = clock
        self._by_id = LooksById(tools, lanes, Lane.EDIT, self._look_at, clock)
        lanes.edited = self._hear

    async def run(self) -> None:
        """Look at all that was edited, and is edited from now on."""
        try:
            await self._run()
        except Exception as error:  # noqa: BLE001 - the listing goes on without it
            self._tools.internal_errors.see_outside(error)

    def close(self) -> None:
        """Begin no further one: from now on the workers of the session look at everything."""
        self._by_id.close()

    async def _run(self) -> None:
        spec, first = self._knowledge.settings.spec, self._tools.gate.accounts.ledger.first
        if spec.mode is not Mode.APPLY or spec.approves_everything or first:
            return
        if not await self._knowledge.identities.peers.acquainted():
            return
        for key in await self._edited_before():
            self._by_id.add(key)
        await self._by_id.run()

    def _hear(self, key: ObjectKey) -> None:
        if not self._by_id.closed and self._by_id.waiting < FEW:
            self._by_id.add(key)

    async def _edited_before(self) -> list[ObjectKey]:
        """Return what was edited while no one worked; nothing where that is so much that the listing is sooner."""
        found: list[ObjectKey] = []
        for number, record in enumerate(self._knowledge.namespace.all_records()):
            if self._by_id.closed or len(found) > FEW:
                break
            entry = self._provisioned(record)
            if entry is not None and entry.generation != record.generation:
                found.append(record.key)
            if number % GLANCES == GLANCES - 1:
                await self._clock.sleep(0)
        return found if len(found) <= FEW else []

    def _provisioned(self, record: SourceRecord) -> ServiceEntry | None:
        """Return what is on record of what is at the service, and to stay there; None of anything else."""
        key = record.key
        still = record.deleting or record.undeleting or record.suspended or key in self._knowledge.namespace.faults
        if still or not self._knowledge.rules(key.kind).enabled:
            return None
        return provisioned(self._knowledge.entries.of(record))

    async def _look_at(self, key: ObjectKey) -> None:
        record = self._knowledge.namespace.get(key.kind, key.name)
        if record is None or self._provisioned(record) is None or self._is_large(key):
            return
        if await self._by_id.is_read(record):
            facts = self._knowledge.facts(record)
            if _gives(decide(facts, self._knowledge.rules(key.kind))):
                follow_one(self._knowledge, key)  # it was there before: no group has to be looked at for that
                await self._reconciler.reconcile(key)

    def _is_large(self, key: ObjectKey) -> bool:
        topology = self._knowledge.namespace.topology
        return key.kind is Kind.GROUP and len(topology.effective_users(key.name)) > LARGE


def _gives(plan: Plan) -> bool:
    """Return whether a plan changes what is there, and takes nothing from anyone."""
    return plan.verb is Verb.UPDATE and not plan.takes_access
