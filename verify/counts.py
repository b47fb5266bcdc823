"""What was tried, counted, so that "no violation" says of how many."""

from __future__ import annotations

from collections import Counter


class Counts(Counter[str]):
    """Counts by what they count, in the words of the report. They add up over processes and suites."""

    def text(self) -> str:
        """Return the counts, a line each, in alphabetical order; violations last."""
        rest = sorted((name, number) for name, number in self.items() if name != VIOLATIONS)
        return "\n".join(f"{number:>12,} {name}" for name, number in [*rest, (VIOLATIONS, self[VIOLATIONS])])


VIOLATIONS = "violations"
