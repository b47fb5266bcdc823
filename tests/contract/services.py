"""The services of the contract suite: the simulator with each profile's preset, and three that others wrote."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.api.enums import ProfileName
from scim_operator.scim.clock import SystemClock
from scim_operator.simulator.presets import PRESETS
from scim_operator.simulator.settings import Settings
from tests.support.foreign import ForeignService, Log, foreign_service
from tests.support.rig import Rig, rig
from tests.support.scim2 import scim2_service
from tools.services.builds import ensure_scim_sdk, ensure_scimmy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

OTHERS = ("scim2-server", "SCIMMY", "SCIM-SDK")
SERVICES = (*(name.value for name in ProfileName), *OTHERS)
WITHOUT_GROUPS = frozenset({ProfileName.GITLAB.value})

Spec = dict[str, Any]


@contextlib.asynccontextmanager
async def service(name: str) -> AsyncIterator[Rig]:
    """A rig over the service of that name, not started yet; skips where the tool that it needs is not there."""
    opened = _OTHERS.get(name)
    async with opened() if opened else _simulated(ProfileName(name)) as r:
        r.spec["groups"] = {**r.spec.get("groups", {}), "enabled": name not in WITHOUT_GROUPS}
        yield r


@contextlib.asynccontextmanager
async def _simulated(profile: ProfileName) -> AsyncIterator[Rig]:
    preset, plain = PRESETS[profile], Settings()
    habits = preset.applied(plain)
    fields = (name for name in Settings.__dataclass_fields__ if getattr(habits, name) != getattr(plain, name))
    async with rig(**{name: getattr(habits, name) for name in fields}) as r:
        r.simulator.faults.add(*preset.faults)
        r.spec["service"]["profile"] = profile.value
        yield r


@contextlib.asynccontextmanager
async def _over(simulator: Any) -> AsyncIterator[Rig]:
    made = Rig(simulator, SystemClock())
    made.spec["service"]["profile"] = "generic"
    try:
        yield made
    finally:
        await made.stop()


@contextlib.asynccontextmanager
async def _scim2() -> AsyncIterator[Rig]:
    with scim2_service() as found:
        async with _over(found) as r:
            yield r


@contextlib.asynccontextmanager
async def _scimmy() -> AsyncIterator[Rig]:
    async with _over(_running("SCIMMY", ensure_scimmy(), ["node", "server.mjs"])) as r:
        yield r


@contextlib.asynccontextmanager
async def _scim_sdk() -> AsyncIterator[Rig]:
    command = ["java", "-cp", "target/classes:target/lib/*", "Service"]
    async with _over(_running("SCIM-SDK", ensure_scim_sdk(), command)) as r:
        yield r


processes = contextlib.ExitStack()
"""The services that run in processes of their own: each is started once, emptied for each test, and ends here."""
_started: dict[str, ForeignService[Log]] = {}


def _running(name: str, folder: Path | None, command: list[str]) -> ForeignService[Log]:
    if folder is None:
        pytest.skip(f"the tools that build {name} are not on this machine")
    if name not in _started:
        _started[name] = processes.enter_context(foreign_service(command, folder))
    _started[name].log.reset()
    return _started[name]


_OTHERS: dict[str, Callable[[], contextlib.AbstractAsyncContextManager[Rig]]] = {
    "scim2-server": _scim2,
    "SCIMMY": _scimmy,
    "SCIM-SDK": _scim_sdk,
}
