"""After a restart, access ends by the id on record alone where the service shows no one."""

from __future__ import annotations

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
        day.mark()
        await day.world.pass_time(5 * HOUR)
        sent = [line for line in day.story() if " /Users/<id> 20" in line and " GET " not in line]
        assert len(sent) == 1, sent
        await day.world.end()

    run(life())
