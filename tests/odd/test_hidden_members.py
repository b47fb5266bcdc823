"""A service that never shows who is in a group: where the config believes it, who was put in is on record and leaves.

Else nothing unverified is Ready, and the status says what to set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from tests.support.rig import Rig

PROFILES = ["vmware-identity-service", "generic"]


async def hiding(r: Rig, profile: str) -> None:
    r.spec["service"] |= {"profile": profile, "capabilities": {"verifyMembers": False}}
    r.simulator.faults.add("hide-members")
    for name in ("ada", "bob", "eve"):
        r.user(name)
    r.group("engineering", ["ada", "bob"])
    await r.start()
    await r.settle()


def really(r: Rig) -> set[str]:
    """Who is in the group, past the fault."""
    return r.members("engineering")


@pytest.mark.parametrize("profile", PROFILES)
async def test_members_come_and_go(r: Rig, profile: str) -> None:
    await hiding(r, profile)
    assert really(r) == {"ada", "bob"}
    assert r.reason("engineering", Kind.GROUP) == "Provisioned", r.message("engineering", Kind.GROUP)
    r.group("engineering", ["bob", "eve"])
    await r.until(lambda: really(r) == {"bob", "eve"})
    r.group("engineering", [])
    await r.until(lambda: really(r) == set())


@pytest.mark.parametrize("profile", PROFILES)
async def test_nothing_is_sent_again_and_again(r: Rig, profile: str) -> None:
    await hiding(r, profile)
    await r.check_quiet()
    await r.check_quiet()


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_restart_remembers_who_was_put_in(r: Rig, profile: str) -> None:
    await hiding(r, profile)
    await r.stop()
    r.group("engineering", ["bob"])
    await r.start()
    await r.until(lambda: really(r) == {"bob"})


async def test_the_status_says_that_members_are_not_shown(r: Rig) -> None:
    await hiding(r, "generic")
    assert "members that it does not show are taken to be as sent" in r.message("engineering", Kind.GROUP)


async def test_a_service_that_shows_members_is_believed_about_an_empty_group(r: Rig) -> None:
    """It leaves `members` out of a group without any: who was removed there by hand is put back all the same."""
    r.spec["service"] |= {"profile": "generic", "capabilities": {"verifyMembers": False}}
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    await r.sweep()
    r.patch_by_hand(f"/Groups/{r.group_id('engineering')}", {"op": "remove", "path": "members"})
    assert really(r) == set()
    await r.sweep()
    await r.until(lambda: really(r) == {"ada"})


@pytest.mark.parametrize("profile", PROFILES)
async def test_without_the_setting_nothing_is_ready(r: Rig, profile: str) -> None:
    r.spec["service"]["profile"] = profile
    r.simulator.faults.add("hide-members")
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.until(lambda: r.reason("engineering", Kind.GROUP) == "Retrying")
    assert "set spec.service.capabilities.verifyMembers to false" in r.message("engineering", Kind.GROUP)
    assert r.reason("ada") == "Provisioned"


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("profile", PROFILES)
async def test_without_the_setting_who_was_sent_there_leaves_all_the_same(
    r: Rig, profile: str, *, restarted: bool
) -> None:
    """What was answered with success may have been done: an empty list does not show that no one is in the group."""
    r.spec["service"]["profile"] = profile
    r.simulator.faults.add("hide-members")
    for name in ("ada", "bob", "eve"):
        r.user(name)
    r.group("engineering", ["ada", "bob"])
    await r.start()
    await r.until(lambda: r.reason("engineering", Kind.GROUP) == "Retrying")
    if restarted:
        await r.stop()
    r.group("engineering", ["bob", "eve"])
    if restarted:
        await r.start()
    await r.until(lambda: really(r) == {"bob", "eve"})
    assert r.reason("engineering", Kind.GROUP) != "Provisioned"
    r.group("engineering", [])
    await r.until(lambda: really(r) == set())
