"""What network and service do to requests: no duplicate, no loss, no destruction, never past a Retry-After."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from tests.support.limiting import UNLIMITED
from tests.support.present import present
from tests.support.rig import rig

if TYPE_CHECKING:
    from tests.support.rig import Rig

PEOPLE = tuple(f"user{number}" for number in range(8))


async def populate(r: Rig) -> None:
    """Eight users and a group of all of them."""
    for name in PEOPLE:
        r.user(name)
    r.group("all", list(PEOPLE))


async def arrived(r: Rig) -> None:
    """Wait until all are there, and fail if any is there twice."""
    await r.until(lambda: r.members("all") == set(PEOPLE))
    await r.until(lambda: all(r.reason(name) == "Provisioned" for name in PEOPLE))
    await r.rest()
    assert len(r.simulator.users) == len(PEOPLE)
    assert len(r.simulator.groups) == 1


async def quiet(r: Rig) -> None:
    """Fail unless a further sweep writes nothing to the service."""
    r.simulator.faults.clear()
    await r.sweep()
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []


FAULTS = [
    pytest.param("drop-before;method=POST;every=2;times=6", id="requests that never arrive"),
    pytest.param("drop-after;method=POST;every=2;times=6", id="creates whose answer is lost"),
    pytest.param("status=500;method=POST;every=2;times=6", id="errors of the server"),
    pytest.param("unavailable=0;every=3;times=6", id="503"),
    pytest.param("throttle=0;every=3;times=6", id="429"),
    pytest.param("throttle-after=0;method=POST;every=3;times=3", id="429 although it took effect"),
    pytest.param("latency=1-30", id="answers in another order"),
    pytest.param("write-body=empty;method=POST", id="creates without a body"),
    pytest.param("unstable-order", id="lists in another order each time"),
    pytest.param("short-pages", id="short pages"),
    pytest.param("string-numbers", id="numbers as text"),
    pytest.param("filter-attributes=userName,displayName", id="no filter by externalId"),
    pytest.param("filter=refused", id="no filters"),
    pytest.param("filter=loose", id="filters that find too much"),
    pytest.param("null-members", id="null for no members"),
    pytest.param("empty-list", id="empty lists without Resources"),
]


@pytest.mark.parametrize("fault", FAULTS)
async def test_everyone_arrives_once(fault: str) -> None:
    async with rig(haste=10) as r:
        r.simulator.faults.add(fault)
        await populate(r)
        await r.start()
        await arrived(r)
        await quiet(r)


CHANGES = [
    pytest.param("drop-after;every=2;times=10", id="answers to changes are lost"),
    pytest.param("drop-before;every=2;times=10", id="changes that never arrive"),
    pytest.param("status=503;every=2;times=10", id="errors of the server"),
    pytest.param("not-found;method=PATCH;times=2", id="404 to a change"),
]


@pytest.mark.parametrize("fault", CHANGES)
async def test_changes_arrive_whatever_happens_to_the_answers(fault: str) -> None:
    async with rig(haste=10) as r:
        await populate(r)
        await r.start()
        await arrived(r)
        for method in ("PATCH", "DELETE"):
            r.simulator.faults.add(fault if "method=" in fault else f"{fault};method={method}")
        r.user(PEOPLE[0], title="Countess")
        r.user(PEOPLE[1], active=False)
        r.cluster.delete(Kind.USER, PEOPLE[2])
        r.group("all", [*PEOPLE[:2], *PEOPLE[3:7]])
        await r.until(lambda: r.cluster.get(Kind.USER, PEOPLE[2]) is None)
        await r.until(lambda: r.members("all") == {*PEOPLE[:2], *PEOPLE[3:7]})
        await r.until(lambda: (r.at_service(PEOPLE[0]) or {}).get("title") == "Countess")
        await r.until(lambda: present(r.at_service(PEOPLE[1]))["active"] is False)
        await r.until(lambda: r.rested)
        assert present(r.at_service(PEOPLE[2]))["active"] is False
        assert len(r.simulator.users) == len(PEOPLE)
        await quiet(r)


async def test_a_retry_after_is_honoured(r: Rig) -> None:
    # One at a time: a request that was under way when the answer came is no violation, and the service cannot tell.
    r.spec["service"] = {**r.spec["service"], "budget": {"requestsPerSecond": 1000, "concurrency": 1}}
    r.simulator.faults.add("throttle=1;times=2;method=POST")
    await populate(r)
    await r.start()
    await arrived(r)
    assert r.simulator.log.violations == 0
    assert r.simulator.log.statuses[429] == 2


async def test_an_honest_rate_limit_is_kept_to(r: Rig) -> None:
    r.spec["service"] = {**r.spec["service"], "budget": {"requestsPerSecond": 20, "concurrency": 4}}
    r.simulator.faults.add("rate-limit=25/4")
    await populate(r)
    await r.start()
    await arrived(r)
    assert r.simulator.log.violations == 0
    assert r.simulator.log.statuses[429] == 0


BROKEN = ["repeat", "lacks", "total-low", "total-high", "shift", "error"]


@pytest.mark.parametrize("how", BROKEN)
async def test_a_broken_page_destroys_nothing(how: str) -> None:
    async with rig(page_cap=5, haste=10) as r:
        await populate(r)
        for number in range(7):
            r.group(f"group{number}", list(PEOPLE[:3]))
        await r.start()
        await arrived_with_groups(r)
        session, mark = r.job.session, r.mark()
        r.simulator.faults.add(f"broken-page={how}")
        session.sweeps.sweep_now()
        await r.until(lambda: sum(e.method == "GET" and "filter" not in e.query for e in r.entries(mark)) >= 4)
        r.user("newcomer")
        await r.until(lambda: r.at_service("newcomer") is not None)
        r.simulator.faults.clear()
        await r.until(lambda: not session.sweeps.running and r.job.session is session and r.rested)
        assert r.writes(mark) == ["POST /Users"]
        await r.sweep()
        assert r.writes(mark) == ["POST /Users"]


async def arrived_with_groups(r: Rig) -> None:
    """Wait for everybody, and for the seven groups."""
    await r.until(lambda: len(r.simulator.groups) == 8)
    await r.until(lambda: r.members("all") == set(PEOPLE))
    await r.rest()


@pytest.mark.parametrize("how", BROKEN)
async def test_a_first_listing_that_is_broken_changes_nothing(how: str) -> None:
    async with rig(page_cap=5, haste=10) as r:
        await populate(r)
        await r.start()
        await arrived(r)
        await r.crash()
        for name in PEOPLE:
            r.cluster.delete(Kind.USER, name)
        r.spec |= {"users": {"whenDeleted": "Delete"}, "limits": UNLIMITED}
        mark = r.mark()
        r.simulator.faults.add(f"broken-page={how};path=/Users")
        await r.start()
        await r.until(lambda: r.condition("Connected")[0] == "False" or r.rested)
        assert r.condition("Connected")[0] == "True" or r.writes(mark) == [], "complete after all, or nothing is done"
        r.simulator.faults.clear()
        await r.until(lambda: not r.simulator.users)


async def test_a_user_created_by_hand_during_the_sweep_is_found(r: Rig) -> None:
    """409 means: find again (promise S2)."""
    r.spec["users"] = {"adoption": "IfUnowned"}
    r.simulator.faults.add("latency=300;method=POST")
    for name in PEOPLE:
        r.user(name)
    await r.start()
    await r.until(lambda: r.mark() >= 3)
    (id,), _ = r.simulator.seed(
        [
            {
                "userName": f"{PEOPLE[0]}@corp.example",
                "externalId": "by-hand",
                "active": True,
                "name": {"givenName": "By", "familyName": "Hand"},
                "emails": [{"type": "work", "value": f"{PEOPLE[0]}@corp.example"}],
            }
        ]
    )
    await r.until(lambda: r.reason(PEOPLE[0]) == "Provisioned")
    await r.settle()
    assert r.id_of(PEOPLE[0]) == id
    assert len(r.simulator.users) == len(PEOPLE)
