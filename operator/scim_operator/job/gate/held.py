"""The plans that wait for approval, and the digest that releases them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.approval.digest import digest_of
from scim_operator.core.approval.judge import NO_HOLD, Hold
from scim_operator.core.plan.plan import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan, Tally


class Held:
    """Plans by object, and why they are held. Their digest is worked out only when they have moved."""

    def __init__(self, plans: Mapping[ObjectKey, Plan] | None = None, hold: Hold = NO_HOLD) -> None:
        self.hold = hold
        self._plans = dict(plans or {})
        self._digest: str | None = None
        self._tally: Tally | None = None

    @property
    def plans(self) -> Mapping[ObjectKey, Plan]:
        """All of them."""
        return self._plans

    @property
    def digest(self) -> str:
        """Return what releases them, "" when there are none."""
        if self._digest is None:
            self._digest = digest_of(self._plans.values()) if self._plans else ""
        return self._digest

    def tally_beside(self, keys: Iterable[ObjectKey]) -> Tally:
        """Return what limits count of all plans but those for these objects."""
        if self._tally is None:
            self._tally = sum((plan.tally for plan in self._plans.values()), NOTHING)
        others = (self._plans[key].tally for key in keys if key in self._plans)
        return self._tally - sum(others, NOTHING)

    @property
    def because(self) -> str:
        """Return why they wait, as a clause."""
        return self.hold.because

    @property
    def protected(self) -> tuple[str, ...]:
        """Return the protected objects that they touch."""
        return tuple(sorted(str(plan.key) for plan in self._plans.values() if plan.protected))

    def pop(self, key: ObjectKey) -> None:
        """Note that this one no longer waits."""
        plan = self._plans.pop(key, None)
        if plan is not None:
            self._digest = None
            if self._tally is not None:
                self._tally -= plan.tally
