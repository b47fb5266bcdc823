"""Whom an earlier revision had and this one has not: the access ends, or the exit status is not 0 and says who."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.local.test_plan import create, service_group, service_user, steps

if TYPE_CHECKING:
    from click.testing import Result

    from tests.support.desk import Desk

IF_UNOWNED = {"adoption": "IfUnowned"}


def active(at: Desk, name: str) -> bool:
    (found,) = (each for each in at.simulator.users.values() if each["userName"] == f"{name}@corp.example")
    return bool(found["active"])


async def left(at: Desk, name: str = "bob", *options: str) -> Result:
    """Apply once more, without a manifest that was there before."""
    previous = at.snapshot()
    at.remove("ScimUser", name)
    return await at.run("apply", "--auto-approve", "--previous", str(previous), *options)


IDENTITIES: list[dict[str, Any]] = [{"externalId": "id-of-the-idp"}, {}]


@pytest.mark.parametrize("identity", IDENTITIES, ids=["the identity provider's externalId", "our mark"])
@pytest.mark.parametrize("adoption", ["IfUnowned", "Approve", "Never"])
async def test_a_leaver_is_ended_or_named(at: Desk, adoption: str, identity: dict[str, Any]) -> None:
    at.configure(users={"adoption": adoption})
    at.user("bob", **identity)
    await at.applied()
    result = await left(at)
    if active(at, "bob"):
        assert result.exit_code != 0, result.output
        assert "bob" in result.output
    else:
        assert result.exit_code == 0, result.output
    assert active(at, "bob") == (adoption != "IfUnowned" and bool(identity))


async def test_a_leaver_who_is_matched_by_user_name_is_ended(at: Desk) -> None:
    """The service had the user before us, with an externalId of its own."""
    create(at, "/Users", service_user("bob", externalId="hr-7"))
    ignored = [{"target": "externalId", "ignore": True}]
    at.configure(users={**IF_UNOWNED, "mappings": ignored, "matching": ["userName"]})
    at.configure(service={**at.spec["service"], "profile": "generic"})
    at.user("bob")
    await at.applied()
    assert (await left(at)).exit_code == 0
    assert not active(at, "bob")


async def test_by_default_a_leaver_who_was_taken_over_waits_for_the_digest(at: Desk) -> None:
    at.user("bob", externalId="id-of-the-idp")
    await at.applied()
    previous = str(at.snapshot())
    result = await left(at)
    assert (result.exit_code, active(at, "bob")) == (2, True)
    digest = (await at.plan("--previous", previous))["approval"]
    await at.applied("--previous", previous, "--approve", digest)
    assert not active(at, "bob")


async def test_a_leaver_by_scope_is_ended_too(at: Desk) -> None:
    at.configure(users=IF_UNOWNED, scope="Assigned", assignments=[{"userRef": {"name": "bob"}}])
    at.user("bob", externalId="id-of-the-idp")
    await at.applied()
    previous = str(at.snapshot())
    at.configure(assignments=[])
    await at.applied("--previous", previous)
    assert not active(at, "bob")


async def test_a_group_that_is_gone_loses_its_members(at: Desk) -> None:
    at.configure(groups={**IF_UNOWNED, "whenDeleted": "Empty"}, users=IF_UNOWNED)
    at.user("ada", externalId="a")
    at.group("ops", "ada", externalId="g")
    await at.applied()
    previous = str(at.snapshot())
    at.remove("ScimGroup", "ops")
    await at.applied("--previous", previous)
    assert at.members("ops") == set()


async def test_a_manifest_that_is_renamed_is_the_same_person(at: Desk) -> None:
    at.configure(users=IF_UNOWNED)
    at.user("bob", externalId="id-of-the-idp")
    await at.applied()
    previous = str(at.snapshot())
    at.remove("ScimUser", "bob")
    at.user("bob2", externalId="id-of-the-idp", userName="bob@corp.example")
    result = await at.run("apply", "--auto-approve", "--previous", previous)
    assert result.exit_code == 0, result.output
    assert active(at, "bob")


@pytest.mark.parametrize("adoption", ["IfUnowned", "Approve", "Never"])
async def test_a_manifest_that_names_another_person_now_leaves_no_one_behind(at: Desk, adoption: str) -> None:
    at.configure(users={"adoption": adoption})
    at.user("desk", externalId="1", userName="bob@corp.example")
    await at.applied()
    previous = str(at.snapshot())
    at.user("desk", externalId="2", userName="cyd@corp.example")
    result = await at.run("apply", "--auto-approve", "--previous", previous)
    users = {each["userName"] for each in at.simulator.users.values() if each["active"]}
    assert "bob@corp.example" not in users or (result.exit_code != 0 and "desk" in result.output), result.output


async def test_whom_another_owner_marked_is_left_alone_and_named(at: Desk) -> None:
    at.configure(users=IF_UNOWNED)
    at.user("bob", externalId="id-of-the-idp")
    await at.applied()
    (bob,) = at.simulator.users.values()
    bob["externalId"] = "scim-operator:theirs/identity/bob"
    result = await left(at)
    if active(at, "bob"):
        assert result.exit_code == 1
        assert "scimuser/bob" in result.output


async def test_a_leaver_of_whom_nothing_is_left_is_no_trouble(at: Desk) -> None:
    at.user("bob", externalId="id-of-the-idp")
    at.user("ada")
    previous = at.snapshot()
    at.remove("ScimUser", "bob")
    await at.applied("--previous", str(previous))


async def test_whom_the_rules_retain_is_retained(at: Desk) -> None:
    at.configure(users={**IF_UNOWNED, "whenDeleted": "Retain"})
    at.user("bob", externalId="id-of-the-idp")
    await at.applied()
    result = await left(at)
    assert (result.exit_code, active(at, "bob")) == (0, True), result.output


@pytest.mark.parametrize("broken", ["active: maybe", "title: 7", "nosuchfield: 1"])
async def test_an_earlier_manifest_that_cannot_be_read_is_named(at: Desk, broken: str) -> None:
    at.user("bob", externalId="id-of-the-idp")
    await at.applied()
    previous = at.snapshot()
    at.remove("ScimUser", "bob")
    file = previous / "scimuser-bob.yaml"
    file.write_text(file.read_text().replace("externalId: id-of-the-idp", broken))
    result = await at.run("apply", "--auto-approve", "--previous", str(previous))
    assert result.exit_code == 1
    assert "scimuser/bob" in result.output
    assert "errors" in result.output


async def test_an_earlier_file_that_cannot_be_read_is_named(at: Desk) -> None:
    at.user("bob", externalId="id-of-the-idp")
    await at.applied()
    previous = at.snapshot()
    at.remove("ScimUser", "bob")
    (previous / "scimuser-bob.yaml").write_text("{")
    for command in ("plan",), ("apply", "--auto-approve"):
        result = await at.run(*command, "--previous", str(previous))
        assert result.exit_code == 1
        assert "scimuser-bob.yaml" in result.output


async def test_a_second_run_says_nothing_more(at: Desk) -> None:
    at.configure(users=IF_UNOWNED)
    at.user("bob", externalId="id-of-the-idp")
    await at.applied()
    previous = str(at.snapshot())
    result = await left(at)
    assert result.exit_code == 0, result.output
    mark = at.mark()
    await at.applied("--previous", previous)
    assert at.writes(mark) == []


async def test_a_group_taken_over_is_planned_by_its_name(at: Desk) -> None:
    create(at, "/Groups", service_group("ops", externalId="theirs"))
    at.group("ops")
    at.configure(groups={"whenDeleted": "Delete"})
    previous = at.snapshot()
    at.remove("ScimGroup", "ops")
    assert steps(await at.plan("--previous", str(previous))) == [("Delete", "ops", [], [])]
