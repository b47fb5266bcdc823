"""The plans that wait for approval, and the digest that releases them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.approval.digest import digest_of_rendered, rendered
from scim_operator.core.approval.judge import NO_HOLD, Hold
from scim_operator.core.plan.plan import NOTHING, count
from scim_operator.core.report.excerpt import excerpt

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan


class Held:
    """Plans by object, and why they are held. What is said of all of them is kept as they go, one by one."""

    def __init__(self, plans: Mapping[ObjectKey, Plan] | None = None, hold: Hold = NO_HOLD) -> None:
        self.hold = hold
        self._plans = dict(plans or {})
        self._rendered = {key: rendered(plan) for key, plan in self._plans.items()}
        self.tally = sum((plan.tally for plan in self._plans.values()), NOTHING)
        """What limits count of them."""
        self.counts = count(self._plans.values())
        """What they would do, in numbers."""
        self._protected = {key for key, plan in self._plans.items() if plan.protected}
        self._digest: str | None = None
        self._first: tuple[Plan, ...] | None = excerpt(self._plans.values())

    @property
    def plans(self) -> Mapping[ObjectKey, Plan]:
        """All of them."""
        return self._plans

    @property
    def digest(self) -> str:
        """Return what releases them, "" when there are none."""
        if self._digest is None:
            self._digest = digest_of_rendered(self._rendered.values()) if self._rendered else ""
        return self._digest

    @property
    def first(self) -> tuple[Plan, ...]:
        """Return those that a status shows."""
        if self._first is None:
            self._first = excerpt(self._plans.values())
        return self._first

    def count_among(self, keys: AbstractSet[ObjectKey]) -> int:
        """Return how many of these objects' plans are held."""
        return len(self._plans.keys() & keys)

    @property
    def because(self) -> str:
        """Return why they wait, as a clause."""
        return self.hold.because

    @property
    def protected(self) -> tuple[str, ...]:
        """Return the protected objects that they touch."""
        return tuple(sorted(map(str, self._protected)))

    def pop(self, key: ObjectKey) -> None:
        """Note that this one no longer waits."""
        plan = self._plans.pop(key, None)
        if plan is None:
            return
        del self._rendered[key]
        self._protected.discard(key)
        self.tally -= plan.tally
        self.counts -= count((plan,))
        self._digest = None
        if self._first is not None and plan in self._first:
            self._first = None
