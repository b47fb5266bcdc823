"""Errors of the operator itself: in the log, in the metric, and in Ready until a sweep ends without one."""

from __future__ import annotations

import logging

import pytest

from scim_operator.core.report.standing import Standing
from scim_operator.core.seal import Seal
from scim_operator.errors import InternalError, Rejected
from scim_operator.job.report.internal_errors import InternalErrors
from scim_operator.job.report.reporter import Report
from scim_operator.observability.metrics import Metrics
from tests.support.knowing import CONFIG, key


class Bench:
    """The internal errors of one config."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.report = Report(Standing(1), "generic", Seal(b"k" * 32), "identity/vmware")
        self.errors = InternalErrors(CONFIG, self.metrics, self.report)

    @property
    def counted(self) -> float:
        name = "scim_internal_errors_total"
        return self.metrics.registry.get_sample_value(name, {"config": str(CONFIG)}) or 0.0


def test_an_error_of_ours_is_itself(caplog: pytest.LogCaptureFixture) -> None:
    bench, refusal = Bench(), Rejected("No.", status=400)
    assert bench.errors.see(refusal, key("ada")) is refusal
    assert (bench.counted, caplog.records) == (0, [])


@pytest.mark.parametrize(("about", "words"), [(key("ada"), str(key("ada"))), (None, "the config")])
def test_an_unexpected_one_is_logged_without_values_and_counted(
    about: object, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench()
    with caplog.at_level(logging.ERROR):
        named = bench.errors.see(KeyError("ada@corp.example"), about)  # type: ignore[arg-type] # a key, or None
    assert isinstance(named, InternalError)
    [line] = [record.getMessage() for record in caplog.records]
    assert line.startswith(f"{CONFIG}: {words}. Unexpected: ")
    assert "ada@corp.example" not in line
    assert (bench.counted, bench.errors.outside, bench.report.standing.internal) == (1, 0, "")


def test_one_outside_of_objects_is_shown_until_a_sweep_ends_without_one() -> None:
    bench = Bench()
    before = bench.errors.outside
    bench.errors.see_outside(ValueError("x"))
    assert (bench.errors.outside, bench.counted) == (1, 1)
    assert bench.report.standing.internal
    bench.errors.settle(before)
    assert bench.report.standing.internal, "it happened during that sweep"
    bench.errors.settle(bench.errors.outside)
    assert bench.report.standing.internal == ""


def test_a_listener_that_breaks_does_not_reach_the_caller() -> None:
    bench, heard = Bench(), []

    def hear(number: int) -> None:
        heard.append(number)
        if number == 2:
            raise ValueError("x")

    guarded = bench.errors.guarding(hear)
    for number in (1, 2, 3):
        guarded(number)
    assert (heard, bench.errors.outside) == ([1, 2, 3], 1)
