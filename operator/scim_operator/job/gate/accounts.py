"""What the gate let through: the ledger, what of an approved plan is still to come, what needs no second look."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.approval.digest import concerns, digest_of, judged
from scim_operator.core.approval.effects import begun_mark, effects_of, owner_mark, remembered
from scim_operator.core.approval.judge import was_approved
from scim_operator.core.approval.ledger import Begun
from scim_operator.job.gate.ruling import Basis, digests_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from scim_operator.core.approval.ledger import Base, Ledger
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gate.ruling import Ruling, Step
    from scim_operator.scim.clock import Clock

_MOST_TIMES = 800
_MOST_MARKS = 2_500


class Accounts:
    """The accounts of one config.

    A plan that was let through is *cleared*: it is carried out without being judged or booked again. The single
    changes of an approved plan are *released* until they are done. The renames of an exchange that has begun are
    cleared after a restart too, so that no one waits half-way for limits that have counted the exchange already.
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
        self._begun = _since(self._ledger)

    @property
    def ledger(self) -> Ledger:
        """Return what was spent and what is released, as it stands."""
        if len(self._unfinished) == len(self._ledger.released) and self._begun == _since(self._ledger):
            return self._ledger
        return replace(self._ledger, released=frozenset(self._unfinished), begun=_begun(self._begun))

    @property
    def unsaved(self) -> bool:
        """Return whether released changes are done that the ledger as last booked still lists."""
        return self.ledger is not self._ledger

    def keep(self, ledger: Ledger) -> None:
        """Note that this ledger is durable now."""
        known = _since(self._ledger)
        self._begun |= {mark: since for mark, since in _since(ledger).items() if mark not in known}
        self._ledger = ledger

    def distrust(self, ledger: Ledger) -> None:
        """Replace a remembered ledger that cannot be trusted with this one."""
        self._ledger, self._unfinished = ledger.under(self._settings.spec.approved_plan), set()
        self._begun = {}

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
        self.clear_named(digests_of(plans))

    def clear_named(self, digests: Mapping[Step, str]) -> None:
        """Note that the plans of these digests were let through."""
        now = self._clock.now()
        self._cleared.update((step, (digest, now)) for step, digest in digests.items())

    def is_cleared(self, plan: Plan) -> bool:
        """Return whether a plan was let through; once the window has forgotten that, it is judged again."""
        digest = digest_of((plan,))
        cleared, since = self._cleared.get((plan.key, plan.steps_aside), ("", None))
        if cleared != digest:
            since = self._begun_at(plan, digest)
        return since is not None and self._clock.now() - since < self._settings.spec.limits.window

    def _begun_at(self, plan: Plan, digest: str) -> datetime | None:
        """Return since when a rename of an exchange is booked; what waits for a person whatever is booked never is."""
        asked = self._everything or plan.asks
        return None if asked else self._begun.get(begun_mark(plan.key, digest, aside=plan.steps_aside))

    def begin(self, keys: Iterable[ObjectKey]) -> None:
        """Note that an exchange of these begins: what is cleared of it stays so after a restart."""
        for key in keys:
            digest, since = self._cleared.get((key, False), ("", None))
            if since is not None:
                self._begun[begun_mark(key, digest, aside=False)] = since

    def was_released(self, plan: Plan) -> bool:
        """Return whether a plan holds nothing but released changes."""
        return bool(self._unfinished) and was_approved(plan, self._unfinished, self._settings.spec)

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
        owner = owner_mark(key) if self._begun else ""
        self._begun = {mark: since for mark, since in self._begun.items() if not mark.startswith(owner)}
        self._unfinished -= self._approvals.pop(key, frozenset())

    def basis(self, base: Base) -> Basis:
        """Return what is judged by now, where the config owns `base`."""
        return Basis(self.ledger, self._settings.spec, base, self._clock.now(), frozenset(self._unfinished))

    def booked(self, ruling: Ruling) -> Ledger:
        """Return the ledger with what goes on now: what fits is spent, what was approved is still to come."""
        ledger, spec = self.ledger, self._settings.spec
        if len(ruling.going) > len(ruling.effects):
            now = self._clock.now()
            asides = {begun_mark(key, digest, aside=True): now for (key, _), digest in ruling.stepping_aside}
            begun = _begun({**self._begun, **asides}) if asides else ledger.begun
            ledger = replace(ledger.book(ruling.tally, now, spec.limits.window), begun=begun)
        if not ruling.effects:
            return ledger
        released = remembered(self._unfinished.union(*ruling.effects.values()))
        return replace(ledger, used=ruling.hold.digest, released=released)

    def approve(self, effects: Mapping[ObjectKey, frozenset[str]]) -> None:
        """Note that these changes, by object, were approved and are released, as the ledger says."""
        self._unfinished = set(self._ledger.released)
        self._approvals |= effects

    def forget_unasked(self) -> None:
        """Drop released changes that were not due in two sweeps in a row: a crash came right after they were made."""
        asked: set[str] = set().union(*self._approvals.values())
        self._unfinished -= self._unasked - asked
        self._unasked = self._unfinished - asked


def _since(ledger: Ledger) -> dict[str, datetime]:
    """Return since when each rename of an exchange that has begun is booked, by its mark."""
    return {mark: each.since for each in ledger.begun for mark in each.marks}


def _begun(since: Mapping[str, datetime]) -> tuple[Begun, ...]:
    """Group them by their time, as many as a status can hold: what is left out would be booked again."""
    times = sorted(set(since.values()))[-_MOST_TIMES:]
    marks = ((time, sorted(mark for mark in since if since[mark] == time)[:_MOST_MARKS]) for time in times)
    return tuple(Begun(time, frozenset(listed)) for time, listed in marks)
