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
    await r.until(lambda: r.status["plan"].get("recreations") == number and r.status["plan"]["held"])


async def test_a_service_that_lost_everyone_gets_no_one_again_without_an_approval(r: Rig) -> None:
    await provisioned(r, MANY)
    lose(r, MANY)
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []
    await is_held(r, len(MANY))
    reason = "recreations of what the service has lost: 200 due, 0 spent, 5 allowed"
    assert reason in r.status["plan"]["reason"]
    assert r.status["plan"]["creates"] == len(MANY)
    assert r.condition("ApprovalRequired")[0] == "True"
    assert r.reason("user-000") == "Held"
    assert "the service has lost the resource on record" in r.message("user-000")
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
