"""Answers and lists that show what was there before: one look of its own decides, and no status flaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.rig import Rig

PROFILES = ["vmware-identity-service", "generic"]


@pytest.mark.parametrize("profile", PROFILES)
async def test_access_that_ended_is_ended_whatever_the_answer_shows(r: Rig, profile: str) -> None:
    r.spec["service"]["profile"] = profile
    r.simulator.faults.add("write-body=stale")
    for name in ("ada", "grace"):
        r.user(name)
    await r.start()
    await r.settle()
    r.user("ada", active=False)
    r.cluster.delete(Kind.USER, "grace")
    await r.until(lambda: r.cluster.get(Kind.USER, "grace") is None)
    await r.rest()
    assert r.reason("ada") == "Provisioned", r.message("ada")
    assert present(r.at_service("ada"))["active"] is present(r.at_service("grace"))["active"] is False
    await r.check_quiet()


async def test_access_that_did_not_end_is_reported_whatever_the_answer_shows(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    r.simulator.faults.add("ignored-attribute=active")
    r.user("ada", active=False)
    await r.until(lambda: r.reason("ada") == "Rejected")
    assert "`active` is not as sent" in r.message("ada")


@pytest.mark.parametrize("fault", ["ignore-paging=2", "stale-list=900000"])
async def test_a_list_that_lacks_what_is_there_is_no_news_each_time(r: Rig, fault: str) -> None:
    """A read of its own shows each of them, so nothing is written, to the service or to Kubernetes."""
    for name in ("ada", "grace", "charles", "alan"):
        r.user(name)
    await r.start()
    await r.settle()
    r.simulator.faults.add(fault)
    await r.sweep()
    for _ in range(3):
        await r.pass_time(1.1)  # a status tells seconds apart
        mark, writes = r.mark(), r.cluster.writes
        await r.sweep()
        assert r.writes(mark) == []
        assert r.cluster.writes == writes
    assert [r.reason(name) for name in ("ada", "grace", "charles", "alan")] == ["Provisioned"] * 4
