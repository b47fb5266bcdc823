"""When a service is left alone: Entra's bounds, scaled to the tenant."""

from __future__ import annotations

import asyncio
import itertools
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scim_operator.api.limits import Quarantine as Policy
from scim_operator.core.connection.quarantine import (
    Cause,
    Failures,
    cause_of,
    count_failures,
    entered,
    judge,
    minimum_of,
    quarantine_from_json,
    quarantine_to_json,
)
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.status import Reason, ServiceEntry, Verdict
from scim_operator.errors import Rejected, SecretNotFound, Unauthorized, Unavailable, Unreachable, WrongService
from scim_operator.job.base.retries import Retries, interval_of
from tests.scim.virtual import VirtualClock

NOW = datetime(2026, 11, 1, tzinfo=UTC)

JUDGED: list[Any] = [
    pytest.param(Failures(20, 9, 0), None, id="20 users: 9 are below the minimum of 10"),
    pytest.param(Failures(20, 10, 0), Cause.FAILURES, id="20 users: half of them"),
    pytest.param(Failures(25, 10, 0), None, id="25 users: 40 % is not more than 40 %"),
    pytest.param(Failures(1_000, 400, 0), None, id="1,000 users: exactly 40 %"),
    pytest.param(Failures(1_000, 401, 0), Cause.FAILURES, id="1,000 users: more than 40 %"),
    pytest.param(Failures(100_000, 4_999, 0), None, id="100,000 users: below Entra's minimum"),
    pytest.param(Failures(100_000, 39_999, 0), None, id="100,000 users: below Entra's share and count"),
    pytest.param(Failures(200_000, 40_001, 0), Cause.FAILURES, id="200,000 users: Entra's count, at a small share"),
    pytest.param(Failures(200_000, 40_000, 0), None, id="200,000 users: Entra's count exactly"),
    pytest.param(Failures(200_000, 30_000, 30_000), None, id="references: the count in all exactly"),
    pytest.param(Failures(10_000, 1, 9_000), None, id="references do not count among the first"),
    pytest.param(Failures(200_000, 30_000, 30_001), Cause.FAILURES_IN_ALL, id="references count in all"),
]


@pytest.mark.parametrize(("failures", "cause"), JUDGED)
def test_the_bounds(failures: Failures, cause: Cause | None) -> None:
    verdict = judge(failures, Policy())
    assert (verdict[0] if verdict else None) is cause
    if verdict is not None:
        number = failures.failing + (failures.waiting if cause is Cause.FAILURES_IN_ALL else 0)
        said = (
            f"The service does not take {number} of {failures.objects} objects: kubectl get scim shows which, and why."
        )
        assert verdict[1] == said


@pytest.mark.parametrize(
    ("objects", "least"), [(20, 10), (219, 10), (220, 11), (1_019, 50), (100_019, 5_000), (1_000_000, 5_000)]
)
def test_the_minimum_goes_by_the_tenant(objects: int, least: int) -> None:
    assert minimum_of(Policy(), objects) == least
    assert minimum_of(Policy(minimum=3), objects) == 3


CAUSES: list[Any] = [
    pytest.param(Unauthorized("."), Cause.CREDENTIALS, id="the credentials"),
    pytest.param(WrongService(".", reason="NotScim"), Cause.INCOMPATIBLE, id="no SCIM"),
    pytest.param(WrongService(".", reason="TLSFailed"), None, id="a certificate may be renewed any minute"),
    pytest.param(Unavailable("."), None, id="an outage"),
    pytest.param(Unreachable("."), None, id="the network"),
    pytest.param(SecretNotFound("."), None, id="nothing was sent"),
    pytest.param(Rejected(".", status=400), None, id="one request"),
]


@pytest.mark.parametrize(("error", "cause"), CAUSES)
def test_what_may_put_a_service_into_quarantine(error: Exception, cause: Cause | None) -> None:
    assert cause_of(error) is cause


def entry(reason: Reason, pending: tuple[str, ...] = ()) -> ServiceEntry:
    return ServiceEntry("vmware", Verdict(reason, "."), 1, pending=pending)


def test_a_group_counts_as_a_reference_only_when_its_missing_member_fails() -> None:
    keys = [ObjectKey(Kind.USER, "identity", name) for name in ("ada", "bob", "eve")]
    groups = [ObjectKey(Kind.GROUP, "identity", name) for name in ("a", "b")]
    listed = [
        (keys[0], entry(Reason.REJECTED)),
        (keys[1], entry(Reason.OUT_OF_SCOPE)),
        (keys[2], entry(Reason.CONFLICT)),
        (groups[0], entry(Reason.PROVISIONED, ("scimuser/ada",))),
        (groups[1], entry(Reason.PROVISIONED, ("scimuser/bob",))),
    ]
    assert count_failures(listed, 5) == Failures(5, 1, 1)


def test_a_series_keeps_its_beginning_and_a_new_reason_gets_its_own() -> None:
    policy = Policy()
    first = entered(None, Cause.CREDENTIALS, "x", NOW, policy, 1.0)
    assert first.next_attempt == NOW + timedelta(hours=6)
    later = NOW + timedelta(hours=6)
    second = entered(first, Cause.INCOMPATIBLE, "y", later, policy, 1.0)
    assert (second.began, second.series_began, second.count) == (later, NOW, 1)
    assert second.next_attempt == later + timedelta(hours=12)
    assert entered(second, Cause.INCOMPATIBLE, "y", NOW + timedelta(days=28), policy, 1.0).next_attempt is None


def test_a_quarantine_survives_the_status() -> None:
    one = entered(None, Cause.FAILURES, "x", NOW, Policy(), 1.0)
    assert quarantine_from_json(quarantine_to_json(one)) == one
    ended = replace(one, next_attempt=None, count=3, credentials="Secret vmware-scim at 7")
    assert quarantine_from_json(quarantine_to_json(ended)) == ended
    assert quarantine_from_json(None) is None
    assert quarantine_from_json({**quarantine_to_json(one), "reason": "OfALaterRelease"}) is None


async def test_an_object_that_fails_for_good_is_tried_once_an_hour_at_most() -> None:
    clock, tries = VirtualClock(), list[float]()
    key = ObjectKey(Kind.USER, "identity", "ada")

    enough = asyncio.Event()

    def again(_: ObjectKey) -> None:
        tries.append(clock.monotonic())
        retries.later(key)
        if len(tries) == 30:
            enough.set()

    retries = Retries(clock, random.Random(7), again)
    retries.later(key)
    running = asyncio.create_task(retries.run())
    await clock.run(enough.wait())
    running.cancel()
    gaps = [after - before for before, after in itertools.pairwise(tries[9:])]
    assert len(gaps) > 15
    assert all(3600 <= gap <= 5400 for gap in gaps), gaps
    assert tries[9] < 4 * 3600
    assert retries.is_decayed(key)
    retries.forget(key)
    assert not retries.is_decayed(key)


async def test_what_is_tried_again_in_an_hour_is_not_waited_for_longer_than_that() -> None:
    clock, key = VirtualClock(), ObjectKey(Kind.USER, "identity", "ada")
    retries = Retries(clock, random.Random(7), lambda _: None)
    assert not retries.within(3600)
    retries.later(key, 3600)
    assert (retries.within(300), retries.within(3600)) == (False, True)
    retries.forget(key)
    assert not retries.within(3600)


async def test_failing_objects_share_a_part_of_the_budget_until_one_of_them_works() -> None:
    clock, tries, working = VirtualClock(), list[float](), set[ObjectKey]()
    keys = [ObjectKey(Kind.USER, "identity", f"user{number}") for number in range(40)]

    def again(key: ObjectKey) -> None:
        tries.append(clock.monotonic())
        if key in working:
            retries.forget(key)
        else:
            retries.later(key)

    retries = Retries(clock, random.Random(7), again, interval_of(10))
    for key in keys:
        retries.later(key)
    running = asyncio.create_task(retries.run())
    await clock.run(clock.sleep(600))
    assert len(tries) <= 0.05 * 10 * 600 / 3 + 1, "each takes three requests"
    assert len(tries) > 90, "and none of the share is wasted"
    working |= set(keys)
    before = len(tries)
    await clock.run(clock.sleep(900))
    running.cancel()
    assert len(tries) - before <= len(keys)
    assert len(retries) == 0, "the first that works opens the way for the others"
