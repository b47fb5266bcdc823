"""Members and managers that a service shows by `$ref` alone are who they are (RFC 7643 sections 2.4, 4.2 and 4.3)."""

from __future__ import annotations

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.resource import ENTERPRISE_USER
from scim_operator.simulator.settings import Settings
from tests.support.day import Day
from verify.manifests import UNLIMITED
from verify.tenant import ready
from verify.virtual import run
from verify.world import config_spec


@pytest.mark.parametrize("form", ["absolute", "relative"])
@pytest.mark.parametrize("patch_status", [None, 405])
def test_who_is_shown_by_reference_alone_is_a_member(patch_status: int | None, form: str) -> None:
    """The group was `Retrying` for ever, and its members went out and in again by PUT."""

    async def life() -> None:
        day = Day(Settings(patch_status=patch_status), limits=UNLIMITED)
        day.fault(f"member-refs={form}")
        day.people("ada", "ben", "eve")
        day.team("team", "ada", "ben")
        day.world.start()
        await day.world.pass_time(60)
        assert ready(day.world.manifests(Kind.GROUP)["team"]) == "True Provisioned"
        day.mark()
        await day.world.pass_time(3600)
        assert [line for line in day.story() if "PATCH" in line or "PUT" in line] == []
        day.team("team", "eve")
        day.leaves("eve")
        await day.world.pass_time(60)
        assert ready(day.world.manifests(Kind.GROUP)["team"]) == "True Provisioned"
        assert members(day) == []
        day.team("team", "ben")
        await day.world.pass_time(60)
        assert members(day) == ["ben"]
        await day.world.end()

    run(life())


def members(day: Day) -> list[str]:
    """Return who is in the one group, as the service stores it."""
    (group,) = day.world.service.groups
    held = (day.world.service.shown(group) or {}).get("members", ())
    return sorted(str(day.world.service.users[id]["userName"]).split("@")[0] for id in held)


@pytest.mark.parametrize("form", ["absolute", "relative"])
def test_who_is_shown_by_reference_alone_is_the_manager(form: str) -> None:
    """The reference was sent again, and whom it led to was not known."""

    async def life() -> None:
        service = {**config_spec()["service"], "profile": "generic"}
        day = Day(Settings(discovery=True).lenient(), limits=UNLIMITED, service=service)
        day.fault(f"member-refs={form}")
        day.people("ada", "eve")
        day.people("ben", manager={"userRef": {"name": "ada"}})
        day.world.start()
        await day.world.pass_time(60)
        assert ready(day.world.manifests(Kind.USER)["ben"]) == "True Provisioned"
        assert manager(day, "ben") == "ada"
        day.mark()
        await day.world.pass_time(3600)
        assert [line for line in day.story() if "PATCH" in line or "PUT" in line] == []
        assert "reformatted" not in str(day.world.manifests(Kind.USER)["ben"])
        day.people("ben", manager={"userRef": {"name": "eve"}})
        await day.world.pass_time(60)
        assert manager(day, "ben") == "eve"
        assert ready(day.world.manifests(Kind.USER)["ben"]) == "True Provisioned"
        await day.world.end()

    run(life())


def manager(day: Day, name: str) -> str:
    """Return whose report someone is, as the service stores it."""
    stored = (day.at_service(name) or {}).get(ENTERPRISE_USER, {}).get("manager", {}).get("value", "")
    return str(day.world.service.users[stored]["userName"]).split("@")[0]
