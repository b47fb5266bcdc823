"""A simulated tenant with an honest operator, and a rogue process that breaks promises beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.kube.client import Target
from scim_operator.kube.resources import GROUPS, USERS
from scim_operator.scim.protocol import Method, Request
from verify.api_client import SimulatedClient
from verify.manifests import user
from verify.network import Life
from verify.promises.checker import Checker
from verify.service import Wire
from verify.virtual import run
from verify.world import CONFIG, NAMESPACE, World

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from verify.promises.violation import Violation

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
PEOPLE = ("anna", "ben", "carla")
WIDE = {name: {"min": 50, "max": 50} for name in ("disables", "memberRemovals", "userDeletes", "groupDeletes")}
FAR = 60.0
"""Seconds after which no view of the operator shows any more what was before."""


def team(*names: str, **more: Any) -> dict[str, Any]:
    return {"displayName": "team", "members": [{"userRef": {"name": name}} for name in names], **more}


class Rogue:
    """A tenant with an honest operator, and a process beside it that sends whatever a test wants."""

    def __init__(self, seed: int = 7, **spec: Any) -> None:
        self.world = World(seed, **spec)
        self.checker = Checker(self.world)
        self.life = Life("rogue")
        self.wire = Wire(self.world.service, self.world.network, self.life)
        self.api = SimulatedClient(self.world.server, self.world.network, self.life)

    async def begin(self, **groups: Any) -> None:
        for name in PEOPLE:
            self.world.apply(Kind.USER, name, user(name))
        self.world.apply(Kind.GROUP, "team", {**team("anna", "ben"), **groups})
        self.world.start()
        await self.world.rest()
        assert self.checker.check_rest() == []

    async def alone(self) -> None:
        """Kill the operator, so that nothing but the rogue acts."""
        await self.world.kill()
        await self.world.pass_time(FAR)

    async def send(self, method: Method, path: str, body: Any = None) -> None:
        headers = {"Authorization": f"Bearer {self.world.service.token}", "Content-Type": "application/scim+json"}
        await self.wire.send(Request(method, path, body=body), headers)

    async def patch(self, path: str, *operations: dict[str, Any]) -> None:
        await self.send(Method.PATCH, path, {"schemas": [PATCH_OP], "Operations": list(operations)})

    async def status(self, target: Target, body: dict[str, Any]) -> None:
        await self.api.patch(Target(target.resource, target.namespace, target.name, "status"), {"status": body})

    def id(self, name: str) -> str:
        return next(id for id, one in self.world.service.users.items() if one["userName"].startswith(name))

    def group_id(self, name: str) -> str:
        return next(id for id, one in self.world.service.groups.items() if one["displayName"] == name)

    @property
    def group(self) -> str:
        return next(iter(self.world.service.groups))

    def broken(self, promise: str) -> list[Violation]:
        return [one for one in self.checker.violations if one.promise == promise]


def disable() -> dict[str, Any]:
    return {"op": "replace", "path": "active", "value": False}


def removal(id: str) -> dict[str, Any]:
    return {"op": "remove", "path": f'members[value eq "{id}"]'}


def ready(generation: int, id: str, reason: str = "Provisioned", ready: str = "True") -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": ready, "reason": reason, "observedGeneration": generation}]
    return {"conditions": conditions, "services": [{"config": CONFIG, "conditions": conditions, "id": id}]}


def red(promise: str, play: Callable[[Rogue], Coroutine[Any, Any, None]], **spec: Any) -> None:
    """Assert that a check is red after this, and was not before."""

    async def live() -> Rogue:
        rogue = Rogue(**spec)
        await rogue.begin()
        assert rogue.checker.violations == []
        await play(rogue)
        await rogue.world.end()
        return rogue

    rogue = run(live())
    assert rogue.broken(promise), rogue.checker.violations


ANNA, TEAM = Target(USERS, NAMESPACE, "anna"), Target(GROUPS, NAMESPACE, "team")
