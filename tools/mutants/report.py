"""The score, with its interval, and the page that lists what survived."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import yaml

from tools.mutants.mutations import ROOT
from tools.mutants.trial import HUNG, KILLED, SURVIVED, UNTESTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tools.mutants.trial import Outcome

EXPLAINED = ROOT / "tools" / "mutants" / "explained.yaml"
"""Mutants that no test can notice: by their key, why. They count as survivors, and are shown with their reason."""
PAGE = ROOT / "docs" / "mutants.md"
HEAD = """\
# Mutants

Small changes of the source, each of which some test must notice. Made with mutmut's operators in
functions, constants, defaults and enums; types, imports, docstrings and decorators are left alone.
A mutant meets those tests that run its line, the nearest first, for a few seconds of the processor,
and is noticed where one of them fails twice: `TESTS` in `tools/mutants/gathering.py` says which are
asked, and the whole suite has more, so that a score is a lower bound. `python -m tools.mutants PART`
tries a random sample, and `--publish` writes this page: {samples}, seed {seed}, {date}.

| Part | Tried | Noticed | Score (95 % interval) | Of them as a hang | Survived | Explained | Score without those |
|---|---|---|---|---|---|---|---|
"""


class Score(NamedTuple):
    """What became of the mutants of a part."""

    tried: int
    killed: int
    hung: int
    survived: int
    explained: int

    @property
    def share(self) -> str:
        """The share that was noticed, with the interval that the sample allows."""
        low, high = interval(self.killed, self.tried)
        return f"{self.killed / max(1, self.tried):.1%} ({low:.1%} to {high:.1%})"

    @property
    def adjusted(self) -> str:
        """The share among those that can be noticed."""
        return f"{self.killed / max(1, self.tried - self.explained):.1%}"

    def __str__(self) -> str:
        return (
            f"{self.killed} of {self.tried} noticed, {self.share}, {self.hung} of them as a hang; {self.survived} "
            f"survived, of which {self.explained} are explained; {self.adjusted} without those"
        )


def explained() -> dict[str, str]:
    """Return the reasons, by mutant."""
    return yaml.safe_load(EXPLAINED.read_text()) or {} if EXPLAINED.exists() else {}


def interval(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson's)."""
    if not of:
        return 0.0, 1.0
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return middle - half, middle + half


def score(outcomes: Sequence[Outcome], reasons: Mapping[str, str]) -> Score:
    """Count what became of the mutants."""
    states = Counter(outcome.state for outcome in outcomes)
    left = survivors(outcomes)
    explained = sum(outcome.key in reasons for outcome in left)
    return Score(len(outcomes), states[KILLED] + states[HUNG], states[HUNG], len(left), explained)


def survivors(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return what no test noticed, file by file."""
    left = [outcome for outcome in outcomes if outcome.state in {SURVIVED, UNTESTED}]
    return sorted(left, key=lambda outcome: (outcome.key.partition(" ")[0], outcome.line))


def page(parts: Mapping[str, Sequence[Outcome]], seed: int, today: dt.date) -> str:
    """Return docs/mutants.md."""
    reasons = explained()
    samples = " and ".join(f"{len(outcomes)} of `{part}`" for part, outcomes in parts.items())
    text = HEAD.format(samples=samples, seed=seed, date=today.isoformat())
    for part, outcomes in parts.items():
        it = score(outcomes, reasons)
        text += f"| `{part}` | {it.tried} | {it.killed} | {it.share} | {it.hung} | {it.survived} | {it.explained} |"
        text += f" {it.adjusted} |\n"
    for part, outcomes in parts.items():
        text += f"\n## What survives in {part}\n\n| Where | Change | Why |\n|---|---|---|\n"
        text += "".join(_row(outcome, reasons) for outcome in survivors(outcomes))
    return text


def _row(outcome: Outcome, reasons: Mapping[str, str]) -> str:
    where, _, change = outcome.key.partition(": ")
    why = reasons.get(outcome.key, "open: no test runs it" if outcome.state == UNTESTED else "open")
    return f"| `{where}` | {_code(change)} | {why} |\n"


def _code(text: str) -> str:
    mark = "``" if "`" in text else "`"
    return f"{mark}{text.replace('|', chr(92) + '|')}{mark}"


def publish(parts: Mapping[str, Sequence[Outcome]], seed: int) -> None:
    """Write the page."""
    PAGE.write_text(page(parts, seed, dt.datetime.now(tz=dt.UTC).date()))
