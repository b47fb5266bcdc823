"""Writes that wait at the same time go in one request where the service takes that, and as before where it does not."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from scim_operator.core.keys import Kind
from tests.support.rig import Rig, rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PEOPLE = 60


@asynccontextmanager
async def tenant(*faults: str, people: int = PEOPLE, **settings: Any) -> AsyncIterator[Rig]:
    """A rig over a service with bulk, which the config uses, with people and a group of all of them to come."""
    async with rig(haste=20, **{"bulk": 20, "log_bodies": True, **settings}) as r:
        r.spec["service"]["capabilities"] = {"bulk": True, "bulkOperations": 20}
        r.simulator.faults.add(*faults)
        for number in range(people):
            r.user(f"user{number}", labels={"team": "all"})
        r.group("all", ["team=all"])
        yield r


async def filled(r: Rig) -> None:
    await r.start()
    await r.settle()


def right(r: Rig, people: int = PEOPLE) -> None:
    """Check that everyone is there once, and in the group, and that all statuses say so."""
    names = sorted(user["userName"] for user in r.simulator.users.values())
    assert names == sorted(f"user{number}@corp.example" for number in range(people))
    assert r.members("all") == {f"user{number}" for number in range(people)}
    assert {r.reason(f"user{number}") for number in range(people)} == {"Provisioned"}
    assert r.reason("all", Kind.GROUP) == "Provisioned"


def bulks(r: Rig) -> list[list[dict[str, Any]]]:
    """The operations of each bulk request that the service got."""
    return [orjson.loads(e.body)["Operations"] for e in r.entries() if e.path == "/Bulk"]


def quirks(r: Rig) -> list[str]:
    return [one["name"] for one in r.status["service"].get("quirks") or ()]


def in_force(r: Rig) -> bool:
    return bool(r.status["service"]["capabilities"]["bulk"]["value"])


async def test_an_initial_load_takes_few_requests() -> None:
    async with tenant() as r:
        await filled(r)
        right(r)
        sizes = [len(operations) for operations in bulks(r)]
        assert len(r.writes()) < PEOPLE / 3
        assert sizes[0] == 2, "the first is a trial"
        assert max(sizes) <= 20
        assert quirks(r) == []
        await r.check_quiet()


async def test_it_is_used_where_it_is_offered_and_nowhere_else() -> None:
    async with tenant(discovery=True) as r:
        r.spec["service"] |= {"profile": "generic", "capabilities": {}}
        await filled(r)
        right(r)
        assert r.status["service"]["capabilities"]["bulk"] == {"value": True, "source": "Discovered"}
        assert r.status["service"]["capabilities"]["bulkOperations"] == {"value": 20, "source": "Discovered"}
        assert bulks(r)


async def test_a_config_may_forbid_it() -> None:
    async with tenant(discovery=True) as r:
        r.spec["service"] |= {"profile": "generic", "capabilities": {"bulk": False}}
        await filled(r)
        right(r)
        assert bulks(r) == []


async def test_a_single_change_goes_alone() -> None:
    async with tenant(people=0) as r:
        await filled(r)
        r.user("ada")
        await r.rest()
        assert r.writes().count("POST /Users") == 1
        assert bulks(r) == []


@pytest.mark.parametrize(
    "fault",
    [
        "bulk=bare",
        "bulk=reordered",
        "bulk=lacks;times=1",
        "bulk=lacks",
        "bulk=junk",
        "bulk=stops",
        "bulk=kept",
        "drop-after;path=/Bulk;times=1",
        "drop-after;path=/Bulk;every=2",
        "drop-after;path=/Bulk",
        "drop-before;path=/Bulk;every=2",
        "throttle=1;path=/Bulk;times=2",
        "throttle-after=1;path=/Bulk;times=2",
        "status=500;path=/Bulk",
        "status=501;path=/Bulk",
        "status=404;path=/Bulk",
        "status=403;path=/Bulk",
        "status=401;path=/Bulk",
        "status=413;path=/Bulk",
        "status=500;path=/Users;method=POST;every=7;times=5",
        "status=429;path=/Users;method=POST;every=7;times=5",
        "html;path=/Bulk",
        "redirect;path=/Bulk",
        "write-body=empty",
        "write-body=minimal",
    ],
)
async def test_whatever_it_does_all_is_right_in_the_end(fault: str) -> None:
    async with tenant(fault) as r:
        await filled(r)
        await r.until(lambda: r.reason("all", Kind.GROUP) == "Provisioned" and r.rested)
        right(r)


@pytest.mark.parametrize(
    "fault",
    ["bulk=lacks", "bulk=junk", "status=500;path=/Bulk", "status=501;path=/Bulk", "status=404;path=/Bulk"],
)
async def test_a_service_that_fails_at_it_is_asked_no_more_and_it_shows(fault: str) -> None:
    async with tenant(fault) as r:
        await filled(r)
        await r.until(lambda: "BulkFails" in quirks(r))
        sent = len(bulks(r))
        assert sent <= 12, "some were under way when it was found out"
        await r.sweep()
        assert len(bulks(r)) == sent


async def test_a_request_that_is_too_large_is_made_smaller() -> None:
    async with tenant(bulk=5) as r:
        await filled(r)
        right(r)
        for load in range(2):
            mark = len(bulks(r))
            for number in range(PEOPLE):
                r.user(f"more{load}-{number}")
            await r.rest()
        assert max(map(len, bulks(r)[:mark])) > 5
        assert max(map(len, bulks(r)[mark:])) <= 5
        assert quirks(r) == []


async def test_what_one_refuses_is_refused_for_that_alone() -> None:
    async with tenant() as r:
        r.simulator.seed([{"userName": "Stranger", "externalId": "x", "emails": []}])
        r.user("user7", userName="stranger")
        await filled(r)
        await r.until(lambda: r.reason("user7") not in {"", "Pending", "Retrying"})
        assert r.reason("user7") != "Provisioned"
        assert [r.reason(f"user{n}") for n in (6, 8, 59)] == ["Provisioned"] * 3


async def test_the_end_of_access_goes_alone_and_first() -> None:
    async with tenant("latency=20;path=/Bulk") as r:
        await filled(r)
        mark = r.mark()
        for number in range(20):
            r.user(f"more{number}", labels={"team": "all"})
        r.user("user1", active=False, labels={"team": "all"})
        await r.until(lambda: r.at_service("user1")["active"] is False)
        await r.until(lambda: r.rested)
        assert "PATCH /Users" in r.writes(mark)
        for operations in bulks(r):
            assert {each["method"] for each in operations} <= {"POST", "PATCH"}
            assert "false" not in orjson.dumps([each["data"] for each in operations]).decode()


async def test_members_of_a_large_group_are_added_in_few_requests() -> None:
    async with tenant() as r:
        r.spec["service"]["capabilities"] |= {"memberChunk": 5}
        await filled(r)
        right(r)
        adds = [each for operations in bulks(r) for each in operations if each["method"] == "PATCH"]
        assert len(adds) >= 8
        assert r.writes().count("PATCH /Groups") <= 4


async def test_a_crash_leaves_no_one_twice() -> None:
    async with tenant("latency=50;path=/Bulk") as r:
        await r.start()
        await r.until(lambda: len(r.simulator.users) > 10)
        await r.crash()
        await asyncio.sleep(0)
        await filled(r)
        right(r)


@pytest.mark.parametrize(("fault", "reads"), [("bulk=bare", 12), ("filter=refused;path=/Users", 120)])
async def test_what_it_does_not_show_is_read_back_many_at_a_time(fault: str, reads: int) -> None:
    async with tenant("bulk=bare", fault, strict=False) as r:
        await filled(r)
        right(r)
        asked = [e for e in r.entries() if e.method == "GET" and e.query.get("filter", "").startswith("id eq")]
        assert asked, "by a filter"
        assert len([e for e in r.entries() if e.method == "GET" and e.path.startswith("/Users")]) <= reads
