"""Values that a service never shows, or stores in another form, without a cluster: sent once, recorded, no flap."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from tests.support.present import present

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from tests.support.desk import Desk

FAULTS = ["unreturned=title", "ignored-attribute=title", "reformat=trim"]


async def quiet(at: Desk, *options: str) -> Result:
    """Neither plan nor apply finds anything to do; the plan."""
    mark = at.mark()
    plan = await at.run("plan", *options)
    assert plan.exit_code == 0, plan.output
    await at.applied(*options)
    assert at.writes(mark) == []
    return plan


@pytest.mark.parametrize("previous", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
async def test_what_was_sent_once_is_not_sent_again(at: Desk, fault: str, *, previous: bool) -> None:
    at.user("ada")
    at.user("bob")
    await at.applied()
    at.simulator.faults.add(fault)
    at.user("ada", title=" Analyst ")
    await at.applied()
    await quiet(at, *(["--previous", str(at.snapshot())] if previous else []))


async def test_a_value_that_is_never_shown_is_recorded_at_creation(at: Desk) -> None:
    at.simulator.faults.add("unreturned=title")
    at.user("ada", title="Analyst")
    assert "Not shown by the service after it was sent: title (1)." in (await at.applied()).stdout
    plan = await quiet(at)
    assert "Taken to be as last sent, for the service does not show it: title (1)." in plan.stdout
    assert (await at.plan())["unshown"] == {"title": 1}


async def test_another_value_is_sent(at: Desk) -> None:
    at.simulator.faults.add("unreturned=title")
    at.user("ada", title="Analyst")
    await at.applied()
    at.user("ada", title="Countess")
    assert (await at.run("plan")).exit_code == 2
    mark = at.mark()
    await at.applied()
    assert at.writes(mark) == ["PATCH /Users"]
    assert present(at.simulator.user("ada@corp.example"))["title"] == "Countess"
    await quiet(at)


async def test_what_is_shown_and_was_changed_by_hand_is_repaired(at: Desk) -> None:
    at.user("ada", title="Analyst")
    await at.applied()
    user = present(at.simulator.user("ada@corp.example"))
    patch = {"op": "remove", "path": "title"}
    urn = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
    at.simulator.by_hand("PATCH", f"/Users/{user['id']}", {"schemas": [urn], "Operations": [patch]})
    mark = at.mark()
    await at.applied()
    assert at.writes(mark) == ["PATCH /Users"]


async def test_a_resource_that_is_another_one_gets_the_value(at: Desk) -> None:
    """What was found at one resource says nothing about the one that has its place now."""
    at.configure(users={"adoption": "IfUnowned"})
    at.simulator.faults.add("unreturned=title")
    at.user("ada", title="Analyst", externalId="a")
    await at.applied()
    user = present(at.simulator.user("ada@corp.example"))
    body = {name: value for name, value in user.items() if name not in {"id", "meta", "title"}}
    at.simulator.by_hand("DELETE", f"/Users/{user['id']}", None)
    at.simulator.by_hand("POST", "/Users", body)
    mark = at.mark()
    await at.applied()
    assert at.writes(mark) == ["PATCH /Users"]
    mark = at.mark()
    await at.applied()
    assert at.writes(mark) == []


async def test_without_its_record_it_is_sent_once_more(at: Desk, tmp_path: Path) -> None:
    """As on another machine: it is not known whether the value is there."""
    at.simulator.faults.add("unreturned=title")
    at.user("ada", title="Analyst")
    await at.applied()
    elsewhere = ("--state", str(tmp_path / "elsewhere"))
    assert (await at.run("plan", *elsewhere)).exit_code == 2
    mark = at.mark()
    await at.applied(*elsewhere)
    assert at.writes(mark) == ["PATCH /Users"]
    await quiet(at, *elsewhere)


async def test_the_record_has_no_value_and_is_the_owner_s_alone(at: Desk, tmp_path: Path) -> None:
    at.simulator.faults.add("unreturned=title")
    at.configure(users={"mappings": [{"source": "title", "target": "title", "sensitive": True}]})
    at.user("ada", title="Secret Analyst")
    state = tmp_path / "state"
    await at.applied("--state", str(state))
    files = sorted(state.iterdir())
    assert len(files) == 2, "the digests, and their key apart from them"
    assert not any(b"Analyst" in file.read_bytes() for file in files)
    assert {stat.S_IMODE(each.stat().st_mode) for each in (state, *files)} == {0o700, 0o600}
    await quiet(at, "--state", str(state))


async def test_where_nothing_is_to_be_recorded_nothing_is_written(at: Desk, tmp_path: Path) -> None:
    at.user("ada", title="Analyst")
    await at.applied("--state", str(tmp_path / "state"))
    assert not (tmp_path / "state").exists()


async def test_a_record_that_cannot_be_written_is_told(at: Desk, tmp_path: Path) -> None:
    at.simulator.faults.add("unreturned=title")
    at.user("ada", title="Analyst")
    (tmp_path / "file").write_text("")
    result = await at.applied("--state", str(tmp_path / "file" / "state"))
    assert "Not recorded" in result.stdout
    assert "--state" in result.stdout


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"version": 1}', b'{"version": 1, "objects": {"x": 3, "scimuser/a": {}}}']
)
async def test_a_damaged_record_is_as_good_as_none(at: Desk, tmp_path: Path, body: bytes) -> None:
    at.simulator.faults.add("unreturned=title")
    at.user("ada", title="Analyst")
    state = tmp_path / "state"
    await at.applied("--state", str(state))
    (record,) = state.glob("*.json")
    record.write_bytes(body)
    mark = at.mark()
    await at.applied("--state", str(state))
    assert at.writes(mark) == ["PATCH /Users"]
    await quiet(at, "--state", str(state))


async def test_a_name_that_is_kept_in_silence_is_a_problem_and_not_sent_for_ever(at: Desk) -> None:
    at.user("ada")
    await at.applied()
    at.simulator.faults.add("ignored-attribute=userName")
    at.user("ada", userName="lovelace@corp.example")
    assert (await at.run("apply", "--auto-approve")).exit_code == 1
    mark = at.mark()
    result = await at.run("apply", "--auto-approve")
    assert (result.exit_code, at.writes(mark)) == (1, [])
    assert "Immutable" in result.output


async def hiding(at: Desk) -> str:
    """A group of a service that never shows who is in it; the directory as it was applied."""
    at.configure(service={**at.spec["service"], "capabilities": {"verifyMembers": False}})
    at.simulator.faults.add("hide-members")
    for name in ("ada", "bob", "cyd"):
        at.user(name)
    at.group("ops", "ada", "bob", "cyd")
    at.group("other", "ada")
    await at.applied()
    return str(at.snapshot())


async def test_members_that_are_never_shown_come_and_go(at: Desk) -> None:
    await hiding(at)
    await quiet(at)
    previous = str(at.snapshot())
    at.group("ops", "bob", "cyd")
    await at.applied("--previous", previous)
    assert at.members("ops") == {"bob", "cyd"}
    previous = str(at.snapshot())
    at.remove("ScimUser", "bob")
    at.group("ops", "cyd", "ada")
    await at.applied("--previous", previous)
    assert at.members("ops") == {"cyd", "ada"}
    await quiet(at)


async def test_without_the_record_who_left_a_group_is_named(at: Desk, tmp_path: Path) -> None:
    """As on another machine: the service does not show who is in the group, and nothing here says it."""
    previous = await hiding(at)
    at.group("ops", "bob", "cyd")
    for command in (("plan",), ("apply", "--auto-approve")):
        result = await at.run(*command, "--previous", previous, "--state", str(tmp_path / "elsewhere"))
        assert result.exit_code == 1, result.output
        assert "scimuser/ada" in result.output.partition("Cannot be")[2] + result.output.partition("Failed")[2]
        assert "scimgroup/other" not in result.output.partition("Cannot be")[2]
