"""Whoever may write a status writes anything there: it is as if that said nothing, and no one else is held up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.records.readable_config import UNREADABLE_LIMITS, readable_config_status
from scim_operator.job.gather.namespace import Namespaces
from tests.support.rig import KEY, rig

if TYPE_CHECKING:
    from scim_operator.job.gather.namespace import Namespace
    from tests.support.rig import Rig

ODD: tuple[Any, ...] = (None, 5, "x", [None], [5], [{}], {"a": None}, True, [["x"]])
FIELDS = ("conditions", "service", "claimedUrl", "limits", "tombstones", "quarantine", "totals", "failures")


def ready(r: Rig) -> tuple[str, str]:
    """The config's condition Ready, once there is one that can be read."""
    said = readable_config_status(r.status).get("conditions", ())
    return next(((c["status"], c["reason"]) for c in said if c["type"] == "Ready" and len(c) > 1), ("", ""))


@pytest.mark.parametrize("field", [*FIELDS, "lastHandledReconcileAt", "observedGeneration", "plan", "lastSweep"])
async def test_a_field_of_a_config_s_status_of_another_type_keeps_no_config_from_work(field) -> None:
    for odd in ODD:
        async with rig(haste=20) as r:
            r.user("ada")
            r.cluster.config_status[KEY.name] = {field: odd}
            await r.start()
            await r.until(lambda r=r: ready(r) == ("True", "Provisioned"))
            assert r.reason("ada") == "Provisioned"


@pytest.mark.parametrize("field", ["services", "conditions", "config"])
async def test_a_status_of_a_manifest_of_another_type_keeps_it_from_nothing(field) -> None:
    for odd in (each for each in ODD if (field, each) != ("config", "x")):  # which is a config's name
        async with rig(haste=20) as r:
            r.user("mallory")
            forged = {"services": [{field: odd}]} if field == "config" else {field: odd}
            r.cluster.forge_status(Kind.USER, "mallory", forged)
            await r.start()
            await r.until(lambda r=r: ready(r) == ("True", "Provisioned"))
            assert r.reason("mallory") == "Provisioned"


def test_a_ledger_of_another_type_renews_no_allowance() -> None:
    assert readable_config_status({"limits": "x"}) == {"limits": UNREADABLE_LIMITS}
    assert readable_config_status({"limits": {"proof": "p"}}) == {"limits": {"proof": "p"}}
    assert readable_config_status([]) == {}


async def test_a_config_that_cannot_be_taken_up_says_so() -> None:
    class Fragile(Namespaces):
        broken = False

        def namespace(self, name: str) -> Namespace:
            if self.broken:
                raise LookupError(name)
            return super().namespace(name)

    async with rig(haste=20) as r:
        fragile = Fragile(r.clock.now)
        await r.start_without_config(directory=r.cluster.follow(fragile))
        fragile.broken = True
        with pytest.raises(LookupError):
            await r.configure()
        await r.until(lambda: r.condition("Ready") == ("False", "InternalError"))
        fragile.broken = False
        await r.configure()
        r.listed()
        await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"))
