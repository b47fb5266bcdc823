"""The whole job against scim2-server, an independent implementation: its own schema checks take all that we send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import Kind
from scim_operator.core.resource import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from scim_operator.scim.clock import SystemClock
from tests.support.edits import ADA, EDITS, Edit
from tests.support.present import present
from tests.support.rig import Rig, service_user
from tests.support.scim2 import scim2_service
from tools.measure.tenant import EXTRA

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def r() -> AsyncIterator[Rig]:
    with scim2_service() as service:
        made = Rig(service, SystemClock())  # type: ignore[arg-type]
        made.spec["service"]["profile"] = "generic"
        made.spec["users"] = {"mappings": [{"target": path, "source": path} for path in EXTRA]}
        try:
            yield made
            assert service.log.refused == [], "nothing is refused but what a test takes out of the log"
        finally:
            await made.stop()


def ada(r: Rig, **changes: Any) -> None:
    """Apply Ada's manifest with these changes; None takes a field out."""
    spec = {"userName": "ada@corp.example", "active": True, **ADA, **changes}
    r.cluster.apply(Kind.USER, "ada", {name: value for name, value in spec.items() if value is not None})


async def begun(r: Rig) -> None:
    """What is applied is at the service."""
    await r.start()
    await r.settle()


async def is_silent(r: Rig) -> None:
    """Nothing is left to send: a sweep only reads. Another one has nothing to tell the API server either."""
    mark = r.mark()
    await r.sweep()
    writes = r.cluster.writes
    await r.sweep()
    assert r.writes(mark) == []
    assert r.cluster.writes == writes


async def test_a_user_with_every_kind_of_attribute(r: Rig) -> None:
    ada(r)
    await begun(r)
    assert r.writes() == ["POST /Users"]
    found = r.at_service("ada") or {}
    assert found["schemas"] == [CORE_USER, ENTERPRISE_USER]
    assert found["externalId"] == "identity/ada"
    for path in map(parse, (*EXTRA, "title", "name.givenName", 'addresses[type eq "work"].locality')):
        assert path.read(found) == path.read(ADA), str(path)
    assert found[ENTERPRISE_USER] == ADA["enterprise"]
    assert r.reason("ada") == "Provisioned"
    await is_silent(r)


@pytest.mark.parametrize("patch", [True, False], ids=["PATCH", "PUT"])
@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.what)
async def test_an_edit_is_one_request(r: Rig, edit: Edit, patch: bool) -> None:
    r.spec["service"]["capabilities"] = {"patch": patch}
    ada(r, **edit.before)
    await begun(r)
    [id] = r.simulator.users
    mark = r.mark()
    ada(r, **edit.after)
    await r.rest()
    [write] = [entry for entry in r.simulator.log.since(mark) if entry.method != "GET"]
    assert (write.method, write.path) == ("PATCH" if patch else "PUT", f"/Users/{id}")
    assert not patch or sorted(write.operations) == sorted(edit.operations)  # type: ignore[attr-defined]
    assert parse(edit.path).read(r.simulator.users[id]) == edit.value
    assert r.reason("ada") == "Provisioned"
    await is_silent(r)


async def test_an_extension_comes_and_goes_in_schemas(r: Rig) -> None:
    """RFC 7643 section 3: `schemas` lists the extensions that a resource has."""
    r.spec["service"]["capabilities"] = {"patch": False}
    ada(r, enterprise=None)
    await begun(r)
    assert present(r.at_service("ada"))["schemas"] == [CORE_USER]
    ada(r)
    await r.rest()
    assert present(r.at_service("ada"))["schemas"] == [CORE_USER, ENTERPRISE_USER]
    ada(r, enterprise=None)
    await r.rest()
    assert present(r.at_service("ada"))["schemas"] == [CORE_USER]


@pytest.mark.parametrize(
    ("removal", "left"),
    [("Disable", {"active": False}), ("Retain", {"active": True}), ("Delete", None)],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_manifest_that_is_deleted(r: Rig, removal: str, left: dict[str, Any] | None) -> None:
    r.spec["users"]["whenDeleted"] = removal
    ada(r)
    r.group("engineering", ["ada"])
    await begun(r)
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    await r.rest()
    found = r.at_service("ada")
    assert (found and {"active": found["active"]}) == left
    await is_silent(r)


async def test_a_user_who_returns(r: Rig) -> None:
    ada(r)
    await begun(r)
    before = r.id_of("ada")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    ada(r)
    await r.rest()
    assert (r.id_of("ada"), present(r.at_service("ada"))["active"]) == (before, True)
    await is_silent(r)


NAMES = ("ada", "charles", "grace", "alan", "edsger")


@pytest.mark.parametrize("chunk", [100, 2], ids=["at once", "in chunks"])
@pytest.mark.parametrize("patch", [True, False], ids=["PATCH", "PUT"])
async def test_members_come_and_go(r: Rig, chunk: int, patch: bool) -> None:
    r.spec["service"]["capabilities"] = {"patch": patch, "memberChunk": chunk}
    for name in NAMES:
        r.user(name)
    r.group("engineering", ["ada"])
    await begun(r)
    assert r.members("engineering") == {"ada"}
    for members in (list(NAMES), ["ada", "alan"], ["charles", "grace", "edsger"], []):
        r.group("engineering", members)
        await r.rest()
        assert r.members("engineering") == set(members)
        await is_silent(r)
    r.group("engineering", None)
    await r.rest()
    await is_silent(r)


async def test_a_new_group_of_many_members_in_chunks(r: Rig) -> None:
    r.spec["service"]["capabilities"] = {"memberChunk": 2}
    for name in NAMES:
        r.user(name)
    r.group("engineering", list(NAMES))
    await begun(r)
    assert r.members("engineering") == set(NAMES)
    assert r.reason("engineering", Kind.GROUP) == "Provisioned"
    await is_silent(r)


async def test_groups_nest_and_part(r: Rig) -> None:
    for name in ("ada", "grace"):
        r.user(name)
    r.group("compilers", ["grace"])
    r.group("engineering", ["ada", "@compilers"])
    await begun(r)
    await r.rest()
    assert ids_in(r, "engineering") == {r.id_of("ada"), r.group_id("compilers")}, "a generic service nests"
    assert ids_in(r, "compilers") == {r.id_of("grace")}
    await is_silent(r)
    r.group("engineering", ["ada"])
    await r.rest()
    assert ids_in(r, "engineering") == {r.id_of("ada")}
    r.group("engineering", ["@compilers"])
    await r.rest()
    assert ids_in(r, "engineering") == {r.group_id("compilers")}
    await is_silent(r)


def ids_in(r: Rig, group: str) -> set[str]:
    return {member["value"] for member in (r.simulator.group(group) or {}).get("members", ())}


async def test_a_group_is_renamed_and_deleted(r: Rig) -> None:
    r.spec["groups"] = {"whenDeleted": "Delete"}
    r.user("ada")
    r.group("engineering", ["ada"])
    await begun(r)
    before = r.group_id("engineering")
    r.cluster.apply(Kind.GROUP, "engineering", {"displayName": "Engines", "members": [{"userRef": {"name": "ada"}}]})
    await r.rest()
    assert r.group_id("Engines") == before
    r.cluster.delete(Kind.GROUP, "engineering")
    await r.until(lambda: r.cluster.get(Kind.GROUP, "engineering") is None)
    assert r.simulator.groups == {}
    assert r.members("engineering") == set()
    await is_silent(r)


async def test_what_is_there_already_is_adopted(r: Rig) -> None:
    r.spec |= {"users": {"adoption": "IfUnowned"}, "groups": {"adoption": "IfUnowned"}}
    there = r.by_hand("POST", "/Users", service_user("ada", title="Pirate"))
    group = r.by_hand(
        "POST",
        "/Groups",
        {"schemas": [CORE_GROUP], "displayName": "engineering", "members": [{"value": there["id"]}]},
    )
    r.by_hand("POST", "/Users", service_user("stranger"))
    ada(r)
    r.group("engineering", ["ada"])
    await begun(r)
    assert r.writes() == ["PATCH /Users", "PATCH /Groups"]
    found = r.simulator.users[there["id"]]
    assert (found["title"], found["externalId"]) == ("Analyst", "identity/ada")
    assert r.simulator.groups[group["id"]]["externalId"] == "identity/engineering"
    assert r.status["totals"]["users"]["unmanaged"] == 1
    await is_silent(r)


async def test_what_is_changed_by_hand_is_put_back(r: Rig) -> None:
    ada(r)
    r.user("charles")
    r.group("engineering", ["ada", "charles"])
    await begun(r)
    id, group = r.id_of("ada"), r.group_id("engineering")
    r.patch_by_hand(
        f"/Users/{id}",
        {"op": "replace", "path": "title", "value": "Pirate"},
        {"op": "remove", "path": 'phoneNumbers[type eq "work"]'},
        {"op": "replace", "path": f"{ENTERPRISE_USER}:department", "value": "Sea"},
    )
    r.patch_by_hand(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{id}"]'})
    mark = r.mark()
    await r.sweep()
    assert sorted(r.writes(mark)) == ["PATCH /Groups", "PATCH /Users"]
    found = r.at_service("ada") or {}
    assert (found["title"], found[ENTERPRISE_USER]["department"]) == ("Analyst", "Engineering")
    assert parse('phoneNumbers[type eq "work"].value').read(found) == ADA["phoneNumbers"][0]["value"]
    assert r.members("engineering") == {"ada", "charles"}
    await is_silent(r)


async def test_who_is_deleted_by_hand_is_made_again_and_is_a_member_again(r: Rig) -> None:
    ada(r)
    r.group("engineering", ["ada"])
    await begun(r)
    before = r.id_of("ada")
    r.by_hand("DELETE", f"/Users/{before}")
    await r.sweep()
    assert r.id_of("ada") != before
    assert ids_in(r, "engineering") == {r.id_of("ada")}
    await is_silent(r)


async def test_a_change_by_hand_that_we_have_not_seen_is_not_written_over_blindly(r: Rig) -> None:
    """The service has versions: the edit is refused with 412, read, and made again (RFC 7644 section 3.14)."""
    ada(r)
    await begun(r)
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": "nickName", "value": "By hand"})
    mark = r.mark()
    ada(r, title="Countess")
    await r.rest()
    assert [(entry.method, entry.status) for entry in r.simulator.log.since(mark)] == [
        ("PATCH", 412),
        ("GET", 200),
        ("PATCH", 204),
        ("GET", 200),
    ]
    found = r.at_service("ada") or {}
    assert (found["title"], found["nickName"]) == ("Countess", "Ada")
    del r.simulator.log.entries[mark]  # type: ignore[attr-defined]
    await is_silent(r)


async def test_an_extension_that_the_service_does_not_know_is_the_trouble_of_who_has_it(r: Rig) -> None:
    """It may refuse an attribute of no schema of its own (RFC 7644 section 3.12): the object says so, others go on."""
    badge = "urn:example:2.0:User:badge"
    r.spec["users"]["mappings"].append({"target": badge, "source": badge})
    ada(r, extensions={"urn:example:2.0:User": {"badge": "B-17"}})
    r.user("charles")
    await begun(r)
    assert (r.reason("ada"), r.reason("charles")) == ("Rejected", "Provisioned")
    assert "invalidSyntax" in r.message("ada")
    assert "urn:example:2.0:User" in r.message("ada")
    await is_silent(r)
    r.simulator.log.entries.remove(*r.simulator.log.refused)  # type: ignore[attr-defined]


async def test_discovery_is_heeded(r: Rig) -> None:
    ada(r)
    await begun(r)
    reported = r.status["service"]["capabilities"]
    assert reported["etag"] == {"value": True, "source": "Discovered"}
    assert reported["nestedGroups"]["value"] is True
    assert r.condition("Ready") == ("True", "Provisioned")
