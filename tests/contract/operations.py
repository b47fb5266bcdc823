"""Every operation that the operator sends, each as a small story that ends in silence.

`OPERATIONS` is the table: a name as the documentation has it, and what is done. Each begins with an empty service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.attributes.equality import unassigned
from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.resource import CORE_GROUP
from scim_operator.scim.profiles import PROFILES
from tests.support.rig import service_user

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scim_operator.core.attributes.paths import AttributePath
    from tests.support.rig import Rig


def person(r: Rig, name: str, /, **spec: Any) -> None:
    """Apply a user who has what any profile requires."""
    given = spec.pop("given", name.title())
    body = {"displayName": name.title(), "externalId": f"idp-{name}", "name": {"givenName": given, "familyName": "E"}}
    r.user(name, **{**body, **spec})


def stranger(who: str, /, **spec: Any) -> dict[str, Any]:
    """What someone else has made at the service."""
    named = {"givenName": "Pirate", "familyName": "E"}
    return {**service_user(who), "displayName": who.title(), "externalId": f"theirs-{who}", "name": named, **spec}


async def begun(r: Rig, *names: str) -> None:
    """Start with these people, and wait until they are at the service."""
    for name in names:
        person(r, name)
    await r.start()
    await r.settle()
    for name in names:
        assert r.reason(name) == "Provisioned", r.message(name)


async def provisioned(r: Rig, name: str, kind: Kind = Kind.USER) -> None:
    await r.rest()
    assert r.reason(name, kind) == "Provisioned", r.message(name, kind)


def at_service(r: Rig, name: str) -> dict[str, Any]:
    found = r.at_service(name)
    assert found is not None, f"{name} is not at the service"
    return found


def given(r: Rig, name: str) -> str:
    return str(at_service(r, name)["name"]["givenName"])


def optional(r: Rig) -> AttributePath:
    """An attribute that the profile maps and that the service does not require."""
    profile = PROFILES[r.spec["service"].get("profile", "vmware-identity-service")]
    mapped, required = profile.attributes[ResourceType.USER], profile.required[ResourceType.USER]
    free = (path for path in ("title", "displayName", "name.givenName") if path in mapped and path not in required)
    return parse(next(free))


async def create(r: Rig) -> None:
    await begun(r, "ada")
    assert given(r, "ada") == "Ada"
    assert r.writes() == ["POST /Users"]


async def find_again(r: Rig) -> None:
    """After a restart without memory the same resource is found, and none made twice."""
    r.spec["users"] = {**r.spec.get("users", {}), "adoption": "IfUnowned"}
    await begun(r, "ada")
    before = r.id_of("ada")
    await r.stop()
    r.cluster.wipe_status(Kind.USER, "ada")
    await r.start()
    await r.settle()
    await provisioned(r, "ada")
    assert r.id_of("ada") == before
    assert len(r.simulator.users) == 1


async def update(r: Rig) -> None:
    await begun(r, "ada")
    mark = r.mark()
    person(r, "ada", given="Augusta")
    await provisioned(r, "ada")
    assert given(r, "ada") == "Augusta"
    assert r.writes(mark) == ["PATCH /Users"]


async def replace(r: Rig) -> None:
    r.spec["service"]["capabilities"] = {"patch": False}
    await begun(r, "ada")
    mark = r.mark()
    person(r, "ada", given="Augusta")
    await provisioned(r, "ada")
    assert given(r, "ada") == "Augusta"
    assert r.writes(mark) == ["PUT /Users"]


async def clear(r: Rig) -> None:
    path = optional(r)
    await begun(r)
    for value in ("Analyst", ""):
        named = {"givenName": value if path.sub_attribute else "Ada", "familyName": "E"}
        person(r, "ada", name=named, **({} if path.sub_attribute else {path.attribute: value}))
        await provisioned(r, "ada")
        found = path.read(at_service(r, "ada"))
        assert found == value if value else unassigned(found)


async def disable_and_enable(r: Rig) -> None:
    await begun(r, "ada")
    before = r.id_of("ada")
    for active in (False, True):
        person(r, "ada", active=active)
        await provisioned(r, "ada")
        assert (at_service(r, "ada")["active"], r.id_of("ada")) == (active, before)


async def leave(r: Rig) -> None:
    await begun(r, "ada")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert at_service(r, "ada")["active"] is False


async def delete(r: Rig) -> None:
    r.spec["users"] = {**r.spec.get("users", {}), "whenDeleted": "Delete"}
    await begun(r, "ada")
    mark = r.mark()
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    found = r.at_service("ada")
    assert found is None or found["active"] is False, "some services only deactivate"
    assert "DELETE /Users" in r.writes(mark)


async def adopt(r: Rig) -> None:
    r.spec["users"] = {**r.spec.get("users", {}), "adoption": "IfUnowned"}
    id = r.by_hand("POST", "/Users", stranger("ada", externalId="idp-ada"))["id"]
    await begun(r, "ada")
    assert (r.id_of("ada"), given(r, "ada")) == (id, "Ada")


async def leave_strangers_alone(r: Rig) -> None:
    r.by_hand("POST", "/Users", stranger("zoe"))
    await begun(r, "ada")
    await r.sweep()
    assert given(r, "zoe") == "Pirate"
    assert r.status["totals"]["users"]["unmanaged"] == 1


async def conflict(r: Rig) -> None:
    """A userName that someone else has: the object says so, and the others go on."""
    r.spec["users"] = {**r.spec.get("users", {}), "adoption": "Never"}
    r.by_hand("POST", "/Users", stranger("ada"))
    person(r, "bob")
    person(r, "ada")
    await r.start()
    await r.settle()
    assert r.reason("bob") == "Provisioned", r.message("bob")
    assert r.reason("ada") not in ("", "Provisioned")
    assert len(r.simulator.users) == 2


async def drift(r: Rig) -> None:
    await begun(r, "ada")
    document = {**at_service(r, "ada"), "name": {"givenName": "Pirate", "familyName": "E"}}
    r.by_hand("PUT", f"/Users/{r.id_of('ada')}", {name: each for name, each in document.items() if name != "meta"})
    await r.sweep()
    assert given(r, "ada") == "Ada"


async def create_again(r: Rig) -> None:
    r.spec["users"] = {**r.spec.get("users", {}), "whenDeleted": "Delete"}
    await begun(r, "ada")
    before = r.id_of("ada")
    r.by_hand("DELETE", f"/Users/{before}")
    await r.sweep()
    await provisioned(r, "ada")
    found = at_service(r, "ada")
    assert found["active"] is True


async def pages(r: Rig) -> None:
    """More than a page: a sweep reads all of them, and writes nothing."""
    r.spec["service"]["capabilities"] = {"pageSize": 5}
    await begun(r, *(f"user{number}" for number in range(13)))
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []
    listed = [each for each in r.entries(mark) if (each.method, each.path.partition("?")[0]) == ("GET", "/Users")]
    assert len(listed) >= 3


async def group(r: Rig) -> None:
    r.group("engineering", ["ada", "bob"], externalId="g-1")
    await begun(r, "ada", "bob")
    await provisioned(r, "engineering", Kind.GROUP)
    assert r.members("engineering") == {"ada", "bob"}


async def members(r: Rig) -> None:
    names = ("ada", "bob", "cyd", "dan")
    r.group("engineering", ["ada"], externalId="g-1")
    await begun(r, *names)
    for now in (list(names), ["ada", "dan"], ["bob", "cyd"], []):
        r.group("engineering", now, externalId="g-1")
        await provisioned(r, "engineering", Kind.GROUP)
        assert r.members("engineering") == set(now)


async def leaver_leaves_groups(r: Rig) -> None:
    r.group("engineering", ["ada", "bob"], externalId="g-1")
    await begun(r, "ada", "bob")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    await r.rest()
    assert r.members("engineering") == {"bob"}


async def rename_group(r: Rig) -> None:
    r.group("engineering", ["ada"], externalId="g-1")
    await begun(r, "ada")
    before = r.group_id("engineering")
    r.cluster.apply(
        Kind.GROUP,
        "engineering",
        {"displayName": "Engines", "externalId": "g-1", "members": [{"userRef": {"name": "ada"}}]},
    )
    await provisioned(r, "engineering", Kind.GROUP)
    assert r.group_id("Engines") == before
    assert r.members("Engines") == {"ada"}


async def member_drift(r: Rig) -> None:
    """A member whom someone added by hand goes, one whom someone took out comes back."""
    r.group("engineering", ["ada"], externalId="g-1")
    await begun(r, "ada", "bob")
    id = r.group_id("engineering")
    found = {"schemas": [CORE_GROUP], "displayName": "engineering", "id": id, "externalId": "g-1"}
    r.by_hand("PUT", f"/Groups/{id}", {**found, "members": [{"value": r.id_of("bob")}]})
    await r.sweep()
    assert r.members("engineering") == {"ada"}


async def delete_group(r: Rig) -> None:
    r.spec["groups"] = {**r.spec["groups"], "whenDeleted": "Delete"}
    r.group("engineering", ["ada"], externalId="g-1")
    await begun(r, "ada")
    r.cluster.delete(Kind.GROUP, "engineering")
    await r.until(lambda: r.cluster.get(Kind.GROUP, "engineering") is None)
    assert r.simulator.group("engineering") is None


USERS: dict[str, Callable[[Rig], Awaitable[None]]] = {
    "create (POST)": create,
    "find again (filter, list)": find_again,
    "update (PATCH)": update,
    "update (PUT)": replace,
    "clear an attribute": clear,
    "disable and enable": disable_and_enable,
    "leave (disable)": leave,
    "delete (DELETE)": delete,
    "adopt": adopt,
    "leave strangers alone": leave_strangers_alone,
    "conflict of userNames": conflict,
    "repair a drift": drift,
    "create again what was deleted by hand": create_again,
    "read page by page": pages,
}
GROUPS: dict[str, Callable[[Rig], Awaitable[None]]] = {
    "create a group with members": group,
    "add and remove members": members,
    "a leaver leaves groups": leaver_leaves_groups,
    "rename a group": rename_group,
    "repair a drift of members": member_drift,
    "delete a group": delete_group,
}
OPERATIONS = {**USERS, **GROUPS}
