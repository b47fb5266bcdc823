"""Claims, configs, groups and scopes where manifests have errors, without a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.mistakes import IDP, PEOPLE, active, applied, begin, path
from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.desk import Desk


async def test_who_had_a_claim_first_goes_on(at: Desk) -> None:
    previous = await begin(at, **IDP)
    at.user("bob", title="Analyst", **IDP)
    at.user("zoe", userName="bob@corp.example")
    at.user("ada", title="Countess")
    printed = await applied(at, "--previous", previous)
    titles = {name: present(at.simulator.user(f"{name}@corp.example")).get("title") for name in PEOPLE}
    assert titles == {"ada": "Countess", "bob": "Analyst", "cyd": None}
    assert "scimuser/zoe" in printed
    assert len(at.simulator.users) == len(PEOPLE)


async def test_who_takes_another_s_claim_keeps_the_own_one(at: Desk) -> None:
    previous = await begin(at)
    at.user("bob", userName="ada@corp.example", active=False)
    printed = await applied(at, "--previous", previous)
    assert active(at) == {"ada", "cyd"}
    assert "scimuser/bob" in printed


async def test_without_an_earlier_revision_the_owner_goes_on(at: Desk) -> None:
    await begin(at)
    at.user("bob", title="Analyst")
    at.user("zoe", userName="bob@corp.example")
    printed = await applied(at)
    assert present(at.simulator.user("bob@corp.example"))["title"] == "Analyst"
    assert "scimuser/zoe: Conflict" in printed


async def test_a_config_that_is_wrong_stops_what_it_governs(at: Desk) -> None:
    at.user("ada")
    at.write("ProvisioningConfig", "other", {**at.spec, "scope": "Some", "service": {"url": "https://x.example"}})
    result = await at.run("plan", "--config=vmware")
    assert result.exit_code == 1
    assert "ada@corp.example" in result.stdout
    assert "provisioningconfig-other.yaml" in result.stdout
    result = await at.run("plan", "--config=other")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Nothing is planned while the config is wrong" in result.stderr
    assert (await at.run("plan")).exit_code == 1


async def test_from_a_group_with_errors_only_those_leave_who_are_gone(at: Desk) -> None:
    previous = await begin(at)
    at.group("ops", "ada", membershipPolicy="Sometimes")
    at.remove("ScimUser", "cyd")
    await applied(at, "--previous", previous)
    assert at.members("ops") == {"ada", "bob"}


async def test_a_group_takes_out_whose_manifest_has_errors(at: Desk) -> None:
    previous = await begin(at, **IDP)
    at.user("bob", active="maybe", **IDP)
    at.group("ops", "ada", "cyd")
    await applied(at, "--previous", previous)
    assert at.members("ops") == {"ada", "cyd"}
    assert active(at) == set(PEOPLE)


async def test_a_member_with_errors_keeps_no_other_one(at: Desk) -> None:
    await begin(at, **IDP)
    at.user("bob", active="maybe", **IDP)
    at.group("ops", "ada", "bob")
    await applied(at)
    assert at.members("ops") == {"ada", "bob"}


@pytest.mark.parametrize("trouble", ["invalid", "torn"])
async def test_no_one_leaves_the_scope_for_a_group_with_errors(at: Desk, trouble: str) -> None:
    at.configure(scope="Assigned", assignments=[{"groupRef": {"name": "ops"}}])
    for name in PEOPLE:
        at.user(name)
    at.group("ops", *PEOPLE)
    await at.applied()
    if trouble == "invalid":
        at.group("ops", "ada", membershipPolicy="Sometimes")
    else:
        (at.folder / "scimgroup-ops.yaml").write_text("a: [")
    await applied(at)
    assert active(at) == set(PEOPLE)


@pytest.mark.parametrize("how", ["named", "selected"])
async def test_groups_keep_those_who_may_be_in_what_cannot_be_read(at: Desk, how: str) -> None:
    await begin(at, **IDP)
    path(at, "bob").write_text("a: [")
    if how == "selected":
        at.group("ops", members=[{"expression": "user.userName.startsWith('a')"}])
    await applied(at)
    assert at.members("ops") == ({"ada", "bob", "cyd"} if how == "named" else {"ada", "bob"})


async def test_a_flattened_group_keeps_the_members_of_a_part_with_errors(at: Desk) -> None:
    at.configure(users={"adoption": "IfUnowned"})
    for name in PEOPLE:
        at.user(name)
    at.group("part", "bob", "cyd")
    at.group("ops", "ada", "@part")
    await at.applied()
    at.group("part", "bob", membershipPolicy="Sometimes")
    await applied(at)
    assert at.members("ops") == set(PEOPLE)
