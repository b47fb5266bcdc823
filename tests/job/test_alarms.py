"""What alerts go by: the metrics of a config that rests raise no alarm, and none that should is silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.rig import Rig

CONFIG = {"config": "identity/vmware"}


def metric(r: Rig, name: str) -> float | None:
    return r.metrics.registry.get_sample_value(name, CONFIG)


async def test_a_suspended_config_alarms_no_one(r: Rig) -> None:
    """Its last sweep grows old, and what failed last is not tried again: that is what the person asked for."""
    r.user("ada")
    await r.start()
    await r.settle()
    assert metric(r, "scim_connected") == 1
    assert metric(r, "scim_sweep_interval_seconds") == 2400
    await r.configure(suspend=True)
    await r.until(lambda: r.condition("Ready") == ("False", "Suspended"))
    assert b'="identity/vmware"' not in r.metrics.render()
    await r.configure(suspend=False)
    await r.settle()
    assert metric(r, "scim_connected") == 1
    assert metric(r, "scim_sweep_interval_seconds") == 2400


async def test_a_config_that_cannot_be_right_counts_as_not_connected(r: Rig) -> None:
    await r.start()
    await r.settle()
    clause = {"attribute": "title", "operator": "REGEX MATCH", "value": "("}
    await r.configure(users={"filters": [{"title": "F", "clauses": [clause]}]})
    await r.until(lambda: r.condition("Stalled") == ("True", "InvalidSpec"))
    assert metric(r, "scim_connected") == 0
    assert metric(r, "scim_last_success_timestamp_seconds"), "which grows old"
