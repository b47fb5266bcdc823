"""A resource type that says "later" again and again, while another one answers, is left alone for a while."""

from __future__ import annotations

import pytest

from scim_operator.scim.wear import LONGEST, SHARE, WORN, Wear

GET, USERS, GROUPS = "GET", "/Users", "/Groups"
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")


def silences(
    wear: Wear, number: int, *, wait: float = 5.0, endpoint: str = GROUPS, now: float = 0.0, method: str = GET
) -> float:
    """Refuse so often, each time after the last silence has passed; the time when the last one passes."""
    for _ in range(number):
        wear.refused(method, GROUPS, now, now, wait)
        now += wait
    return now


def test_a_type_alone_is_left_alone_after_a_few_silences() -> None:
    wear = Wear()
    wear.answered(GET, USERS)
    now = silences(wear, WORN - 1)
    assert wear.held(GET, GROUPS, now) == 0
    now = silences(wear, 1, now=now)
    assert wear.held(GET, GROUPS, now) == 5 * SHARE
    assert wear.held(GET, USERS, now) == 0


def test_each_time_it_is_left_alone_longer_up_to_an_end() -> None:
    wear = Wear()
    wear.answered(GET, USERS)
    now, pauses = silences(wear, WORN), []
    for _ in range(5):
        pauses.append(wear.held(GET, GROUPS, now))
        now = silences(wear, 1, now=now + pauses[-1])
    assert pauses == [50, 100, 200, LONGEST, LONGEST]


def test_one_answer_ends_it() -> None:
    wear = Wear()
    wear.answered(GET, USERS)
    now = silences(wear, WORN)
    wear.answered(GET, GROUPS)
    assert wear.held(GET, GROUPS, now) == 0


def test_what_every_type_says_is_the_services_word() -> None:
    wear = Wear()
    assert wear.held(GET, GROUPS, silences(wear, 10)) == 0, "no other type was heard"
    wear.answered(GET, USERS)
    wear.refused(GET, USERS, 1000, 1000, 5)
    now = silences(wear, WORN, now=1010)
    assert wear.held(GET, GROUPS, now) == 0


def test_requests_that_were_under_way_count_once() -> None:
    wear = Wear()
    wear.answered(GET, USERS)
    for _ in range(10):
        wear.refused(GET, GROUPS, now=5.0, sent_at=4.0, wait=5.0)
    assert wear.held(GET, GROUPS, 10.0) == 0


def test_other_endpoints_say_nothing_of_the_types() -> None:
    wear = Wear()
    wear.answered(GET, "/ServiceProviderConfig")
    assert wear.held(GET, GROUPS, silences(wear, WORN)) == 0


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE"])
def test_each_method_counts_apart(method: str) -> None:
    wear = Wear()
    wear.answered(GET, USERS)
    now = silences(wear, WORN, method=method)
    assert wear.held(method, GROUPS, now) == 5 * SHARE
    assert [other for other in METHODS if wear.held(other, GROUPS, now)] == [method]


@pytest.mark.parametrize("wait", [2.0, 20.0, 1000.0])
def test_what_ends_access_leaves_the_other_type_half_of_the_time(wait: float) -> None:
    wear = Wear()
    wear.answered(GET, USERS)
    now = 0.0
    for silence in range(12):
        wear.refused("PATCH", GROUPS, now, now, wait, first=True)
        now += wait
        held = wear.held("PATCH", GROUPS, now, first=True)
        assert held == (0 if silence < WORN - 1 else min(wait, LONGEST)), "it does not grow"
        now += held
    assert wear.held("PATCH", GROUPS, now) == 0, "edits count apart"


def test_the_end_of_access_does_not_wait_for_edits_that_are_left_alone() -> None:
    wear = Wear()
    wear.answered(GET, USERS)
    now = silences(wear, WORN, method="PATCH")
    assert wear.held("PATCH", GROUPS, now) > 0
    assert wear.held("PATCH", GROUPS, now, first=True) == 0
