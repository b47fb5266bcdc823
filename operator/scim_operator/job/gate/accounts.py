"""What the gate let through: the ledger, what of an approved plan is still to come, what needs no second look."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.approval.digest import concerns, digest_of, judged
from scim_operator.core.approval.effects import effects_of, is_released, remembered

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from scim_operator.core.approval.judge import Judgement
    from scim_operator.core.approval.ledger import Base, Ledger
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.job.base.settings import Settings
    from scim_operator.scim.clock import Clock


class Accounts:
    """The accounts of one config.

    A plan that was let through is *cleared*: it is carried out without being judged or booked again. The single
    changes of an approved plan are *released* until they are done.
    """

    def __init__(self, settings: Settings, clock: Clock, ledger: Ledger) -> None:
        self._settings = settings
        self._clock = clock
        self._everything = settings.spec.approves_everything
        self._cleared: dict[tuple[ObjectKey, bool], tuple[str, datetime]] = {}
        """By object, and whether it steps aside: the rename that follows is let through already."""
        self._approvals: dict[ObjectKey, frozenset[str]] = {}
        self._unasked: set[str] = set()
        self._ledger = ledger.under(settings.spec.approved_plan)
        self._unfinished = set(self._ledger.released)

    @property
    def ledger(self) -> Ledger:
        """Return what was spent and what is released, as it stands."""
        if len(self._unfinished) == len(self._ledger.released):
            return self._ledger
        return replace(self._ledger, released=frozenset(self._unfinished))

    @property
    def unsaved(self) -> bool:
        """Return whether released changes are done that the ledger as last booked still lists."""
        return self.ledger is not self._ledger

    def keep(self, ledger: Ledger) -> None:
        """Note that this ledger is durable now."""
        self._ledger = ledger

    def distrust(self, ledger: Ledger) -> None:
        """Replace a remembered ledger that cannot be trusted with this one."""
        self._ledger, self._unfinished = ledger.under(self._settings.spec.approved_plan), set()

    def observe(self, base: Base) -> None:
        """Note that a sweep has come to its end: what the config owns now counts when a window has passed."""
        seen = self._ledger.observe(base, self._clock.now(), self._settings.spec.limits.window)
        self._ledger = replace(seen, first=False) if seen.first else seen

    def inherit(self, former: Accounts) -> None:
        """Take over what the config's earlier gate let through, which is not judged or booked again."""
        if former._settings.generation == self._settings.generation:
            self._cleared, self._approvals = former._cleared, former._approvals

    def concerns(self, plan: Plan) -> bool:
        """Return whether a plan is one that must be judged."""
        return concerns(plan, everything=self._everything)

    def judged(self, plan: Plan) -> Plan:
        """Return the part of a plan that is judged."""
        return judged(plan, everything=self._everything)

    def clear(self, plans: Iterable[Plan]) -> None:
        """Note that these were let through."""
        now = self._clock.now()
        self._cleared.update(((plan.key, plan.steps_aside), (digest_of((plan,)), now)) for plan in plans)

    def is_cleared(self, plan: Plan) -> bool:
        """Return whether a plan was let through; once the window has forgotten that, it is judged again."""
        digest, since = self._cleared.get((plan.key, plan.steps_aside), ("", self._clock.now()))
        return digest == digest_of((plan,)) and self._clock.now() - since < self._settings.spec.limits.window

    def was_released(self, plan: Plan) -> bool:
        """Return whether a plan holds nothing but released changes."""
        return bool(self._unfinished) and is_released(plan, self._unfinished, everything=self._everything)

    def is_released(self, plan: Plan) -> bool:
        """Return whether a plan is what is left of one that was approved; what it no longer asks for is done."""
        if not self.was_released(plan):
            return False
        effects = effects_of(plan, everything=self._everything)
        self._unfinished -= self._approvals.get(plan.key, frozenset()) - effects
        self._approvals[plan.key] = effects
        return True

    def withdraw(self, key: ObjectKey) -> None:
        """Note that a plan for this object is no longer due, or done."""
        for aside in (False, True):
            self._cleared.pop((key, aside), None)
        self._unfinished -= self._approvals.pop(key, frozenset())

    def booked(self, judgement: Judgement) -> Ledger:
        """Return the ledger with what goes on now: what fits is spent, what was approved is still to come."""
        ledger, spec = self.ledger, self._settings.spec
        if judgement.fitting:
            ledger = ledger.book(judgement.tally, self._clock.now(), spec.limits.window)
        if not judgement.approved:
            return ledger
        released = remembered(self._unfinished.union(*self._effects(judgement).values()))
        return replace(ledger, used=judgement.hold.digest, released=released)

    def approve(self, judgement: Judgement) -> None:
        """Note that what was approved is released, as the ledger says."""
        self._unfinished = set(self._ledger.released)
        self._approvals |= self._effects(judgement)

    def forget_unasked(self) -> None:
        """Drop released changes that were not due in two sweeps in a row: a crash came right after they were made."""
        asked: set[str] = set().union(*self._approvals.values())
        self._unfinished -= self._unasked - asked
        self._unasked = self._unfinished - asked

    def _effects(self, judgement: Judgement) -> dict[ObjectKey, frozenset[str]]:
        """Return the single changes that were approved, by object."""
        return {plan.key: effects_of(plan, everything=self._everything) for plan in judgement.approved}
