"""Change limits and approval: what may be destroyed without somebody saying so (promise S4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.limiting import limits, share
from tests.support.rig import service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig

NAMES = tuple(f"user{number}" for number in range(6))


def active(r: Rig) -> int:
    """How many users are active at the service."""
    return sum(user["active"] for user in r.simulator.users.values())


async def six_users(r: Rig, **spec: Any) -> None:
    """Start with six users provisioned."""
    r.spec |= spec
    for name in NAMES:
        r.user(name)
    await r.start()
    await r.settle()


def delete_all(r: Rig) -> None:
    """What `kubectl delete` of a directory does."""
    for name in NAMES:
        r.cluster.delete(Kind.USER, name)


async def test_what_fits_into_the_limits_goes_through(r: Rig) -> None:
    await six_users(r, limits=limits(disables=6))
    delete_all(r)
    await r.until(lambda: r.cluster.get(Kind.USER, NAMES[-1]) is None)
    await r.rest()
    assert active(r) == 0
    assert sum(slot["disables"] for slot in r.status["limits"]["spent"]) == 6


async def test_a_mass_deletion_is_held_as_a_whole(r: Rig) -> None:
    await six_users(r, limits=limits(disables=5))
    mark = r.mark()
    delete_all(r)
    r.user("newcomer")
    await r.until(lambda: r.at_service("newcomer") is not None)
    await r.rest()
    await r.sweep()
    assert r.writes(mark) == ["POST /Users"], "what is not destructive goes on"
    assert active(r) == 7
    assert r.condition("ApprovalRequired")[0] == "True"
    assert r.condition("Ready") == ("False", "ApprovalRequired")
    assert r.status["plan"]["disables"] == 6
    assert r.status["plan"]["held"] is True
    assert r.status["plan"]["digest"].startswith("sha256:")
    assert all(r.reason(name) == "Held" for name in NAMES)


async def test_held_plans_are_no_news_sweep_after_sweep(r: Rig) -> None:
    await six_users(r, limits=limits(disables=5))
    delete_all(r)
    await r.rest()
    await r.sweep()
    mark, writes, digest = r.mark(), r.cluster.writes, r.status["plan"]["digest"]
    await r.sweep()
    await r.sweep()
    assert r.writes(mark) == []
    assert r.cluster.writes == writes
    assert r.status["plan"]["digest"] == digest


async def test_the_digest_releases_exactly_that_plan(r: Rig) -> None:
    await six_users(r, limits=limits(disables=5))
    delete_all(r)
    await r.rest()
    await r.sweep()
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.until(lambda: all(r.cluster.get(Kind.USER, name) is None for name in NAMES))
    await r.settle()
    await r.sweep()
    assert active(r) == 0
    assert r.condition("ApprovalRequired") == ("", "")
    assert r.status["plan"]["held"] is False


async def test_a_plan_that_moved_needs_another_digest(r: Rig) -> None:
    await six_users(r, limits=limits(disables=3))
    for name in NAMES[:4]:
        r.cluster.delete(Kind.USER, name)
    await r.rest()
    await r.sweep()
    digest = r.status["plan"]["digest"]
    r.cluster.delete(Kind.USER, NAMES[4])
    await r.configure(approvedPlan=digest)
    await r.settle()
    assert active(r) == 6, "the approved plan was four, not five"
    assert r.status["plan"]["digest"] != digest
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.until(lambda: active(r) == 1)


async def test_a_held_plan_that_shrinks_into_the_limits_goes_through(r: Rig) -> None:
    r.spec["users"] = {
        "filters": [{"title": "T", "clauses": [{"attribute": "title", "operator": "EQUALS", "value": "in"}]}]
    }
    r.spec["limits"] = limits(disables=2)
    for name in NAMES:
        r.user(name, title="in")
    await r.start()
    await r.settle()
    for name in NAMES[:3]:
        r.user(name, title="out")
    await r.rest()
    assert active(r) == 6
    r.user(NAMES[0], title="in")
    await r.rest()
    await r.sweep()
    assert active(r) == 4, "two fit; the third is wanted again"
    assert r.reason(NAMES[0]) == "Provisioned"


async def test_the_ledger_survives_a_restart(r: Rig) -> None:
    await six_users(r, limits=limits(disables=4))
    for name in NAMES[:3]:
        r.cluster.delete(Kind.USER, name)
    await r.until(lambda: active(r) == 3)
    await r.rest()
    await r.crash()
    await r.start()
    await r.settle()
    for name in NAMES[3:5]:
        r.cluster.delete(Kind.USER, name)
    await r.rest()
    await r.sweep()
    assert active(r) == 3, "3 of 4 were spent before the restart, so two more do not fit"
    assert r.condition("ApprovalRequired")[0] == "True"


async def test_the_ledger_is_durable_before_anything_is_sent(r: Rig) -> None:
    await six_users(r, limits=limits(disables=6))
    r.simulator.faults.add("status=500;method=PATCH")
    delete_all(r)
    await r.until(lambda: "PATCH /Users" in r.writes())
    assert sum(slot["disables"] for slot in r.status["limits"]["spent"]) == 6


async def test_disables_of_active_false_count_too(r: Rig) -> None:
    await six_users(r, limits=limits(disables=2))
    for name in NAMES:
        r.user(name, active=False)
    await r.rest()
    await r.sweep()
    assert active(r) == 6
    assert r.reason(NAMES[0]) == "Held"


async def test_removed_members_are_held_while_others_are_added(r: Rig) -> None:
    r.group("engineering", list(NAMES[:4]))
    await six_users(r, limits=limits(member_removals=3))
    mark = r.mark()
    r.group("engineering", list(NAMES[4:]), displayName="renamed")
    await r.rest()
    await r.sweep()
    assert r.members("engineering") == set(NAMES), "nobody lost access, newcomers have it"
    assert r.simulator.group("renamed") is None, "a rename is held with the rest"
    assert r.reason("engineering", Kind.GROUP) == "Held"
    assert r.writes(mark) == ["PATCH /Groups"]
    assert r.status["plan"]["memberRemovals"] == 4
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.until(lambda: r.members("renamed") == set(NAMES[4:]))


async def test_percentages_are_of_what_we_own(r: Rig) -> None:
    r.simulator.seed([service_user(f"stranger{number}") for number in range(50)])
    await six_users(r, limits={"disables": share(34)})
    for name in NAMES[:2]:
        r.cluster.delete(Kind.USER, name)
    await r.until(lambda: active(r) == 54)
    await r.rest()
    r.cluster.delete(Kind.USER, NAMES[2])
    await r.rest()
    assert active(r) == 54, "34 % of 6 are 2; strangers do not count"


@pytest.mark.parametrize("mass", [1, 6])
async def test_manual_approval_asks_for_every_plan(r: Rig, mass: int) -> None:
    r.spec["approval"] = {"policy": "Manual"}
    for name in NAMES[:mass]:
        r.user(name)
    await r.start()
    await r.settle()
    assert r.writes() == []
    assert r.status["plan"]["creates"] == mass
    assert r.reason(NAMES[0]) == "Held"
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.settle()
    assert r.writes() == ["POST /Users"] * mass
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []


async def test_manual_approval_holds_an_edit_too(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    await r.configure(approval={"policy": "Manual"})
    await r.settle()
    mark = r.mark()
    r.user("ada", title="Countess")
    await r.until(lambda: r.condition("ApprovalRequired")[0] == "True")
    assert (r.writes(mark), r.reason("ada")) == ([], "Held")
    await r.sweep()
    assert r.writes(mark) == []
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.settle()
    assert r.writes(mark) == ["PATCH /Users"]


async def test_manual_approval_covers_groups_whose_users_get_their_ids_meanwhile(r: Rig) -> None:
    r.spec["approval"] = {"policy": "Manual"}
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.until(lambda: r.members("engineering") == {"ada"})


async def test_an_overdue_deletion_that_is_held_stays_due(hurried: Rig) -> None:
    r = hurried
    r.spec["users"] = {"deleteAfter": "10s"}
    await six_users(r, limits=limits(deletes=2))
    delete_all(r)
    await r.until(lambda: active(r) == 0)
    await r.until(lambda: r.condition("ApprovalRequired")[0] == "True")
    assert len(r.simulator.users) == 6
    assert r.status["plan"]["deletes"] == 6
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.until(lambda: not r.simulator.users)
    await r.until(lambda: r.job.session is not None and r.job.session.knowledge.memory.tombstones.to_json() == [])


async def test_an_approved_plan_survives_a_lost_connection(hurried: Rig) -> None:
    """What was released and not yet done when the token expired is done afterwards, without another approval."""
    r = hurried
    await six_users(r, limits=limits(disables=1))
    delete_all(r)
    await r.rest()
    await r.sweep()
    r.simulator.faults.add("expired-token;method=PATCH;every=2", "expired-token;method=GET;every=4")
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.until(lambda: r.condition("Connected")[0] == "False")
    r.simulator.faults.clear()
    await r.until(lambda: active(r) == 0)
