"""A few objects that a service does not take: they cost little, hold nothing up, and are not forgotten."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.simulator.faults import FaultName
from tests.support.present import present
from tests.support.rig import rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig

PEOPLE = tuple(f"user{number:02}" for number in range(24))
FAILING = PEOPLE[:9]


@asynccontextmanager
async def failing(haste: float = 600, **spec: object) -> AsyncIterator[Rig]:
    """A rig with twenty-four people at its service, which answers 500 to every change of nine of them."""
    async with rig(haste=haste) as r:
        r.spec |= spec
        for name in PEOPLE:
            r.user(name)
        await r.start()
        await r.settle()
        for name in FAILING:
            r.simulator.faults.add(f"status=500;method=PATCH;path=/Users/{r.id_of(name)}")
        yield r


def edit(r: Rig, title: str) -> None:
    """Change everyone's title."""
    for name in PEOPLE:
        r.user(name, title=title)


def tries(r: Rig, name: str, since: int) -> int:
    """How often a change of one person was sent."""
    path = f"/Users/{r.id_of(name)}"
    return sum(entry.method == "PATCH" and entry.path == path for entry in r.entries(since))


def listings(r: Rig, since: int) -> int:
    """How many listings of everyone there were."""
    return sum(e.method == "GET" and e.path == "/Users" and "filter" not in e.query for e in r.entries(since))


async def decayed(r: Rig, mark: int) -> None:
    """Wait until each of the failing has been tried ten times."""
    await r.until(lambda: all(tries(r, name, mark) >= 10 for name in FAILING))


async def test_each_is_tried_ten_times_and_then_once_an_hour_in_one_session() -> None:
    async with failing(interval="4h") as r:
        session, mark = r.job.session, r.mark()
        edit(r, "Countess")
        await decayed(r, mark)
        assert r.job.session is session, "the service is there, so the session goes on"
        assert listings(r, mark) == 0
        await r.pass_time(3000)
        assert {tries(r, name, mark) for name in FAILING} == {10}
        assert r.job.session is session
        taken = [name for name in PEOPLE if name not in FAILING]
        assert all(present(r.at_service(name)).get("title") == "Countess" for name in taken)


async def test_what_someone_changes_is_tried_at_once() -> None:
    async with failing(interval="4h") as r:
        mark = r.mark()
        edit(r, "Countess")
        await decayed(r, mark)
        r.simulator.faults.clear()
        mark = r.mark()
        r.user(FAILING[0], title="Baroness")
        await r.until(lambda: r.reason(FAILING[0]) == "Provisioned")
        assert tries(r, FAILING[0], mark) == 1


async def test_one_that_works_again_brings_the_others_with_it() -> None:
    async with failing(interval="24h") as r:
        mark = r.mark()
        edit(r, "Countess")
        await decayed(r, mark)
        r.simulator.faults.clear()
        await r.until(lambda: all(r.reason(name) == "Provisioned" for name in FAILING))
        times = r.times("PATCH /Users", mark)[-len(FAILING) :]
        assert times[-1] - times[0] < 1800, "not one an hour"


async def test_a_sweep_leaves_them_to_their_appointments() -> None:
    async with failing(interval="4h") as r:
        mark = r.mark()
        edit(r, "Countess")
        await decayed(r, mark)
        await r.sweep()
        await r.sweep()
        assert {tries(r, name, mark) for name in FAILING} == {10}


async def test_the_memory_of_failures_survives_a_connection() -> None:
    async with failing(interval="4h") as r:
        session, mark = r.job.session, r.mark()
        edit(r, "Countess")
        await decayed(r, mark)
        r.simulator.faults.add("expired-token")
        session.sweeps.sweep_now()
        await r.until(lambda: r.condition("Connected")[0] == "False")
        r.simulator.faults.clear(FaultName.EXPIRED_TOKEN)
        await r.until(lambda: r.job.session not in (None, session) and bool(r.job.session.sweeps.finished))
        await r.rest()
        await r.pass_time(600)
        assert {tries(r, name, mark) for name in FAILING} == {10}


async def test_a_service_that_is_away_ends_the_session_and_blames_no_one() -> None:
    async with failing(interval="4h") as r:
        session = r.job.session
        r.simulator.faults.clear()
        r.simulator.faults.add("status=503")
        edit(r, "Countess")
        await r.until(lambda: r.job.session is not session)
        await r.pass_time(900)
        r.simulator.faults.clear()
        mark, began = r.mark(), r.clock.monotonic()
        await r.until(lambda: all(r.reason(name) == "Provisioned" for name in PEOPLE))
        assert all(present(r.at_service(name)).get("title") == "Countess" for name in PEOPLE)
        assert r.times("PATCH /Users", mark)[-1] - began < 1800


async def test_a_group_that_fails_still_loses_who_leaves_it() -> None:
    async with rig(haste=600) as r:
        r.spec |= {"interval": "4h"}
        for name in PEOPLE[:3]:
            r.user(name)
        r.group("team", list(PEOPLE[:2]))
        await r.start()
        await r.settle()
        path = f"/Groups/{r.group_id('team')}"
        r.simulator.faults.add(f"status=500;method=PATCH;path={path}")
        mark = r.mark()
        r.group("team", list(PEOPLE[:3]))
        await r.until(lambda: sum(e.method == "PATCH" and e.path == path for e in r.entries(mark)) >= 10)
        r.simulator.faults.clear()
        r.cluster.delete(Kind.USER, PEOPLE[0])
        await r.until(lambda: r.members("team") == set(PEOPLE[1:3]))
