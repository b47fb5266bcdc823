"""Holds destructive changes until they are judged together, and held plans until they are approved.

A change that ends access is small, but may be part of something large: a deleted directory arrives as a
stream of single events. So what is due waits a moment for company, is judged as a whole against the limits
(`core.approval.judge`), booked durably, and only then let through; or all of it is held under one digest.

The plan of a sweep is a whole, and is judged when the sweep has planned everything. Whose access ends meanwhile by a
change of its own does not wait for that: it goes on where it fits beside all that the sweep has found by then and all
that is held, and else is judged with them (ADR 0030). So do those who leave while a session lists the service for its
first sweep (ADR 0049).
"""

from __future__ import annotations

import asyncio
import logging
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from scim_operator.core.approval.course import first_step
from scim_operator.core.approval.digest import digest_of
from scim_operator.core.approval.judge import Allowances, meanwhile
from scim_operator.core.backoff import Backoff
from scim_operator.errors import NotWritten
from scim_operator.job.gate.accounts import Accounts
from scim_operator.job.gate.held import Held
from scim_operator.job.gate.ruling import rule, rule_apart
from scim_operator.job.gate.waiting import Cause, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scim_operator.core.approval.ledger import Base, Ledger
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan, PlanCounts, Tally
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gate.ruling import Plans, Ruling
    from scim_operator.scim.clock import Clock

logger = logging.getLogger(__name__)

QUIET = 0.1
"""Seconds without a further destructive change after which those that wait are judged."""
PATIENCE = 1.0
"""Seconds after which they are judged even though more keep coming."""
FEW = 100
"""Plans that are judged at once: what is judged of more would keep the loop from renewals and probes."""
CROWD = 1_000
"""Objects to look at again that are reported at once."""
LONGEST = 30.0
"""The most seconds between two attempts to book: whose access ends waits no longer once the API server is back."""


class Admission(Enum):
    """The gate's answer to a plan."""

    GO = auto()
    WAIT = auto()
    HELD = auto()


class GateEvents(Protocol):
    """What the gate asks and reports."""

    def base(self) -> Base:
        """Return what percentages are of."""

    async def book(self, ledger: Ledger) -> None:
        """Make the ledger durable; raises NotWritten when that fails, and then nothing is let through."""

    async def released(self, digest: str, counts: PlanCounts) -> None:
        """Note that the plan of this digest was approved, and is carried out now."""

    def judged(self, keys: Iterable[ObjectKey], *, held: bool) -> None:
        """Look again at these, which were let through or held. `held`: something waits for approval."""


class Gate:
    """The gate of one job. `admit` asks for one plan, `judge` decides on all that wait, `held` needs an approval."""

    def __init__(self, settings: Settings, events: GateEvents, clock: Clock, ledger: Ledger) -> None:
        self.settings = settings
        self.held = Held()
        self.accounts = Accounts(settings, clock, ledger)
        self._events = events
        self._clock = clock
        self._waiting = Waiting()
        self._arrived = asyncio.Event()
        self._judging = asyncio.Lock()
        self._unbooked = False

    @property
    def used_up(self) -> bool:
        """Return whether spec.approvedPlan names what is held, but was used for the same plan before."""
        return bool(self.held.plans) and self.accounts.ledger.used == self.held.digest

    @property
    def settled(self) -> bool:
        """Return whether nothing waits to be judged."""
        return not self._waiting

    def admit(self, plan: Plan, cause: Cause = Cause.WHOLE) -> Admission:
        """Ask for a plan as it stands now: let it through, have it wait to be judged, or hold it."""
        if not self.accounts.concerns(plan):
            if not plan.toward:  # a rename that waits for its turn was let through, and stays so
                self.withdraw(plan.key)
            return Admission.GO
        plan = self.accounts.judged(plan)
        if self.accounts.is_cleared(plan):
            return Admission.GO
        if self.accounts.is_released(plan):
            self._waiting.pop(plan.key)
            self.held.pop(plan.key)
            self.accounts.clear((plan,))
            return Admission.GO
        if self.holds(plan):
            return Admission.HELD
        # What was held of it stays so until that is judged again: the digest does not move for a moment.
        if self._waiting.put(plan, cause):
            self._arrived.set()
        return Admission.WAIT

    def passes(self, plan: Plan) -> bool:
        """Return whether a plan would go on now without being judged."""
        step = self.step(plan)
        return not self.accounts.concerns(step) or self.accounts.is_cleared(self.accounts.judged(step))

    def holds(self, plan: Plan) -> bool:
        """Return whether this very plan waits for approval."""
        held = self.held.plans.get(plan.key)
        return held is not None and digest_of((held,)) == digest_of((self.accounts.judged(plan),))

    def step(self, plan: Plan) -> Plan:
        """Return what of a plan is asked for first: with Manual approval all of it."""
        return first_step(plan, self.settings.spec)

    def meanwhile(self, plan: Plan) -> Plan:
        """Return what of a held plan goes on at once: what takes nothing away; with Manual approval nothing."""
        return meanwhile(plan, self.settings.spec)

    def withdraw(self, key: ObjectKey) -> None:
        """Note that a plan is no longer due, or done."""
        self._waiting.pop(key)
        self.held.pop(key)
        self.accounts.withdraw(key)

    def begin(self) -> None:
        """Collect from now on what the first sweep of a session is to plan, also while the service is still listed."""
        self._waiting.begin_session()

    def expect(self, key: ObjectKey, tally: Tally) -> None:
        """Count someone who leaves, and is still to be planned, beside all that is judged until a sweep has done so.

        So a mass is counted before the first of it is judged, however long it takes to read what the service has.
        """
        self._waiting.expect(key, tally)

    @property
    def has_room(self) -> bool:
        """Return whether all who are expected fit into what the limits still allow."""
        ledger, limits = self.accounts.ledger, self.settings.spec.limits
        allowances = Allowances(ledger, limits, self._events.base(), self._clock.now())
        return not allowances.excess(self._waiting.expected + self.held.tally)

    def dismiss(self, key: ObjectKey) -> None:
        """Note that nothing is to come of someone who was expected."""
        self._waiting.dismiss(key)
        if self._waiting:
            self._arrived.set()  # for others there may be room now

    def pause(self) -> None:
        """Collect until `resume` what a sweep plans; only what is apart of it is judged meanwhile."""
        self._waiting.begin_sweep()

    async def resume(self) -> None:
        """Judge the complete plan as a whole, with what was held before; the window may allow it by now."""
        self._waiting.end_sweep()
        await self.judge(again=True)
        self.accounts.forget_unasked()

    async def observe(self) -> None:
        """Note that a sweep has come to its end: what the config owns now counts when a window has passed."""
        async with self._judging:
            self.accounts.observe(self._events.base())

    async def settle_accounts(self) -> None:
        """Make durable what of an approved plan is done by now."""
        async with self._judging:
            if self.accounts.unsaved:
                ledger = self.accounts.ledger
                try:
                    await self._events.book(ledger)
                except NotWritten as error:
                    logger.warning("%s: that changes are done is written later: %s", self.settings.key, error)
                else:
                    self.accounts.keep(ledger)

    async def run(self) -> None:
        """Judge whenever something has come and quiet has returned; runs until cancelled."""
        backoff = Backoff(longest=LONGEST)
        while True:
            await self._arrived.wait()
            await self._gather()
            self._unbooked = False
            await self.judge()
            if self._unbooked:
                await self._clock.sleep(backoff.next())
            else:
                backoff.reset()

    async def judge(self, *, again: bool = False) -> None:
        """Decide about what waits and is held, as one plan; with `again`, about what is held alone too.

        While a sweep collects, about what is apart of it. One call at a time, so that each sees what others spent.
        """
        async with self._judging:
            if self._waiting.sweeping or self.accounts.ledger.first:
                await self._judge_apart()
            if not self._waiting.sweeping and (self._waiting or (again and self.held.plans)):
                await self._judge()

    async def _judge_apart(self) -> None:
        """Let go what fits beside all that is found by now; the rest waits for the whole."""
        apart = self._waiting.apart(leaving=self.accounts.ledger.first)
        if not apart:
            return
        held = {key: plan for key, plan in self.held.plans.items() if key in apart}
        basis, found = self.accounts.basis(self._events.base()), self._waiting.collected + self.held.tally
        with self._waiting.judging():
            ruling = await _off_loop(apart, rule_apart, basis, found, held)
            going, booked = self._waiting.take(ruling.going), False
            try:
                booked = bool(going) and await self._booked(ruling)
            finally:
                if going and not booked:
                    self._waiting.put_back(going)
                    self._arrived.set()
        if booked:
            for key in going:
                self.held.pop(key)
            await self._look_again(list(going))

    async def _judge(self) -> None:
        before, decided, held = dict(self.held.plans), False, Held()
        with self._waiting.judging():
            news = self._waiting.take_all()
            due = {**before, **news}
            try:
                ruling = await _off_loop(due, rule, self.accounts.basis(self._events.base()))
                decided = not ruling.going or await self._booked(ruling)
                held = ruling.held if decided else held
            finally:
                self.held = held
                if not decided:
                    self._waiting.put_back(due)
                    self._arrived.set()
            for key in self._waiting.moved:
                self.held.pop(key)
        if decided and ruling.effects:
            await self._events.released(ruling.hold.digest, ruling.counts)
        # What was held before and still is has nothing to look at again, however many that are.
        await self._look_again([key for key in due if key in news or key not in self.held.plans])

    async def _look_again(self, keys: list[ObjectKey]) -> None:
        """Report what was judged, of many with turns for others."""
        for at in range(0, len(keys), CROWD):
            if at:
                await self._clock.sleep(0)
            self._events.judged(keys[at : at + CROWD], held=bool(self.held.plans))

    async def _booked(self, ruling: Ruling) -> bool:
        """Let go what a ruling lets go, once that is durable; return whether it is."""
        ledger, moved = self.accounts.booked(ruling), self._waiting.has_moved
        try:
            await self._events.book(ledger)
        except NotWritten as error:
            logger.warning("%s: nothing is let through before it is booked: %s", self.settings.key, error)
            self._unbooked = True
            return False
        self.accounts.keep(ledger)
        self.accounts.clear_named({step: each for step, each in ruling.digests.items() if not moved(step[0])})
        if ruling.effects:
            self.accounts.approve({key: each for key, each in ruling.effects.items() if not moved(key)})
        return True

    async def _gather(self) -> None:
        deadline = self._clock.monotonic() + PATIENCE
        while self._arrived.is_set() and self._clock.monotonic() < deadline:
            self._arrived.clear()
            await self._clock.sleep(QUIET)
        self._arrived.clear()


async def _off_loop(due: Plans, judged: Callable[..., Ruling], *by: object) -> Ruling:
    """Have all that is due judged, many plans in a thread of its own, so that other tasks go on meanwhile."""
    return judged(due, *by) if len(due) <= FEW else await asyncio.to_thread(judged, due, *by)
