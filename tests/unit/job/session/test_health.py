"""When failures of objects put the connection itself in doubt."""

from __future__ import annotations

import random

import pytest

from scim_operator.errors import ScimOperatorError, Unauthorized, Unavailable, Unreachable, WrongService
from scim_operator.job.base.retries import Retries
from scim_operator.job.session.health import STUMBLES, Health
from tests.scim.virtual import VirtualClock
from tests.support.knowing import key

ADA, BOB = key("ada"), key("bob")
ERROR = Unavailable("Not now.")


class Bench:
    """A connection to a service that answers Test Connection, or does not."""

    def __init__(self, *, answers: bool, trouble: ScimOperatorError = ERROR) -> None:
        self.answers = answers
        self.trouble = trouble
        self.probes = 0
        self.retries = Retries(VirtualClock(), random.Random(1), lambda key: None)
        self.health = Health(self, self.retries)  # type: ignore[arg-type] # the part of a service that it needs

    async def probe(self) -> None:
        self.probes += 1
        if not self.answers:
            raise self.trouble

    async def stumble(self, times: int) -> None:
        for _ in range(times):
            self.retries.later(ADA)
            await self.health.stumbled(ADA)

    @property
    def error(self) -> BaseException | None:
        lost = self.health.lost
        return lost.exception() if lost.done() else None


async def test_the_eighth_failure_in_a_row_asks_whether_the_service_is_there() -> None:
    assert STUMBLES == 8
    bench = Bench(answers=False)
    await bench.stumble(7)
    assert (bench.probes, bench.error) == (0, None)
    await bench.stumble(1)
    assert (bench.probes, bench.error) == (1, ERROR)


async def test_a_service_that_answers_is_asked_again_after_eight_more() -> None:
    bench = Bench(answers=True)
    await bench.stumble(15)
    assert (bench.probes, bench.error) == (1, None)
    await bench.stumble(1)
    assert bench.probes == 2


async def test_a_success_between_begins_the_count_again() -> None:
    bench = Bench(answers=False)
    await bench.stumble(7)
    bench.health.succeeded()
    await bench.stumble(7)
    assert bench.probes == 0


@pytest.mark.parametrize(("answers", "decayed"), [(True, True), (False, False)])
async def test_failures_of_a_service_that_is_away_are_no_objects_fault(answers: bool, decayed: bool) -> None:
    bench = Bench(answers=answers)
    for _ in range(2):
        bench.retries.later(ADA)
    await bench.stumble(8)
    assert bench.retries.lasts(ADA) is decayed, "of ten failures eight were the service's"


@pytest.mark.parametrize(
    ("trouble", "decayed"),
    [
        pytest.param(Unreachable("No answer."), False, id="no network answers objects either"),
        pytest.param(WrongService("A page."), False, id="a page of maintenance is a service that is away"),
        pytest.param(Unauthorized("Expired."), True, id="a token that expires now has not failed objects before"),
    ],
)
async def test_only_what_explains_failures_excuses_them(trouble: ScimOperatorError, decayed: bool) -> None:
    bench = Bench(answers=False, trouble=trouble)
    for _ in range(2):
        bench.retries.later(ADA)
    await bench.stumble(8)
    assert bench.retries.lasts(ADA) is decayed
    assert bench.error is trouble, "the connection is lost for what its test says, not for an object's failure"


async def test_the_first_error_is_the_one_that_ended_the_connection() -> None:
    bench = Bench(answers=False)
    bench.health.connection_lost(ERROR)
    bench.health.connection_lost(Unavailable("Later."))
    assert bench.error is ERROR
    assert not await bench.health.still_connected()
