"""The end of access goes first and alone: nothing that the service refuses keeps anyone in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from tests.support.explaining import explained, step

if TYPE_CHECKING:
    from tests.support.rig import Rig

PATCH, PUT = True, False


def use(r: Rig, *, patch: bool) -> None:
    """Have the service changed by PATCH, or by PUT alone."""
    if not patch:
        r.spec["service"] = {**r.spec["service"], "capabilities": {"patch": False}}


@pytest.mark.parametrize("patch", [PATCH, PUT], ids=["PATCH", "PUT"])
@pytest.mark.parametrize("refusal", ["400", "409", "422", "500"])
async def test_a_refused_title_does_not_keep_a_user_active(r: Rig, refusal: str, *, patch: bool) -> None:
    use(r, patch=patch)
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    r.simulator.faults.add(f"refused-attribute=title:{refusal}")
    r.user("ada", title="Countess", active=False)
    await r.until(lambda: r.reason("ada") in {"Rejected", "Retrying"})
    ada = r.at_service("ada") or {}
    assert (ada["active"], ada["title"]) == (False, "Analyst")


@pytest.mark.parametrize("patch", [PATCH, PUT], ids=["PATCH", "PUT"])
async def test_a_refused_rename_does_not_keep_a_user_active(r: Rig, *, patch: bool) -> None:
    use(r, patch=patch)
    r.user("ada")
    await r.start()
    await r.settle()
    r.simulator.faults.add("refused-attribute=userName")
    r.user("ada", userName="countess@corp.example", active=False)
    await r.until(lambda: r.reason("ada") == "Rejected")
    assert (r.at_service("ada") or {})["active"] is False


@pytest.mark.parametrize("patch", [PATCH, PUT], ids=["PATCH", "PUT"])
@pytest.mark.parametrize("refusal", ["400", "500"])
async def test_a_refused_display_name_keeps_no_one_in_a_group(r: Rig, refusal: str, *, patch: bool) -> None:
    use(r, patch=patch)
    r.user("ada")
    r.user("grace")
    r.group("engineering", ["ada", "grace"])
    await r.start()
    await r.settle()
    r.simulator.faults.add(f"refused-attribute=displayName:{refusal}")
    r.group("engineering", ["ada"], displayName="development")
    await r.until(lambda: r.reason("engineering", Kind.GROUP) in {"Rejected", "Retrying"})
    assert r.members("engineering") == {"ada"}


@pytest.mark.parametrize("patch", [PATCH, PUT], ids=["PATCH", "PUT"])
async def test_a_member_who_is_refused_keeps_no_one_in_a_group(r: Rig, *, patch: bool) -> None:
    use(r, patch=patch)
    r.spec["users"] = {"createDisabled": True}
    r.user("ada")
    r.user("grace", active=False)
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    r.simulator.faults.add("inactive-member")
    r.group("engineering", ["grace"])
    await r.until(lambda: r.reason("engineering", Kind.GROUP) == "Rejected")
    assert r.members("engineering") == set()


async def test_what_is_refused_is_sent_once_and_the_end_of_access_is_not_sent_again(r: Rig) -> None:
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    r.simulator.faults.add("refused-attribute=title")
    mark = r.mark()
    r.user("ada", title="Countess", active=False)
    await r.until(lambda: r.reason("ada") == "Rejected")
    await r.sweep()
    assert r.writes(mark) == ["PATCH /Users", "PATCH /Users"]


async def test_an_explanation_shows_both_requests_in_their_order(r: Rig) -> None:
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    await r.stop()
    r.user("ada", title="Countess", active=False)
    lines = step(await explained(r, Kind.USER, "ada"), "Requests").details
    assert ["active" in line for line in lines] == [True, False]
    assert ["title" in line for line in lines] == [False, True]


async def test_members_come_and_go_in_one_request_until_the_service_refuses_that(r: Rig) -> None:
    for name in ("ada", "grace", "alan"):
        r.user(name)
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    mark = r.mark()
    r.group("engineering", ["grace"])
    await r.rest()
    assert r.writes(mark) == ["PATCH /Groups"]
    r.simulator.faults.add("status=500;method=PATCH;path=/Groups;times=1")
    mark = r.mark()
    r.group("engineering", ["alan"])
    await r.rest()
    assert r.writes(mark) == ["PATCH /Groups"] * 3, "both, who goes, who comes"
    assert r.members("engineering") == {"alan"}
