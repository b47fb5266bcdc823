"""The pauses before something is tried again."""

from __future__ import annotations

from scim_operator.core.backoff import Backoff, doubled


def test_pauses_double_up_to_the_longest() -> None:
    backoff = Backoff(0.5, 3.0)
    assert [backoff.next() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_a_success_begins_with_the_first_pause_again() -> None:
    backoff = Backoff(0.5, 3.0)
    backoff.next()
    assert backoff.upcoming == 1.0
    backoff.reset()
    assert backoff.next() == 0.5


def test_years_of_failures_have_a_pause_as_well() -> None:
    assert doubled(1.0, 100_000, 300.0) == 300.0
