"""One resource type that is throttled, cut off or answered by web pages holds up no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from tests.support.rig import Rig

TROUBLES = ["throttle=5", "throttle=none", "throttle=20", "unavailable=5", "drop-before", "html", "status=503"]
NUMBERS = range(12)


async def begin(r: Rig) -> None:
    """Twelve people and their groups, which are empty, are provisioned."""
    for number in NUMBERS:
        r.user(f"user{number}")
        r.group(f"team{number}", [])
    await r.start()
    await r.settle()


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_edits_of_users_go_on(hurried: Rig, trouble: str) -> None:
    """Twelve groups are tried again and again meanwhile."""
    r = hurried
    await begin(r)
    r.simulator.faults.add(f"{trouble};path=/Groups")
    for number in NUMBERS:
        r.group(f"team{number}", [f"user{number}"])
    await r.pass_time(120)
    for number in NUMBERS:
        r.user(f"user{number}", title="Countess")
        await r.until(lambda name=f"user{number}": (r.at_service(name) or {}).get("title") == "Countess")
    r.simulator.faults.clear()
    await r.until(lambda: r.members("team0") == {"user0"})


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_users_are_provisioned_at_the_start(hurried: Rig, trouble: str) -> None:
    r = hurried
    r.simulator.faults.add(f"{trouble};path=/Groups")
    for number in NUMBERS:
        r.user(f"user{number}")
        r.group(f"team{number}", [])
    await r.start()
    await r.until(lambda: all(r.reason(f"user{number}") == "Provisioned" for number in NUMBERS))


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_groups_go_on_without_users(hurried: Rig, trouble: str) -> None:
    r = hurried
    r.simulator.faults.add(f"{trouble};path=/Users")
    r.user("ada")
    for number in NUMBERS:
        r.group(f"team{number}", [])
    await r.start()
    await r.until(lambda: all(r.reason(f"team{number}", Kind.GROUP) == "Provisioned" for number in NUMBERS))
    assert r.condition("Connected")[0] == "True"
    assert r.cluster.ready(Kind.USER, "ada")[0] != "True"
