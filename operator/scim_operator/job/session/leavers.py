"""Ends the access of those who leave while a session lists its service for the first time (ADR 0049).

Whose manifest says by itself that access ends, and whose id is on record with a proof, needs no listing: a read by id
shows whose the resource is, and that is disabled. All of it stands: the limits, over all who leave at that time
together; what waits for a person; and who owns what. Everything else waits for the listing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.api.config import Mode
from scim_operator.api.enums import Removal
from scim_operator.core.approval.judge import only_ends_access
from scim_operator.core.attributes.paths import ACTIVE
from scim_operator.core.decision.decision import decide
from scim_operator.core.decision.removal import ends_itself, rule_for
from scim_operator.core.keys import Kind
from scim_operator.core.plan.plan import NOTHING, Tally
from scim_operator.core.plan.verb import Verb
from scim_operator.job.apply.lane import Lane
from scim_operator.job.session.by_id import LooksById, provisioned
from scim_operator.scim.precedence import put_first

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from scim_operator.api.config import ProvisioningConfigSpec
    from scim_operator.core.approval.ledger import Ledger
    from scim_operator.core.decision.facts import Facts, Rules
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.job.apply.reconciler import Reconciler
    from scim_operator.job.apply.tools import Tools
    from scim_operator.job.session.lanes import Lanes
    from scim_operator.scim.clock import Clock

GLANCES, LEAVER = 2_000, 40
"""Manifests that are glanced at before others have a turn, and as how many one counts who leaves."""


class Leavers:
    """Those of one session. `run` looks at them until `close` is called, once `lanes` has a key of each."""

    def __init__(self, tools: Tools, reconciler: Reconciler, lanes: Lanes, clock: Clock) -> None:
        self._tools = tools
        self._knowledge = tools.knowledge
        self._reconciler = reconciler
        self._clock = clock
        self._by_id = LooksById(tools, lanes, Lane.DEPROVISION, self._look_at, clock)
        self._asked: set[ObjectKey] = set()
        """Those whom the gate has by now, and who are expected no longer."""
        self._open = False
        """Whether who leaves is counted, and looked at once all who left before are counted too."""
        lanes.hears = self._hear

    async def run(self, shown: Mapping[str, Any]) -> None:
        """Look at all who leave. `shown` is what the config's status says of a plan."""
        try:
            await self._run(shown)
        except Exception as error:  # noqa: BLE001 - the listing goes on without it
            self._tools.internal_errors.see_outside(error)

    async def _run(self, shown: Mapping[str, Any]) -> None:
        settings, accounts = self._knowledge.settings, self._tools.gate.accounts
        waits = _waits_for_a_person(settings.spec, accounts.ledger, shown)
        if waits or settings.spec.mode is not Mode.APPLY or not self._rules.enabled:
            return
        if not await self._knowledge.identities.peers.acquainted():
            return
        self._open = not self._by_id.closed
        await self._count()
        await self._by_id.run(lambda: self._tools.gate.has_room)

    def close(self) -> None:
        """Begin no further one: from now on the workers of the session look at everything."""
        self._open = False
        self._by_id.close()

    @property
    def _rules(self) -> Rules:
        return self._knowledge.rules(Kind.USER)

    async def _count(self) -> None:
        """Take up all who left before the session began; others have a turn now and then."""
        effort = 0
        for record in self._knowledge.namespace.all_records():
            if not self._open:
                return
            self._see_group(record)
            effort += LEAVER if self._take_up(record) else 1
            if effort >= GLANCES:
                effort = 0
                await self._clock.sleep(0)

    def _hear(self, key: ObjectKey) -> None:
        record = self._knowledge.namespace.get(key.kind, key.name) if self._open else None
        if record is not None:
            self._see_group(record)
            self._take_up(record)

    def _see_group(self, record: SourceRecord) -> None:
        """Leave all to the listing where a group is deleted: how much access that ends, only the listing shows."""
        is_going = record.key.kind is Kind.GROUP and record.deleting
        if is_going and provisioned(self._knowledge.entries.of(record)) is not None:
            self.close()

    def _take_up(self, record: SourceRecord) -> bool:
        """Count someone who leaves, before the first of them is judged; return whether that is so.

        Whom a disable is due for is looked at.
        """
        if not self._open or not self._leaves(record) or not (tally := self._tally(record)):
            return False
        if record.key not in self._asked:
            self._tools.gate.expect(record.key, tally)
        if tally.disables:
            self._by_id.add(record.key)
        return True

    def _leaves(self, record: SourceRecord) -> bool:
        """Return whether someone's access is to end by what the manifest says, and has not by what is on record."""
        if record.key.kind is not Kind.USER or record.suspended or not ends_itself(record, self._knowledge.now()):
            return False
        if record.key in self._knowledge.namespace.faults:
            return False
        entry = provisioned(self._knowledge.entries.of(record))
        return entry is not None and not (self._is_told(record) and _is_done(record, entry))

    def _is_told(self, record: SourceRecord) -> bool:
        """Return whether nothing but `active: false` ends the access: that is an edit, of which a status can tell."""
        late = record.window is not None and record.window.is_late(self._knowledge.now())
        return ACTIVE.read(record.document) is False and not record.deleting and not late

    def _tally(self, record: SourceRecord) -> Tally:
        """Return what limits count of the end of someone's access."""
        rule = Removal.DISABLE if self._is_told(record) else rule_for(record, self._rules)
        if rule is Removal.RETAIN:
            return NOTHING
        return Tally(user_deletes=1) if rule is Removal.DELETE else Tally(disables=1)

    async def _look_at(self, key: ObjectKey) -> None:
        put_first(True)  # noqa: FBT003 - its only argument
        record = self._knowledge.namespace.get(key.kind, key.name)
        if record is None or not self._leaves(record):
            self._tools.gate.dismiss(key)
        elif await self._by_id.is_read(record):
            facts = self._knowledge.facts(record)
            if not _ends(facts, decide(facts, self._rules)):
                self._tools.gate.dismiss(key)
                return
            self._asked.add(key)
            await self._reconciler.reconcile(key)


def _waits_for_a_person(spec: ProvisioningConfigSpec, ledger: Ledger, shown: Mapping[str, Any]) -> bool:
    """Return whether a plan is held, or about to be approved, whose digest is of all who leave."""
    unused = bool(spec.approved_plan) and ledger.used != spec.approved_plan
    return spec.approves_everything or unused or bool(shown.get("held")) or ledger.first


def _is_done(record: SourceRecord, entry: ServiceEntry) -> bool:
    return entry.generation == record.generation and entry.verdict.ready


def _ends(facts: Facts, plan: Plan) -> bool:
    """Return whether a plan ends access, of what is certainly ours, and no one is to be asked."""
    ours = facts.match.owned and facts.match.by == "id"
    asks = plan.asks or plan.protected
    return ours and not asks and plan.verb is Verb.DISABLE and only_ends_access(plan)
