"""How many members a request may name: those who leave and those who come are counted together, as services do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from tests.support.rig import Rig

MEMBERS = tuple(f"user{number}" for number in range(8))


@pytest.mark.parametrize("cap", ["1:413", "3", "3:413"])
@pytest.mark.parametrize("removal", ["ValueList", "PathFilter"])
async def test_who_leaves_and_who_comes_share_a_request_within_the_cap(r: Rig, cap: str, removal: str) -> None:
    r.spec["service"]["capabilities"] = {"memberRemoval": removal}
    r.simulator.faults.add(f"member-cap={cap}")
    for name in MEMBERS:
        r.user(name)
    r.group("engineering", list(MEMBERS[:4]))
    await r.start()
    await r.settle()
    assert r.members("engineering") == set(MEMBERS[:4])
    r.group("engineering", list(MEMBERS[3:]))
    await r.until(lambda: r.members("engineering") == set(MEMBERS[3:]))
    await r.rest()
    assert r.reason("engineering", Kind.GROUP) == "Provisioned"
    await r.check_quiet()


@pytest.mark.parametrize("size", [2, 3])
async def test_a_group_that_is_full_still_loses_who_leaves(r: Rig, size: int) -> None:
    r.simulator.faults.add(f"group-size={size}")
    for name in MEMBERS[:5]:
        r.user(name)
    r.group("engineering", list(MEMBERS[:size]))
    await r.start()
    await r.settle()
    r.group("engineering", list(MEMBERS[1:5]))
    await r.until(lambda: r.reason("engineering", Kind.GROUP) == "Rejected")
    assert MEMBERS[0] not in r.members("engineering")
    assert "413" in r.message("engineering", Kind.GROUP)
    assert "created a moment ago" not in r.message("engineering", Kind.GROUP), "no time heals that"
    await r.rest()
    await r.check_quiet()
