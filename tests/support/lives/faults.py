"""The same days at a service with each of many faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.simulator.settings import Settings
from tests.support.day import Day
from tests.support.lives.living import GENERATED, LIVES, PLAIN, begun, to_the_next_sweep
from verify.world import INTERVAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


USER, GROUP = Kind.USER, Kind.GROUP


STEPS = (
    "status=500;every=7",
    "drop-after;every=3",
    "html;every=11",
    "error-body=vmware",
    "string-booleans",
    "stale-list=500",
    "count-limit=2",
    "cursor=only",
    "no-match=404",
    "unknown-id=400",
    "young-id=500",
    "young-member=500",
    "filter=refused",
    "inactive",
    "delete=kept",
    "delete=inactive",
    "hide-members",
    "null-members",
    "member-refs=relative",
    "member-removal=ignored",
    "member-removal=clears",
    "member-removal=refused",
    "member-add=replaces",
    "empty-members",
    "member-cap=1:413",
    "group-size=1",
    "inactive-member",
    "write-body=empty",
    "write-body=without-members",
    "write-body=stale",
    "multi-value=work-only",
    "ignored-attribute=title",
    "ignored-attribute=active",
    "refused-attribute=title",
    "refused-attribute=active",
    "patch-limited=active",
    "dropped-attributes",
    "unreturned=title",
    "unreturned=externalId",
    "put-id=refused;method=PUT",
    "member-form=named",
    "lost-members",
    "reformat=lower",
    "duplicate-allowed",
    "unfiltered",
    "broken-page=lacks:1",
    "duplicate-row",
    "redirect;times=1",
    "not-found;every=7",
    "status=501;method=PATCH",
    "status=403;method=DELETE",
    "status=400;method=POST;path=/Groups",
    "status=404;path=/Groups",
)


async def a_day_with_a_fault(day: Day) -> AsyncIterator[str]:
    day.people("ada", title="Analyst", nickName="Addie")
    await begun(day, "ben", "eve", team=["ada", "ben"])
    yield "begun"
    day.people("ada", title="Lead", nickName="Addie")
    day.team("team", "ben", "eve")
    await day.world.pass_time(30)
    yield "a title changes, and who is in the group"
    day.leaves("eve")
    day.people("ben", active=False)
    await to_the_next_sweep(day)
    yield "two lose access"
    day.leaves("team", kind=GROUP)
    await day.world.pass_time(2 * INTERVAL)
    yield "the group goes"


def _faulty(fault: str) -> Day:
    made = Day(Settings(**PLAIN), users={**GENERATED, "deleteAfter": "10m", "whenDeleted": "Delete"})
    made.world.service.faults.add(fault)
    return made


for _fault in STEPS:
    LIVES[f"a service with {_fault}"] = a_day_with_a_fault, lambda fault=_fault: _faulty(fault)  # type: ignore[misc]
