"""After a restart, access ends by the id on record alone where the service shows no one."""

from __future__ import annotations

import re

import pytest

from scim_operator.core.keys import Kind
from tests.support.day import Day
from tests.verify.test_end_of_access_in_every_way import DELETE, HOUR, begun, members
from verify.manifests import UNLIMITED
from verify.virtual import run


@pytest.mark.parametrize("fault", ["status=400", "status=403", "status=500", "status=503"])
@pytest.mark.parametrize("rule", [DELETE, {"externalId": "Generated"}], ids=["deleted", "disabled"])
@pytest.mark.parametrize("leaves", [True, False], ids=["the manifest goes", "it says so"])
def test_who_is_on_record_is_not_looked_for_after_a_restart(
    fault: str,
    rule: dict[str, str],
    leaves: bool,
) -> None:
    """No list, no filter and no read is answered, and nothing is known but the id of the status."""

    async def life() -> None:
        day = await begun(Day(limits=UNLIMITED, users=rule))
        await day.world.kill()
        day.fault(f"{fault};method=GET;path=/Users")
        if leaves:
            day.leaves("ada")
        else:
            day.people("ada", active=False)
        day.world.start()
        await day.world.pass_time(HOUR)
        assert not (day.at_service("ada") or {}).get("active")
        assert (day.at_service("ben") or {})["active"] is True
        day.fault()
        await day.world.pass_time(2 * HOUR)
        assert ("ada" in day.world.manifests(Kind.USER)) is not leaves, "the manifest is let go"
        assert members(day) == {"ben"}
        await day.world.end()

    run(life())


@pytest.mark.parametrize("rule", [DELETE, {"externalId": "Generated"}], ids=["deleted", "disabled"])
def test_an_end_that_cannot_be_looked_at_is_sent_once(rule: dict[str, str]) -> None:
    """The service confirms it, and shows nothing: each sweep sent it again."""

    async def life() -> None:
        day = await begun(Day(limits=UNLIMITED, users=rule))
        day.fault("status=500;method=GET;path=/Users")
        day.leaves("ada")
        await day.world.pass_time(60)
        assert not (day.at_service("ada") or {}).get("active")
        day.mark()
        await day.world.pass_time(5 * HOUR)
        assert [line for line in day.story() if re.search(r"(DELETE|PATCH|PUT) /Users/", line)] == []
        await day.world.end()

    run(life())


def test_nothing_else_of_who_is_not_shown_is_sent() -> None:
    """What others manage of a resource could be lost by a write that does not know it."""

    async def life() -> None:
        day = await begun(Day(limits=UNLIMITED))
        await day.world.kill()
        day.fault("status=500;method=GET;path=/Users", "write-body=empty;path=/Users")
        day.people("ada", active=False, title="Countess")
        day.world.start()
        await day.world.pass_time(HOUR)
        seen = day.at_service("ada") or {}
        assert (seen["active"], seen.get("title")) == (False, None)
        day.fault()
        await day.world.pass_time(2 * HOUR)
        seen = day.at_service("ada") or {}
        assert (seen["active"], seen.get("title")) == (False, "Countess")
        await day.world.end()

    run(life())


def test_who_is_not_shown_is_disabled_first_where_a_group_cannot_do_without() -> None:
    """The deletion would take her out of a group that is not to be empty, without an approval."""

    async def life() -> None:
        day = Day(limits=UNLIMITED, users=DELETE, protected={"minMembers": 1})
        day.people("ada", "ben")
        day.team("team", "ada")
        day.world.start()
        await day.world.pass_time(60)
        await day.world.kill()
        day.fault("status=500;method=GET;path=/Users")
        day.leaves("ada")
        day.world.start()
        await day.world.pass_time(HOUR)
        assert (day.at_service("ada") or {})["active"] is False
        await day.world.end()

    run(life())


def test_an_end_of_before_is_not_taken_for_the_one_that_is_due() -> None:
    """Whoever was disabled, and has access again, leaves although a first try fails and nothing is shown."""

    async def life() -> None:
        day = await begun(Day(limits=UNLIMITED))
        for active in (False, True):
            day.people("ada", active=active)
            await day.world.pass_time(60)
        assert (day.at_service("ada") or {})["active"] is True
        day.fault("status=500;method=GET;path=/Users", "status=500;method=PATCH;path=/Users;times=1")
        day.leaves("ada")
        await day.world.pass_time(HOUR)
        assert (day.at_service("ada") or {})["active"] is False
        await day.world.end()

    run(life())
