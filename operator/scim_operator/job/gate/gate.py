"""Holds destructive changes until they are judged together, and held plans until they are approved.

A change that ends access is small, but may be part of something large: a deleted directory arrives as a
stream of single events. So what is due waits a moment for company, is judged as a whole against the limits
(`core.approval.judge`), booked durably, and only then let through; or all of it is held under one digest.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from scim_operator.core.approval.digest import concerns, digest_of, judged
from scim_operator.core.approval.effects import effects_of, is_released, remembered
from scim_operator.core.approval.judge import judge, meanwhile
from scim_operator.core.plan.plan import count
from scim_operator.errors import NotWritten
from scim_operator.job.gate.held import Held

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from scim_operator.core.approval.judge import Judgement
    from scim_operator.core.approval.ledger import Base, Ledger
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan, PlanCounts
    from scim_operator.job.base.settings import Settings
    from scim_operator.scim.clock import Clock

logger = logging.getLogger(__name__)

QUIET = 0.1
"""Seconds without a further destructive change after which those that wait are judged."""
PATIENCE = 1.0
"""Seconds after which they are judged even though more keep coming."""


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
    """The gate of one job. `admit` asks for one plan; `judge` decides about all that wait."""

    def __init__(self, settings: Settings, events: GateEvents, clock: Clock, ledger: Ledger) -> None:
        self.settings = settings
        self._ledger = ledger.under(settings.spec.approved_plan)
        self._unfinished = set(self._ledger.released)
        self._unasked: set[str] = set()
        self._events = events
        self._clock = clock
        self._waiting: dict[ObjectKey, Plan] = {}
        self._held = Held()
        self._cleared: dict[ObjectKey, tuple[str, datetime]] = {}
        self._approvals: dict[ObjectKey, frozenset[str]] = {}
        self._arrived = asyncio.Event()
        self._judging = asyncio.Lock()
        self._paused = 0

    @property
    def ledger(self) -> Ledger:
        """Return what was spent and what is released, as it stands."""
        if len(self._unfinished) == len(self._ledger.released):
            return self._ledger
        return replace(self._ledger, released=frozenset(self._unfinished))

    @property
    def used_up(self) -> bool:
        """Return whether spec.approvedPlan names what is held, but was used for the same plan before."""
        return bool(self._held.plans) and self._ledger.used == self.digest

    @property
    def held(self) -> tuple[Plan, ...]:
        """Return the plans that wait for approval."""
        return tuple(self._held.plans.values())

    @property
    def digest(self) -> str:
        """Return the digest that releases what is held, "" when nothing is."""
        return self._held.digest

    @property
    def because(self) -> str:
        """Return why what is held waits, as a clause."""
        return self._held.hold.because

    @property
    def protected(self) -> tuple[str, ...]:
        """Return the protected objects that what is held touches."""
        return tuple(sorted(str(plan.key) for plan in self._held.plans.values() if plan.protected))

    @property
    def settled(self) -> bool:
        """Return whether nothing waits to be judged."""
        return not self._waiting

    def admit(self, plan: Plan) -> Admission:
        """Ask for a plan as it stands now: let it through, have it wait to be judged, or hold it."""
        if not self._concerns(plan):
            self.withdraw(plan.key)
            return Admission.GO
        plan = self._judged(plan)
        if self._is_cleared(plan):
            return Admission.GO
        if self._is_released(plan):
            self._waiting.pop(plan.key, None)
            self._held.pop(plan.key)
            self._clear((plan,))
            return Admission.GO
        if self.holds(plan):
            return Admission.HELD
        # What was held of it stays so until that is judged again: the digest does not move for a moment.
        self._waiting[plan.key] = plan
        self._arrived.set()
        return Admission.WAIT

    def holds(self, plan: Plan) -> bool:
        """Return whether this very plan waits for approval."""
        held = self._held.plans.get(plan.key)
        return held is not None and digest_of((held,)) == digest_of((self._judged(plan),))

    def is_holding(self, key: ObjectKey) -> bool:
        """Return whether a plan for this object waits for approval."""
        return key in self._held.plans

    def meanwhile(self, plan: Plan) -> Plan:
        """Return what of a held plan goes on at once: what takes nothing away; with Manual approval nothing."""
        return meanwhile(plan, self.settings.spec)

    def withdraw(self, key: ObjectKey) -> None:
        """Note that a plan is no longer due, or done."""
        self._waiting.pop(key, None)
        self._held.pop(key)
        self._cleared.pop(key, None)
        self._unfinished -= self._approvals.pop(key, frozenset())

    def inherit(self, former: Gate) -> None:
        """Take over what the config's earlier gate let through, which is not judged or booked again."""
        if former.settings.generation == self.settings.generation:
            self._cleared, self._approvals = former._cleared, former._approvals

    def pause(self) -> None:
        """Judge nothing until `resume`: a sweep is still collecting its plan."""
        self._paused += 1

    async def resume(self) -> None:
        """Judge the complete plan as a whole, with what was held before; the window may allow it by now."""
        self._paused -= 1
        await self.judge(again=True)
        self._forget_unasked()

    def distrust(self, ledger: Ledger) -> None:
        """Replace a remembered ledger that cannot be trusted with this one."""
        self._ledger, self._unfinished = ledger.under(self.settings.spec.approved_plan), set()

    async def observe(self) -> None:
        """Note that a sweep has come to its end: what the config owns now counts when a window has passed."""
        async with self._judging:
            now, window = self._clock.now(), self.settings.spec.limits.window
            seen = self._ledger.observe(self._events.base(), now, window)
            self._ledger = replace(seen, first=False) if seen.first else seen

    async def settle_accounts(self) -> None:
        """Make durable what of an approved plan is done by now."""
        async with self._judging:
            ledger = self.ledger
            if ledger is not self._ledger:
                try:
                    await self._events.book(ledger)
                except NotWritten as error:
                    logger.warning("%s: that changes are done is written later: %s", self.settings.key, error)
                else:
                    self._ledger = ledger

    async def run(self) -> None:
        """Judge whenever something has come and quiet has returned; runs until cancelled."""
        while True:
            await self._arrived.wait()
            await self._gather()
            if not self._paused:
                await self.judge()

    async def judge(self, *, again: bool = False) -> None:
        """Decide about what waits and is held, as one plan; with `again`, about what is held alone too.

        One call at a time, so that each sees what others spent.
        """
        async with self._judging:
            if self._waiting or (again and self._held.plans):
                await self._judge()

    async def _judge(self) -> None:
        due, news = {**self._held.plans, **self._waiting}, frozenset(self._waiting)
        self._waiting = {}
        # What was released meanwhile is let through when it is looked at again.
        asked = {key: plan for key, plan in due.items() if not self._was_released(plan)}
        judgement = judge(asked.values(), self.ledger, self.settings.spec, self._events.base(), self._clock.now())
        waiting = {plan.key for plan in judgement.waiting}
        held = Held({key: asked[key] for key in waiting}, judgement.hold)
        if len(waiting) == len(asked):
            self._held = held
        elif await self._let_through(asked, held, self._booked(judgement)) and judgement.approved:
            await self._note_approved(judgement)
        # What was held before and still is has nothing to look at again, however many that are.
        again = [key for key in due if key in news or not self.is_holding(key)]
        if again:
            self._events.judged(again, held=bool(self._held.plans))

    @property
    def _asks_always(self) -> bool:
        return self.settings.spec.approves_everything

    def _concerns(self, plan: Plan) -> bool:
        return concerns(plan, everything=self._asks_always)

    def _judged(self, plan: Plan) -> Plan:
        return judged(plan, everything=self._asks_always)

    def _is_cleared(self, plan: Plan) -> bool:
        """Return whether a plan was let through and booked; once the window has forgotten that, it is judged again."""
        digest, since = self._cleared.get(plan.key, ("", self._clock.now()))
        return digest == digest_of((plan,)) and self._clock.now() - since < self.settings.spec.limits.window

    def _clear(self, plans: Iterable[Plan]) -> None:
        now = self._clock.now()
        self._cleared.update((plan.key, (digest_of((plan,)), now)) for plan in plans)

    def _is_released(self, plan: Plan) -> bool:
        """Return whether a plan is what is left of one that was approved."""
        if not self._was_released(plan):
            return False
        effects = effects_of(plan, everything=self._asks_always)
        # What it asked for before, and no longer does, is done.
        self._unfinished -= self._approvals.get(plan.key, frozenset()) - effects
        self._approvals[plan.key] = effects
        return True

    def _was_released(self, plan: Plan) -> bool:
        return bool(self._unfinished) and is_released(plan, self._unfinished, everything=self._asks_always)

    def _booked(self, judgement: Judgement) -> Ledger:
        """Return the ledger with what goes on now: what fits is spent, what was approved is still to come."""
        ledger, spec = self.ledger, self.settings.spec
        if judgement.fitting:
            ledger = ledger.book(judgement.tally, self._clock.now(), spec.limits.window)
        if not judgement.approved:
            return ledger
        released = remembered(self._unfinished.union(*self._effects(judgement).values()))
        return replace(ledger, used=judgement.hold.digest, released=released)

    def _effects(self, judgement: Judgement) -> dict[ObjectKey, frozenset[str]]:
        """Return the single changes that were approved, by object."""
        return {plan.key: effects_of(plan, everything=self._asks_always) for plan in judgement.approved}

    async def _note_approved(self, judgement: Judgement) -> None:
        self._unfinished = set(self._ledger.released)
        self._approvals |= self._effects(judgement)
        await self._events.released(judgement.hold.digest, count(judgement.approved))

    async def _let_through(self, due: dict[ObjectKey, Plan], held: Held, ledger: Ledger) -> bool:
        """Let all plans but the held ones go once that is durable; return whether it is."""
        booked = False
        try:
            await self._events.book(ledger)
            booked = True
        except NotWritten as error:
            logger.warning("%s: nothing is let through before it is booked: %s", self.settings.key, error)
        finally:
            if not booked:
                self._waiting = {**due, **self._waiting}
                self._held = Held()
                self._arrived.set()
        if booked:
            self._ledger, self._held = ledger, held
            self._clear(plan for key, plan in due.items() if key not in held.plans)
        return booked

    def _forget_unasked(self) -> None:
        """Drop released changes that were not due in two sweeps in a row: a crash came right after they were made."""
        asked: set[str] = set().union(*self._approvals.values())
        self._unfinished -= self._unasked - asked
        self._unasked = self._unfinished - asked

    async def _gather(self) -> None:
        deadline = self._clock.monotonic() + PATIENCE
        while self._arrived.is_set() and self._clock.monotonic() < deadline:
            self._arrived.clear()
            await self._clock.sleep(QUIET)
        self._arrived.clear()
