"""Another operator on the same config: when it is believed to be there, what is said, and when it is gone."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from scim_operator.core.keys import ConfigKey
from scim_operator.core.report.config_status import beside
from scim_operator.core.report.standing import Standing
from scim_operator.core.seal import Seal
from scim_operator.job.report.others import SILENCE, OtherOperators, own_name
from scim_operator.job.report.reporter import Report, Reporter
from scim_operator.observability.metrics import Metrics
from tests.scim.virtual import VirtualClock

KEY = ConfigKey("identity", "vmware")


class Bench:
    """What one operator, "mine", knows of others."""

    def __init__(self, before: str = "mine") -> None:
        self.clock = VirtualClock()
        self.announced: list[tuple[bool, str, str]] = []
        self.said: list[dict[str, Any]] = []
        self.metrics = Metrics()
        report = Report(Standing(1), "generic", Seal(b"k" * 32), "identity/vmware", operator="mine")
        self.reporter = Reporter(KEY, self, self.clock, report, {"operator": before})
        self.others = OtherOperators(KEY, self.reporter, self, self.metrics, self.clock)

    async def report_config(self, key: ConfigKey, status: dict[str, Any]) -> None:
        assert key == KEY
        self.said.append(status)

    async def announce(self, key: ConfigKey, *, warning: bool, reason: str, message: str) -> None:
        assert key == KEY
        self.announced.append((warning, reason, message))

    @property
    def other(self) -> str:
        return self.reporter.report.standing.other_operator


async def test_another_is_announced_once_and_shown(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    with caplog.at_level(logging.INFO):
        await bench.others.seen("theirs")
        await bench.others.seen("theirs")
    assert bench.announced == [(True, "AnotherOperator", beside("theirs"))]
    assert bench.other == "theirs"
    assert [each.getMessage() for each in caplog.records] == [f"{KEY}: {beside('theirs')}"]


@pytest.mark.parametrize(("before", "name"), [("mine", ""), ("mine", "mine"), ("predecessor", "theirs")])
async def test_ourselves_and_predecessors_are_no_others(before: str, name: str) -> None:
    bench = Bench(before)
    await bench.others.seen(name)
    assert (bench.other, bench.announced) == ("", [])


async def test_it_is_gone_after_three_minutes_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    assert SILENCE == 180
    bench = Bench()
    await bench.others.roll_call()
    await bench.others.seen("theirs")
    bench.clock.advance(180)
    await bench.others.roll_call()
    assert bench.other == "theirs"
    bench.clock.advance(1)
    with caplog.at_level(logging.INFO):
        await bench.others.roll_call()
    assert bench.other == ""
    assert caplog.records[-1].getMessage() == f"{KEY}: the other operator theirs is gone."


async def test_one_that_is_alone_says_again_what_it_has_said_and_nothing_before() -> None:
    """The writer knows whether that is still there. Before the first word, the status is a predecessor's."""
    bench = Bench()
    await bench.others.roll_call()
    assert bench.said == []
    await bench.reporter.write()
    await bench.others.roll_call()
    assert bench.said == [bench.said[0]] * 2


def test_each_process_has_a_name_of_its_own() -> None:
    assert own_name() != own_name()
