"""Takes what the gate, the objects and the sweeps of a session report, each through a protocol of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.plan.plan import summary
from scim_operator.core.report.approval import Approval
from scim_operator.job.session.ledger import owned_by

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from scim_operator.core.approval.ledger import Base, Ledger
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import PlanCounts
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.errors import ScimOperatorError
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.job.report.reporter import Reporter
    from scim_operator.job.session.approvals import Approvals
    from scim_operator.job.session.health import Health
    from scim_operator.job.session.lanes import Lanes
    from scim_operator.job.session.news import News
    from scim_operator.job.session.tombstones import DurableTombstones


@dataclass(frozen=True, slots=True)
class FromGate:
    """The session's `GateEvents`."""

    knowledge: Knowledge
    reporter: Reporter
    approvals: Approvals
    lanes: Lanes
    news: News

    def base(self) -> Base:
        """Return what percentages of change limits are of: until the service is listed, what the last sweep left."""
        ledger = self.reporter.report.ledger
        if self.knowledge.index.overview.awaited and ledger is not None and ledger.owned:
            return ledger.owned[-1].base
        return owned_by(self.knowledge)

    async def book(self, ledger: Ledger) -> None:
        """Make the ledger durable before anything that it allows is sent."""
        self.reporter.report.ledger = ledger
        await self.reporter.write_durably()

    async def released(self, digest: str, counts: PlanCounts) -> None:
        """Note that an approved plan is carried out now."""
        at = self.knowledge.now()
        self.reporter.approval = Approval(digest, self.approvals.approver, at, summary(counts))
        await self.approvals.released(digest, counts)

    def judged(self, keys: Iterable[ObjectKey], *, held: bool) -> None:
        """Note that the gate has decided: look at these again."""
        self.lanes.judged(keys)
        self.news.stale = True
        if held:
            self.news.urgent.set()


@dataclass(frozen=True, slots=True)
class FromObjects:
    """The session's `ObjectEvents`."""

    knowledge: Knowledge
    health: Health
    lanes: Lanes
    news: News
    tombstones: DurableTombstones
    leaves: Callable[[SourceRecord], Awaitable[None]]

    async def still_connected(self) -> bool:
        """Return whether Test Connection passes now."""
        return await self.health.still_connected()

    def connection_lost(self, error: ScimOperatorError) -> None:
        """Nothing works until credentials, URL or service change."""
        self.health.connection_lost(error)

    async def stumbled(self, key: ObjectKey) -> None:
        """Note that a request for an object failed in a way that heals."""
        await self.health.stumbled(key)

    def succeeded(self) -> None:
        """Note that an object came to rest."""
        self.health.succeeded()
        self.news.stale = True

    async def parted(self, record: SourceRecord) -> None:
        """Note that this config is done with a manifest that is being deleted.

        Where that breaks off, as when the session ends meanwhile, it is not: the next one looks at the manifest again.
        """
        self.knowledge.waits.look_again(self.knowledge.part(record))
        try:
            await self.tombstones.write()
            await self.leaves(record)
        except BaseException:
            self.knowledge.entries.part(record, done=False)
            raise

    def turned(self) -> None:
        """Note that an object fails now and did not before, or the other way round."""
        self.news.stale = self.news.turned = True

    def groups_moved(self, keys: set[ObjectKey]) -> None:
        """Members of these groups came or went."""
        self.lanes.groups_moved(keys)


@dataclass(frozen=True, slots=True)
class FromSweeps:
    """The session's `SweepEvents`. `assess` looks at what a sweep left, and raises what is to end the session."""

    knowledge: Knowledge
    health: Health
    lanes: Lanes
    assess: Callable[[], Awaitable[None]]

    async def still_connected(self) -> bool:
        """Return whether Test Connection passes now."""
        return await self.health.still_connected()

    async def surveyed(self) -> None:
        """Note that the service was listed: see who else owns and claims what is there, before anything is planned."""
        await self.knowledge.identities.peers.surveyed(self.knowledge)

    def planning(self) -> None:
        """Note that a sweep plans from now on."""
        self.lanes.postpone_groups()

    def planned(self) -> None:
        """Note that the sweep has ended, or has failed."""
        self.lanes.resume_groups()

    async def swept(self) -> None:
        """Note that a sweep has come to its end."""
        await self.assess()
