"""What a check reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verify.history import Exchange


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken: which one, when, how, and by which request, where it was one."""

    promise: str
    at: float
    sentence: str
    exchange: Exchange | None = None

    def __str__(self) -> str:
        by = f" [{str(self.exchange).strip()}]" if self.exchange else ""
        return f"{self.promise} at {self.at:.3f}: {self.sentence}{by}"
