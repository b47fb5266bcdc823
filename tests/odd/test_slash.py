"""A service whose addresses end in a slash: it redirects there, and reads find that out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.rig import Rig


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_addresses_that_end_in_a_slash_are_found_out(r: Rig, status: int) -> None:
    r.simulator.faults.add(f"slash={status}")
    r.user("ada")
    r.user("bob")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    assert r.members("engineering") == {"ada"}
    r.user("ada", active=False)
    r.group("engineering", ["bob"])
    await r.until(lambda: r.at_service("ada")["active"] is False and r.members("engineering") == {"bob"})
    await r.rest()
    redirected = [entry.method for entry in r.entries() if entry.status == status]
    assert set(redirected) == {"GET"}, "a write goes to the address that a read has found"
    assert len(redirected) == 1, "which is known from then on"


async def test_a_redirect_to_another_address_is_not_followed(r: Rig) -> None:
    r.simulator.faults.add("redirect")
    r.user("ada")
    await r.start()
    await r.until(lambda: r.condition("Connected") == ("False", "Redirected"))
    assert r.simulator.users == {}
