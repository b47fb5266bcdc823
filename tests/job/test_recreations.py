"""A service that has lost what it held: many recreations at once wait for a person, a few do not (ADR 0038)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings
from tests.support.limiting import limits
from tests.support.present import present

if TYPE_CHECKING:
    from typing import Any

    from tests.support.rig import Rig

MANY = [f"user-{number:03}" for number in range(200)]
SOME = MANY[:12]


async def provisioned(r: Rig, names: list[str], **spec: Any) -> int:
    """All of them at rest, under ids of the identity provider; a mark in the service's log."""
    r.spec |= spec
    for name in names:
        r.user(name, externalId=f"oid-{name}")
    await r.start()
    await r.settle()
    return r.mark()


def lose(r: Rig, names: list[str]) -> list[dict[str, Any]]:
    """The service loses these users; what they were."""
    lost = [present(r.at_service(name)) for name in names]
    for each in lost:
        r.by_hand("DELETE", f"/Users/{each['id']}")
    return lost


def posts(r: Rig, mark: int) -> int:
    return r.writes(mark).count("POST /Users")


async def is_held(r: Rig, number: int) -> None:
    await r.until(lambda: (plan := r.status.get("plan", {})).get("recreations") == number and plan["held"])


async def test_a_service_that_lost_everyone_gets_no_one_again_without_an_approval(r: Rig) -> None:
    await provisioned(r, MANY)
    lose(r, MANY)
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []
    await is_held(r, len(MANY))
    assert r.status["plan"]["reason"] == (
        "200 resources that the service no longer has would be created again; the service may have been restored from "
        "a backup, or the URL is another tenant's; recreations: 200 due, 0 spent, 5 allowed"
    )
    assert r.status["plan"]["creates"] == len(MANY)
    assert r.condition("ApprovalRequired")[0] == "True"
    assert r.reason("user-000") == "Held"
    assert "the service no longer has the resource on record" in r.message("user-000")
    digest = r.status["plan"]["digest"]
    await r.check_quiet()
    assert r.status["plan"]["digest"] == digest

    await r.configure(approvedPlan=digest)
    await r.until(lambda: posts(r, mark) == len(MANY))
    await r.settle()
    assert all(r.reason(name) == "Provisioned" for name in MANY)
    await r.check_quiet()
    assert not any(r.entry(name).get("lost") for name in MANY)


async def test_three_of_two_hundred_are_created_again_at_once(r: Rig) -> None:
    await provisioned(r, MANY)
    lose(r, MANY[:3])
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == ["POST /Users"] * 3
    assert sum(slot["recreations"] for slot in r.status["limits"]["spent"]) == 3
    await r.check_quiet()


async def test_what_is_held_ends_no_ones_wait_for_the_end_of_access(r: Rig) -> None:
    await provisioned(r, [*SOME, "ada", "bob"], limits=limits(recreations=2, disables=1))
    lose(r, SOME)
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: present(r.at_service("ada"))["active"] is False)
    await r.sweep()
    await is_held(r, len(SOME))
    mark = r.mark()
    r.user("newcomer", externalId="oid-newcomer")
    r.user("bob", externalId="oid-bob", title="Countess")
    await r.rest()
    assert sorted(r.writes(mark)) == ["PATCH /Users", "POST /Users"], "nor anything else"
    r.user("bob", userName="robert@corp.example", externalId="oid-bob", title="Countess")
    await r.rest()
    assert r.at_service("robert") is not None, "a rename neither"


async def test_a_restart_does_not_forget_what_was_lost(r: Rig) -> None:
    await provisioned(r, SOME, limits=limits(recreations=2))
    lose(r, SOME)
    mark = r.mark()
    await r.sweep()
    await is_held(r, len(SOME))
    digest = r.status["plan"]["digest"]
    await r.crash()
    await r.start()
    await r.settle()
    assert r.writes(mark) == []
    await is_held(r, len(SOME))
    assert r.status["plan"]["digest"] == digest


@pytest.mark.parametrize("restarts", [False, True])
async def test_a_backup_that_comes_back_is_recognised(r: Rig, *, restarts: bool) -> None:
    """Nothing is to be taken over, although nothing at the service carries a mark of ours."""
    await provisioned(r, SOME, limits=limits(recreations=2))
    lost = lose(r, SOME)
    await r.sweep()
    await is_held(r, len(SOME))
    if restarts:
        await r.crash()
    r.simulator.seed(lost)
    mark = r.mark()
    if restarts:
        await r.start()
        await r.settle()
    await r.sweep()
    await r.until(lambda: all(r.reason(name) == "Provisioned" for name in SOME))
    await r.until(lambda: r.status["plan"]["held"] is False)
    assert r.writes(mark) == []
    assert {r.entry(name)["id"] for name in SOME} == {each["id"] for each in lost}


async def test_a_wrong_url_creates_no_one_there_and_put_back_everything_goes_on(r: Rig) -> None:
    await provisioned(r, SOME, limits=limits(recreations=2))
    ids, right = {name: r.id_of(name) for name in SOME}, r.spec["service"]
    async with Simulator(Settings(token="rig-token")) as other:
        await r.configure(service={**right, "url": other.url})
        await r.settle()
        await is_held(r, len(SOME))
        assert other.log.writes == 0
        mark = r.mark()
        await r.configure(service=right)
        await r.settle()
        await r.until(lambda: all(r.reason(name) == "Provisioned" for name in SOME))
    assert r.writes(mark) == []
    assert {name: r.entry(name)["id"] for name in SOME} == ids


async def test_who_was_disabled_and_is_gone_is_new_when_coming_back(r: Rig) -> None:
    """What the service forgets after someone has left was to go: to create it again is no one's accident."""
    await provisioned(r, SOME, limits=limits(recreations=0), scope="All", users={"filters": []})
    for name in SOME:
        r.user(name, externalId=f"oid-{name}", suspend=False, notAfter="2020-01-01T00:00:00Z")
    await r.until(lambda: all(present(r.at_service(name))["active"] is False for name in SOME))
    await r.rest()
    lose(r, SOME)
    await r.sweep()
    mark = r.mark()
    for name in SOME:
        r.user(name, externalId=f"oid-{name}")
    await r.until(lambda: posts(r, mark) == len(SOME))


def reads(r: Rig, mark: int) -> int:
    """How many were asked for by their id."""
    return sum(entry.method == "GET" and entry.path.count("/") > 1 for entry in r.entries(mark))


@pytest.mark.parametrize("fault", ["stale-list=900000;path=/Users", "ignore-paging=2;path=/Users"])
async def test_a_list_that_lacks_what_is_there_holds_nothing_and_says_nothing(r: Rig, fault: str) -> None:
    """Only a read by id proves that something is gone: one for each that the list lacks, none where it lacks no one."""
    await provisioned(r, SOME, limits=limits(recreations=0))
    mark = r.mark()
    await r.check_quiet()
    assert reads(r, mark) == 0
    r.simulator.faults.add(fault)
    await r.sweep()
    for _ in range(3):
        await r.pass_time(1.1)  # a status tells seconds apart
        mark, writes = r.mark(), r.cluster.writes
        await r.sweep()
        assert (r.writes(mark), r.cluster.writes) == ([], writes)
        assert 0 < reads(r, mark) <= len(SOME)
    assert not r.status.get("plan", {}).get("held")
    assert all(r.reason(name) == "Provisioned" and not r.entry(name).get("lost") for name in SOME)


@pytest.mark.parametrize("answer", ["status=500", "status=403", "drop-after"])
async def test_reads_that_fail_prove_nothing(r: Rig, answer: str) -> None:
    await provisioned(r, MANY[:60], limits=limits(recreations=2))
    lose(r, SOME)
    ids = {name: r.entry(name)["id"] for name in SOME}
    r.simulator.faults.add(f"{answer};method=GET;path=/Users/")
    mark = r.mark()
    r.job.session.sweeps.sweep_now()
    await r.until(lambda: reads(r, mark) >= len(SOME))
    await r.until(lambda: all(r.reason(name) != "Provisioned" for name in SOME))
    assert r.writes(mark) == []
    assert {name: r.entry(name).get("id") for name in SOME} == ids
    assert not r.status.get("plan", {}).get("recreations")
    r.simulator.faults.clear()
    r.job.session.hurry()
    await is_held(r, len(SOME))
    assert r.writes(mark) == []


async def test_an_id_that_the_service_refuses_as_unknown_counts_as_lost_where_filter_and_list_agree(r: Rig) -> None:
    r.simulator.faults.add("unknown-id")
    await provisioned(r, SOME, limits=limits(recreations=2))
    lose(r, SOME)
    mark = r.mark()
    await r.sweep()
    await is_held(r, len(SOME))
    await r.check_quiet()
    assert r.writes(mark) == []


async def test_half_of_the_reads_fail_and_no_more_than_may_be_is_created(r: Rig) -> None:
    await provisioned(r, SOME, limits=limits(recreations=2))
    lose(r, SOME)
    r.simulator.faults.add("status=500;method=GET;path=/Users/;every=2")
    mark = r.mark()
    await r.sweep()
    await r.until(lambda: (plan := r.status.get("plan", {})).get("held") and plan["recreations"] > 2)
    r.simulator.faults.clear()
    r.job.session.hurry()
    await is_held(r, len(SOME))
    assert r.writes(mark) == []


async def test_a_crash_between_the_reads_and_the_creation(r: Rig) -> None:
    await provisioned(r, SOME, limits=limits(recreations=8))
    lost = lose(r, SOME[:3])
    mark = r.mark()
    r.simulator.faults.add("status=500;method=POST")
    await r.sweep()
    await r.until(lambda: posts(r, mark) >= len(lost))
    await r.crash()
    r.simulator.faults.clear()
    await r.start()
    await r.settle()
    await r.until(lambda: all(r.reason(name) == "Provisioned" for name in SOME))
    assert len(r.simulator.users) == len(SOME)
    await r.check_quiet()


async def test_who_is_renamed_while_lost_comes_back_under_the_new_name(r: Rig) -> None:
    """The approval is of who is created again, so an edit meanwhile does not undo it."""
    await provisioned(r, SOME, limits=limits(recreations=2))
    lost = lose(r, SOME)
    await r.sweep()
    await is_held(r, len(SOME))
    digest = r.status["plan"]["digest"]
    r.user(SOME[0], userName="renamed@corp.example", externalId=f"oid-{SOME[0]}")
    r.user(SOME[1], userName="another@corp.example", externalId="oid-another")
    await r.rest()
    assert r.status["plan"]["digest"] == digest
    r.simulator.seed(lost[:1])
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == ["PATCH /Users"], "the one that is back is renamed"
    assert r.id_of("renamed") == lost[0]["id"]
    await is_held(r, len(SOME) - 1)
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.until(lambda: all(r.reason(name) == "Provisioned" for name in SOME))
    assert r.at_service("another") is not None
    assert len(r.simulator.users) == len(SOME)


async def test_what_is_back_unlisted_is_not_created_beside_itself(r: Rig) -> None:
    """The approval comes when the service has it all again, and a list that is old does not show it."""
    r.simulator.faults.add("duplicate-allowed", "filter=refused")
    await provisioned(r, SOME, limits=limits(recreations=2))
    lost = lose(r, SOME)
    await r.sweep()
    await is_held(r, len(SOME))
    r.simulator.seed(lost)
    r.simulator.faults.add("stale-list=900000;path=/Users")
    mark = r.mark()
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.until(lambda: all(r.reason(name) == "Provisioned" for name in SOME))
    assert posts(r, mark) == 0
    assert {r.entry(name)["id"] for name in SOME} == {each["id"] for each in lost}


async def test_members_that_were_put_in_are_still_ours_to_take_out_when_a_group_is_back(r: Rig) -> None:
    await provisioned(r, SOME[:2], limits=limits(recreations=0))
    r.group("team", SOME[:2], membershipPolicy="Additive")
    await r.rest()
    team = present(r.simulator.group("team"))
    r.by_hand("DELETE", f"/Groups/{team['id']}")
    await r.sweep()
    await is_held(r, 1)
    r.simulator.seed(groups=[team])
    mark = r.mark()
    await r.sweep()
    await r.until(lambda: r.reason("team", Kind.GROUP) == "Provisioned")
    assert r.writes(mark) == []
    r.group("team", SOME[:1], membershipPolicy="Additive")
    await r.until(lambda: r.members("team") == set(SOME[:1]))


async def test_a_lost_one_that_goes_needs_nothing_and_one_that_leaves_and_is_back_is_disabled(r: Rig) -> None:
    await provisioned(r, SOME, limits=limits(recreations=2))
    lost = lose(r, SOME)
    await r.sweep()
    await is_held(r, len(SOME))
    mark = r.mark()
    r.cluster.delete(Kind.USER, SOME[0])
    await r.until(lambda: r.cluster.get(Kind.USER, SOME[0]) is None)
    r.user(SOME[1], externalId=f"oid-{SOME[1]}", notAfter="2020-01-01T00:00:00Z")
    await r.rest()
    assert r.writes(mark) == []
    r.simulator.seed(lost[1:2])
    await r.sweep()
    await r.until(lambda: present(r.at_service(SOME[1]))["active"] is False)


async def test_two_configs_on_one_service_each_hold_their_own(r: Rig) -> None:
    """Both see the same loss; the other one only plans, for two of a namespace never write to one service."""
    await provisioned(r, SOME, limits=limits(recreations=2))
    await r.configure_other("beside", 1, mode="Plan")
    lose(r, SOME)
    mark = r.mark()
    await r.sweep()
    await is_held(r, len(SOME))
    await r.check_quiet()
    assert r.writes(mark) == []
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.until(lambda: posts(r, mark) == len(SOME))
    await r.until(lambda: all(r.entry(name).get("id") for name in SOME))
