"""Each number that a config's status shows is the number that it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scim_operator.core.keys import ConfigKey
from scim_operator.core.plan.plan import PlanCounts
from scim_operator.core.report.standing import HeldChanges, Phase, Standing, Tallied
from scim_operator.core.seal import Seal
from scim_operator.job.report.reporter import Report, Reporter
from scim_operator.job.report.sweeps import SweepRecord
from tests.scim.virtual import VirtualClock

KEY = ConfigKey("identity", "vmware")
BEGAN = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


class Kept:
    """A writer that keeps what was written last, and how often."""

    def __init__(self) -> None:
        self.status: dict[str, Any] = {}
        self.writes = 0

    async def report_config(self, key: ConfigKey, status: dict[str, Any]) -> None:
        assert key == KEY
        self.status = status
        self.writes += 1


async def shown(report: Report, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the status that is written of a report, over the one of `before`."""
    writer = Kept()
    await Reporter(KEY, writer, VirtualClock(), report, before or {}).write_durably()
    return writer.status


def report_of(standing: Standing | None = None, **more: Any) -> Report:
    return Report(standing or Standing(7), "generic", Seal(b"k" * 32), "identity/vmware", **more)


PROGRESS = [
    (Phase.LISTING, 0, 0, 0, "nothing to do is known yet"),
    (Phase.USERS, 0, 8, 0, "begun"),
    (Phase.USERS, 1, 8, 12, "rounded down"),
    (Phase.USERS, 2, 3, 66, "rounded down, where the nearest is above"),
    (Phase.GROUPS, 199, 200, 99, "a hundred is for the end alone"),
    (Phase.GROUPS, 200, 200, 100, "all done"),
    (Phase.DONE, 5, 9, 100, "a sweep that ended is at its end, whatever came in meanwhile"),
    (Phase.DONE, 0, 0, 100, "there was nothing to do"),
]


@pytest.mark.parametrize(("phase", "done", "total", "percent", "why"), PROGRESS, ids=[why for *_, why in PROGRESS])
async def test_progress(phase: Phase, done: int, total: int, percent: int, why: str) -> None:
    status = await shown(report_of(Standing(7, phase=phase), done=done, total=total))
    assert status["progress"] == {"phase": phase.value, "done": done, "total": total, "percent": percent}, why


async def test_every_total_is_under_its_own_name() -> None:
    users = Tallied(in_scope=11, provisioned=1, pending=2, retrying=3, failed=4, unmanaged=5, foreign=6)
    groups = Tallied(in_scope=31, provisioned=21, pending=22, retrying=23, failed=24, unmanaged=25, foreign=26)
    status = await shown(report_of(Standing(7, users=users, groups=groups)))
    assert status["observedGeneration"] == 7
    assert status["totals"] == {
        "inScope": 42,
        "retrying": 26,
        "failed": 28,
        "users": {
            "inScope": 11, "provisioned": 1, "pending": 2, "retrying": 3, "failed": 4, "unmanaged": 5, "foreign": 6,
        },
        "groups": {
            "inScope": 31, "provisioned": 21, "pending": 22, "retrying": 23, "failed": 24, "unmanaged": 25,
            "foreign": 26,
        },
    }  # fmt: skip


async def test_the_last_sweep() -> None:
    status = await shown(report_of(last_sweep=SweepRecord(BEGAN, timedelta(minutes=2, seconds=5), 41, 3, 2)))
    assert status["lastSweep"] == {
        "startedAt": "2026-03-01T08:00:00Z",
        "duration": "2m5s",
        "requests": {"read": 41, "write": 3},
        "drift": 2,
    }


NEWS = [
    (3, 0, {}, True, "it wrote"),
    (0, 2, {"drift": 0}, True, "others changed something"),
    (0, 2, {"drift": 2}, False, "the same drift as before"),
    (0, 0, {"drift": 2}, False, "nothing"),
    (0, 0, {}, True, "the first sweep"),
]


@pytest.mark.parametrize(("writes", "drift", "before", "news", "why"), NEWS, ids=[why for *_, why in NEWS])
async def test_a_sweep_without_news_costs_no_write(writes: int, drift: int, before: dict, news: bool, why: str) -> None:
    record = SweepRecord(BEGAN, timedelta(seconds=1), 9, writes, drift)
    status = await shown(report_of(last_sweep=record), {"lastSweep": before} if before else {})
    assert ("lastSweep" in status) == news, why


async def test_failures_are_counted_by_reason() -> None:
    status = await shown(report_of(failures=(("Rejected", 12), ("Conflict", 1))))
    assert status["failures"] == [{"reason": "Rejected", "count": 12}, {"reason": "Conflict", "count": 1}]


async def test_every_count_of_a_plan_is_under_its_own_name() -> None:
    held = HeldChanges(objects=4, digest="d1", because="more than it may", protected=("ScimUser ada",))
    counts = PlanCounts(
        creates=1, updates=2, disables=3, deletes=4, member_adds=5, member_removals=6, group_deletes=7, renames=8,
        adoptions=9, recreations=10,
    )  # fmt: skip
    status = await shown(report_of(Standing(7, held=held), counts=counts))
    assert status["plan"] == {
        "creates": 1, "updates": 2, "disables": 3, "deletes": 4, "memberAdds": 5, "memberRemovals": 6,
        "groupDeletes": 7, "renames": 8, "adoptions": 9, "recreations": 10, "digest": "d1", "held": True, "first": [],
        "reason": "more than it may", "protected": ["ScimUser ada"],
    }  # fmt: skip


async def test_between_two_writes_during_work_are_two_seconds() -> None:
    writer, clock = Kept(), VirtualClock()
    reporter = Reporter(KEY, writer, clock, report_of(), {})
    written = []
    for _ in range(9):
        await reporter.write_sometimes()
        written.append(writer.writes)
        clock.advance(0.5)
    assert written == [1, 1, 1, 1, 2, 2, 2, 2, 3]
