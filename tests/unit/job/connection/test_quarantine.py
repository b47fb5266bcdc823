"""When a config goes into quarantine, how long each pause is, and what ends one early."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from scim_operator.api.notifications import Topic
from scim_operator.core.connection.quarantine import Cause
from scim_operator.core.keys import Kind
from scim_operator.core.records.status import Reason
from scim_operator.core.report.standing import Tallied
from scim_operator.errors import SecretNotFound, TooManyFailures, Unauthorized, Unreachable, WrongService
from scim_operator.job.connection.quarantine import PEEK, PERSISTENCE, QuarantineKeeper
from tests.support.around import Around
from tests.support.knowing import Known, group, user
from tests.support.present import present

REFUSED, AWAY, WRONG = Unauthorized("Refused."), Unreachable("No answer."), WrongService("No SCIM.")
TOO_MANY = TooManyFailures("Too many fail.", cause=Cause.FAILURES.value)
HOUR = 3600.0


class Bench(Around):
    """The quarantine of one config."""

    def __init__(self, status: dict[str, Any] | None = None, **spec: Any) -> None:
        super().__init__(status, **{"quarantine": {"retries": ["1h", "2h"], "disableAfter": "24h"}, **spec})
        self.keeper = QuarantineKeeper(self, self, self.reporter)  # type: ignore[arg-type] # what it needs of both

    async def note(self, error: Any, after: float = 0.0) -> bool:
        """Note an error so many seconds later; whether there is a quarantine then."""
        self.clock.advance(after)
        await self.keeper.note(self.settings, error)
        return self.keeper.quarantine is not None

    @property
    def pause(self) -> float | None:
        """The seconds until the next attempt."""
        next_attempt = self.keeper.quarantine and self.keeper.quarantine.next_attempt
        return (next_attempt - self.clock.now()).total_seconds() if next_attempt else None

    async def waited(self, awaitable: Any) -> float:
        began = self.clock.monotonic()
        await self.clock.run(awaitable)
        return self.clock.monotonic() - began


@pytest.mark.parametrize(("error", "cause"), [(REFUSED, Cause.CREDENTIALS), (WRONG, Cause.INCOMPATIBLE)])
async def test_a_service_that_refuses_us_for_ten_minutes_is_left_alone(error: Any, cause: Cause) -> None:
    assert PERSISTENCE == 600
    bench = Bench()
    assert not await bench.note(error)
    assert not await bench.note(error, 599)
    assert (bench.events, bench.heard, bench.writes) == ([], [], [])
    assert await bench.note(error, 1)
    assert present(bench.keeper.quarantine).cause is cause
    assert bench.pause == HOUR
    assert [(warning, reason) for warning, reason, _ in bench.events] == [(True, "Quarantined")]
    assert bench.events[0][2].startswith(f"{cause.value}: ")
    assert [(each.topic, each.reason) for each in bench.heard] == [(Topic.QUARANTINE, cause.value)]
    assert bench.metric("scim_quarantined") == 1
    assert bench.writes[-1]["quarantine"]
    assert bench.report.standing.quarantine.reason == cause.value


async def test_a_slip_of_another_kind_between_begins_the_ten_minutes_again() -> None:
    for other in (AWAY, WRONG):
        bench = Bench()
        await bench.note(REFUSED)
        await bench.note(other, 300)
        assert not await bench.note(REFUSED, 300)
        assert not await bench.note(REFUSED, 599)
        assert await bench.note(REFUSED, 1)


async def test_an_outage_alone_is_never_a_quarantine() -> None:
    bench = Bench()
    assert not await bench.note(AWAY)
    assert not await bench.note(AWAY, 100 * HOUR)
    assert bench.writes == []


async def test_too_many_failures_are_one_at_once() -> None:
    bench = Bench()
    assert await bench.note(TOO_MANY)
    assert present(bench.keeper.quarantine).cause is Cause.FAILURES


async def test_each_pause_is_that_of_the_list_and_the_last_goes_on_until_a_day_has_passed() -> None:
    bench = Bench()
    await bench.note(TOO_MANY)
    pauses = [bench.pause]
    for _ in range(3):
        await bench.note(TOO_MANY, bench.pause or 0.0)
        pauses.append(bench.pause)
    assert pauses == [HOUR, 2 * HOUR, 2 * HOUR, 2 * HOUR]
    await bench.note(TOO_MANY, 24 * HOUR)
    assert bench.pause is None, "nothing is tried until something changes"
    assert len(bench.events) == len(bench.heard) == 1, "it is the same one all the time"


async def test_a_quarantine_whose_cause_changes_is_announced_and_one_met_by_an_outage_goes_on() -> None:
    bench = Bench()
    await bench.note(TOO_MANY)
    await bench.note(REFUSED, HOUR)
    assert present(bench.keeper.quarantine).cause is Cause.CREDENTIALS
    assert len(bench.events) == 2
    assert await bench.note(AWAY, HOUR)
    assert present(bench.keeper.quarantine).error == "Refused."
    assert len(bench.events) == 2


async def test_it_is_lifted_once_the_service_takes_what_is_sent() -> None:
    bench = Bench()
    await bench.keeper.lift(bench.settings)
    assert bench.writes == []
    await bench.note(TOO_MANY)
    await bench.keeper.lift(bench.settings)
    await bench.keeper.lift(bench.settings)
    assert bench.events[1:] == [(False, "QuarantineLifted", "The service works again.")]
    assert [(each.topic, each.ends, each.text) for each in bench.heard[1:]] == [
        (Topic.RECOVERED, Topic.QUARANTINE, "The service works again.")
    ]
    assert (bench.keeper.quarantine, bench.metric("scim_quarantined")) == (None, 0)
    assert not bench.report.standing.quarantine
    await bench.note(REFUSED)
    await bench.keeper.lift(bench.settings)
    assert not await bench.note(REFUSED, 600), "a success begins the ten minutes again"


async def test_it_outlives_a_restart() -> None:
    bench = Bench()
    await bench.note(TOO_MANY)
    again = Bench({"quarantine": bench.writes[-1]["quarantine"]})
    assert again.keeper.quarantine is not None
    assert again.report.quarantine == again.keeper.quarantine
    assert again.pause == HOUR
    again.keeper.show(again.settings)
    assert (again.metric("scim_quarantined"), bool(again.report.standing.quarantine)) == (1, True)


async def test_it_is_sat_out_until_the_next_attempt() -> None:
    assert PEEK == 5
    bench = Bench()
    assert await bench.waited(bench.keeper.sit_out(bench.settings)) == 0, "there is none"
    await bench.note(TOO_MANY)
    assert await bench.waited(bench.keeper.sit_out(bench.settings)) == HOUR


async def later(bench: Bench, seconds: float, do: Any) -> None:
    await bench.clock.sleep(seconds)
    do()


@pytest.mark.parametrize("waits", ["sit_out", "pause"])
async def test_a_new_token_or_a_request_ends_a_wait_at_once(waits: str) -> None:
    async def wait(bench: Bench) -> float:
        if waits == "sit_out":
            return await bench.waited(bench.keeper.sit_out(bench.settings))
        return await bench.waited(bench.keeper.pause(bench.settings, 900.0))

    bench = Bench()
    await bench.note(TOO_MANY)
    hurrying = asyncio.ensure_future(later(bench, 42.0, bench.keeper.hurry))
    assert await wait(bench) == 42.0
    await hurrying
    changing = asyncio.ensure_future(later(bench, 42.0, lambda: bench.secrets.update(token=b"another")))
    assert await wait(bench) == pytest.approx(45.0), "the Secret is looked at every five seconds"
    await changing


async def away(bench: Bench, begin: float, end: float) -> None:
    """Have no one read a Secret for a while."""
    await bench.clock.sleep(begin)
    bench.error = Unreachable("The API server does not answer.", sent=False)
    await bench.clock.sleep(end - begin)
    bench.error = None


@pytest.mark.parametrize("begin", [0.0, 42.0], ids=["from the beginning", "later"])
@pytest.mark.parametrize("waits", ["sit_out", "pause"])
async def test_a_secret_that_cannot_be_read_for_a_while_is_no_news(waits: str, begin: float) -> None:
    bench = Bench()
    going = asyncio.ensure_future(away(bench, begin, begin + 300.0))
    await asyncio.sleep(0)
    await bench.note(TOO_MANY)
    keeper = bench.keeper
    wait = keeper.sit_out(bench.settings) if waits == "sit_out" else keeper.pause(bench.settings, HOUR)
    assert await bench.waited(wait) == HOUR
    await going


async def test_a_token_that_is_new_once_it_can_be_read_again_is_tried_at_once() -> None:
    bench = Bench()
    await bench.note(TOO_MANY)
    going = asyncio.ensure_future(away(bench, 42.0, 300.0))
    changing = asyncio.ensure_future(later(bench, 100.0, lambda: bench.secrets.update(token=b"another")))
    assert await bench.waited(bench.keeper.sit_out(bench.settings)) == pytest.approx(300.0, abs=5.0)
    await asyncio.gather(going, changing)


async def test_a_pause_lasts_as_long_as_it_is_asked_for() -> None:
    bench = Bench()
    assert await bench.waited(bench.keeper.pause(bench.settings, 12.0)) == 12.0
    assert await bench.waited(bench.keeper.pause(bench.settings, 0.0)) == 0.0


async def test_the_fingerprint_reveals_nothing_and_changes_with_the_token() -> None:
    bench = Bench()
    first = await bench.keeper.fingerprint(bench.settings)
    assert (len(first), await bench.keeper.fingerprint(bench.settings)) == (8, first)
    bench.secrets["token"] = b"another"
    assert await bench.keeper.fingerprint(bench.settings) != first
    bench.error = SecretNotFound("No Secret.")
    assert await bench.keeper.fingerprint(bench.settings) == "SecretNotFound"


class Ended:
    """A session whose sweep has ended, with so many users that fail."""

    def __init__(
        self, bench: Bench, *, failing: int, of: int, reason: Reason = Reason.REJECTED, lasting: bool = False
    ) -> None:
        known = Known(*(user(f"u{number}") for number in range(of)), group("team"))
        for number in range(failing):
            known.owns(f"u{number}", "", reason=reason)
        self.knowledge, self.settings, self._lasting = known.knowledge, bench.settings, lasting
        bench.report.standing = bench.report.standing.counted(
            Tallied(in_scope=of), Tallied(in_scope=1), bench.report.standing.held, planning_only=False
        )

    def lasts(self, key: object) -> bool:
        return self._lasting


POLICY = {"minimum": 3, "percent": 10, "retries": ["1h"]}


@pytest.mark.parametrize(
    ("failing", "reason", "lasting", "raises"),
    [
        (3, Reason.REJECTED, False, True),
        (2, Reason.REJECTED, False, False),
        (3, Reason.CONFLICT, False, False),
        (3, Reason.RETRYING, False, False),
        (3, Reason.RETRYING, True, True),
    ],
)
async def test_a_sweep_that_leaves_too_many_failing(failing: int, reason: Reason, lasting: bool, raises: bool) -> None:
    bench = Bench(quarantine=POLICY)
    session: Any = Ended(bench, failing=failing, of=20, reason=reason, lasting=lasting)
    if raises:
        with pytest.raises(TooManyFailures, match=r"^The service does not take 3 of 21 objects: kubectl") as raised:
            await bench.keeper.assess(session)
        assert raised.value.cause == Cause.FAILURES.value
    else:
        await bench.keeper.assess(session)


async def test_a_type_that_the_service_does_not_answer_for_counts_in_nothing() -> None:
    bench = Bench(quarantine=POLICY)
    session: Any = Ended(bench, failing=3, of=20)
    session.knowledge.index.overview.failed(Kind.USER.resource_type, AWAY)
    await bench.keeper.assess(session)
    assert timedelta(hours=1) == bench.settings.spec.quarantine.retries[0]
