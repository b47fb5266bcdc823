"""A connection that stays lost is reported after ten minutes, once, and so is its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.api.notifications import Topic
from scim_operator.errors import Unauthorized, Unreachable
from scim_operator.job.connection.outage import Outage
from tests.scim.virtual import VirtualClock
from tests.support.knowing import CONFIG, settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.report.notice import Notice


class Bench:
    """The outage of one config, and what people heard."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.heard: list[Notice] = []
        self.settings = settings()
        self.outage = Outage(self, self.clock)  # type: ignore[arg-type] # the part of a notifier that it needs

    def notify(self, key: ConfigKey, targets: Sequence[object], notice: Notice) -> None:
        assert (key, targets) == (CONFIG, self.settings.spec.notifications)
        self.heard.append(notice)

    def lost(self, seconds: float, *, reason: type[Exception] = Unreachable) -> None:
        """Note a loss so many seconds after the one before."""
        self.clock.advance(seconds)
        self.outage.note(self.settings, reason("No."))  # type: ignore[arg-type] # an error of ours


def test_what_lasts_less_than_ten_minutes_is_not_reported() -> None:
    bench = Bench()
    bench.lost(1000)
    bench.lost(599.9)
    bench.outage.end(bench.settings)
    assert bench.heard == []


def test_after_ten_minutes_it_is_reported_once_with_the_reason_of_now() -> None:
    bench = Bench()
    bench.lost(0)
    bench.lost(600, reason=Unauthorized)
    bench.lost(600)
    [notice] = bench.heard
    assert (notice.topic, notice.reason) == (Topic.CONNECTION, "Unauthorized")
    assert notice.text.startswith("Not connected for 10 minutes (Unauthorized)")


@pytest.mark.parametrize(("seconds", "minutes"), [(629, 10), (631, 11), (7200, 120)])
def test_the_minutes_are_those_since_the_first_loss(seconds: float, minutes: int) -> None:
    bench = Bench()
    bench.lost(50)
    bench.lost(seconds)
    assert f"for {minutes} minutes" in bench.heard[0].text


def test_its_end_is_reported_and_the_next_outage_counts_from_its_own_beginning() -> None:
    bench = Bench()
    bench.lost(0)
    bench.lost(600)
    bench.outage.end(bench.settings)
    bench.outage.end(bench.settings)
    assert [(each.topic, each.ends, each.text) for each in bench.heard[1:]] == [
        (Topic.RECOVERED, Topic.CONNECTION, "The service is worked with again.")
    ]
    bench.lost(50)
    bench.lost(599)
    assert len(bench.heard) == 2
    bench.lost(1)
    assert len(bench.heard) == 3
