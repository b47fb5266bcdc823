"""A status that someone else has written under a running operator is written again by the next sweep."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.present import present

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.rig import Rig


def _status(r: Rig) -> dict[str, Any]:
    return copy.deepcopy(present(r.cluster.get(Kind.USER, "ada"))["status"])


def said(services: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All of the entries but when their conditions began."""
    for condition in (each for one in services for each in one["conditions"]):
        del condition["lastTransitionTime"]
    return services


def summary(status: dict[str, Any]) -> None:
    """Someone says that all is well, for people to see."""
    status["conditions"] = [{**status["conditions"][0], "status": "True", "reason": "Provisioned", "message": "Fine."}]


def entry(status: dict[str, Any]) -> None:
    """Someone edits what the operator remembers."""
    status["services"][0]["id"] = "another"


def message(status: dict[str, Any]) -> None:
    """Someone edits one word."""
    status["services"][0]["conditions"][0]["message"] = "Fine."


def services(status: dict[str, Any]) -> None:
    """Someone takes the entry out."""
    status["services"] = []


@pytest.mark.parametrize("edit", [summary, entry, message, services])
async def test_it_is_written_again(r: Rig, edit: Callable[[dict[str, Any]], None]) -> None:
    r.simulator.faults.add("refused-attribute=title")
    r.user("ada")
    await r.start()
    await r.settle()
    r.user("ada", title="Countess")
    await r.until(lambda: r.reason("ada") == "Rejected")
    before = _status(r)
    forged = _status(r)
    edit(forged)
    r.cluster.forge_status(Kind.USER, "ada", forged)
    await r.rest()
    await r.sweep()
    after = _status(r)
    assert after["services"][0]["id" if "id" in before["services"][0] else "config"] != "another"
    assert [(c["reason"], c["message"]) for c in after["conditions"]] == [
        (c["reason"], c["message"]) for c in before["conditions"]
    ]
    assert said(after["services"]) == said(before["services"])
    await r.check_quiet()


async def test_a_status_from_a_backup_is_written_again(r: Rig) -> None:
    """As after etcd was restored under a running operator."""
    r.user("ada")
    await r.start()
    await r.settle()
    backup = _status(r)
    r.user("ada", title="Countess")
    await r.rest()
    before = _status(r)
    r.cluster.forge_status(Kind.USER, "ada", backup)
    await r.rest()
    await r.sweep()
    assert _status(r)["services"] == before["services"]
    assert _status(r)["observedGeneration"] == before["observedGeneration"]


async def test_our_own_statuses_are_not_written_twice(r: Rig) -> None:
    for name in ("ada", "bob"):
        r.user(name)
    await r.start()
    await r.settle()
    r.user("ada", title="Countess")
    await r.rest()
    written = r.cluster.object_writes
    await r.sweep()
    assert r.cluster.object_writes == written
