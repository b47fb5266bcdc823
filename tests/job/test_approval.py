"""An approval releases one plan, once, and all of it, whatever happens in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from scim_operator.job.session.upkeep import TIDY
from tests.job.test_limits import NAMES, active, delete_all, six_users
from tests.support.effects import Effects
from tests.support.limiting import limits
from tests.support.rig import rig

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def held_mass_removal(r: Rig) -> str:
    """Six leavers are held; the digest that releases them."""
    await six_users(r, limits=limits(disables=1))
    delete_all(r)
    await r.rest()
    await r.sweep()
    return str(r.status["plan"]["digest"])


@pytest.mark.parametrize("after", [False, True], ids=["right before", "right after"])
async def test_a_crash_at_any_effect_of_an_approved_removal_asks_no_one_twice(after: bool) -> None:
    number, took_place = 0, True
    while took_place:
        number += 1
        async with rig(haste=10) as r:
            digest = await held_mass_removal(r)
            await r.stop()
            effects = Effects(number, after=after)
            r.spec["approvedPlan"] = digest
            await r.start(effects)
            await r.until(lambda r=r, effects=effects: effects.crashed.is_set() or not active(r))  # type: ignore[misc]
            await r.crash()
            await r.start()
            await r.until(lambda r=r: active(r) == 0)  # type: ignore[misc]
            await r.settle()
            assert r.condition("ApprovalRequired") == ("", ""), f"at effect {number}"
            took_place = effects.crashed.is_set()
    assert number > 6, "the removal has more effects than this"


async def test_what_was_not_approved_is_not_released_with_the_rest(r: Rig) -> None:
    """Half of the approved plan is done when the operator is killed; who leaves meanwhile has no approval."""
    digest = await held_mass_removal(r)
    r.user("newcomer")
    r.user("another")
    await r.until(lambda: r.at_service("another") is not None)
    await r.rest()
    r.simulator.faults.add("status=500;method=PATCH;every=2")
    await r.configure(approvedPlan=digest)
    await r.until(lambda: active(r) < 8)
    await r.crash()
    r.simulator.faults.clear()
    r.cluster.delete(Kind.USER, "newcomer")
    r.cluster.delete(Kind.USER, "another")
    await r.start()
    await r.until(lambda: active(r) == 2)
    await r.until(lambda: r.status["plan"]["disables"] == 2)
    assert r.condition("ApprovalRequired")[0] == "True"
    assert r.reason("newcomer") == r.reason("another") == "Held"


async def test_what_is_left_of_a_large_group_is_released_member_by_member(r: Rig) -> None:
    r.spec["service"]["capabilities"] = {"memberChunk": 1}
    r.group("engineering", list(NAMES))
    await six_users(r, limits=limits(member_removals=1))
    r.group("engineering", [])
    await r.rest()
    await r.sweep()
    r.simulator.faults.add("status=500;method=PATCH;every=2")
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.until(lambda: len(r.members("engineering")) < 6)
    await r.crash()
    r.simulator.faults.clear()
    await r.start()
    await r.until(lambda: r.members("engineering") == set())
    await r.settle()
    assert r.condition("ApprovalRequired") == ("", "")


async def test_an_approved_plan_is_released_once(r: Rig) -> None:
    await six_users(r, limits=limits(disables=1))
    for name in NAMES:
        r.user(name, active=False)
    await r.rest()
    await r.sweep()
    digest = r.status["plan"]["digest"]
    await r.configure(approvedPlan=digest)
    await r.until(lambda: active(r) == 0)
    await r.settle()
    approval = r.status["lastApproval"]
    assert (approval["plan"], approval["released"]) == (digest, "6 disables")
    for name in NAMES:
        r.user(name, active=True)
    await r.until(lambda: active(r) == 6)
    await r.rest()
    for name in NAMES:
        r.user(name, active=False)
    await r.until(lambda: r.condition("ApprovalRequired")[0] == "True")
    await r.rest()
    await r.sweep()
    assert active(r) == 6, "the same plan, a second time"
    assert r.status["plan"]["digest"] == digest
    said = next(c["message"] for c in r.status["conditions"] if c["type"] == "ApprovalRequired")
    assert "remove spec.approvedPlan" in said
    await r.crash()
    await r.start()
    await r.settle()
    assert active(r) == 6, "a restart does not make it fresh"
    await r.configure(approvedPlan="")
    await r.settle()
    await r.configure(approvedPlan=digest)
    await r.until(lambda: active(r) == 0)


async def test_an_approval_that_is_taken_back_releases_nothing_more(r: Rig) -> None:
    digest = await held_mass_removal(r)
    r.simulator.faults.add("status=500;method=PATCH", "status=500;method=PUT")
    await r.configure(approvedPlan=digest)
    await r.until(lambda: bool(r.status["limits"].get("released")))
    await r.configure(approvedPlan="")
    await r.settle()  # what was under way when the approval was taken back may still arrive
    r.simulator.faults.clear()
    await r.sweep()
    assert active(r) == 6
    assert r.condition("ApprovalRequired")[0] == "True"


async def test_holding_and_releasing_are_reported_once_each(r: Rig) -> None:
    digest = await held_mass_removal(r)
    await r.until(lambda: "ApprovalRequired" in dict(r.events()))
    await r.sweep()
    await r.crash()
    await r.start()
    await r.settle()
    await r.configure(approvedPlan=digest)
    await r.until(lambda: "PlanReleased" in dict(r.events()))
    reported = [message for reason, message in r.events() if reason == "ApprovalRequired"]
    assert len(reported) == 1, reported
    assert digest in reported[0]
    assert "6 disables" in reported[0]
    await r.until(lambda: active(r) == 0)
    await r.until(lambda: not r.status["limits"]["released"])


async def test_the_digest_does_not_move_when_what_adds_access_has_gone_on(r: Rig) -> None:
    r.group("engineering", list(NAMES[:4]))
    await six_users(r, limits=limits(member_removals=3))
    r.group("engineering", list(NAMES[4:]), displayName="renamed")
    await r.until(lambda: r.condition("ApprovalRequired")[0] == "True")
    digest = r.status["plan"]["digest"]
    await r.until(lambda: r.members("engineering") == set(NAMES))
    await r.sweep()
    assert r.status["plan"]["digest"] == digest, "the newcomers came without an approval"
    await r.configure(approvedPlan=digest)
    await r.until(lambda: r.members("renamed") == set(NAMES[4:]))


async def test_the_same_plan_is_reported_again_when_it_is_held_again(hurried: Rig) -> None:
    r = hurried
    await six_users(r, limits=limits(disables=1))
    for times in (1, 2):
        for name in NAMES:
            r.user(name, active=False)
        await r.until(lambda times=times: [e[0] for e in r.events()].count("ApprovalRequired") == times)  # type: ignore[misc]
        for name in NAMES:
            r.user(name)
        await r.until(lambda: r.condition("ApprovalRequired")[0] == "")
        await r.pass_time(TIDY)


async def test_a_restart_finds_what_is_overdue_in_the_same_plan_as_the_rest(hurried: Rig) -> None:
    r = hurried
    r.spec["users"] = {"deleteAfter": "10s"}
    await six_users(r, limits=limits(deletes=2))
    for name in NAMES[:3]:
        r.cluster.delete(Kind.USER, name)
    await r.until(lambda: r.condition("ApprovalRequired")[0] == "True")
    await r.configure(limits=limits(deletes=2, disables=0))
    await r.settle()
    r.user(NAMES[4], active=False)
    await r.until(lambda: _held(r) == (1, 3))
    digest = r.status["plan"]["digest"]
    await r.until(lambda: any(digest in message for _, message in r.events()))
    reported = [message for reason, message in r.events() if reason == "ApprovalRequired"]
    since = _held_since(r)
    await r.crash()
    await r.start()
    await r.settle()
    assert _held_since(r) == since, "the condition did not go and come again"
    assert (_held(r), r.status["plan"]["digest"]) == ((1, 3), digest)
    assert r.job.session.overdue == [], "what is held is not looked at again and again"
    await r.pass_time(2 * TIDY)
    assert [message for reason, message in r.events() if reason == "ApprovalRequired"] == reported


def _held_since(r: Rig) -> str:
    return next(str(c["lastTransitionTime"]) for c in r.status["conditions"] if c["type"] == "ApprovalRequired")


def _held(r: Rig) -> tuple[int, int]:
    return r.status["plan"]["disables"], r.status["plan"]["deletes"]
