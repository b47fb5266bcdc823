"""When a listing that proves nothing is read again."""

from __future__ import annotations

import pytest

from scim_operator.core.keys import ResourceType
from scim_operator.errors import IncompleteListing, Rejected, ScimOperatorError, Unavailable
from scim_operator.job.base.retries import DECAYED
from scim_operator.job.gather.overview import Overview
from scim_operator.job.sweep.patience import SECONDS, TRIES, Patience
from tests.scim.virtual import VirtualClock

USER, GROUP = ResourceType.USER, ResourceType.GROUP
BOTH = (USER, GROUP)
ENDLESS = IncompleteListing("It never ends.")


class Bench:
    """The patience of a session whose users fail to be listed."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.overview = Overview()
        self.patience = Patience(self.clock, self.overview)

    def fail(self, times: int, error: ScimOperatorError = ENDLESS, requests: int = 100) -> None:
        for _ in range(times):
            self.overview.failed(USER, error)
            self.patience.listed(BOTH, requests)


def test_it_waits_once_that_has_lasted() -> None:
    bench = Bench()
    bench.fail(TRIES - 1)
    assert bench.patience.due(BOTH) == BOTH
    assert not bench.patience.waits
    bench.fail(1)
    assert bench.patience.due(BOTH) == (GROUP,)
    assert bench.patience.waits
    assert (bench.patience.left(USER), bench.patience.left(GROUP)) == (100 * SECONDS, 0)


@pytest.mark.parametrize(("requests", "wait"), [(1, SECONDS), (100, 100 * SECONDS), (5_000, DECAYED)])
async def test_it_waits_the_longer_the_more_requests_it_took(requests: int, wait: float) -> None:
    bench = Bench()
    bench.fail(TRIES, requests=requests)
    assert bench.patience.left(USER) == wait
    await bench.clock.run(bench.clock.sleep(wait))
    assert bench.patience.due(BOTH) == BOTH


@pytest.mark.parametrize("error", [Unavailable("No."), Rejected("No.", status=403)])
def test_what_is_not_answered_or_refused_waits_for_nothing(error: ScimOperatorError) -> None:
    bench = Bench()
    bench.fail(TRIES)
    bench.fail(TRIES, error)
    assert bench.patience.due(BOTH) == BOTH
    assert not bench.patience.waits


def test_a_listing_that_is_complete_begins_again() -> None:
    bench = Bench()
    bench.fail(TRIES)
    bench.overview.read(USER)
    bench.patience.listed(BOTH, 100)
    bench.fail(TRIES - 1)
    assert not bench.patience.waits


def test_who_asks_has_it_listed_now_and_later_as_before() -> None:
    bench = Bench()
    bench.fail(TRIES)
    bench.patience.end()
    assert bench.patience.due(BOTH) == BOTH
    bench.fail(1)
    assert bench.patience.due(BOTH) == (GROUP,)
