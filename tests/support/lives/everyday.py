"""People come, change and go; more of them than the limits allow, and some who are there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from tests.support.lives.living import GENERATED, account, begun, life, to_the_next_sweep
from verify.world import CONFIG, INTERVAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.day import Day


USER, GROUP = Kind.USER, Kind.GROUP


@life()
async def everyday(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben", team=["ada", "ben"])
    yield "the first sweep"
    await day.world.pass_time(2 * INTERVAL)
    yield "two sweeps with nothing to do"
    day.people("ada", title="Lead")
    await day.world.pass_time(20)
    yield "a title"
    day.people("eve")
    day.team("team", "ada", "eve")
    await day.world.pass_time(20)
    yield "one comes to the group, and one leaves it"
    day.leaves("eve")
    await day.world.pass_time(20)
    yield "a manifest goes"
    day.leaves("team", kind=GROUP)
    await day.world.pass_time(20)
    yield "the group goes"
    day.people("ada", active=False)
    await day.world.pass_time(20)
    yield "one is switched off"


@life()
async def restarts(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben", team=["ada", "ben"])
    yield "the first sweep"
    await day.world.kill()
    day.people("ada", title="Lead")
    day.leaves("ben")
    day.world.start()
    await day.world.pass_time(30)
    yield "what was due meanwhile"
    day.world.configure(suspend=True)
    await day.world.pass_time(10)
    day.people("ada", title="Boss")
    await to_the_next_sweep(day)
    yield "suspended"
    day.world.configure(suspend=False)
    await day.world.pass_time(30)
    yield "resumed"


LIMITED = {"percent": 0, "min": 2, "max": 2}


@life(limits={"window": "1h", "disables": LIMITED, "memberRemovals": LIMITED})
async def more_than_the_limits(day: Day) -> AsyncIterator[str]:
    names = [f"u{number}" for number in range(8)]
    await begun(day, *names, team=names)
    day.mark()
    day.leaves("u0")
    await day.world.pass_time(30)
    yield "one leaves"
    day.leaves("u1", "u2", "u3")
    await to_the_next_sweep(day)
    yield "held"
    await day.world.kill()
    day.world.start()
    await day.world.pass_time(30)
    yield "held over a restart"
    day.world.configure(approvedPlan=day.status["plan"]["digest"])
    await to_the_next_sweep(day)
    yield "approved"
    day.leaves("u4")
    await day.world.pass_time(30)
    yield "held again"
    await day.world.pass_time(4500)
    yield "within the limit an hour later"


@life(users={**GENERATED, "deleteAfter": "2h"}, groups={"deleteAfter": "1h"})
async def deleted_later(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben", "eve", team=["ben"])
    day.mark()
    day.leaves("ada", "eve")
    day.leaves("team", kind=GROUP)
    await day.world.pass_time(30)
    yield "disabled and emptied"
    day.people("eve")
    await day.world.pass_time(30)
    yield "one is back"
    await day.world.pass_time(3 * 3600)
    yield "deleted"


@life()
async def strangers(day: Day) -> AsyncIterator[str]:
    day.by_hand("POST", "/Users", **account("ada"))
    day.by_hand("POST", "/Users", **account("zoe"))
    await begun(day, "ada", "ben", team=["ada", "ben"])
    yield "what is there waits to be taken over"
    day.world.configure(users={**GENERATED, "adoption": "Never"})
    await day.world.pass_time(30)
    yield "never"
    day.world.configure(users={**GENERATED, "adoption": "IfUnowned"})
    await day.world.pass_time(30)
    yield "taken over"
    day.people("eve", userName="ben@corp.example")
    await day.world.pass_time(30)
    yield "a conflict"
    day.leaves("ben")
    await day.world.pass_time(30)
    yield "its owner goes"


@life()
async def two_of_one_name(day: Day) -> AsyncIterator[str]:
    day.people("ada")
    day.people("bea", userName="ada@corp.example")
    day.world.start()
    await day.world.pass_time(30)
    yield "neither goes ahead"
    day.leaves("bea")
    await day.world.pass_time(30)
    yield "one is left"


@life()
async def drift(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben", "eve", team=["ada"])
    day.mark()
    day.patch("/Users/ada", op="replace", path="name.familyName", value="Changed")
    day.patch("/Groups/team", op="add", path="members", value=[{"value": (day.at_service("ben") or {})["id"]}])
    await to_the_next_sweep(day)
    yield "changed by others"
    day.by_hand("DELETE", "/Users/ada")
    day.by_hand("DELETE", "/Groups/team")
    await to_the_next_sweep(day)
    yield "deleted by others"
    day.patch("/Users/ben", op="replace", path="active", value=False)
    day.ask(USER, "ben", "now")
    await day.world.pass_time(20)
    yield "a look at one that was asked for"
    day.patch("/Users/eve", op="replace", path="active", value=False)
    day.ask(None, CONFIG, "now")
    await day.world.pass_time(20)
    yield "a sweep that was asked for"


@life(mode="Plan")
async def a_plan(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", team=["ada"])
    yield "planned"
    day.people("ben")
    await day.world.pass_time(30)
    yield "one more"
    day.world.configure(mode="Apply")
    await day.world.pass_time(30)
    yield "applied"
    day.world.configure(mode="Plan")
    day.leaves("ada")
    await to_the_next_sweep(day)
    yield "planned again"


@life(approval={"policy": "Manual"})
async def manual_approval(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", team=["ada"])
    yield "everything waits"
    day.world.configure(approvedPlan=day.status["plan"]["digest"])
    await to_the_next_sweep(day)
    yield "approved"
    day.people("ada", title="Lead")
    day.people("ben", active=False)
    await day.world.pass_time(30)
    yield "and waits"
