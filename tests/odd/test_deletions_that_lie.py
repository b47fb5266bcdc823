"""A deletion is believed when one look shows that the resource is gone, whatever the service answered to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from tests.support.leaver import leaver

if TYPE_CHECKING:
    from tests.support.rig import Rig

LIES = ["delete=unknown", "delete=kept", "status=410"]


@pytest.mark.parametrize("lie", LIES)
async def test_a_group_that_is_still_there_is_emptied(hurried: Rig, lie: str) -> None:
    r = hurried
    await leaver(r)
    r.simulator.faults.add(f"{lie};method=DELETE;path=/Groups")
    r.cluster.delete(Kind.GROUP, "engineering")
    await r.until(lambda: r.members("engineering") == set())
    await r.until(lambda: "It is emptied instead" in r.message("engineering", Kind.GROUP))
    assert r.cluster.ready(Kind.GROUP, "engineering") == ("False", "Retrying")
    r.simulator.faults.clear()
    await r.until(lambda: r.simulator.group("engineering") is None)
    await r.until(lambda: r.cluster.get(Kind.GROUP, "engineering") is None)


@pytest.mark.parametrize("lie", LIES)
async def test_a_group_without_members_is_not_reported_as_deleted(hurried: Rig, lie: str) -> None:
    r = hurried
    await leaver(r)
    r.group("engineering", [])
    await r.rest()
    r.simulator.faults.add(f"{lie};method=DELETE;path=/Groups")
    r.cluster.delete(Kind.GROUP, "engineering")
    await r.until(lambda: "still has the group" in r.message("engineering", Kind.GROUP))
    r.simulator.faults.clear()
    await r.until(lambda: r.cluster.get(Kind.GROUP, "engineering") is None)
    assert r.simulator.group("engineering") is None


@pytest.mark.parametrize("lie", LIES)
async def test_a_user_who_is_still_there_and_active_is_disabled(hurried: Rig, lie: str) -> None:
    r = hurried
    await leaver(r)
    r.simulator.faults.add(f"{lie};method=DELETE;path=/Users")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: (r.at_service("ada") or {})["active"] is False)


async def test_a_message_says_what_the_service_answered(hurried: Rig) -> None:
    r = hurried
    await leaver(r)
    r.simulator.faults.add("delete=unknown;method=DELETE;path=/Groups")
    r.cluster.delete(Kind.GROUP, "engineering")
    await r.until(lambda: "emptied" in r.message("engineering", Kind.GROUP))
    assert r.message("engineering", Kind.GROUP).startswith("The service answered that it is gone already but still")


async def test_a_group_that_someone_else_deleted_is_gone(r: Rig) -> None:
    await leaver(r)
    r.by_hand("DELETE", f"/Groups/{r.group_id('engineering')}")
    r.cluster.delete(Kind.GROUP, "engineering")
    await r.until(lambda: r.cluster.get(Kind.GROUP, "engineering") is None)
    assert [write for write in r.writes() if write == "PATCH /Groups"] == []
