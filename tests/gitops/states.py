"""Users, groups and configs in each state that they can be in, with the status that a job wrote there."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.core.report.config_status import conditions
from scim_operator.core.report.standing import Phase, Standing, Trouble
from tests.support.limiting import UNLIMITED, exactly
from tests.support.present import present
from tests.support.rig import Rig, rig, service_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = "2026-12-01T12:00:00Z"
CAUSES: dict[str, str] = {"not connected": "401", "quarantined": "401"}
"""What the message of a state has to name, so that kstatus and Argo CD show it."""


@dataclass(frozen=True)
class State:
    """An object in a state. `status` is what the operator wrote, {} where none has looked at it."""

    kind: str
    spec: dict[str, Any]
    status: dict[str, Any]
    deleting: bool = False
    edited: bool = False
    """Whether its spec was changed since."""
    finalizers: list[str] = field(default_factory=list)


async def states() -> dict[str, State]:
    """All of them, by the name that docs/gitops.md has for them."""
    found: dict[str, State] = {}
    for some in (_well, _trouble, _unassigned, _planned, _suspended, _refused):
        found |= await some()
    ready, config = found["user, ready"], found["config, ready"]
    found["user, new"] = replace(ready, status={})
    found["user, edited"] = replace(ready, edited=True)
    found["config, new"] = replace(config, status={})
    for name, standing in _STANDINGS.items():
        found[f"config, {name}"] = replace(config, status=_status_of(standing))
    return found


_STANDINGS = {
    "at work": Standing(1, connected=True, phase=Phase.USERS),
    "quarantined": Standing(
        1,
        connected=False,
        trouble=Trouble("Unauthorized", "401."),
        quarantine=Trouble("CredentialsRefused", "401. Nothing is sent."),
    ),
    "invalid": Standing(1, invalid="spec.users.mappings[0]: no."),
    "another serves the service": Standing(1, waits_for="older"),
}


def _status_of(standing: Standing) -> dict[str, Any]:
    return {"observedGeneration": standing.generation, "conditions": conditions(standing, {}, NOW)}


def _config(r: Rig) -> State:
    return State("ProvisioningConfig", r.spec, r.status)


def _object(r: Rig, name: str, kind: Kind = Kind.USER) -> State:
    manifest = present(r.cluster.get(kind, name))
    metadata, word = manifest["metadata"], "ScimUser" if kind is Kind.USER else "ScimGroup"
    finalizers = metadata.get("finalizers", [])
    return State(word, manifest["spec"], manifest["status"], "deletionTimestamp" in metadata, finalizers=finalizers)


@asynccontextmanager
async def _running(r: Rig) -> AsyncIterator[None]:
    await r.start()
    await r.settle()
    yield


async def _well() -> dict[str, State]:
    async with rig() as r:
        r.user("ada")
        r.user("eve")
        r.spec["limits"] = {**UNLIMITED, "disables": exactly(0)}
        async with _running(r):
            well = {"user, ready": _object(r, "ada"), "config, ready": _config(r)}
            r.cluster.delete(Kind.USER, "eve")
            await r.until(lambda: r.reason("eve") == "Held" and r.ready_of("vmware")[1] == "ApprovalRequired")
            return {**well, "user, deleted, and held": _object(r, "eve"), "config, held": _config(r)}


async def _trouble() -> dict[str, State]:
    async with rig() as r:
        r.user("ada")
        r.user("bob", emails=[])
        r.user("cy", suspend=True)
        r.user("dora")
        r.group("engine", ["ada"])
        r.simulator.seed([service_user("dora")])
        r.simulator.faults.add("status=400;method=POST;path=/Groups")
        r.simulator.faults.add("status=500;method=POST;path=/Users")
        await r.start()
        await r.until(lambda: r.reason("ada") == "Retrying" and r.reason("engine", Kind.GROUP) == "Rejected")
        await r.until(lambda: r.reason("dora") == "Held" and r.reason("cy") == "Suspended")
        await r.until(lambda: r.ready_of("vmware")[1] in ("ObjectsFailed", "ApprovalRequired"))
        return {
            "user, tried again": _object(r, "ada"),
            "user, invalid": _object(r, "bob"),
            "user, suspended": _object(r, "cy"),
            "user, held": _object(r, "dora"),
            "group, rejected by the service": _object(r, "engine", Kind.GROUP),
        }


async def _unassigned() -> dict[str, State]:
    async with rig() as r:
        r.user("ada")
        r.user("bob", emails=[])
        r.spec |= {"scope": "Assigned", "assignments": [{"userRef": {"name": "bob"}}]}
        async with _running(r):
            return {"user, out of scope": _object(r, "ada"), "config, objects failed": _config(r)}


async def _planned() -> dict[str, State]:
    async with rig() as r:
        r.user("ada")
        r.spec["mode"] = "Plan"
        async with _running(r):
            return {"user, planned": _object(r, "ada"), "config, planned": _config(r)}


async def _suspended() -> dict[str, State]:
    async with rig() as r:
        r.spec["suspend"] = True
        await r.start()
        await r.until(lambda: r.ready_of("vmware")[1] == "Suspended")
        return {"config, suspended": _config(r)}


async def _refused() -> dict[str, State]:
    async with rig() as r:
        r.rotate("another token")
        await r.start()
        await r.until(lambda: r.ready_of("vmware")[1] == "NotConnected")
        return {"config, not connected": _config(r)}
