"""The judgement of changes (fitting, approved, waiting): the one rule of operator and commands.

What is due is judged as a whole: either all of it fits into what the window still allows, and is booked before it is
carried out, or all of it waits under a digest. Nothing keeps anyone else's access from ending: what only ends access
goes on where just renames or adoptions are too many, and what waits for a person whatever the limits allow (a resource
that would be taken over, a protected object) waits apart. So does what the service has lost, if that is too much to be
created again unasked: nothing else waits for it, and it waits for nothing else.
`spec.approvedPlan` releases exactly the plan of that digest, and `spec.approvedProtected` names the protected objects
that it may touch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.approval.digest import concerns, digest_of, judged
from scim_operator.core.approval.effects import is_released
from scim_operator.core.plan.plan import NOTHING, Tally
from scim_operator.core.wording import counted, recreating, rfc3339, some

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from scim_operator.api.config import Limit, Limits, ProvisioningConfigSpec
    from scim_operator.core.approval.ledger import Base, Ledger
    from scim_operator.core.plan.plan import Plan

MOST_NAMED = 5
"""Protected objects that a sentence names."""


@dataclass(frozen=True, slots=True)
class Hold:
    """All of it waits. `because` is why, as a clause; `protected` names the protected objects that it touches."""

    digest: str
    because: str = ""
    protected: tuple[str, ...] = ()

    def is_released_by(self, digest: str, names: Collection[str]) -> bool:
        """Return whether an approval of this digest, which names these objects, releases it."""
        return digest == self.digest and set(self.protected) <= set(names)


NO_HOLD = Hold("")


@dataclass(frozen=True, slots=True)
class Judgement:
    """Due plans, sorted: `fitting` may go on once its tally is booked, `approved` was approved, `waiting` is held.

    `hold` names what waits, or, where nothing does, what was approved.
    """

    fitting: tuple[Plan, ...] = ()
    approved: tuple[Plan, ...] = ()
    waiting: tuple[Plan, ...] = ()
    hold: Hold = NO_HOLD

    @property
    def tally(self) -> Tally:
        """Return what is to be booked before anything goes on."""
        return _sum(self.fitting)


def judge(
    due: Iterable[Plan],
    ledger: Ledger,
    spec: ProvisioningConfigSpec,
    owned: Base,
    now: datetime,
    *,
    beside: Tally = NOTHING,
) -> Judgement:
    """Judge all that is due as one. `owned` is what the config owns now; `beside` counts what else is due with it."""
    ledger = ledger.under(spec.approved_plan)
    plans = asked(due, ledger, spec)
    if spec.approved_plan and (every := _judgement((), plans, "", ledger, spec)).approved:
        return every
    _, rest = _parted(plans, spec)
    allowances = Allowances(ledger, spec.limits, owned, now)
    going, excess = _fitting(tuple(plan for plan in rest if not plan.recreates), allowances, beside)
    again, beyond = _fitting(tuple(plan for plan in rest if plan.recreates), allowances, beside)
    why = "; ".join(excess) + _no_allowance(allowances) if excess else ""
    keys = {plan.key for plan in (*going, *again)}
    waiting = tuple(plan for plan in plans if plan.key not in keys)
    return _judgement((*going, *again), waiting, "; ".join(filter(None, (why, *beyond))), ledger, spec)


def _fitting(part: tuple[Plan, ...], allowances: Allowances, beside: Tally) -> tuple[tuple[Plan, ...], list[str]]:
    """Return what of it fits: all, or where that exceeds what the second value says, what only ends access."""
    excess = allowances.excess(_sum(part), beside)
    if not excess:
        return part, []
    ending = tuple(plan for plan in part if only_ends_access(plan))
    return () if allowances.excess(_sum(ending), beside) else ending, excess


def only_ends_access(plan: Plan) -> bool:
    """Return whether a plan ends access, and neither renames nor takes anything over."""
    return plan.tally.ends_access and not plan.adopts and not plan.renaming


def _parted(plans: tuple[Plan, ...], spec: ProvisioningConfigSpec) -> tuple[tuple[Plan, ...], tuple[Plan, ...]]:
    """Return the plans that wait for a person whatever the limits allow, and the rest."""
    if spec.approves_everything:
        return plans, ()
    return tuple(plan for plan in plans if plan.asks), tuple(plan for plan in plans if not plan.asks)


def _judgement(
    fitting: tuple[Plan, ...], asking: tuple[Plan, ...], excess: str, ledger: Ledger, spec: ProvisioningConfigSpec
) -> Judgement:
    """Let `asking` go on where the spec approves exactly these and was not used for them: an approval works once."""
    if not asking:
        return Judgement(fitting)
    hold = held(asking, spec)
    given = spec.approved_plan if spec.approved_plan != ledger.used else ""
    if given and hold.is_released_by(given, spec.approved_protected):
        return Judgement(fitting, approved=asking, hold=hold)
    unnamed = set(hold.protected) - set(spec.approved_protected)
    lacking = "; spec.approvedProtected does not name all of it" if given == hold.digest and unnamed else ""
    because = _why(asking, hold, excess, spec) + lacking + _stale(given, hold)
    return Judgement(fitting, waiting=asking, hold=Hold(hold.digest, because, hold.protected))


def _stale(given: str, hold: Hold) -> str:
    """Return that the spec approves something else: who reviewed that would wait without knowing why."""
    if not given or given == hold.digest:
        return ""
    return f"; spec.approvedPlan names another plan, {given[:SHOWN]}…: this one has changed since, or was not reviewed"


SHOWN = 19
"""Characters of a digest that a sentence shows."""


def _sum(plans: Iterable[Plan]) -> Tally:
    return sum((plan.tally for plan in plans), NOTHING)


def asked(due: Iterable[Plan], ledger: Ledger, spec: ProvisioningConfigSpec) -> tuple[Plan, ...]:
    """Those that must be judged: the rest does nothing that limits count, or was released before."""
    every = spec.approves_everything
    return tuple(
        plan for plan in due if concerns(plan, everything=every) and not was_approved(plan, ledger.released, spec)
    )


def was_approved(plan: Plan, released: frozenset[str] | set[str], spec: ProvisioningConfigSpec) -> bool:
    """Return whether all that a plan does was approved before and is still to come.

    What is protected is so by its name alone: it may be protected since.
    """
    named = not plan.protected or str(plan.key) in spec.approved_protected
    return named and is_released(plan, released, everything=spec.approves_everything)


def held(plans: Iterable[Plan], spec: ProvisioningConfigSpec) -> Hold:
    """Return how these plans are named while they wait."""
    listed = [judged(plan, everything=spec.approves_everything) for plan in plans]
    return Hold(digest_of(listed), protected=tuple(sorted(str(plan.key) for plan in listed if plan.protected)))


def meanwhile(plan: Plan, spec: ProvisioningConfigSpec) -> Plan:
    """Return what of a held plan goes on: what limits do not count; where everything is approved, nothing at all."""
    return plan.stopped(plan.verdict) if spec.approves_everything else plan.meanwhile


@dataclass(frozen=True, slots=True)
class _Class:
    """A class of change: what it is called, the field of the tally, its limit, and what its percentage is of."""

    words: str
    field: str
    limit: Callable[[Limits], Limit]
    base: Callable[[Base], int]
    first: bool = False
    """Whether it has an allowance in a config's first sweep: that is when resources are taken over."""
    gives: bool = False
    """Whether it takes nothing from anyone: it has its allowance then too, and where what was spent is unknown."""


CLASSES = (
    _Class("disables", "disables", lambda each: each.disables, lambda base: base.users),
    _Class("user deletes", "user_deletes", lambda each: each.user_deletes, lambda base: base.users),
    _Class("group deletes", "group_deletes", lambda each: each.group_deletes, lambda base: base.groups),
    _Class("member removals", "member_removals", lambda each: each.member_removals, lambda base: base.memberships),
    _Class("renames of users", "user_renames", lambda each: each.renames, lambda base: base.users),
    _Class("renames of groups", "group_renames", lambda each: each.renames, lambda base: base.groups),
    _Class("adoptions", "adoptions", lambda each: each.adoptions, lambda base: base.users + base.groups, first=True),
    _Class(
        "recreations", "recreations", lambda each: each.recreations, lambda base: base.users + base.groups, gives=True
    ),
)


def allowance(limit: Limit, base: int) -> int:
    """Return how many a limit allows: its percentage of `base`, rounded down, within its min and max."""
    return max(limit.min, min(limit.max, base * limit.percent // 100))


@dataclass(frozen=True, slots=True)
class Allowances:
    """The allowance of each limit within the window that ends now, and what of it is spent."""

    ledger: Ledger
    limits: Limits
    owned: Base
    now: datetime

    @property
    def spent(self) -> Tally:
        """Return what the window remembers."""
        return self.ledger.spent(self.now, self.limits.window)

    def excess(self, due: Tally, beside: Tally = NOTHING) -> list[str]:
        """Return, in words, each class of which more is due than is left; what is not due exceeds nothing.

        `beside` is what else is due with it.
        """
        found, total = [], due + beside
        for each in CLASSES:
            number = getattr(total, each.field) if getattr(due, each.field) else 0
            spent = getattr(self.spent, each.field)
            # Counting memberships takes time, and is unnecessary where min already allows it.
            if number and number + spent > self.allowed(each):
                found.append(f"{each.words}: {number} due, {spent} spent, {self.allowed(each)} allowed")
        return found

    def lines(self) -> tuple[str, ...]:
        """Each class, in words."""
        return tuple(f"{each.words}: {getattr(self.spent, each.field)} spent, {self._of(each)}" for each in CLASSES)

    def _of(self, each: _Class) -> str:
        limit = each.limit(self.limits)
        return f"{self.allowed(each)} allowed ({limit.percent} %, at least {limit.min}, at most {limit.max})"

    def allowed(self, each: _Class) -> int:
        """Return how many of the class the window allows in all."""
        if self.ledger.is_full(self.now) or (self.ledger.first and not each.first):
            return self._share(each) if each.gives else 0
        return self._share(each)

    def _share(self, each: _Class) -> int:
        base = self.ledger.base(self.owned, self.now, self.limits.window)
        return allowance(each.limit(self.limits), each.base(base))


def _why(plans: tuple[Plan, ...], hold: Hold, excess: str, spec: ProvisioningConfigSpec) -> str:
    """Return why they wait, as a clause."""
    if spec.approves_everything:
        return "spec.approval.policy is Manual, so that every change waits"
    parts = []
    if hold.protected:
        parts.append(f"protected: {some(hold.protected, MOST_NAMED)}")
    if taken := sum(plan.adopts and plan.asks for plan in plans):
        parts.append(f"{counted(taken, 'resource')} that no one here owns yet would be taken over")
    if again := sum(plan.recreates for plan in plans):
        parts.append(recreating(again))
    if excess:
        parts.append(excess)
    return "; ".join(parts) or "it waits for approval whatever the limits allow"


def _no_allowance(allowances: Allowances) -> str:
    """Return why nothing is left although nothing may have been spent."""
    ledger = allowances.ledger
    if ledger.full_until is not None and ledger.is_full(allowances.now):
        return f" (status.limits is gone or not ours, so that until {rfc3339(ledger.full_until)} all counts as spent)"
    return " (the first sweep of a config has no allowance)" if ledger.first else ""
