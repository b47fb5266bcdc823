"""Who may write manifests and a config in another namespace names the people of this one, at the same service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.neighbour import Neighbour, start_all
from tests.support.present import present
from tests.support.rig import service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig

TAKES: dict[str, Any] = {"users": {"adoption": "IfUnowned", "whenDeleted": "Delete"}}
"""A config that takes over whatever it may, and deletes what it has."""
ADA = {"userName": "ada@corp.example"}


@pytest.fixture
async def evil(r: Rig) -> Neighbour:
    """A neighbour, once ada is provisioned here."""
    r.user("ada", externalId="00u1")
    r.group("admins", ["ada"])
    neighbour = Neighbour(r, **TAKES)
    await r.start()
    await r.settle()
    return neighbour


CLAIMS: dict[str, dict[str, Any]] = {
    "userName": ADA,
    "userName in another case": {"userName": "ADA@CORP.example"},
    "externalId": {"externalId": "00u1"},
    "both, and inactive": {**ADA, "externalId": "00u1", "active": False},
}


@pytest.mark.parametrize("claimed", CLAIMS.values(), ids=CLAIMS)
async def test_what_another_namespace_owns_is_neither_taken_nor_deleted(
    r: Rig, evil: Neighbour, claimed: dict[str, Any]
) -> None:
    mark = r.mark()
    evil.user("mallory", **claimed)
    await evil.configure()
    await evil.settle()
    assert evil.reason("mallory") == "Conflict"
    owner = "scimuser/ada in namespace identity owns what has this userName or externalId"
    assert evil.message("mallory").startswith(owner)
    evil.cluster.delete(Kind.USER, "mallory")
    await evil.until(lambda: evil.cluster.get(Kind.USER, "mallory") is None)
    await evil.sweep()
    assert r.writes(mark) == []
    assert r.reason("ada") == "Provisioned"
    r.user("ada", externalId="00u1", title="Countess")
    await r.until(lambda: present(r.at_service("ada")).get("title") == "Countess")
    assert r.reason("ada") == "Provisioned"


async def test_nor_is_a_group(r: Rig, evil: Neighbour) -> None:
    evil.user("mallory")
    evil.group("copy", ["mallory"], displayName="admins")
    await evil.configure(groups={"adoption": "IfUnowned", "whenDeleted": "Delete"})
    await evil.settle()
    assert evil.reason("copy", Kind.GROUP) == "Conflict"
    assert r.members("admins") == {"ada"}


async def test_the_owners_access_ends_whatever_a_neighbour_claims(r: Rig, evil: Neighbour) -> None:
    evil.user("mallory", **ADA)
    await evil.configure()
    await evil.settle()
    r.user("ada", externalId="00u1", active=False)
    await r.until(lambda: present(r.at_service("ada"))["active"] is False)
    r.group("admins", [])
    await r.until(lambda: r.members("admins") == set())


@pytest.mark.parametrize("first", ["owner", "neighbour"])
async def test_nor_after_a_restart_no_matter_who_is_seen_first(r: Rig, evil: Neighbour, first: str) -> None:
    evil.user("mallory", **ADA)
    await r.stop()
    mark = r.mark()
    await start_all(r, evil, first=evil if first == "neighbour" else r)
    await evil.settle()
    await r.settle()
    assert (r.reason("ada"), evil.reason("mallory")) == ("Provisioned", "Conflict")
    assert r.writes(mark) == []


RESTING: list[dict[str, Any]] = [{"suspend": True}, {"mode": "Plan"}, {"users": {"matching": ["no path"]}}]


@pytest.mark.parametrize("resting", RESTING, ids=str)
async def test_nor_while_the_owner_rests_also_after_a_restart(r: Rig, evil: Neighbour, resting: dict[str, Any]) -> None:
    """Suspended during an incident, only planning, or broken by an edit: what it owns stays its own."""
    evil.user("mallory", **ADA)
    await r.configure(**resting)
    await r.until(lambda: r.condition("Ready")[1] in ("Suspended", "Planned", "InvalidSpec"))
    mark = r.mark()
    await evil.configure()
    await evil.settle()
    assert evil.reason("mallory") == "Conflict"
    await r.stop()
    await start_all(r, evil, first=evil)
    await evil.settle()
    assert evil.reason("mallory") == "Conflict"
    assert r.writes(mark) == []


async def test_nor_while_the_owners_namespace_cannot_be_listed(r: Rig, evil: Neighbour) -> None:
    """The neighbour's other work goes on, but it takes nothing over, and says why."""
    evil.user("mallory", **ADA)
    evil.user("eve")
    await r.stop()
    r.cluster.namespaces.remove(r.key.namespace)
    await r.start_without_config()
    await evil.configure()
    await r.configure()
    r.supervisor.called((r.key.namespace,))
    r.supervisor.listed(evil.key.namespace)
    await evil.until(lambda: evil.reason("eve") == "Provisioned")
    assert evil.reason("mallory") == "Conflict"
    assert "cannot be listed" in evil.message("mallory")
    assert present(r.at_service("ada"))["externalId"] == "00u1"


async def test_while_no_one_owns_it_both_wait(r: Rig) -> None:
    evil = Neighbour(r, **TAKES)
    r.user("ada")
    evil.user("mallory", **ADA)
    await start_all(r, evil)
    await r.settle()
    await evil.settle()
    assert (r.reason("ada"), evil.reason("mallory")) == ("Conflict", "Conflict")
    assert r.message("ada").startswith("scimuser/mallory in namespace evil claims the same userName or externalId")
    assert r.writes() == []
    evil.user("mallory")
    await r.until(lambda: r.reason("ada") == evil.reason("mallory") == "Provisioned")


@pytest.mark.parametrize("resting", [{"suspend": True}, {"mode": "Plan"}], ids=str)
async def test_who_sends_nothing_claims_nothing(r: Rig, resting: dict[str, Any]) -> None:
    evil = Neighbour(r, **TAKES, **resting)
    r.user("ada")
    evil.user("mallory", **ADA)
    await start_all(r, evil)
    await r.settle()
    assert r.reason("ada") == "Provisioned"
    if "mode" in resting:
        await evil.sweep()
        await evil.until(lambda: evil.reason("mallory") == "Conflict")
        assert evil.message("mallory").startswith("scimuser/ada in namespace identity owns")


@pytest.mark.parametrize("how", ["the manifest", "the scope", "the config"])
async def test_when_the_owner_lets_go_the_one_that_waits_is_looked_at_again(r: Rig, evil: Neighbour, how: str) -> None:
    evil.user("successor", **ADA, externalId="00u1")
    await evil.configure()
    await evil.settle()
    assert evil.reason("successor") == "Conflict"
    id = r.id_of("ada")
    if how == "the manifest":
        r.cluster.delete(Kind.USER, "ada")
    elif how == "the scope":
        await r.configure(scope="Assigned", assignments=[])
    else:
        await r.remove_config()
    await evil.until(lambda: evil.reason("successor") == "Provisioned")
    assert evil.id_of("ada") == id == evil.entry("successor")["id"]
    assert present(r.at_service("ada"))["active"] is True


async def test_also_after_a_restart_without_a_sweep(r: Rig, evil: Neighbour) -> None:
    evil.user("successor", **ADA, externalId="00u1")
    await evil.configure()
    await evil.settle()
    await r.stop()
    await start_all(r, evil)
    await r.settle()
    await evil.settle()
    sweeps = evil.job.session.sweeps.begun
    r.cluster.delete(Kind.USER, "ada")
    await evil.until(lambda: evil.reason("successor") == "Provisioned")
    assert evil.job.session.sweeps.begun == sweeps


async def test_anyone_who_left_does_nothing_more_to_what_another_took_over(r: Rig, evil: Neighbour) -> None:
    evil.user("successor", **ADA, externalId="00u1")
    await evil.configure()
    await r.configure(scope="Assigned", assignments=[])
    await evil.until(lambda: evil.reason("successor") == "Provisioned")
    await r.until(lambda: r.rested)
    mark = r.mark()
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    await r.configure(scope="All")
    await r.settle()
    r.user("ada", externalId="00u1", title="Former")
    await r.until(lambda: r.reason("ada") == "Conflict")
    assert [write for write in r.writes(mark) if "Users" in write] == []
    assert present(r.at_service("ada"))["active"] is True


async def test_two_that_match_one_resource_by_different_attributes_do_not_both_take_it(r: Rig) -> None:
    evil = Neighbour(r, **TAKES)
    there = r.by_hand("POST", "/Users", service_user("ada", externalId="00u9"))["id"]
    r.user("ada", externalId="00u1")
    evil.user("mallory", externalId="00u9")
    r.spec["users"] = {"adoption": "IfUnowned"}
    await start_all(r, evil)
    await r.settle()
    await evil.settle()
    taken = [r.entry("ada").get("id"), evil.entry("mallory").get("id")]
    assert taken.count(there) == 1, "one of them has it, and the other waits, or has one of its own"
