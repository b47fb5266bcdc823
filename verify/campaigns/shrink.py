"""Makes a failing campaign as short as it goes: steps are left out as long as it still fails in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from verify.campaigns.steps import Step


def shrunk(steps: Sequence[Step], fails: Callable[[Sequence[Step]], bool]) -> list[Step]:
    """Return a part of `steps` that fails too, and of which no single step can be left out (delta debugging)."""
    kept, size = list(steps), max(1, len(steps) // 2)
    while True:
        shorter = _without_a_piece(kept, size, fails)
        if shorter is not None:
            kept = shorter
        elif size == 1:
            return kept
        size = min(size, max(1, len(kept))) if shorter is not None else size // 2


def _without_a_piece(steps: list[Step], size: int, fails: Callable[[Sequence[Step]], bool]) -> list[Step] | None:
    for start in range(0, len(steps), size):
        rest = steps[:start] + steps[start + size :]
        if fails(rest):
            return rest
    return None
