"""A list that leads on without end is read a few times an hour, and the end of access goes on meanwhile."""

from __future__ import annotations

import pytest

from scim_operator.core.keys import Kind
from tests.support.day import Day, said_of
from verify.manifests import UNLIMITED
from verify.tenant import ready
from verify.virtual import run
from verify.world import CONFIG

HOUR = 3600.0


async def begun(fault: str) -> Day:
    """Have two people in a group, and then lists with a fault, for so long that sweeps know of it."""
    day = Day(limits=UNLIMITED)
    day.fault(fault.replace("endless-total", "only").replace("endless", "no-total"))
    day.people("ada", "ben")
    day.team("team", "ada", "ben")
    day.world.start()
    await day.world.pass_time(60)
    day.fault(fault)
    await day.world.pass_time(3 * HOUR)
    return day


def asked(day: Day) -> int:
    """Return how often the lists were asked for."""
    lines = [line for line in day.story() if " GET /Users 200" in line or " GET /Groups 200" in line]
    return sum(int(line.split("(")[1].split(" ")[0]) if "times)" in line else 1 for line in lines)


def test_cursors_without_end_are_followed_a_few_times_an_hour() -> None:
    """They were followed every five minutes and more often: 14,000 requests an hour."""

    async def life() -> None:
        day = await begun("cursor=endless;path=/Users")
        day.mark()
        await day.world.pass_time(HOUR)
        assert asked(day) < 400
        status, reason, message = said_of({"conditions": day.status["conditions"]}, "Ready")
        assert (status, reason) == ("False", "NotSwept")
        assert "nothing new has come on 100 pages" in message
        assert "the less often, the more requests" in message
        await day.world.end()

    run(life())


def test_who_leaves_meanwhile_is_out() -> None:
    async def life() -> None:
        day = await begun("cursor=endless")
        day.leaves("ada")
        await day.world.pass_time(60)
        assert (day.at_service("ada") or {})["active"] is False
        await day.world.end()

    run(life())


def test_who_asks_for_a_look_has_it_read_at_once() -> None:
    async def life() -> None:
        day = await begun("cursor=endless;path=/Users")
        day.fault("cursor=no-total;path=/Users")
        day.ask(None, CONFIG, "now")
        await day.world.pass_time(10)
        assert said_of({"conditions": day.status["conditions"]}, "Ready")[:2] == ("True", "Provisioned")
        await day.world.end()

    run(life())


def test_a_list_that_ends_again_is_read_within_the_hour() -> None:
    async def life() -> None:
        day = await begun("cursor=endless;path=/Users")
        day.fault("cursor=no-total;path=/Users")
        await day.world.pass_time(HOUR + 60)
        assert said_of({"conditions": day.status["conditions"]}, "Ready")[:2] == ("True", "Provisioned")
        await day.world.end()

    run(life())


@pytest.mark.parametrize("part", ["/Users", "/Groups"])
def test_a_total_proves_the_end_where_cursors_do_not(part: str) -> None:
    """Nothing new comes, and all that is announced has come."""

    async def life() -> None:
        day = await begun(f"cursor=endless-total;path={part}")
        day.patch("/Users/ada", op="replace", path="title", value="Queen")
        day.people("eve")
        day.people("ada", title="Countess")
        day.mark()
        await day.world.pass_time(HOUR)
        assert said_of({"conditions": day.status["conditions"]}, "Ready")[:2] == ("True", "Provisioned")
        assert ready(day.world.manifests(Kind.USER)["eve"]) == "True Provisioned"
        assert asked(day) < 20
        await day.world.end()

    run(life())


@pytest.mark.parametrize("fault", ["cursor=only", "cursor=no-total"])
def test_a_service_that_pages_by_cursor_from_now_on_is_listed(fault: str) -> None:
    """As after an upgrade: its lists were refused until the operator connected again."""

    async def life() -> None:
        day = Day(limits=UNLIMITED)
        day.people("ada", title="Countess")
        day.world.start()
        await day.world.pass_time(60)
        day.fault(fault)
        day.patch("/Users/ada", op="replace", path="title", value="Queen")
        await day.world.pass_time(HOUR)
        assert said_of({"conditions": day.status["conditions"]}, "Ready")[:2] == ("True", "Provisioned")
        assert (day.at_service("ada") or {})["title"] == "Countess"
        await day.world.end()

    run(life())
