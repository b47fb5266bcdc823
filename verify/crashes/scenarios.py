"""The scenarios: what happens in a small tenant when nothing goes wrong, each told in a few lines."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.core.resource import CORE_USER
from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.faults import Fault
from scim_operator.simulator.settings import Settings
from verify.crashes import guards, refusals
from verify.crashes.people import Scenario, crowd, group, lull, people, people_of_another
from verify.manifests import UNLIMITED, user
from verify.service import NEW_TOKEN
from verify.world import config_spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verify.history import Exchange
    from verify.world import World


async def nothing(world: World) -> None:
    """Do nothing more: the first fill is the story."""


async def _join(world: World) -> None:
    world.apply(Kind.USER, "dan", user("dan"))
    world.apply(Kind.GROUP, "red", group("red", "anna", "ben", "dan"))


async def _move(world: World) -> None:
    world.apply(Kind.GROUP, "red", group("red", "ben"))
    world.apply(Kind.GROUP, "blue", group("blue", "anna", "carla"))
    world.apply(Kind.USER, "anna", user("anna", title="Lead"))


async def _leave(world: World) -> None:
    world.delete(Kind.USER, "anna")


async def _disable(world: World) -> None:
    world.apply(Kind.USER, "anna", user("anna", active=False, title="Gone"))


async def _rename(world: World) -> None:
    world.apply(Kind.USER, "anna", user("anna", userName="anna.new@corp.example"))
    world.apply(Kind.GROUP, "red", group("crimson", "anna", "ben"))


async def _swap(world: World) -> None:
    world.apply(Kind.USER, "anna", user("anna", userName="ben@corp.example"))
    world.apply(Kind.USER, "ben", user("ben", userName="anna@corp.example"))


async def _exchange(world: World) -> None:
    """Three pass their userNames on in a circle, and two groups exchange their names."""
    for name, taken in (("anna", "ben"), ("ben", "carla"), ("carla", "anna")):
        world.apply(Kind.USER, name, user(name, userName=f"{taken}@corp.example"))
    world.apply(Kind.GROUP, "red", group("blue", "anna", "ben"))
    world.apply(Kind.GROUP, "blue", group("red", "carla"))


async def _nest(world: World) -> None:
    world.apply(Kind.GROUP, "all", group("all", "carla", nested=("red",)))
    await lull(world)
    world.apply(Kind.GROUP, "red", group("red", "ben"))
    await lull(world)
    world.apply(Kind.GROUP, "all", group("all"))


async def _drop_group(world: World) -> None:
    world.delete(Kind.GROUP, "red")


def _strangers(world: World) -> None:
    """Two people whom someone else has made at the service, and their manifests with the ids that they have there."""
    people(world)
    for name in ("anna", "ben"):
        spec = user(name, externalId=f"foreign-{name}")
        world.service.by_hand("POST", "/Users", {"schemas": [CORE_USER], **spec})
        world.apply(Kind.USER, name, {**spec, "title": "Lead"})


def held(world: World) -> str:
    """Return the digest of the plan that waits for an approval, empty where none does."""
    return str(((world.config.get("status") or {}).get("plan") or {}).get("digest", ""))


async def approve(world: World, but: str = "") -> None:
    """Approve whatever is held, as often as a plan moves, `but` for the plan of one digest."""
    for _ in range(4):
        await lull(world)
        if (digest := held(world)) not in ("", but):
            if digest == world.spec.get("approvedPlan"):  # once more: an approval applies once
                world.configure(approvedPlan="")
                await asyncio.sleep(10.0)
            world.configure(approvedPlan=digest)


async def _suspend(world: World) -> None:
    world.configure(suspend=True)
    await lull(world)
    world.apply(Kind.USER, "dan", user("dan"))
    world.apply(Kind.USER, "ben", user("ben", active=False))
    world.delete(Kind.USER, "anna")
    await lull(world)
    world.configure(suspend=False)


async def _rotate(world: World) -> None:
    world.service.token = NEW_TOKEN
    world.apply(Kind.USER, "dan", user("dan"))
    world.delete(Kind.USER, "anna")
    await asyncio.sleep(120.0)
    world.secret(NEW_TOKEN)


async def _come_back(world: World) -> None:
    """Delete, and create under the same name as soon as the first is gone, as `kubectl replace --force` does.

    Of a deletion that the watch leaves out, only the next listing tells: the watch expires after an hour at last.
    """
    world.delete(Kind.USER, "anna")
    expires = world.now + HOUR
    while "anna" in world.manifests(Kind.USER):
        await asyncio.sleep(0.05)
        if world.now >= expires:
            world.server.compact()
            expires += HOUR
    world.apply(Kind.USER, "anna", user("anna", title="Back"))


async def _mass_removal(world: World) -> None:
    for number in range(6):
        world.delete(Kind.USER, f"user-{number}")
    await approve(world)


async def _few_at_a_time(world: World) -> None:
    """Remove two, which the limits allow, and later two more, which they do not."""
    for number in range(4):
        world.delete(Kind.USER, f"user-{number}")
        if number % 2:
            await lull(world)


async def _edit_beside(world: World) -> None:
    """Edit Anna while an administrator does: what that one sets arrives between our reading and our writing."""

    def edit(exchange: Exchange) -> None:
        found = world.service.users.get(exchange.id, {})
        if exchange.to_service and exchange.method == "PUT" and found.get("userName") == "anna@corp.example":
            world.history.sending.remove(edit)
            world.service.by_hand("PUT", exchange.path, {**found, "nickName": "By hand"})

    world.history.sending.append(edit)
    for name in ("anna", "ben"):
        world.apply(Kind.USER, name, user(name, title="Lead"))
        await lull(world)


async def _edit_meanwhile(world: World) -> None:
    """Edit someone again while the first edit is on its way, so that its status is written over a newer manifest."""

    def edit(exchange: Exchange) -> None:
        if exchange.to_service and exchange.method == "PATCH":
            world.history.sending.remove(edit)
            world.apply(Kind.USER, "anna", user("anna", title="Chief"))

    world.history.sending.append(edit)
    world.apply(Kind.USER, "anna", user("anna", title="Lead"))
    await lull(world)
    world.apply(Kind.USER, "anna", user("anna", title="Chief"))


async def _list_short(world: World) -> None:
    """Have lists lack someone whom their total counts, for a sweep and a few edits."""
    world.service.faults.add(Fault(FaultName.BROKEN_PAGE, "lacks:1", method="GET"))
    await lull(world)
    world.apply(Kind.USER, "anna", user("anna", externalId="oid-anna", title="Lead"))
    world.apply(Kind.GROUP, "red", {**group("red", "anna"), "externalId": "oid-red"})
    await lull(world)
    world.service.faults.clear(FaultName.BROKEN_PAGE)


async def _many_join(world: World) -> None:
    """Ten join at once, and the one team has them all; someone else leaves in the same moment."""
    names = [f"late-{number}" for number in range(10)]
    for name in names:
        world.apply(Kind.USER, name, user(name))
    world.apply(Kind.GROUP, "red", group("red", *(f"user-{number}" for number in range(8)), *names))
    world.apply(Kind.USER, "user-0", user("user-0", active=False))


HOUR = 3600.0
_USERS = {"externalId": "Generated"}
_SOON = {"deleteAfter": "20m"}
_TWO = {"limits": UNLIMITED | {"disables": {"min": 2, "max": 2}}}
_SLOW = {"budget": {"requestsPerSecond": 5, "concurrency": 2}}
_VERSIONS = Settings(patch_status=501, etag=True)
_BULK = {"capabilities": {"bulk": True, "memberChunk": 4}}
_BY_PUT = {"capabilities": {"patch": False, "etag": True}}


def _service(more: Mapping[str, Any]) -> dict[str, Any]:
    return {"service": {**config_spec()["service"], **more}}


SCENARIOS = {
    one.name: one
    for one in (
        Scenario("first-fill", people, nothing, filled=False),
        Scenario("first-fill-ids", people_of_another, nothing, filled=False),
        Scenario("joiner", people, _join),
        Scenario("mover", people, _move),
        Scenario("leaver", people, _leave),
        Scenario("leaver-ids", people_of_another, _leave),
        Scenario("leaver-deleted", people, _leave, spec={"users": {**_USERS, "whenDeleted": "Delete"}}),
        Scenario("disable", people, _disable),
        Scenario("rename", people, _rename),
        Scenario("swap", people, _swap, unique=True),
        Scenario("exchange", people, _exchange, unique=True),
        Scenario("nesting", people, _nest),
        Scenario("group-emptied", people, _drop_group, spec={"groups": _SOON}),
        Scenario("delete-later", people, _leave, spec={"users": {**_USERS, **_SOON}}),
        Scenario("adoption", _strangers, nothing, filled=False, spec={"users": {**_USERS, "adoption": "IfUnowned"}}),
        Scenario("adoption-approved", _strangers, approve, filled=False),
        Scenario("suspension", people, _suspend),
        Scenario("rotation", people, _rotate),
        Scenario("return-at-once", people, _come_back),
        Scenario("mass-removal", crowd, _mass_removal, spec={"limits": {}}),
        Scenario("few-at-a-time", crowd, _few_at_a_time, timed=True, spec=_TWO),
        Scenario("slow", crowd, nothing, filled=False, spec=_service(_SLOW)),
        Scenario("bulk-fill", crowd, nothing, filled=False, spec=_service(_BULK), settings=Settings(bulk=10)),
        Scenario("bulk-join", crowd, _many_join, spec=_service(_BULK), settings=Settings(bulk=10)),
        Scenario("edit-beside", people, _edit_beside, spec=_service(_BY_PUT), settings=_VERSIONS),
        Scenario("edit-meanwhile", people, _edit_meanwhile),
        Scenario("short-list", people_of_another, _list_short),
        *guards.SCENARIOS,
        *refusals.SCENARIOS,
    )
}
