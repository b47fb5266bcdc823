"""Each profile against the simulator with the preset of the same name: one life of two people and a group."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.api.enums import ProfileName
from scim_operator.core.keys import Kind
from scim_operator.scim.profiles import PROFILES
from scim_operator.simulator.presets import PRESETS
from scim_operator.simulator.settings import Settings
from tests.support.rig import rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig

WITHOUT_GROUPS = {ProfileName.GITLAB}
NAMES = list(ProfileName)


def people(name: str) -> dict[str, Any]:
    """What every profile's required attributes are met by."""
    return {"displayName": name.title(), "externalId": f"idp-{name}"}


@contextlib.asynccontextmanager
async def service(profile: ProfileName) -> AsyncIterator[Rig]:
    """A rig whose config names the profile, over the simulator with its preset."""
    preset = PRESETS[profile]
    habits = preset.applied(Settings())
    changed = {
        field: getattr(habits, field)
        for field in Settings.__dataclass_fields__
        if getattr(habits, field) != getattr(Settings(), field)
    }
    async with rig(**changed) as r:
        r.simulator.faults.add(*preset.faults)
        r.spec["service"]["profile"] = profile.value
        r.spec["groups"] = {**r.spec.get("groups", {}), "enabled": profile not in WITHOUT_GROUPS}
        yield r


def test_every_profile_has_a_preset() -> None:
    assert set(PRESETS) == set(PROFILES)


@pytest.mark.parametrize("profile", NAMES)
async def test_a_life(profile: ProfileName) -> None:
    async with service(profile) as r:
        r.user("ada", **people("ada"))
        r.user("bob", **people("bob"))
        if profile not in WITHOUT_GROUPS:
            r.group("engineering", ["ada", "bob"])
        await r.start()
        await r.settle()
        assert [r.reason(name) for name in ("ada", "bob")] == ["Provisioned"] * 2, r.message("ada")
        r.user("ada", **people("ada"), active=False)
        await r.until(lambda: (r.at_service("ada") or {}).get("active") is False)
        if profile not in WITHOUT_GROUPS:
            assert r.reason("engineering", Kind.GROUP) == "Provisioned", r.message("engineering", Kind.GROUP)
            r.group("engineering", ["bob"])
            await r.until(lambda: r.members("engineering") == {"bob"})
            r.group("engineering", [])
            await r.until(lambda: r.members("engineering") == set())
        await r.rest()
        await r.check_quiet()
