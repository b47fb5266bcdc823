"""Scenarios at a service that refuses one way to end access, or shows too little of it: there is another way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from verify.crashes.people import Scenario, group, lull, people
from verify.manifests import user
from verify.tenant import names_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from verify.world import World

UNLISTED = 7200.0
"""Seconds for which users cannot be listed."""
_DELETED = {"users": {"externalId": "Generated", "whenDeleted": "Delete", "deleteAfter": "0s"}}


def _leave_where(fault: str) -> Callable[[World], Awaitable[None]]:
    """Return an act in which one is disabled and one leaves a group, at a service with a fault for good."""

    async def act(world: World) -> None:
        world.service.faults.add(fault)
        world.apply(Kind.USER, "anna", user("anna", active=False))
        world.apply(Kind.GROUP, "blue", group("blue"))

    return act


async def _leave_unlisted(world: World) -> None:
    """Delete someone while users cannot be listed."""
    world.service.faults.add("status=500;method=GET;path=/Users")
    world.delete(Kind.USER, "anna")
    await world.pass_time(UNLISTED)  # each try says in the status that it is one, so that there is no lull
    world.service.faults.clear()


async def _leave_and_be_put_back(world: World) -> None:
    """Delete someone whom a group names still, and have an administrator enable them and put them back into it."""
    world.delete(Kind.USER, "anna")
    await lull(world)
    ids = {name.partition("@")[0]: id for id, name in names_of(world).items()}
    anna, red = world.service.users[ids["anna"]], world.service.groups[ids["red"]]
    world.service.by_hand("PUT", f"/Users/{anna['id']}", {**anna, "active": True})
    members = [*red.get("members", ()), {"value": anna["id"]}]
    world.service.by_hand("PUT", f"/Groups/{red['id']}", {**red, "members": members})
    await lull(world)


SCENARIOS = (
    Scenario("patch-refused", people, _leave_where("status=422;method=PATCH")),
    Scenario("patch-fails", people, _leave_where("status=500;method=PATCH")),
    Scenario("lists-refused", people, _leave_unlisted, spec=_DELETED, timed=True),
    Scenario("named-still", people, _leave_and_be_put_back, timed=True),
)
