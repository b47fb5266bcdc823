"""The simulated world: what it must do so that what is proved in it means something."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.errors import PreconditionFailed
from scim_operator.kube.client import ExpiredWatch, Target
from scim_operator.kube.resources import USERS
from verify.api_client import SimulatedClient
from verify.apiserver import ApiServer
from verify.crashes.people import lull
from verify.fates import Fate
from verify.manifests import user
from verify.network import Life
from verify.virtual import Deadlock, run
from verify.world import Restless, World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ANNA = Target(USERS, "identity", "anna")


def team(*names: str) -> dict[str, Any]:
    """Return the spec of a group of these users."""
    return {"displayName": "team", "members": [{"userRef": {"name": name}} for name in names]}


async def life(seed: int) -> str:
    """Return the history of three people: one leaves, an answer in ten is lost."""
    world = World(seed)
    world.weather.service = {Fate.ANSWER_LOST: 0.1}
    for name in ("anna", "ben", "carla"):
        world.apply(Kind.USER, name, user(name))
    world.apply(Kind.GROUP, "team", team("anna", "ben"))
    world.start()
    await world.rest()
    world.delete(Kind.USER, "anna")
    await world.rest()
    await world.end()
    found = {one["userName"]: one["active"] for one in world.service.users.values()}
    assert found == {"anna@corp.example": False, "ben@corp.example": True, "carla@corp.example": True}
    assert [len(group["members"]) for group in world.service.groups.values()] == [1]
    return world.history.text()


def test_a_seed_replays_exactly() -> None:
    assert run(life(7)) == run(life(7))


def test_another_seed_is_another_schedule() -> None:
    assert run(life(7)) != run(life(8))


def test_waiting_for_ever_is_seen() -> None:
    async def wait() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock):
        run(wait())


@pytest.mark.parametrize("wait", [World.rest, lull])
def test_an_operator_that_writes_for_ever_is_seen(wait: Callable[[World], Awaitable[object]]) -> None:
    async def life() -> None:
        world = World(1)

        async def never_at_rest() -> None:
            while True:
                await asyncio.sleep(300)
                world.history.writes += 1

        writing = asyncio.create_task(never_at_rest())
        with pytest.raises(Restless):
            await wait(world)
        writing.cancel()

    run(life())


def test_the_api_server_refuses_what_was_computed_from_an_older_version() -> None:
    server = ApiServer(lambda: "2026-01-01T00:00:00Z")
    old = server.apply(ANNA, user("anna"))
    server.apply(ANNA, user("anna", title="Dr."))
    with pytest.raises(PreconditionFailed):
        server.patch(ANNA, {"metadata": {"resourceVersion": old["metadata"]["resourceVersion"]}})


def test_the_api_server_counts_generations_by_the_spec_alone() -> None:
    server = ApiServer(lambda: "2026-01-01T00:00:00Z")
    server.apply(ANNA, user("anna"))
    server.patch(Target(USERS, "identity", "anna", "status"), {"status": {"services": []}, "spec": {"title": "no"}})
    found = server.get(ANNA)
    assert found is not None
    assert (found["metadata"]["generation"], found["metadata"]["resourceVersion"]) == (1, "2")
    assert "title" not in found["spec"]


def test_a_finalizer_keeps_a_deleted_object_until_it_is_off() -> None:
    server = ApiServer(lambda: "2026-01-01T00:00:00Z")
    server.apply(ANNA, user("anna"))
    server.patch(ANNA, {"metadata": {"finalizers": ["ours"]}})
    server.delete(ANNA)
    assert server.get(ANNA) is not None
    server.patch(ANNA, {"metadata": {"finalizers": []}})
    assert server.get(ANNA) is None
    assert [event.kind.value for event in server.since(ANNA, 0)] == ["ADDED", "MODIFIED", "MODIFIED", "DELETED"]


def test_a_watch_from_before_a_compaction_has_expired() -> None:
    server = ApiServer(lambda: "2026-01-01T00:00:00Z")
    server.apply(ANNA, user("anna"))
    server.apply(ANNA, user("anna", title="Dr."))
    newest = server.version
    server.compact()
    for version in (1, newest):  # who has seen all of it may have missed the last event, and lists again, too
        with pytest.raises(ExpiredWatch):
            list(server.since(ANNA, version))
    assert list(server.since(ANNA, server.version)) == []


def test_a_list_comes_in_pages_as_it_was_when_it_began() -> None:
    async def life() -> None:
        world = World(1)
        for name in ("anna", "ben", "carla"):
            world.apply(Kind.USER, name, user(name))
        client = SimulatedClient(world.server, world.network, Life("reader"))
        users = Target(USERS, "identity")
        first = await client.page(users, limit=2)
        world.delete(Kind.USER, "carla")
        second = await client.page(users, limit=2, token=first.next)
        named = [[one["metadata"]["name"] for one in page.items] for page in (first, second)]
        assert (named, second.next) == ([["anna", "ben"], ["carla"]], "")
        assert first.resource_version == second.resource_version
        await world.end()

    run(life())
