"""What the config says of its objects, while no sweep comes for long: in its status and in the metric that alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from tests.support.rig import rig

if TYPE_CHECKING:
    from tests.support.rig import Rig

LATELY = 60
"""Seconds within which the config follows; a sweep comes once a day here."""


def failed(r: Rig, state: str = "failed") -> tuple[int, float]:
    """How many users fail, or are in another state, by the config's status and by the metric."""
    labels = {"config": str(r.key), "kind": "User", "state": state}
    found = [
        sample.value
        for metric in r.metrics.registry.collect()
        for sample in metric.samples
        if sample.name == "scim_objects" and sample.labels == labels
    ]
    return r.status["totals"]["users"][state], found[0]


async def started(r: Rig, *names: str) -> None:
    """Provision these, and let no sweep come for a day."""
    r.spec |= {"interval": "24h"}
    for name in names:
        r.user(name)
    await r.start()
    await r.settle()
    await r.pass_time(LATELY)  # all that came of the start has been counted


async def test_it_follows_a_refusal_and_its_repair(hurried: Rig) -> None:
    r = hurried
    await started(r, "ada", "bob")
    assert failed(r) == (0, 0)
    r.simulator.faults.add("status=400:invalidValue;method=PATCH")
    began = r.clock.monotonic()
    r.user("ada", title="Countess")
    await r.until(lambda: failed(r) == (1, 1) and r.condition("Ready")[0] == "False")
    assert r.status["failures"] == [{"reason": "Rejected", "count": 1}]
    r.simulator.faults.clear()
    r.user("ada", title="Baroness")
    await r.until(lambda: failed(r) == (0, 0) and r.condition("Ready") == ("True", "Provisioned"))
    assert r.status["failures"] == []
    assert r.clock.monotonic() - began < 2 * LATELY


async def test_it_follows_a_failure_that_backs_off(hurried: Rig) -> None:
    r = hurried
    await started(r, "ada")
    r.simulator.faults.add("status=500;method=PATCH")
    r.user("ada", title="Countess")
    await r.until(lambda: r.status["failures"] == [{"reason": "Retrying", "count": 1}])
    assert r.condition("Ready") == ("False", "ObjectsRetrying")
    assert (failed(r, "retrying"), failed(r, "pending"), failed(r)) == ((1, 1), (0, 0), (0, 0))
    r.simulator.faults.clear()
    r.user("ada", title="Baroness")
    await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"))
    assert failed(r, "retrying") == (0, 0)


@pytest.mark.parametrize("fault", ["status=500", "status=503", "drop-before", "status=429"])
async def test_a_leaver_who_keeps_access_is_counted(hurried: Rig, fault: str) -> None:
    r = hurried
    await started(r, "ada", "bob")
    for method in ("PATCH", "PUT"):
        r.simulator.faults.add(f"{fault};method={method};path=/Users/{r.id_of('ada')}")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: failed(r, "retrying") == (1, 1))
    assert r.condition("Ready")[0] == "False"
    r.simulator.faults.clear()
    await r.until(lambda: failed(r, "retrying") == (0, 0) and r.condition("Ready") == ("True", "Provisioned"))


@pytest.mark.parametrize("leaves", [False, True])
async def test_what_was_tried_ten_times_counts_as_failed(*, leaves: bool) -> None:
    async with rig(haste=600) as r:
        await started(r, "ada", "bob")
        for method in ("PATCH", "PUT"):
            r.simulator.faults.add(f"status=500;method={method};path=/Users/{r.id_of('ada')}")
        if leaves:
            r.cluster.delete(Kind.USER, "ada")
        else:
            r.user("ada", title="Countess")
        await r.until(lambda: failed(r) == (1, 1))
        assert failed(r, "retrying") == (0, 0)
        assert len(r.times("PATCH /Users")) == 10
        assert r.condition("Ready") == ("False", "ObjectsFailed")


async def test_it_follows_while_other_work_never_ends(hurried: Rig) -> None:
    r = hurried
    await started(r, "ada", *(f"user{number}" for number in range(8)))
    r.simulator.faults.add("latency=100;method=PATCH")
    rounds = 0

    def busy() -> bool:
        nonlocal rounds
        rounds += 1
        for number in range(8):
            r.user(f"user{number}", title=f"{rounds}")
        return failed(r) == (1, 1)

    r.simulator.faults.add(f"status=400:invalidValue;method=PATCH;path=/Users/{r.id_of('ada')}")
    r.user("ada", title="Countess")
    await r.until(busy)


async def test_a_manifest_that_goes_takes_its_failure_along(hurried: Rig) -> None:
    r = hurried
    await started(r, "ada")
    r.simulator.faults.add("status=400:invalidValue;method=POST")
    r.user("bob")
    await r.until(lambda: failed(r) == (1, 1))
    r.cluster.delete(Kind.USER, "bob")
    await r.until(lambda: failed(r) == (0, 0))


@pytest.mark.parametrize("people", [120])
async def test_many_that_fail_cost_few_writes(people: int) -> None:
    async with rig(haste=20) as r:
        await started(r, "ada")
        r.spec["quarantine"] = {"minimum": 5000}
        r.simulator.faults.add("status=400:invalidValue;method=POST")
        before, began = r.cluster.reports, r.clock.monotonic()
        for number in range(people):
            r.user(f"user{number}")
        await r.until(lambda: failed(r) == (people, people))
        spent = r.clock.monotonic() - began
        assert r.cluster.reports - before <= spent / 5 + 2
