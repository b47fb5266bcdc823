"""Tries targets: the same inputs each time for `make test`, others from each seed for `make verify`."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify.fuzzing.target import Target

LONGEST_SHOWN = 1_500
"""Characters of a failing input that are shown."""
LONGEST_SAID = 120
"""Characters of an exception's message that are shown."""


@dataclass(frozen=True, slots=True)
class Found:
    """What trying a target found: how many inputs were thrown, and what failed, by what went wrong where."""

    target: str
    inputs: int
    failures: dict[str, str]

    def lines(self) -> Iterator[str]:
        """Yield each failure, with the smallest input that brings it about."""
        for what, example in self.failures.items():
            yield f"{self.target}: {what}\n    {example}"


def tried(target: Target, inputs: int, seed: int | None = None) -> Found:
    """Throw so many inputs at a target; those of no seed are the same each time."""
    thrown, failures = [0], {}

    @settings(
        max_examples=inputs,
        database=None,
        deadline=None,
        derandomize=seed is None,
        print_blob=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(target.inputs)
    def throw(value: Any) -> None:  # noqa: ANN401 - anything
        thrown[0] += 1
        try:
            target.check(value)
        except Exception as error:
            said = f"{type(error).__name__}: {str(error)[:LONGEST_SAID]}"
            failures[_place(error)] = f"{said}\n    {repr(value)[:LONGEST_SHOWN]}"  # the last one is the smallest
            raise

    try:
        (throw if seed is None else hypothesis.seed(seed)(throw))()
    except Exception as error:
        if not failures:
            raise
        del error  # each of them has been noted
    return Found(target.name, thrown[0], failures)


def _place(error: Exception) -> str:
    """Return where in the operator an exception came about: two from one place are one fault."""
    frames = [each for each in traceback.extract_tb(error.__traceback__) if "scim_operator" in each.filename]
    places = [f"{PurePath(each.filename).name}:{each.lineno}" for each in frames[-4:]]
    return f"{type(error).__name__} at {' '.join(places) or 'no place of the operator: ' + str(error)[:LONGEST_SAID]}"
