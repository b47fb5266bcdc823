"""What approvals release: each the changes of its plan, of the objects that this names, and once."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verify.history import Exchange
    from verify.promises.ground import Ground
    from verify.promises.state import State

_POOLS = {"disables": "ends", "userDeletes": "ends", "user renames": "renames", "group renames": "renames"}
"""Of one kind to an approval: who cannot be deleted is disabled."""


class Approvals:
    """Counts what was released. What exceeds an approval counts against the limits like anything else."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._used: Counter[tuple[str, str]] = Counter()

    def release(self, exchange: Exchange, effects: Mapping[str, int], states: list[State]) -> bool:
        """Return whether an approval releases a request; then so much of it is used up."""
        owners = self._ground.possible_owners(exchange)
        for state in states:
            if any(self._ground.approved(state, owner) for owner in owners):
                digest = state.config["approvedPlan"]
                needed: Counter[tuple[str, str]] = Counter()
                for name, number in effects.items():
                    needed[digest, _POOLS.get(name, name)] += number
                if all(self._used[key] + number <= self._given(*key) for key, number in needed.items()):
                    self._used += needed
                    return True
        return False

    def _given(self, digest: str, pool: str) -> int:
        plan: Mapping[str, Any] = self._ground.plans[digest]
        groups = plan.get("groupDeletes", 0)
        each = {
            "ends": plan.get("disables", 0) + plan.get("deletes", 0) - groups,
            "groupDeletes": groups,
            "memberRemovals": plan.get("memberRemovals", 0),
            # Each by a value in between; a takeover may set the mark.
            "renames": 2 * plan.get("renames", 0) + plan.get("adoptions", 0),
        }
        return int(each[pool] * self._times(digest))

    def _times(self, digest: str) -> int:
        """Return how often it was approved: removed and set again, an approval counts again."""
        specs = [{}, *(one["spec"] for one in self._ground.versions(self._ground.config))]
        given = [spec.get("approvedPlan") == digest for spec in specs]
        return sum(now and not before for before, now in pairwise(given))
