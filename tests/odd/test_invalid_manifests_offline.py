"""One invalid manifest fails alone without a cluster: the others are planned and applied, and it is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.desk import Desk

NAMES = ("ada", "bob", "cyd")
POLICIES = ["Exclusive", "Additive"]
IDENTITIES: list[dict[str, Any]] = [{}, {"externalId": "id-of-the-idp"}]
OF_THE_IDP = ["our mark", "the identity provider's externalId"]


def invalid(at: Desk, name: str, **spec: Any) -> None:
    at.user(name, active="maybe", **spec)


async def both(at: Desk, *options: str) -> list[str]:
    """What plan and apply print; both fail, and name bob's file and field."""
    found = []
    for command in (("plan",), ("apply", "--auto-approve", "--timeout=20")):
        result = await at.run(*command, *options)
        assert result.exit_code == 1, result.output
        assert "scimuser-bob.yaml" in result.stdout, result.output
        assert "spec.active" in result.stdout
        found.append(result.stdout)
    return found


async def settled(at: Desk, identity: dict[str, Any] | None = None, policy: str = "Exclusive") -> str:
    """Three people in a group, applied; the directory as it was then."""
    at.configure(users={"adoption": "IfUnowned"})
    for name in NAMES:
        at.user(name, **(identity or {}) if name == "bob" else {})
    at.group("ops", *NAMES, membershipPolicy=policy)
    await at.applied()
    return str(at.snapshot())


def is_active(at: Desk, name: str) -> Any:
    return present(at.simulator.user(f"{name}@corp.example"))["active"]


async def test_the_others_are_planned_and_applied(at: Desk) -> None:
    at.user("ada")
    invalid(at, "bob")
    at.group("ops", "ada", "bob")
    planned, _ = await both(at)
    assert "ada@corp.example" in planned
    assert at.simulator.user("ada@corp.example") is not None
    assert at.simulator.user("bob@corp.example") is None
    assert at.members("ops") == {"ada"}


@pytest.mark.parametrize("identity", IDENTITIES, ids=OF_THE_IDP)
@pytest.mark.parametrize("policy", POLICIES)
async def test_what_an_earlier_revision_says_counts_meanwhile(at: Desk, policy: str, identity: dict[str, Any]) -> None:
    previous = await settled(at, identity, policy)
    invalid(at, "bob", **identity)
    at.remove("ScimUser", "cyd")
    at.group("ops", "ada", "bob", membershipPolicy=policy)
    await both(at, "--previous", previous)
    assert [is_active(at, name) for name in NAMES] == [True, True, False]
    assert at.members("ops") == {"ada", "bob"}


async def test_a_group_leaves_nothing_to_do_but_what_the_earlier_revision_says(at: Desk) -> None:
    previous = await settled(at)
    at.group("ops", "ada", membershipPolicy="Sometimes")
    at.user("ada", title="Analyst")
    result = await at.run("apply", "--auto-approve", "--previous", previous)
    assert result.exit_code == 1, result.output
    assert "scimgroup/ops" in result.stdout
    assert present(at.simulator.user("ada@corp.example"))["title"] == "Analyst"
    assert at.members("ops") == set(NAMES)


@pytest.mark.parametrize("identity", IDENTITIES, ids=OF_THE_IDP)
@pytest.mark.parametrize("policy", POLICIES)
async def test_without_an_earlier_revision_groups_keep_whom_they_may_hold(
    at: Desk, policy: str, identity: dict[str, Any]
) -> None:
    await settled(at, identity, policy)
    invalid(at, "bob", **identity)
    await both(at)
    assert is_active(at, "bob")
    assert at.members("ops") == set(NAMES)


@pytest.mark.parametrize("identity", IDENTITIES, ids=OF_THE_IDP)
@pytest.mark.parametrize("how", ["selector", "expression", "nested"])
async def test_groups_that_select_may_hold_anyone(at: Desk, how: str, identity: dict[str, Any]) -> None:
    await settled(at, identity)
    ways: dict[str, list[dict[str, Any]]] = {
        "selector": [{"userRef": {"name": "ada"}}, {"userSelector": {"matchLabels": {"team": "ops"}}}],
        "expression": [{"expression": "user.userName.startsWith('a')"}],
        "nested": [{"userRef": {"name": "ada"}}, {"groupRef": {"name": "part"}}],
    }
    at.group("part", "bob")
    at.group("ops", members=ways[how])
    invalid(at, "bob", **identity)
    await both(at)
    assert "bob" in at.members("ops")


async def test_a_group_that_does_not_name_it_loses_its_leavers(at: Desk) -> None:
    await settled(at)
    at.group("ops", "ada")
    invalid(at, "bob")
    await both(at)
    assert at.members("ops") == {"ada"}


@pytest.mark.parametrize("scope", ["Assigned", "All"])
async def test_it_counts_as_deleted_under_no_scope(at: Desk, scope: str) -> None:
    await settled(at)
    at.configure(scope=scope, assignments=[{"userRef": {"name": "ada"}}] if scope == "Assigned" else None)
    invalid(at, "bob")
    await both(at)
    assert is_active(at, "bob")


async def test_a_manager_stays_one(at: Desk) -> None:
    at.user("bob", externalId="id-of-the-idp")
    at.user("ada", manager={"userRef": {"name": "bob"}})
    at.configure(users={"adoption": "IfUnowned"})
    await at.applied()
    before = present(at.simulator.user("ada@corp.example"))
    invalid(at, "bob")
    await both(at)
    assert present(at.simulator.user("ada@corp.example")) == before


@pytest.mark.parametrize("form", ["json", "markdown"])
async def test_every_form_of_the_plan_names_it(at: Desk, form: str) -> None:
    at.user("ada")
    invalid(at, "bob")
    result = await at.run("plan", "-o", form)
    assert result.exit_code == 1
    assert "scimuser/bob" in result.stdout
    assert "InvalidSpec" in result.stdout
    assert "spec.active" in result.stdout


async def test_a_saved_plan_does_not_hold_once_it_is_valid(at: Desk) -> None:
    saved = str(at.folder.parent / "plan.json")
    previous = await settled(at)
    invalid(at, "bob")
    await at.run("plan", "--previous", previous, "--out", saved)
    at.user("bob", title="Analyst")
    mark = at.mark()
    result = await at.run("apply", "--previous", previous, "--plan", saved)
    assert (result.exit_code, at.writes(mark)) == (1, [])


async def test_a_wrong_config_stops_everything(at: Desk) -> None:
    at.user("ada")
    invalid(at, "bob")
    at.configure(scope="Some")
    for command in (("plan",), ("apply", "--auto-approve")):
        mark = at.mark()
        result = await at.run(*command)
        assert (result.exit_code, at.writes(mark)) == (1, [])
        assert "Nothing is planned while the config is wrong" in result.stderr
