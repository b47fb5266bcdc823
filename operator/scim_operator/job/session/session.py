"""A job while it is connected: the sweeps, the workers, the gate, all over one client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from scim_operator.api.config import ScopeMode
from scim_operator.api.notifications import Topic
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import count, summary
from scim_operator.core.report.config_status import clause, release
from scim_operator.core.report.notice import approval_required, recovered
from scim_operator.core.service.address import same_service
from scim_operator.errors import ScimOperatorError
from scim_operator.job.apply.executor import Executor
from scim_operator.job.apply.queue import DirtyQueue, Lane
from scim_operator.job.apply.reconciler import Reconciler, Tools
from scim_operator.job.base.discretion import Discreet
from scim_operator.job.base.retries import Retries
from scim_operator.job.base.waiting import wait_for
from scim_operator.job.gather.chance import Chance
from scim_operator.job.gather.group_changes import Regrouping
from scim_operator.job.gather.knowledge import Knowledge
from scim_operator.job.gather.namespace import advance
from scim_operator.job.report.mishaps import Mishaps
from scim_operator.job.report.provisioning_log import Chronicle
from scim_operator.job.report.totals import Board
from scim_operator.job.session.ledger import doubt, owned_by, remembered
from scim_operator.job.session.remembering import read_back
from scim_operator.job.sweep.schedule import Sweeps

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from scim_operator.core.approval.ledger import Base, Ledger
    from scim_operator.core.plan.plan import PlanCounts
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.report.notice import Notice
    from scim_operator.job.base.ports import Service
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.namespace import Change
    from scim_operator.job.report.reporter import Reporter
    from scim_operator.job.session.surroundings import Surroundings

STUMBLES = 8
"""Failures in a row, without a success between, after which the connection itself is in doubt."""
TIDY = 5.0
"""Seconds between two looks at whether the totals have moved."""

LONGEST_WAIT = 60.0
"""Seconds after which the agenda of dates is looked at again, whatever the clock said before."""


class Session:
    """One connection's worth of work. `run` ends only with the error that ended the connection, or by cancellation.

    `assess` looks at what each sweep left, and raises what is to end the session.
    """

    def __init__(
        self,
        settings: Settings,
        service: Service,
        around: Surroundings,
        reporter: Reporter,
        assess: Callable[[Session], Awaitable[None]] | None = None,
    ) -> None:
        self.settings = settings
        self._service = service
        self._around = around
        self._reporter = reporter
        notary, graveyard = read_back(settings, around, reporter)
        reporter.report.graveyard = graveyard
        self.knowledge = Knowledge(
            settings,
            around.namespace,
            graveyard,
            around.clock.now,
            notary=notary,
            chance=Chance(around.random.randbytes(32)),
            peers=around.peers,
        )
        self._regrouping = Regrouping(around.namespace.topology) if self.knowledge.reads_groups else None
        self._meter = around.metrics.queues.of(settings.key)
        self._queue = DirtyQueue(around.clock, self._meter)
        self._retries = Retries(around.clock, around.random, self._retry)
        self._gate = around.gate(settings, self, around.clock, remembered(settings, reporter, around.clock))
        reporter.report.ledger = self._gate.ledger
        self._asked = _held_digest(reporter.status)
        self._mishaps = Mishaps(settings.key, around.metrics, reporter.report)
        executor = Executor(service, self.knowledge)
        tools = Tools(
            self.knowledge,
            executor,
            self._gate,
            Discreet(around.writer, settings.veil),
            self._queue,
            self._retries,
            around.premises,
            Chronicle(self.knowledge, around.log, around.clock, around.random),
            self._mishaps,
        )
        self._reconciler = Reconciler(tools, self)
        self._board = Board(self.knowledge, self._gate, reporter, around.metrics, self._notify)
        self._assess = assess
        self.sweeps = Sweeps(tools, service, self._reconciler, self._board, around.clock, self)
        self._lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._stumbles = 0
        self._stale = False
        self._news, self._dated = asyncio.Event(), asyncio.Event()
        self._engraving = asyncio.Lock()
        self._engraved, self._closing = 0, False

    @property
    def resting(self) -> bool:
        """Whether a sweep has come to its end, and nothing is queued, under way or waiting to be judged."""
        swept = self.sweeps.finished and not self.sweeps.running
        return bool(swept and self._queue.idle and self._gate.settled)

    @property
    def retrying(self) -> int:
        """How many objects wait to be tried again."""
        return len(self._retries)

    def hurry(self) -> None:
        """Sweep now, and try again at once what failed."""
        self._reconciler.forgive()
        self.sweeps.sweep_now()

    def inherit(self, former: Session) -> None:
        """Take over what the job remembers from before the connection was made anew."""
        if not same_service(former.settings.spec.service.url, self.settings.spec.service.url):
            return
        self.knowledge.entries.adopt(former.knowledge.entries)
        self._reconciler.unreported |= former._reconciler.unreported
        self._gate.inherit(former._gate)
        self.knowledge.protecting.inherit(former.knowledge.protecting)

    async def run(self) -> None:
        """List, sweep, then work on what changes, and sweep again each interval."""
        self._service.conceal(self.settings.veil)
        await self._around.namespace.synced()
        if told := doubt(self._gate, self._reporter, self._around.namespace.all_records(), self._around.clock):
            await self._around.writer.announce(self.settings.key, warning=True, reason="LimitsUnknown", message=told)
        await advance(self._around.namespace, self._around.clock)
        if self._regrouping is not None:
            self._regrouping.begin()
        unlisten = self._around.namespace.listen(self._mishaps.guarding(self._changed))
        tasks: list[asyncio.Task[None]] = []
        try:
            self._reporter.report.capabilities = self._service.capabilities
            await self.sweeps.first_listing()
            self._board.recall()
            workers = max(16, 2 * self.settings.spec.service.budget.concurrency)
            parts = [self._work() for _ in range(workers)]
            parts += [self._gate.run(), self._retries.run(), self.sweeps.run(), self._tidy(), self._keep_dates()]
            tasks = [asyncio.ensure_future(part) for part in parts]
            await asyncio.wait((*tasks, self._lost), return_when=asyncio.FIRST_COMPLETED)
            for task in (self._lost, *tasks):
                if task.done():
                    task.result()
        finally:
            unlisten()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self, patience: float) -> None:
        """Take nothing new up, and let what is under way finish for at most `patience` seconds."""
        self._closing = True
        self._queue.clear()
        drained = asyncio.ensure_future(self._queue.drained())
        timer = asyncio.ensure_future(self._around.clock.sleep(patience))
        await asyncio.wait((drained, timer), return_when=asyncio.FIRST_COMPLETED)
        drained.cancel()
        timer.cancel()

    def base(self) -> Base:
        """What percentages of change limits are of."""
        return owned_by(self.knowledge)

    async def book(self, ledger: Ledger) -> None:
        """Make the ledger durable before anything that it allows is sent."""
        self._reporter.report.ledger = ledger
        await self._reporter.write_durably()

    async def released(self, digest: str, counts: PlanCounts) -> None:
        """Tell that an approved plan is carried out now."""
        message = f"The plan {digest} was approved and is carried out: {summary(counts)}."
        await self._around.writer.announce(self.settings.key, warning=False, reason="PlanReleased", message=message)
        self._notify(recovered(Topic.APPROVAL_REQUIRED, f"Approved, and carried out: {summary(counts)}."))

    def _notify(self, notice: Notice) -> None:
        self._around.notifier.notify(self.settings.key, self.settings.spec.notifications, notice)

    def judged(self, keys: Iterable[ObjectKey]) -> None:
        """The gate has decided: look at these again."""
        for key in keys:
            self._add(key, Lane.DEPROVISION)
        self._stale = True
        if self._gate.held:
            self._news.set()

    async def still_connected(self) -> bool:
        """Whether Test Connection passes now."""
        try:
            await self._service.probe()
        except ScimOperatorError:
            return False
        return True

    def connection_lost(self, error: ScimOperatorError) -> None:
        """End the session: nothing works until credentials, URL or service change."""
        if not self._lost.done():
            self._lost.set_exception(error)

    def stumbled(self, error: ScimOperatorError) -> None:
        """A request failed in a way that heals; many in a row put the connection in doubt."""
        self._stumbles += 1
        if self._stumbles >= STUMBLES:
            self.connection_lost(error)

    def succeeded(self) -> None:
        """An object came to rest."""
        self._stumbles = 0
        self._stale = True

    async def parted(self, record: SourceRecord) -> None:
        """This config is done with a manifest that is being deleted."""
        self.knowledge.part(record)
        await self._engrave()
        await self._around.parted(record)

    async def _engrave(self) -> None:
        """Make new tombstones durable, before the manifests that could tell of them may go; one write for many."""
        version = self.knowledge.graveyard.version
        async with self._engraving:
            if self._engraved < version:
                current = self.knowledge.graveyard.version
                await self._reporter.write_durably()
                self._engraved = current

    async def surveyed(self) -> None:
        """The service was listed: see who else owns and claims what is there, before anything is planned."""
        await self._around.peers.surveyed(self.knowledge, self._made_room)

    def _made_room(self, key: ObjectKey) -> None:
        self._touch(key, Lane.EDIT)

    async def swept(self) -> None:
        """A sweep has come to its end."""
        if self._assess is not None:
            await self._assess(self)

    def groups_moved(self, keys: set[ObjectKey]) -> None:
        """Members came or went: look at their groups, once all users of a running sweep are done."""
        if self.sweeps.running:
            self.sweeps.postpone(keys)
        else:
            self.look_at_groups(keys)

    def look_at_groups(self, keys: set[ObjectKey]) -> None:
        """Their members have moved."""
        for key in keys:
            self._touch(key, Lane.EDIT)

    async def _work(self) -> None:
        while True:
            key = await self._queue.take()
            try:
                await self._reconciler.reconcile(key)
            except Exception as error:  # noqa: BLE001
                self._mishaps.see_outside(error, key)
                self._retries.later(key)
            finally:
                self._queue.done(key)
                self.sweeps.settled(key)

    async def _tidy(self) -> None:
        """Keep the totals true between sweeps, without writing for each object."""
        while True:
            urgent = await wait_for(self._news, self._around.clock, TIDY)
            self._news.clear()
            await self._ask()
            if urgent or (self._stale and not self.sweeps.running and self._queue.idle):
                self._stale = False
                await self._gate.settle_accounts()
                await self._board.tell(sweeping=self.sweeps.running)
            for key in self._reconciler.overdue.expected():
                if key not in self._retries:
                    self._add(key, Lane.DEPROVISION)

    async def _keep_dates(self) -> None:
        """Let the manifests' dates take effect when they come; the clock may be set meanwhile, so look now and then."""
        while True:
            self._dated.clear()
            await advance(self._around.namespace, self._around.clock)
            instant = self._around.namespace.next_turn
            wait = (instant - self._around.clock.now()).total_seconds() if instant else LONGEST_WAIT
            await wait_for(self._dated, self._around.clock, min(max(wait, 0.0), LONGEST_WAIT))

    async def _ask(self) -> None:
        """Tell, once for each plan, that one is held; what was held no more in between is told of again."""
        digest = self._gate.digest
        collected = bool(digest or (self.sweeps.finished and self._gate.settled))
        if self.sweeps.running or not collected or digest == self._asked:
            return
        self._asked = digest
        if not digest:
            return
        counts = count(self._gate.held)
        why, how = clause(self._gate.because), release(digest, self._gate.protected)
        message = f"Held: {summary(counts)}{why}. To release it, {how}."
        self._notify(approval_required(digest, counts))
        await self._around.writer.announce(self.settings.key, warning=True, reason="ApprovalRequired", message=message)

    def _changed(self, change: Change) -> None:
        """A manifest moved. Our own writes to its status come back here as well, and mean nothing."""
        key = change.key
        self._dated.set()
        if not change.means_something:
            return
        self._reconciler.look_again(key)
        self.knowledge.scopes.reconsider([key])
        if change.after is not None and change.is_request:
            self._reconciler.observe_again(change.after)
        moved = {key} | {ObjectKey(Kind.GROUP, key.namespace, name) for name in change.groups}
        if self.settings.scope is ScopeMode.ASSIGNED and (change.groups or self.settings.assignments.selectors):
            moved |= self.knowledge.scopes.reassign(key)
        if self._regrouping is not None:
            users = {ObjectKey(Kind.USER, key.namespace, name) for name in self._regrouping.moved(change.groups, key)}
            self.knowledge.scopes.reconsider(users)
            moved |= users
        for other in moved:
            self._touch(other, self._lane(other))

    def _lane(self, key: ObjectKey) -> Lane:
        """Access that ends goes first."""
        record = self._around.namespace.get(key.kind, key.name)
        ends = record is None or not self.knowledge.scopes.of(record).in_scope or record.document.get("active") is False
        return Lane.DEPROVISION if ends else Lane.EDIT

    def _retry(self, key: ObjectKey) -> None:
        self._meter.retried()
        self._add(key, Lane.EDIT)

    def _touch(self, key: ObjectKey, lane: Lane) -> None:
        """What a manifest's change means: users at once, groups when no more seems to be coming."""
        if key.kind is Kind.USER or lane is Lane.DEPROVISION:
            self._add(key, lane)
        elif not self._closing:
            self._queue.touch(key, lane)

    def _add(self, key: ObjectKey, lane: Lane) -> None:
        if not self._closing:
            self._queue.add(key, lane)


def _held_digest(status: Mapping[str, Any]) -> str:
    """The digest of the plan that waited for approval when the status was written, "" when none did."""
    plan = status.get("plan") or {}
    return str(plan.get("digest") or "") if plan.get("held") else ""
