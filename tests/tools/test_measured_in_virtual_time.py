"""What the benchmark measures in virtual time: the figures are of a whole operator, and the same each time."""

from __future__ import annotations

from tools.measure import failing, pace
from verify.history import Exchange
from verify.virtual import run


def test_what_failing_objects_cost_is_judged() -> None:
    hour = 3600.0
    rare = {"a": [*map(float, range(10)), 2 * hour, 3.5 * hour]}
    slower, _, hourly = failing.figures(8.0, 8.2, rare, 10)
    assert (slower.met, hourly.met, hourly.value) == (True, True, "1")
    slower, _, hourly = failing.figures(8.0, 9.0, {"a": [*rare["a"], 3.6 * hour]}, 10)
    assert (slower.met, hourly.met, hourly.value) == (False, False, "2")


def test_the_busiest_hour_is_found_wherever_it_begins() -> None:
    assert failing.busiest_hour([0.0, 3599.0, 3600.0, 3601.0]) == 3
    assert failing.busiest_hour([]) == 0


def test_a_service_that_says_later_is_asked_at_its_own_rate() -> None:
    refusals, used = run(pace.life(25, 100))
    assert refusals.met, refusals
    assert used.value.endswith("%")


def test_the_rate_that_is_used_counts_what_was_taken() -> None:
    sent = [Exchange("operator", True, "POST", "/Users", arrived=at, status=201) for at in (0.0, 0.5, 1.0)]
    refused = Exchange("operator", True, "POST", "/Users", arrived=0.6, status=429)
    refusals, used = pace.figures([*sent, refused], 3, 3)
    assert (refusals.value, used.value, used.met) == ("1", "100.0%", True)
