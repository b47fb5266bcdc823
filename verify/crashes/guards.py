"""Scenarios in which someone, or something, stays as it is: because it is another's, protected, held or suspended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.resource import CORE_USER
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS, USERS
from scim_operator.simulator.schema import ResourceType
from verify.crashes.people import Scenario, crowd, group, lull, people, people_of_another
from verify.manifests import UNLIMITED, user
from verify.world import CONFIG, NAMESPACE

if TYPE_CHECKING:
    from typing import Any

    from verify.world import World

_PAST = "2020-01-01T00:00:00Z"
_MADE = {"externalId": "Generated"}


def _others(world: World) -> None:
    """Resources that match manifests and are no one's here, and two manifests that claim one name."""
    people(world)
    for name, mark in (("dora", "elsewhere/dora"), ("emil", "oid-emil")):
        world.service.by_hand("POST", "/Users", {"schemas": [CORE_USER], **user(name, externalId=mark)})
    world.apply(Kind.USER, "dora", user("dora", title="Lead"))
    world.apply(Kind.USER, "emil", user("emil", title="Lead", externalId="oid-emil", adoption="Never"))
    for name in ("finn", "fynn"):
        world.apply(Kind.USER, name, user("finn", title=name))


async def _others_leave(world: World) -> None:
    await lull(world)
    world.delete(Kind.USER, "dora")
    leaver = user("emil", title="Lead", externalId="oid-emil", adoption="Never", notAfter=_PAST)
    world.apply(Kind.USER, "emil", leaver)


def _a_stranger(world: World, **more: Any) -> str:  # noqa: ANN401 - of the spec
    stranger = user("zoe", externalId="oid-zoe", **more)
    return str(world.service.by_hand("POST", "/Users", {"schemas": [CORE_USER], **stranger}).get("id", ""))


async def _forge(world: World) -> None:
    """Write a stranger's id into a status and among the tombstones, while no operator runs."""
    await world.kill()
    id = _a_stranger(world, active=False)
    ben = world.manifests(Kind.USER)["ben"]["status"]
    ben["services"][0] |= {"id": id, "applied": ["userName"]}
    world.server.patch(Target(USERS, NAMESPACE, "ben", "status"), {"status": ben})
    tombstone = {"id": id, "kind": "ScimUser", "name": "zoe", "deleteAt": _PAST}
    world.server.patch(Target(CONFIGS, NAMESPACE, CONFIG, "status"), {"status": {"tombstones": [tombstone]}})
    world.start()
    await lull(world)
    world.apply(Kind.USER, "ben", user("ben", title="Lead"))


async def _wipe_ledger(world: World) -> None:
    """Wipe what the limits remember while no operator runs, and then remove as many as they allow."""
    await world.kill()
    world.server.patch(Target(CONFIGS, NAMESPACE, CONFIG, "status"), {"status": {"limits": None}})
    world.start()
    await lull(world)
    world.delete(Kind.USER, "user-0")


async def _leave(world: World) -> None:
    world.delete(Kind.USER, "anna")
    world.apply(Kind.GROUP, "red", group("red", "anna"))


async def _pause(world: World) -> None:
    """Suspend one who is there and one who is not, and edit both."""
    world.apply(Kind.USER, "ben", user("ben", title="Lead", suspend=True))
    world.apply(Kind.USER, "dan", user("dan", suspend=True))
    world.apply(Kind.GROUP, "red", group("red", "anna", "ben", "dan"))


async def _plan(world: World) -> None:
    world.configure(mode="Plan")
    await lull(world)
    world.delete(Kind.USER, "anna")
    world.apply(Kind.USER, "dan", user("dan"))


def _with_guests(world: World) -> None:
    people(world)
    world.apply(Kind.GROUP, "red", {**group("red", "anna", "ben"), "membershipPolicy": "Additive"})


async def _invite(world: World) -> None:
    """Have someone add a guest to an additive group, in which one joins and one leaves later."""
    id = _a_stranger(world)
    [red] = [one["id"] for one in world.service.groups.values() if one["displayName"] == "red"]
    found = world.service.groups[red]
    members = [*found.get("members", ()), {"value": id}]
    world.service.by_hand("PUT", f"/Groups/{red}", {**found, "members": members})
    await lull(world)
    world.apply(Kind.GROUP, "red", {**group("red", "anna", "carla"), "membershipPolicy": "Additive"})


async def _use_again(world: World) -> None:
    """Delete one who is to be deleted later, and give the account to someone again before that."""
    [anna] = [one for one in world.service.users.values() if one["userName"].startswith("anna")]
    world.delete(Kind.USER, "anna")
    await lull(world)
    world.service.by_hand("PUT", f"/Users/{anna['id']}", {**anna, "active": True})
    await lull(world)
    await lull(world)


def _lose_all_but(world: World, name: str) -> list[dict[str, Any]]:
    lost = [user for user in world.service.users.values() if not user["userName"].startswith(name)]
    for each in lost:
        world.service.by_hand("DELETE", f"/Users/{each['id']}")
    return lost


async def _lose(world: World) -> None:
    """Have the service lose most; someone joins, and two leave, one of them lost."""
    _lose_all_but(world, "user-7")
    await lull(world)
    world.apply(Kind.USER, "dan", user("dan"))
    world.apply(Kind.USER, "user-7", user("user-7", active=False))
    world.delete(Kind.USER, "user-0")


async def _lose_and_restore(world: World) -> None:
    """Have the service lose people without our mark, and have them again; one of them leaves after that."""
    lost = _lose_all_but(world, "no one")
    await lull(world)
    world.service.contents.seed(ResourceType.USER, lost)
    await lull(world)
    world.delete(Kind.USER, "anna")


_TWO = {"limits": UNLIMITED | {"disables": {"min": 2, "max": 2}}}
_TWO_AGAIN = {"limits": UNLIMITED | {"recreations": {"min": 2, "max": 2}}}
_NONE_AGAIN = {"limits": UNLIMITED | {"recreations": {"min": 0, "max": 0}}}
_ANNA = {"protected": {"users": [{"userRef": {"name": "anna"}}]}}

SCENARIOS = (
    Scenario("of-others", _others, _others_leave, filled=False, spec={"users": {**_MADE, "adoption": "IfUnowned"}}),
    Scenario("forged", people, _forge, spec={"users": {**_MADE, "deleteAfter": "20m"}}, timed=True),
    Scenario("ledger-wiped", crowd, _wipe_ledger, spec=_TWO, timed=True),
    Scenario("protected", people, _leave, spec=_ANNA),
    Scenario("paused", people, _pause),
    Scenario("plan", people, _plan),
    Scenario("used-again", people, _use_again, spec={"users": {**_MADE, "deleteAfter": "20m"}}, timed=True),
    Scenario("guests", _with_guests, _invite),
    Scenario("lost", crowd, _lose, spec=_TWO_AGAIN),
    Scenario("lost-and-restored", people_of_another, _lose_and_restore, spec=_NONE_AGAIN),
)
