"""Resource types fail alone without a cluster too: what can be read is planned and applied, the rest is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.present import present

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.desk import Desk

REFUSALS = ["404", "403", "500", "405", "400"]


async def both(at: Desk, *options: str) -> list[str]:
    """What plan and apply print; both fail."""
    found = []
    for command in (("plan",), ("apply", "--auto-approve", "--timeout=20")):
        result = await at.run(*command, *options)
        assert result.exit_code == 1, result.output
        found.append(result.output)
    return found


@pytest.mark.parametrize("status", REFUSALS)
async def test_a_service_without_groups_keeps_its_users(at: Desk, status: str) -> None:
    at.simulator.faults.add(f"status={status};path=/Groups")
    at.user("ada")
    at.group("ops", "ada")
    for printed in await both(at):
        assert "Not read: /Groups" in printed
        assert "1 manifest of groups is not planned" in printed
        assert "scimgroup/ops" not in printed
    assert at.simulator.user("ada@corp.example") is not None
    assert (await at.plan())["unread"]["Groups"]


@pytest.mark.parametrize("status", REFUSALS)
async def test_leavers_leave_whatever_becomes_of_the_groups(at: Desk, status: str) -> None:
    at.user("ada")
    at.user("bob")
    at.group("ops", "ada")
    at.group("old", "bob")
    await at.applied()
    previous = str(at.snapshot())
    at.remove("ScimUser", "ada")
    at.remove("ScimGroup", "old")
    at.user("bob", active=False)
    at.simulator.faults.add(f"status={status};path=/Groups")
    await both(at, "--previous", previous)
    assert [present(at.simulator.user(f"{name}@corp.example"))["active"] for name in ("ada", "bob")] == [False, False]
    assert at.members("old") == {"bob"}, "nothing is sent for what could not be read"


@pytest.mark.parametrize("status", REFUSALS)
async def test_a_service_whose_users_cannot_be_listed_keeps_its_groups(at: Desk, status: str) -> None:
    for name in ("ada", "bob"):
        at.user(name)
    at.group("ops", "ada", "bob")
    at.group("old", "ada")
    at.configure(groups={"whenDeleted": "Delete"})
    await at.applied()
    previous = str(at.snapshot())
    at.remove("ScimGroup", "old")
    at.group("ops", "ada", displayName="research")
    at.group("new", "ada")
    at.simulator.faults.add(f"status={status};path=/Users;method=GET")
    for printed in await both(at, "--previous", previous):
        assert "Not read: /Users" in printed
        assert "2 manifests of users are not planned" in printed
    assert at.simulator.group("old") is None
    assert at.members("research") == {"ada", "bob"}, "no one is removed of whom it is not known who that is"
    assert at.simulator.group("new") is not None


async def test_an_incomplete_list_of_one_kind_ends_no_one_s_access_there(at: Desk) -> None:
    """S10."""
    at.user("ada")
    at.user("bob")
    at.group("ops", "ada")
    await at.applied()
    previous = str(at.snapshot())
    at.remove("ScimUser", "ada")
    at.group("ops")
    at.simulator.faults.add("broken-page=lacks:1;path=/Users")
    mark = at.mark()
    for printed in await both(at, "--previous", previous):
        assert "Not read: /Users" in printed
    assert at.writes(mark) == []


async def test_where_nothing_can_be_read_nothing_is_planned(at: Desk) -> None:
    at.user("ada")
    at.simulator.faults.add("status=500;method=GET")
    mark = at.mark()
    for printed in await both(at):
        assert "Plan" not in printed
    assert at.writes(mark) == []


async def test_of_a_kind_that_is_switched_off_nothing_is_asked_or_said(at: Desk) -> None:
    at.simulator.faults.add("status=404;path=/Groups")
    at.configure(groups={"enabled": False})
    at.user("ada")
    at.group("ops", "ada")
    await at.applied()
    assert (await at.plan())["unread"] == {}


async def test_a_comment_says_what_was_not_read(at: Desk) -> None:
    at.simulator.faults.add("status=404;path=/Groups")
    at.user("ada")
    at.group("ops", "ada")
    assert "Not read: /Groups" in (await at.run("plan", "-o", "markdown")).stdout


async def test_a_saved_plan_without_groups_is_no_plan_of_groups(at: Desk, tmp_path: Path) -> None:
    saved = str(tmp_path / "plan.json")
    at.user("ada")
    at.group("ops", "ada")
    at.simulator.faults.add("status=404;path=/Groups")
    await at.run("plan", "--out", saved)
    at.simulator.faults.clear()
    mark = at.mark()
    result = await at.run("apply", "--plan", saved)
    assert (result.exit_code, at.writes(mark)) == (1, [])
    assert "scimgroup/ops" in result.stderr
