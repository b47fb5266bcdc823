"""The steps of a campaign as values that can be printed, left out one by one, and taken again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Step:
    """One deed after `wait` seconds. `args` are JSON, and complete: a step needs no other step before it."""

    wait: float
    deed: str
    args: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return json.dumps([self.wait, self.deed, self.args], separators=(",", ":"))


def written(steps: Iterable[Step]) -> str:
    """Return steps as lines that `read` understands."""
    return "\n".join(map(str, steps))


def read(text: str) -> list[Step]:
    """Return the steps of such lines."""
    return [Step(*json.loads(line)) for line in text.splitlines() if line.strip()]
