"""A Lease as a value: what it says, when it has ended, and when who takes it may write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import pytest

from scim_operator.core.leases.lease import (
    DURATION,
    GRACE,
    MARGIN,
    QUIET,
    RENEWAL,
    SKEW,
    Beginning,
    Lease,
    Moment,
    Place,
    Seen,
    beginning,
    body_of,
    heartbeat,
    lease_of,
    seen,
)
from scim_operator.kube.writer import merged

WALL = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)


def at(seconds: float, skew: float = 0.0) -> Moment:
    """So many seconds after the beginning, on a machine whose wall clock is off."""
    return Moment(seconds, WALL + timedelta(seconds=seconds + skew))


def held(seconds: float = 0.0, **more: Any) -> Lease:
    """A Lease that was renewed so many seconds after the beginning."""
    return Lease("one", WALL + timedelta(seconds=seconds), version="7", **more)


def test_two_renewals_may_fail_before_the_holder_stops_and_it_stops_before_any_other_may_begin() -> None:
    assert 2 * RENEWAL < DURATION - MARGIN < DURATION


def test_who_makes_a_lease_waits_for_longer_than_the_holder_of_a_deleted_one_works_whatever_the_rates() -> None:
    slow, fast = 15 / 16, 17 / 16  # an eighth apart
    assert (DURATION - MARGIN) / slow < DURATION < QUIET / fast


@pytest.mark.parametrize(
    "lease",
    [
        pytest.param(held(), id="held"),
        pytest.param(held(wanted="two", pod="uid", grace=5.0), id="asked for, in a pod"),
        pytest.param(Lease(version="8", wanted="two", unanswered=True), id="released to another"),
        pytest.param(held(quiet=17.0), id="made where someone may have deleted one"),
    ],
)
def test_what_is_written_is_read_again(lease: Lease) -> None:
    other = {"metadata": {"resourceVersion": "1"}, "spec": {"holderIdentity": "x", "renewTime": "2020-01-01T00:00:00Z"}}
    assert lease_of(merged(other, body_of(lease))) == lease


def test_the_renewal_is_written_with_six_digits_as_a_micro_time_must_be() -> None:
    assert body_of(held())["spec"]["renewTime"] == "2026-11-28T20:00:00.000000Z"


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"metadata": None, "spec": None}, id="nulls"),
        pytest.param({"spec": {"renewTime": "soon", "leaseDurationSeconds": "long"}}, id="texts"),
        pytest.param({"spec": {"leaseDurationSeconds": -1}}, id="a negative duration"),
    ],
)
def test_whatever_others_wrote_is_read(manifest: dict[str, Any]) -> None:
    assert lease_of(manifest) == Lease()


def test_a_duration_without_end_is_not_believed() -> None:
    assert lease_of({"spec": {"leaseDurationSeconds": 10**9}}).seconds == 600


SIGHTS = [
    # what is known, now, for how many seconds no one has held it
    pytest.param(Seen(held(), 0.0), at(14.9), None, id="just renewed"),
    pytest.param(Seen(held(), 0.0), at(15.0), 0.0, id="seen unchanged for its duration"),
    pytest.param(Seen(held(), 10.0), at(20.0), None, id="first seen late: it counts from then"),
    pytest.param(Seen(held(), 100.0), at(100.0), 100 - DURATION - SKEW, id="renewed long ago, at first sight"),
    pytest.param(Seen(held(), 74.0), at(74.0), None, id="renewed a minute ago: clocks may differ"),
    pytest.param(Seen(held(), 100.0, moved=True), at(100.0), None, id="it moved meanwhile: clocks do not matter"),
    pytest.param(Seen(Lease(version="8"), 5.0), at(9.0), 4.0, id="released"),
    pytest.param(Seen(Lease("one", None), 0.0), at(5.0), None, id="no renewal on record"),
    pytest.param(Seen(Lease("one", None), 0.0), at(16.0), 1.0, id="no renewal on record, for its duration"),
]


@pytest.mark.parametrize(("known", "now", "over"), SIGHTS)
def test_when_a_lease_has_ended(known: Seen, now: Moment, over: float | None) -> None:
    assert known.over(now) == over


def test_who_asks_for_a_lease_renews_nothing() -> None:
    first = seen(None, held(), 0.0)
    asked = seen(first, held(wanted="two"), 5.0)
    assert (asked.since, asked.lease.wanted) == (0.0, "two")


def test_a_renewal_counts_from_when_it_is_seen() -> None:
    first = seen(None, held(), 0.0)
    assert seen(first, held(3.0), 5.0) == Seen(held(3.0), 5.0, moved=True, asked=0.0)


def test_a_wish_counts_from_when_it_is_seen_whatever_is_renewed_meanwhile() -> None:
    first = seen(seen(None, held(), 0.0), held(wanted="two"), 4.0)
    assert seen(first, held(3.0, wanted="two"), 9.0).asked == 4.0
    assert seen(first, held(wanted="three"), 9.0).asked == 4.0, "two who ask in turn have it looked at often no longer"
    assert seen(first, held(), 9.0).asked == 9.0


WRITES = [
    # what is known, our pod, whether an operator has worked, seconds until the first changing request
    pytest.param(None, "", False, 0.0, id="no one ever worked here"),
    pytest.param(None, "", True, QUIET + GRACE, id="someone may have deleted it, or an operator takes no Leases"),
    pytest.param(Seen(Lease(), 0.0), "", True, 0.0, id="released, and all was answered"),
    pytest.param(Seen(Lease(unanswered=True), 0.0), "", True, GRACE, id="released with a request under way"),
    pytest.param(Seen(Lease(unanswered=True, grace=5.0), 0.0), "", True, 5.0, id="the former holder's grace counts"),
    pytest.param(Seen(held(-5.0), 5.0), "", True, GRACE - 0.0, id="just ended"),
    pytest.param(Seen(held(-3600.0), 20.0), "", True, 0.0, id="ended an hour ago"),
    pytest.param(Seen(held(pod="uid"), 19.0), "uid", True, GRACE, id="this pod's former process"),
    pytest.param(Seen(Lease("me", quiet=9.0, grace=70.0), 20.0), "", True, 70.0, id="we made it, unanswered"),
]


@pytest.mark.parametrize(("known", "pod", "worked", "seconds"), WRITES)
def test_when_the_first_request_may_be_sent(known: Seen | None, pod: str, worked: bool, seconds: float) -> None:
    assert beginning(known, at(20.0), Lease("me", pod=pod), worked=worked).send == 20.0 + seconds


BEGINNINGS = [
    # what is known, our pod, whether an operator has worked, seconds until work begins
    pytest.param(None, "", False, 0.0, id="no one ever worked here"),
    pytest.param(None, "", True, QUIET, id="someone may have deleted one that no one saw"),
    pytest.param(Seen(Lease(), 20.0), "", True, 0.0, id="released"),
    pytest.param(Seen(Lease(quiet=9.0), 20.0), "", True, 9.0, id="released before anyone might work under it"),
    pytest.param(Seen(Lease(quiet=9.0), 16.0), "", True, 5.0, id="the same, and seen for a while"),
    pytest.param(Seen(held(pod="uid", quiet=9.0), 20.0), "uid", True, 9.0, id="this pod's former process was to wait"),
    pytest.param(Seen(held(-15.0, quiet=QUIET), 5.0), "", True, MARGIN, id="made, and ended at once"),
    pytest.param(Seen(held(-20.0, quiet=9.0), 5.0), "", True, 0.0, id="ended, and that time is over"),
    pytest.param(Seen(Lease("me", quiet=9.0), 20.0), "", True, 9.0, id="we made it, and no answer came"),
    pytest.param(Seen(Lease("me"), 20.0), "", True, 0.0, id="we have it, and lost it for a moment"),
]


@pytest.mark.parametrize(("known", "pod", "worked", "seconds"), BEGINNINGS)
def test_when_work_may_begin(known: Seen | None, pod: str, worked: bool, seconds: float) -> None:
    assert beginning(known, at(20.0), Lease("me", pod=pod), worked=worked).work == 20.0 + seconds


def test_who_finds_no_lease_waits_for_requests_as_long_as_its_own_may_take() -> None:
    assert beginning(None, at(0.0), Lease("me", grace=600.0), worked=True).send == QUIET + 600.0


def test_our_own_lease_that_was_lost_for_a_moment_asks_for_no_wait_at_the_service() -> None:
    assert beginning(Seen(Lease("me"), 20.0), at(20.0), Lease("me"), worked=True).send == -inf


def test_of_two_beginnings_the_later_times_count_and_what_the_newer_one_rests_on() -> None:
    one, other = Beginning(1.0, 70.0, fresh=True), Beginning(5.0, 60.0)
    assert one.then(other) == Beginning(5.0, 70.0)
    assert other.then(one) == Beginning(5.0, 70.0, fresh=True)


def test_a_service_has_one_lease_a_namespace_whatever_the_length_of_its_address() -> None:
    one, other = Place("a", "host:443/" + "x" * 900), Place("b", "host:443/")
    assert len(one.lease_name) < 64
    assert one.lease_name != other.lease_name
    assert one.lease_name == Place("b", one.address).lease_name


HEARTBEATS = [
    (None, False, "is one running that watches this namespace?"),
    (Lease("one"), False, "is one running that watches this namespace?"),
    (held(), True, "one, renewed its Lease 70 s ago."),
    (held(-6), False, "No operator: one renewed the Lease of this service 76 s ago, and not since."),
    (Lease("", WALL), False, "No operator has the Lease of this service; it was given back 70 s ago."),
    (held(100), True, "one, renewed its Lease 0 s ago."),
]


@pytest.mark.parametrize(("lease", "works", "said"), HEARTBEATS)
def test_a_lease_says_whether_an_operator_is_there(lease: Lease | None, works: bool, said: str) -> None:
    """A status cannot: no one is there to write it. Wall clocks may differ by a minute."""
    found = heartbeat(lease, WALL + timedelta(seconds=DURATION + SKEW - 5))
    assert found[0] is works
    assert found[1].endswith(said)
