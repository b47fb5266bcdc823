"""The plans that wait to be judged: those that a sweep collects, which are a whole, and those that are apart of it."""

from __future__ import annotations

from contextlib import contextmanager
from enum import Enum, auto
from typing import TYPE_CHECKING

from scim_operator.core.approval.judge import only_ends_access
from scim_operator.core.plan.plan import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan, Tally


class Cause(Enum):
    """The cause of a plan, as far as it bears on what the plan is judged with."""

    WHOLE = auto()
    """A sweep found it: it is judged with all that the sweep finds."""
    CHANGE = auto()
    """Something changed; where no sweep has planned everything by this config yet, that may be the config."""
    MANIFEST = auto()
    """The manifest says by itself that access ends."""


class Waiting:
    """Plans by object. `collected` counts what a sweep at work has found: to ask for it costs the same at any size."""

    def __init__(self) -> None:
        self._apart: dict[ObjectKey, Plan] = {}
        self._whole: dict[ObjectKey, Plan] = {}
        self._leaving: set[ObjectKey] = set()
        """Those whose manifest says by itself that access ends."""
        self._expected: dict[ObjectKey, Tally] = {}
        """What is to come of those of whom it is known that they leave, and who are still to be planned."""
        self._judged: dict[ObjectKey, Plan] = {}
        """What has been taken and is being judged."""
        self._moved: set[ObjectKey] | None = None
        """While something is being judged, the objects of which nothing is due any more that was when that began."""
        self._sweeping = 0
        self._begun = False
        self._planned = False
        self.collected = NOTHING

    def __len__(self) -> int:
        return len(self._apart) + len(self._whole) + len(self._judged)

    @property
    def sweeping(self) -> bool:
        """Return whether a sweep collects its plan."""
        return self._sweeping > 0

    def begin_session(self) -> None:
        """Collect from now on what the first sweep is to plan, as long as the service is listed for it."""
        self._sweeping += 1
        self._begun = True

    def begin_sweep(self) -> None:
        """Collect what a sweep plans from now on; the first one of a session goes on with what that has begun."""
        self._sweeping += not self._begun
        self._begun = False

    def expect(self, key: ObjectKey, tally: Tally) -> None:
        """Count someone who leaves, and is still to be planned, among what a sweep has found."""
        if key not in self._apart and key not in self._whole:
            self.dismiss(key)
            self._expected[key] = tally
            self.collected += tally

    def dismiss(self, key: ObjectKey) -> None:
        """Note that nothing is to come of someone, or that it has come."""
        self.collected -= self._expected.pop(key, NOTHING)

    @property
    def expected(self) -> Tally:
        """Return what is to come of all of them, with what has come of them and waits."""
        return sum((plan.tally for plan in self._apart.values()), self.collected)

    def end_sweep(self) -> None:
        """Note that a sweep has planned everything: what is due since then is not due to this config."""
        self._sweeping -= 1
        self._planned = True
        for key in tuple(self._expected):
            self.dismiss(key)

    def put(self, plan: Plan, cause: Cause) -> bool:
        """Have a plan wait; return whether it may be judged at once."""
        if plan.key not in self._whole and self._apart.get(plan.key, self._judged.get(plan.key)) == plan:
            return False
        self._drop(plan.key)
        if cause is Cause.MANIFEST and only_ends_access(plan):
            self._leaving.add(plan.key)
        apart = not self._sweeping or self._is_apart(plan, cause)
        if apart:
            self._apart[plan.key] = plan
        else:
            self._whole[plan.key] = plan
            self.collected += plan.tally
        return apart

    def put_back(self, plans: Mapping[ObjectKey, Plan]) -> None:
        """Have plans wait again that could not be booked; what is known of an object since then goes first."""
        self._apart = {**{key: plan for key, plan in plans.items() if not self.has_moved(key)}, **self._apart}

    def pop(self, key: ObjectKey) -> None:
        """Note that nothing is due any more of what waits for an object, or is being judged."""
        if self._moved is not None:
            self._moved.add(key)
        self._judged.pop(key, None)
        self._drop(key)

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Know what moves while what was taken is being judged."""
        self._moved = set()
        try:
            yield
        finally:
            self._moved, self._judged = None, {}

    def has_moved(self, key: ObjectKey) -> bool:
        """Return whether what was due for an object when the judgement began is so no longer."""
        return self._moved is not None and key in self._moved

    @property
    def moved(self) -> tuple[ObjectKey, ...]:
        """Return the objects of which that is so."""
        return tuple(self._moved or ())

    def _drop(self, key: ObjectKey) -> None:
        self._apart.pop(key, None)
        self._leaving.discard(key)
        self.dismiss(key)
        found = self._whole.pop(key, None)
        if found is not None:
            self.collected -= found.tally

    def apart(self, *, leaving: bool) -> dict[ObjectKey, Plan]:
        """Return those that are no part of a sweep's plan; with `leaving` only whose manifest says so by itself."""
        return {key: plan for key, plan in self._apart.items() if key in self._leaving or not leaving}

    def take(self, plans: Mapping[ObjectKey, Plan]) -> dict[ObjectKey, Plan]:
        """Note that these are let through, and return them, but for those that no longer wait as they were."""
        still = {key: plan for key, plan in plans.items() if self._apart.get(key) is plan}
        for key in still:
            del self._apart[key]
        return still

    def take_all(self) -> dict[ObjectKey, Plan]:
        """Return all of them, and have none from now on."""
        self._judged = found = {**self._whole, **self._apart}
        self._apart, self._whole, self._leaving, self._expected, self.collected = {}, {}, set(), {}, NOTHING
        return found

    def _is_apart(self, plan: Plan, cause: Cause) -> bool:
        """Return whether a plan is no part of what the sweep at work finds."""
        return plan.key in self._leaving or (self._planned and cause is Cause.CHANGE and only_ends_access(plan))
