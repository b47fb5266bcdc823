"""How a service's rate is found from what it took and refused, and how it is raised and lowered."""

from __future__ import annotations

import itertools
import math

import pytest

from scim_operator.core.pace import (
    DEEPEST_CUT,
    DOUBLING,
    FIRST,
    FIRST_CUT,
    LEAST,
    LONGEST,
    MARGIN,
    MISSED,
    Pace,
    missing,
    quickened,
    slowed,
    taken,
)


def evenly(rate: float, begin: float, end: float) -> list[float]:
    """Return the times of requests at a rate."""
    return [begin + number / rate for number in range(int((end - begin) * rate))]


def risen(pace: Pace, seconds: float) -> Pace:
    """Return a pace after so many seconds in which the service took everything."""
    now = 0.0
    while now < seconds:
        now += 1 / pace.rate
        pace = quickened(pace)
    return pace


def test_it_doubles_until_the_first_refusal() -> None:
    assert risen(Pace(), DOUBLING).rate == pytest.approx(2 * FIRST, rel=0.02)
    assert risen(Pace(), 2 * DOUBLING).rate == pytest.approx(4 * FIRST, rel=0.02)


@pytest.mark.parametrize(
    ("seconds", "least", "most"), [(2, 40, 48), (6, 88, 98), (8, 99, 101), (20, 100, 102), (30, 101, 104)]
)
def test_it_returns_fast_to_what_is_known_and_rises_slowly_above(seconds, least, most) -> None:
    assert least <= risen(Pace(20, known=100), seconds).rate <= most


def test_where_the_same_limit_was_met_again_it_rises_slower() -> None:
    eager, patient = (risen(Pace(100, 100, patience), 40).rate for patience in (1, LONGEST))
    assert patient - 100 < (eager - 100) / 4


def test_far_above_what_is_known_it_doubles_again() -> None:
    assert quickened(Pace(100 * MISSED, 100)) == Pace(pytest.approx(100 * MISSED, rel=0.01))


def test_the_first_refusal_cuts_deep_and_keeps_where_it_was() -> None:
    assert slowed(Pace(80), evenly(80, 0, 1), None, 1) == Pace(80 * FIRST_CUT, 80)


def test_after_it_grew_past_what_was_known_a_refusal_is_the_first_again() -> None:
    assert slowed(Pace(80), evenly(80, 0, 9), 3, 9) == Pace(80 * FIRST_CUT, 80)


@pytest.mark.parametrize("size", [5, 25, 100])
@pytest.mark.parametrize("rate", [5, 25, 100])
def test_two_refusals_say_what_the_rate_is(rate, size) -> None:
    """A bucket of a size, filled at a rate, is emptied twice, with a second of silence in between."""
    sent, last, now = emptied_twice(rate, size)
    low, high = taken(sent, last, now, most=2 * rate)
    assert low <= rate * 1.03
    assert high >= rate * 0.97
    assert high / low < 1.25


def emptied_twice(rate: float, size: float) -> tuple[list[float], float, float]:
    """Return when requests were taken, fast at first and slower then, and when two were refused."""
    tokens, filled, now = float(size), 0.0, 0.0
    sent: list[float] = []
    ends: list[float] = []
    while len(ends) < 2:
        tokens, filled = min(size, tokens + (now - filled) * rate), now
        if tokens >= 1:
            tokens -= 1
            sent.append(now)
            now += 1 / (rate * (1.2 if ends else 2.0))
        else:
            ends.append(now)
            now += 1.0
    return sent, ends[0], ends[1]


def test_two_runs_of_one_kind_leave_open_what_the_rate_is() -> None:
    """Ten at once, twice, long apart: any rate explains both."""
    sent = [number / 100 for number in range(10)] + [9 + number / 100 for number in range(10)]
    assert taken(sent, 0.1, 9.1, most=100) == (pytest.approx(1, abs=0.6), 100)


@pytest.mark.parametrize(
    ("sent", "until", "rate", "tokens"),
    [
        ([], 5, 1, 0),
        ([0], 0, 1, 1),
        ([0, 0, 0], 0, 1, 3),
        ([0, 0, 0], 2, 1, 1),
        ([0, 0, 0], 9, 1, 0),
        ([0, 1, 2, 3], 3, 1, 1),
        ([0, 1, 2, 3], 1.5, 1, 0.5),
        ([0, 1, 2, 3], 3, 0.5, 2.5),
    ],
)
def test_the_tokens_that_a_bucket_misses(sent, until, rate, tokens) -> None:
    assert missing(sent, until, rate) == tokens


def test_what_is_found_is_used_with_a_margin() -> None:
    sent, last, now = emptied_twice(25, 25)
    pace = slowed(Pace(35, 90), sent, last, now)
    assert pace.rate == pace.known == pytest.approx(25 * MARGIN, rel=0.06)


def test_meeting_the_same_limit_again_makes_patient_up_to_a_bound() -> None:
    sent, last, now = emptied_twice(25, 25)
    pace, found = Pace(30, 25), []
    for _ in range(5):
        pace = slowed(Pace(30, pace.known, pace.patience), sent, last, now)
        found.append(pace.patience)
    assert found == [2, 4, 8, 8, 8]
    assert slowed(Pace(30, 100, LONGEST), sent, last, now).patience == 1


def test_too_few_requests_between_two_refusals_halve_it() -> None:
    assert slowed(Pace(40, 60, 4), [0.0, 1.0, 2.5], 2, 3) == Pace(20, 36, 4)


def test_no_refusal_cuts_deeper_than_a_fifth_nor_below_the_least() -> None:
    assert slowed(Pace(1000, 900), [0.0, 1.0, 2.0, 3.0, 100.0], 0.5, 100).rate >= 1000 * DEEPEST_CUT * MARGIN
    pace = Pace(2, 2)
    for moment in itertools.islice(itertools.count(0, 10), 20):
        pace = slowed(pace, [moment - 1.0], moment - 0.5, moment)
    assert pace.rate == LEAST


def test_what_was_forgotten_of_a_long_time_without_refusal_says_that_the_rate_is_about_right() -> None:
    assert slowed(Pace(50, 49), evenly(50, 100, 140), 1, 140).rate == pytest.approx(50 * MARGIN)


def test_nothing_is_learned_while_nothing_was_refused() -> None:
    assert not Pace().learned
    assert Pace().known == math.inf
    assert slowed(Pace(), [], None, 1).learned
