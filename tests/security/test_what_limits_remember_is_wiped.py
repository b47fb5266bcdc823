"""Whoever may write statuses wipes or forges what the limits remember, to be allowed as much again (S4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.approval.effects import effects_of
from scim_operator.core.keys import Kind
from tests.job.test_limits import NAMES, active, delete_all, six_users
from tests.support.limiting import limits

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def three_of_four_gone(r: Rig) -> None:
    """Four may be disabled in a day, and three are."""
    await six_users(r, limits=limits(disables=4))
    for name in NAMES[:3]:
        r.cluster.delete(Kind.USER, name)
    await r.until(lambda: active(r) == 3)
    await r.rest()


async def is_held(r: Rig) -> None:
    """Two more wait."""
    for name in NAMES[3:5]:
        r.cluster.delete(Kind.USER, name)
    await r.until(lambda: r.condition("ApprovalRequired")[0] == "True")
    await r.sweep()
    assert active(r) == 3


async def test_wiped_while_the_operator_runs_changes_nothing(r: Rig) -> None:
    await three_of_four_gone(r)
    r.cluster.config_status["vmware"]["limits"] = {}
    await r.configure(interval="2h")
    await r.settle()
    await is_held(r)


WIPED: list[tuple[str, dict[str, Any] | None]] = [
    ("gone", None),
    ("empty", {}),
    ("nothing spent", {"spent": []}),
    ("as the version before wrote it", {"spent": [{"since": "2026-01-01T00:00:00Z", "disables": 0}]}),
]


@pytest.mark.parametrize(("how", "wiped"), WIPED, ids=[how for how, _ in WIPED])
async def test_wiped_over_a_restart_the_window_is_full(r: Rig, how: str, wiped: dict[str, Any] | None) -> None:
    await three_of_four_gone(r)
    await r.crash()
    status = r.cluster.config_status["vmware"]
    if wiped is None:
        status.pop("limits")
    else:
        status["limits"] = wiped
    await r.start()
    await r.settle()
    await is_held(r)
    assert "all counts as spent" in r.status["plan"]["reason"], how
    assert [reason for reason, _ in r.events()].count("LimitsUnknown") == 1


async def test_a_whole_status_that_is_wiped_is_reported_from_a_new_config_by_the_objects(r: Rig) -> None:
    await three_of_four_gone(r)
    await r.crash()
    r.cluster.config_status["vmware"].clear()
    await r.start()
    await r.settle()
    await is_held(r)
    assert "all counts as spent" in r.status["plan"]["reason"]


async def test_forged_marks_of_an_approval_release_nothing(r: Rig) -> None:
    """Marks are no secret: whoever sees the plan can work them out."""
    await six_users(r, limits=limits(disables=1))
    delete_all(r)
    await r.until(lambda: r.condition("ApprovalRequired")[0] == "True")
    await r.rest()
    marks = frozenset().union(*(effects_of(plan, everything=False) for plan in r.job.session.held))
    digest = r.status["plan"]["digest"]
    await r.crash()
    limited = r.cluster.config_status["vmware"]["limits"]
    r.cluster.config_status["vmware"]["limits"] = {**limited, "usedPlan": None, "released": "".join(sorted(marks))}
    await r.start()
    await r.settle()
    await r.sweep()
    assert active(r) == 6
    assert r.status["plan"]["digest"] == digest


async def test_an_approval_that_was_used_is_not_used_again_by_wiping_that_it_was(r: Rig) -> None:
    await six_users(r, limits=limits(disables=1))
    delete_all(r)
    await r.until(lambda: r.condition("ApprovalRequired")[0] == "True")
    await r.rest()
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.until(lambda: active(r) == 0)
    await r.settle()
    await r.crash()
    for id in tuple(r.simulator.users):
        r.patch_by_hand(f"/Users/{id}", {"op": "replace", "path": "active", "value": True})
    r.cluster.config_status["vmware"].pop("limits")
    for name in NAMES:
        r.user(name, active=False)
    await r.start()
    await r.settle()
    assert active(r) == 6, "the same people under the same digest, once more"


async def test_the_first_sweep_of_a_config_has_no_allowance_and_says_so(r: Rig) -> None:
    await six_users(r)
    await r.stop()
    r.cluster.config_status.clear()
    for name in NAMES:
        r.cluster.wipe_status(Kind.USER, name)
    r.user(NAMES[0], active=False)
    await r.start()
    await r.settle()
    assert active(r) == 6
    assert "the first sweep of a config has no allowance" in r.status["plan"]["reason"]
    await r.sweep()
    assert active(r) == 5, "afterwards one of six is allowed"
