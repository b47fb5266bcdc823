"""The end of access over files: it shares its fate with nothing, and who keeps an access all the same is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.present import present

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.desk import Desk

EVERYONE = {"ada", "bob", "cyd"}
FAILING = [{"target": "nickName", "expression": 'user.title == "X" ? string(1/0) : "n"'}]


async def begin(at: Desk, **spec: Any) -> str:
    """Three people in a group, applied; the directory as it was then."""
    at.configure(**spec)
    for name in sorted(EVERYONE):
        at.user(name, title="Analyst")
    at.group("ops", *sorted(EVERYONE))
    await at.applied()
    return str(at.snapshot())


def user(at: Desk, name: str) -> dict[str, Any]:
    return present(next((u for u in at.simulator.users.values() if u["externalId"] == f"identity/{name}"), None))


async def applied(at: Desk, expected: int, *options: str) -> str:
    result = await at.run("apply", "--auto-approve", "--timeout=3", *options)
    assert result.exit_code == expected, result.output
    return result.output


@pytest.mark.parametrize("fault", ["refused-attribute=userName", "refused-attribute=title", "patch-limited"])
async def test_what_the_service_refuses_of_the_same_user(at: Desk, fault: str) -> None:
    await begin(at)
    at.simulator.faults.add(fault)
    at.user("ada", active=False, userName="new@corp.example", title="Countess")
    printed = await applied(at, 0 if fault == "patch-limited" else 1)
    assert user(at, "ada")["active"] is False
    assert "scimgroup/ops" not in printed.partition("Done")[2], "nothing is wrong with the group"


async def test_who_is_known_goes_where_a_rename_is_refused(at: Desk) -> None:
    await begin(at)
    at.simulator.faults.add("refused-attribute=userName")
    at.user("ada", userName="new@corp.example")
    at.group("new", "ada", "bob")
    await applied(at, 1)
    assert at.members("new") == {"ada", "bob"}


@pytest.mark.parametrize(
    "trouble", [{"title": "X"}, {"name": {"givenName": "Ada"}}], ids=["a mapping fails", "something required is gone"]
)
async def test_what_is_wrong_with_the_same_user(at: Desk, trouble: dict[str, Any]) -> None:
    previous = await begin(at, users={"mappings": FAILING})
    at.user("ada", active=False, **trouble)
    await applied(at, 1, "--previous", previous)
    assert user(at, "ada")["active"] is False


@pytest.mark.parametrize("status", ["400:invalidValue", "500", "409"])
async def test_a_joiner_who_is_refused_keeps_no_leaver(at: Desk, status: str) -> None:
    await begin(at)
    at.simulator.faults.add(f"status={status};method=POST;path=/Users")
    at.user("dan")
    at.group("ops", "bob", "dan")
    await applied(at, 1)
    assert at.members("ops") == {"bob"}


async def test_a_name_that_is_refused_keeps_no_member(at: Desk) -> None:
    await begin(at)
    at.simulator.faults.add("refused-attribute=displayName")
    at.group("ops", "bob", displayName="research")
    await applied(at, 1)
    assert at.members("ops") == {"bob"}


@pytest.mark.parametrize("status", ["405", "409", "500", "403"])
async def test_a_deletion_that_is_refused_ends_access_in_another_way(at: Desk, status: str) -> None:
    previous = await begin(at, users={"whenDeleted": "Delete"}, groups={"whenDeleted": "Delete"})
    at.group("old", "bob")
    await at.applied()
    previous = str(at.snapshot())
    at.simulator.faults.add(f"status={status};method=DELETE")
    at.remove("ScimUser", "ada")
    at.remove("ScimGroup", "old")
    at.group("ops", "bob", "cyd")
    plan = await at.run("plan", "--previous", previous)
    assert "ada@corp.example loses ops" in plan.stdout, "by name, although the user is to be deleted"
    printed = await applied(at, 1, "--previous", previous)
    assert (user(at, "ada")["active"], at.members("old"), at.members("ops")) == (False, set(), {"bob", "cyd"})
    assert "Failed: scimuser/ada" in printed


async def test_a_member_who_is_kept_is_named_with_the_reason(at: Desk) -> None:
    await begin(at)
    at.user("ada", title="Analyst", suspend=True)
    at.group("ops", "bob", "cyd")
    for command in (("plan",), ("apply", "--auto-approve")):
        result = await at.run(*command)
        assert result.exit_code == 1, result.output
        assert "scimgroup/ops: Incomplete" in result.output
        assert "scimuser/ada (suspended)" in result.output
    assert at.members("ops") == EVERYONE


async def test_what_waits_for_an_approval_alone_is_no_failure(at: Desk) -> None:
    """A member who is to be taken over, and one who is protected."""
    previous = await begin(at, protected={"users": [{"userRef": {"name": "ada"}}]})
    at.remove("ScimUser", "ada")
    at.group("ops", "bob", "cyd", "dan")
    at.user("dan", externalId="other")
    at.simulator.seed([{"userName": "dan@corp.example", "externalId": "other", "active": True}])
    await applied(at, 2, "--previous", previous)
    assert user(at, "ada")["active"] is True


@pytest.mark.parametrize("adoption", ["IfUnowned", "Approve", "Never"])
@pytest.mark.parametrize("identity", [{"externalId": "id-of-the-idp"}, {}])
async def test_whose_date_has_come_since_the_earlier_revision(
    at: Desk, adoption: str, identity: dict[str, Any]
) -> None:
    """The earlier revision gave access, whatever its dates say by now."""
    at.configure(users={"adoption": adoption})
    at.user("bob", **identity)
    await at.applied()
    at.user("bob", notAfter="2020-01-01T00:00:00Z", **identity)
    result = await at.run("apply", "--auto-approve", "--previous", str(at.snapshot()))
    (bob,) = at.simulator.users.values()
    if bob["active"]:
        assert result.exit_code != 0, result.output
        assert "bob" in result.output
    assert bob["active"] == (adoption != "IfUnowned" and bool(identity))


async def additive(at: Desk) -> str:
    """A group of which only those whom the manifest added are ours to take out; a stranger is in it as well."""
    for name in sorted(EVERYONE):
        at.user(name)
    at.group("ops", "ada", "bob", membershipPolicy="Additive")
    await at.applied()
    (stranger,), _ = at.simulator.seed([{"userName": "stranger@corp.example", "active": True}])
    urn, path = "urn:ietf:params:scim:api:messages:2.0:PatchOp", f"/Groups/{present(at.simulator.group('ops'))['id']}"
    added = {"op": "add", "path": "members", "value": [{"value": stranger}]}
    at.simulator.by_hand("PATCH", path, {"schemas": [urn], "Operations": [added]})
    return str(at.snapshot())


async def test_who_leaves_an_additive_group_leaves_it(at: Desk) -> None:
    previous = await additive(at)
    at.group("ops", "bob", "cyd", membershipPolicy="Additive")
    await applied(at, 0, "--previous", previous)
    assert at.members("ops") == {"bob", "cyd", "stranger"}
    at.remove("ScimUser", "cyd")
    at.group("ops", "bob", membershipPolicy="Additive")
    await applied(at, 0)
    assert at.members("ops") == {"bob", "stranger"}


@pytest.mark.parametrize("state", [True, False])
async def test_who_leaves_as_a_group_turns_additive_is_removed(at: Desk, tmp_path: Path, *, state: bool) -> None:
    """All who were in it while it was exclusive were ours to take out; what comes from now on is not."""
    for name in ("ada", "bob"):
        at.user(name)
    at.group("ops", "ada", "bob")
    await at.applied()
    previous = str(at.snapshot())
    at.group("ops", "bob", membershipPolicy="Additive")
    options = () if state else ("--state", str(tmp_path / "none"))
    await at.applied("--previous", previous, *options)
    assert at.members("ops") == {"bob"}


async def test_who_stays_in_an_additive_group_for_want_of_a_record_is_named(at: Desk, tmp_path: Path) -> None:
    previous = await additive(at)
    at.group("ops", "bob", "cyd", membershipPolicy="Additive")
    for command in (("plan",), ("apply", "--auto-approve"), ("apply", "--auto-approve")):
        result = await at.run(*command, "--previous", previous, "--state", str(tmp_path / "elsewhere"))
        assert result.exit_code == 1, result.output
        assert "scimuser/ada" in result.output
        assert "stranger" not in result.output
    at.group("ops", "bob", "cyd", "ada", membershipPolicy="Additive")
    await applied(at, 0, "--previous", previous, "--state", str(tmp_path / "elsewhere"))
