"""A deletion that the service refuses ends access in another way, and is tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from tests.support.leaver import leaver

if TYPE_CHECKING:
    from tests.support.rig import Rig

REFUSALS = ["400", "403", "405", "409", "412", "500", "501"]


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_user_whose_deletion_is_refused_is_disabled(hurried: Rig, refusal: str) -> None:
    r = hurried
    await leaver(r)
    r.simulator.faults.add(f"status={refusal};method=DELETE;path=/Users")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: (r.at_service("ada") or {})["active"] is False)
    await r.until(lambda: "ada" not in r.members("engineering"))
    await r.until(lambda: "It is disabled instead, and the deletion is tried again." in r.message("ada"))
    assert r.cluster.ready(Kind.USER, "ada") == ("False", "Retrying")
    r.simulator.faults.clear()
    await r.until(lambda: r.at_service("ada") is None)
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)


async def test_who_leaves_the_scope_is_disabled_too(hurried: Rig) -> None:
    r = hurried
    await leaver(r)
    r.simulator.faults.add("status=405;method=DELETE")
    r.user("ada", notAfter=r.soon(-60))
    await r.until(lambda: (r.at_service("ada") or {})["active"] is False)
    r.simulator.faults.clear()
    await r.until(lambda: r.at_service("ada") is None)


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_group_whose_deletion_is_refused_is_emptied(hurried: Rig, refusal: str) -> None:
    r = hurried
    await leaver(r)
    r.simulator.faults.add(f"status={refusal};method=DELETE;path=/Groups")
    r.cluster.delete(Kind.GROUP, "engineering")
    await r.until(lambda: r.members("engineering") == set())
    await r.until(lambda: "It is emptied instead" in r.message("engineering", Kind.GROUP))
    r.simulator.faults.clear()
    await r.until(lambda: r.simulator.group("engineering") is None)
    await r.until(lambda: r.cluster.get(Kind.GROUP, "engineering") is None)


async def test_a_user_is_disabled_once_however_often_the_deletion_is_refused(hurried: Rig) -> None:
    r = hurried
    await leaver(r)
    r.simulator.faults.add("status=400;method=DELETE")
    mark = r.mark()
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.writes(mark).count("DELETE /Users") >= 3)
    assert r.writes(mark).count("PATCH /Users") == 1


async def test_after_a_restart_the_deletion_is_tried_again(r: Rig) -> None:
    await leaver(r)
    r.simulator.faults.add("status=403;method=DELETE")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: "It is disabled instead" in r.message("ada"))
    await r.stop()
    r.simulator.faults.clear()
    await r.start()
    await r.until(lambda: r.at_service("ada") is None)


async def test_where_disabling_is_refused_too_both_are_reported(r: Rig) -> None:
    await leaver(r)
    both = ("status=422;method=PATCH;path=/Users", "status=422;method=PUT;path=/Users")
    r.simulator.faults.add("status=400;method=DELETE", *both)
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: "It could not be disabled instead: The service answered 422" in r.message("ada"))
    assert r.reason("ada") == "Retrying"


async def test_a_deletion_whose_answer_is_lost_disables_no_one(hurried: Rig) -> None:
    r = hurried
    await leaver(r)
    r.simulator.faults.add("drop-after;method=DELETE;times=1")
    mark = r.mark()
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert "PATCH /Users" not in r.writes(mark)
