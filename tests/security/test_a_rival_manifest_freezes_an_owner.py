"""Someone who may write ScimUsers applies a second manifest with the userName of a leaver, to keep their access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.rig import Rig


RIVALS: dict[str, dict[str, Any]] = {
    "the same userName": {"userName": "ada@corp.example"},
    "the same userName in another case": {"userName": "ADA@Corp.Example"},
    "the same externalId": {"externalId": "00u1"},
    "both": {"userName": "ada@corp.example", "externalId": "00u1"},
}


@pytest.mark.parametrize("claimed", RIVALS.values(), ids=RIVALS)
async def test_the_owners_access_ends_all_the_same(r: Rig, claimed: dict[str, Any]) -> None:
    r.user("ada", externalId="00u1")
    await r.start()
    await r.settle()
    r.user("rival", **claimed)
    await r.rest()
    assert (r.reason("ada"), r.reason("rival")) == ("Provisioned", "Conflict")
    r.user("ada", externalId="00u1", active=False)
    await r.until(lambda: present(r.at_service("ada"))["active"] is False)
    await r.rest()
    assert r.reason("ada") == "Provisioned"
    await r.check_quiet()


async def test_also_after_a_restart_and_when_the_manifest_is_deleted(r: Rig) -> None:
    r.user("ada", externalId="00u1")
    await r.start()
    await r.settle()
    r.user("rival", userName="ada@corp.example")
    await r.rest()
    await r.stop()
    r.spec["users"] = {"adoption": "Never"}
    await r.start()
    await r.settle()
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: present(r.at_service("ada"))["active"] is False)


async def test_a_group_loses_its_member_no_matter_who_claims_its_name(r: Rig) -> None:
    r.user("ada")
    r.group("admins", ["ada"])
    await r.start()
    await r.settle()
    r.group("copy", ["ada"], displayName="admins")
    await r.rest()
    r.group("admins", [])
    await r.until(lambda: r.members("admins") == set())
    await r.until(lambda: r.reason("admins", Kind.GROUP) == "Provisioned")
    assert r.reason("copy", Kind.GROUP) == "Conflict"


async def test_a_rival_that_owns_another_resource_keeps_a_name_and_nothing_else(r: Rig) -> None:
    """Ada is to be renamed to what bob has, and to be disabled: the one waits, and the other does not."""
    r.user("ada")
    r.user("bob")
    await r.start()
    await r.settle()
    ada = r.id_of("ada")
    r.user("ada", userName="bob@corp.example", active=False)
    await r.until(lambda: r.simulator.users[ada]["active"] is False)
    await r.rest()
    assert r.simulator.users[ada]["userName"] == "ada@corp.example"
    assert r.message("ada") == "userName stays as it is, for scimuser/bob claims it too; all else is sent."
    assert r.reason("bob") == "Provisioned"
    await r.check_quiet()
    r.user("bob", userName="robert@corp.example")
    await r.until(lambda: r.simulator.users[ada]["userName"] == "bob@corp.example")


async def test_while_no_one_owns_it_all_wait(r: Rig) -> None:
    r.user("ada", externalId="00u1")
    r.user("rival", externalId="00u1")
    await r.start()
    await r.settle()
    assert (r.reason("ada"), r.reason("rival")) == ("Conflict", "Conflict")
    assert r.writes() == []


async def test_anyone_who_has_left_the_scope_lets_go_and_does_nothing_more_to_it(r: Rig) -> None:
    r.spec |= {"scope": "Assigned", "users": {"adoption": "IfUnowned", "whenDeleted": "Delete"}}
    r.spec["assignments"] = [{"userRef": {"name": "ada"}}, {"userRef": {"name": "successor"}}]
    r.user("ada", externalId="00u1")
    await r.start()
    await r.settle()
    r.user("successor", userName="ada@corp.example", externalId="00u1")
    await r.until(lambda: r.reason("successor") == "Conflict")
    id = r.id_of("ada")
    await r.configure(assignments=[{"userRef": {"name": "successor"}}])
    await r.until(lambda: r.reason("successor") == "Provisioned")
    assert r.entry("successor")["id"] == id
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert present(r.at_service("ada"))["active"] is True
    await r.check_quiet()
