"""Who may write `*/status` writes ids, members and tombstones there, to have others renamed, emptied or deleted."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.present import present
from tests.support.rig import service_group, service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig


def forge(r: Rig, name: str, kind: Kind = Kind.USER, **fields: Any) -> None:
    """Change the config's entry in a manifest's status; a manifest without one gets one."""
    status = copy.deepcopy((r.cluster.get(kind, name) or {}).get("status") or {"conditions": [], "services": []})
    entries = [entry for entry in status["services"] if entry["config"] == "vmware"] or [{"config": "vmware"}]
    status["services"] = [{**entries[0], **fields}]
    r.cluster.forge_status(kind, name, status)


async def restart(r: Rig) -> None:
    await r.stop()
    await r.start()
    await r.settle()
    await r.sweep()


@pytest.mark.parametrize("policy", ["Approve", "IfUnowned", "Never"])
@pytest.mark.parametrize("live", [True, False], ids=["while the operator runs", "before it starts"])
async def test_the_id_of_a_stranger(r: Rig, policy: str, live: bool) -> None:
    """The attack of the report: a forged `status.services[].id` renamed a foreign `root`."""
    (id,), _ = r.simulator.seed([service_user("root")])
    before = dict(r.simulator.users[id])
    r.spec["users"] = {"adoption": policy, "whenDeleted": "Delete"}
    r.user("evil")
    await r.start()
    await r.settle()
    service = r.entry("evil")["service"]
    if not live:
        await r.stop()
    forge(r, "evil", id=id, service=service)
    if not live:
        await r.start()
        await r.settle()
    r.user("evil", title="Renamed", active=False)
    await r.rest()
    await restart(r)
    assert r.simulator.users[id] == before
    assert r.entry("evil")["id"] == r.id_of("evil") != id
    r.cluster.delete(Kind.USER, "evil")
    await r.until(lambda: r.cluster.get(Kind.USER, "evil") is None)
    await r.rest()
    assert r.simulator.users[id] == before


@pytest.mark.parametrize("policy", ["Approve", "Never"])
async def test_the_id_of_someone_whose_user_name_the_manifest_has(r: Rig, policy: str) -> None:
    """The forged id then names a resource that the manifest would match: it needs its adoption all the same."""
    (id,), _ = r.simulator.seed([service_user("root")])
    before = dict(r.simulator.users[id])
    r.spec["users"] = {"adoption": policy}
    r.user("root", title="Renamed", active=False)
    forge(r, "root", id=id)
    await r.start()
    await r.settle()
    assert r.reason("root") == {"Approve": "Held", "Never": "NotOwned"}[policy]
    await restart(r)
    assert r.simulator.users[id] == before


async def test_an_entry_that_was_copied_from_another_manifest(r: Rig) -> None:
    r.user("victim")
    r.user("evil")
    await r.start()
    await r.settle()
    await r.stop()
    victim = dict(r.at_service("victim") or {})
    forge(r, "evil", **r.entry("victim"))
    await r.start()
    await r.settle()
    r.user("evil", title="Renamed", active=False)
    await r.rest()
    assert r.at_service("victim") == victim
    assert r.entry("evil")["id"] == r.id_of("evil")
    assert r.entry("victim")["id"] == victim["id"]
    assert len(r.simulator.users) == 2


async def test_an_entry_of_another_config(r: Rig) -> None:
    """What one config proved is no other's: `second` may serve another service, where the id is somebody else's."""
    (id,), _ = r.simulator.seed([service_user("root")])
    before = dict(r.simulator.users[id])
    r.user("evil")
    await r.start()
    await r.settle()
    await r.stop()
    entry = {**r.entry("evil"), "id": id}
    status = {"conditions": [], "services": [{**entry, "config": "second"}, {**entry, "config": "vmware"}]}
    r.cluster.forge_status(Kind.USER, "evil", status)
    await r.start()
    await r.settle()
    r.user("evil", active=False)
    await r.rest()
    assert r.simulator.users[id] == before


async def test_a_tombstone(r: Rig) -> None:
    """The attack of the report: a forged tombstone deleted a foreign user."""
    (id,), _ = r.simulator.seed([service_user("sleeper", active=False)])
    r.spec["users"] = {"deleteAfter": "1h"}
    r.user("ada")
    await r.start()
    await r.settle()
    await r.stop()
    tombstone = {"id": id, "kind": "ScimUser", "name": "gone", "deleteAt": "2026-01-01T00:00:00Z"}
    for proof in ({}, {"proof": "A" * 22}, {"proof": r.entry("ada").get("proof", "")}):
        r.cluster.config_status["vmware"]["tombstones"] = [{**tombstone, **proof}]
        await restart(r)
        assert id in r.simulator.users
        assert r.status["tombstones"] == [], "it is dropped"
        await r.stop()


async def test_a_tombstone_whose_date_someone_moved(r: Rig) -> None:
    r.spec["users"] = {"deleteAfter": "720h"}
    r.user("ada")
    await r.start()
    await r.settle()
    id = r.id_of("ada")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    await r.rest()
    await r.stop()
    (tombstone,) = r.status["tombstones"]
    r.cluster.config_status["vmware"]["tombstones"] = [{**tombstone, "deleteAt": "2026-01-01T00:00:00Z"}]
    await restart(r)
    assert id in r.simulator.users


async def test_members_that_we_never_added(r: Rig) -> None:
    """An additive group removes who was added from here: forged members would have been removed."""
    ids, _ = r.simulator.seed([service_user("root"), service_user("guest")])
    _, (group,) = r.simulator.seed(groups=[service_group("admins", ids, externalId="identity/admins")])
    r.user("ada")
    r.group("admins", ["ada"], membershipPolicy="Additive")
    await r.start()
    await r.settle()
    assert r.members("admins") == {"root", "guest", "ada"}
    await r.stop()
    forge(r, "admins", Kind.GROUP, members=[*ids, r.id_of("ada")], id=group)
    await restart(r)
    r.group("admins", [], membershipPolicy="Additive")
    await r.rest()
    await r.sweep()
    assert r.members("admins") >= {"root", "guest"}


async def test_attributes_that_we_never_applied(r: Rig) -> None:
    """What was applied before and is absent now is cleared: forged paths would have cleared what others set."""
    r.user("ada")
    await r.start()
    await r.settle()
    await r.stop()
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": "title", "value": "Countess"})
    forge(r, "ada", applied=[*r.entry("ada")["applied"], "title"])
    await restart(r)
    assert present(r.at_service("ada"))["title"] == "Countess"


async def test_values_that_the_service_is_said_to_keep_in_another_form(r: Rig) -> None:
    """A forged memory of a value reformatted would have kept `active: false` from being sent."""
    r.user("leaver")
    await r.start()
    await r.settle()
    await r.stop()
    from scim_operator.core.attributes.equality import digest  # noqa: PLC0415 - what an attacker knows
    from scim_operator.core.attributes.paths import ACTIVE  # noqa: PLC0415

    kept = {"path": "active", "sent": digest(ACTIVE, False), "got": digest(ACTIVE, True)}
    forge(r, "leaver", reformatted=[kept])
    r.user("leaver", active=False)
    await r.start()
    await r.settle()
    await r.rest()
    assert present(r.at_service("leaver"))["active"] is False


async def test_what_is_not_believed_is_counted(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    await r.stop()
    forge(r, "ada", id="somebody-elses")
    r.cluster.config_status["vmware"]["tombstones"] = [
        {"id": "9", "kind": "ScimUser", "name": "gone", "deleteAt": "2026-01-01T00:00:00Z"}
    ]
    await r.start()
    await r.settle()
    shown = r.metrics.render().decode()
    assert 'scim_unproven_total{config="identity/vmware",kind="id"} 1.0' in shown
    assert 'scim_unproven_total{config="identity/vmware",kind="tombstone"} 1.0' in shown
