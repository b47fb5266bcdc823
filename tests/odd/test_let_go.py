"""A manifest whose access has ended goes once the resource was looked at, also where the service does not show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def _disabled(r: Rig) -> None:
    """Ada has been disabled, by her manifest."""
    r.user("ada")
    await r.start()
    await r.settle()
    r.user("ada", active=False)
    await r.until(lambda: (r.at_service("ada") or {})["active"] is False)
    await r.settle()


async def test_it_is_one_read(r: Rig) -> None:
    await _disabled(r)
    before = r.mark()
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert [f"{each.method} {each.path}" for each in r.entries(before)] == [f"GET /Users/{r.id_of('ada')}"]


async def test_a_service_that_refuses_to_show_a_single_resource_keeps_no_manifest(r: Rig) -> None:
    await _disabled(r)
    r.simulator.faults.add(f"status=403;method=GET;path=/Users/{r.id_of('ada')}")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)


@pytest.mark.parametrize("fault", ["status=503", "status=429"])
async def test_a_service_that_does_not_answer_is_asked_again(hurried: Rig, fault: str) -> None:
    r = hurried
    await _disabled(r)
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": "active", "value": True})
    r.simulator.faults.add(f"{fault};method=GET;path=/Users/{r.id_of('ada')}")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.reason("ada") == "Retrying")
    r.simulator.faults.clear()
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert (r.at_service("ada") or {})["active"] is False


async def test_the_listing_of_a_sweep_that_still_sends_is_no_look(r: Rig) -> None:
    await _disabled(r)
    r.user("bob")
    await r.until(lambda: r.at_service("bob") is not None)
    r.patch_by_hand(f"/Users/{r.id_of('bob')}", {"op": "replace", "path": "name.familyName", "value": "Hand"})
    await r.settle()
    r.simulator.faults.add(f"latency=60000;method=PATCH;path=/Users/{r.id_of('bob')};times=1")
    r.job.session.sweeps.sweep_now()
    await r.until(lambda: not list(r.simulator.faults))
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": "active", "value": True})
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert (r.at_service("ada") or {})["active"] is False
