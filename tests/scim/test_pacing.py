"""A budget far above what a service takes, in virtual time: the rate is found with few refusals, and used."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

import pytest

from scim_operator.core.keys import ResourceType
from scim_operator.errors import Throttled
from scim_operator.scim.budget import KEPT, BudgetState
from scim_operator.scim.pacing import Pacing
from scim_operator.scim.protocol import Method, Request, Response
from scim_operator.scim.sharing import Budgets
from tests.scim.virtual import ScriptedTransport, VirtualClock, client_on, json_response

DECLARED = 1000
CONCURRENCY = 16
ANSWERED_IN = 0.02


@dataclass
class Bucket:
    """A service that takes a burst, and then `rate` requests a second; it counts what it took, and what it refused."""

    rate: float
    burst: float
    tokens: float = field(init=False)
    filled: float = 0.0
    refused: int = 0
    taken: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def ask(self, now: float) -> int:
        """Return 0 where the request is taken, and else the seconds that Retry-After says."""
        self.tokens = min(self.burst, self.tokens + (now - self.filled) * self.rate)
        self.filled = now
        if self.tokens >= 1 - 1e-9:
            self.tokens -= 1
            self.taken.append(now)
            return 0
        self.refused += 1
        return math.ceil((1 - self.tokens) / self.rate)


class Load:
    """Requests without end through one budget, each answered after twenty milliseconds."""

    def __init__(self, rate: float, burst: float, *, declared: float = DECLARED) -> None:
        self.now = 0.0
        self.state = BudgetState(CONCURRENCY, declared)
        self.service = Bucket(rate, burst)
        self.asked: list[float] = []
        self.silent: list[tuple[float, float]] = []
        self._running: deque[tuple[float, float, int]] = deque()

    def until_taken(self, count: int) -> None:
        """Let time pass until the service took so many."""
        while len(self.service.taken) < count:
            wait = self.state.admit(self.now)
            if wait == 0:
                self.send()
                continue
            answered = self._running[0][0] if self._running else math.inf
            self.now = min(self.now + wait, answered)
            if self.now == answered:
                self.hear()

    def send(self) -> None:
        self.asked.append(self.now)
        self._running.append((self.now + ANSWERED_IN, self.now, self.service.ask(self.now)))

    def hear(self) -> None:
        _, sent_at, wait = self._running.popleft()
        self.state.release()
        if not wait:
            self.state.succeeded(sent_at)
            return
        self.silent.append((self.now, self.now + wait))
        self.state.pacing.refused(self.now, sent_at, self.state.rate or math.inf)
        self.state.refused(self.now, sent_at, wait)

    def used(self, since: float = 0.0) -> float:
        """Return the part of the service's rate that was used."""
        taken = [at for at in self.service.taken if at >= since]
        return len(taken) / (taken[-1] - since) / self.service.rate


@pytest.mark.parametrize("rate", [25, 100])
def test_five_hundred_objects_cost_five_refusals_at_most_and_the_rate_is_used(rate) -> None:
    load = Load(rate, burst=rate)
    load.until_taken(500)
    assert load.service.refused <= 5
    assert load.used() >= 0.97


@pytest.mark.parametrize(("rate", "burst"), [(25, 25), (25, 5), (25, 1), (100, 100), (100, 10), (100, 1), (5, 20)])
def test_the_rate_is_used_once_it_is_known_with_bursts_and_without(rate, burst) -> None:
    load = Load(rate, burst)
    load.until_taken(60 * rate)
    begun, refused = load.now, load.service.refused
    load.until_taken(180 * rate)
    assert load.used(begun) >= 0.95
    assert load.service.refused - refused <= 12, "in two minutes"


@pytest.mark.parametrize(("before", "after"), [(100, 25), (25, 100)])
def test_a_service_that_changes_its_rate_is_followed(before, after) -> None:
    load = Load(before, burst=before)
    load.until_taken(20 * before)
    load.service.rate, load.service.burst = after, after
    load.service.tokens = min(load.service.tokens, after)
    load.until_taken(20 * before + 60 * after)
    begun, refused = load.now, load.service.refused
    load.until_taken(20 * before + 120 * after)
    assert load.used(begun) >= 0.95
    assert load.service.refused - refused <= 5


def test_nothing_is_sent_while_a_retry_after_runs() -> None:
    load = Load(25, burst=25)
    load.until_taken(500)
    assert load.silent
    assert not [at for at in load.asked for begin, end in load.silent if begin < at < end]


@pytest.mark.parametrize("burst", [1, 25])
def test_the_declared_budget_is_never_exceeded_whatever_is_learned(burst) -> None:
    load = Load(100, burst, declared=30)
    load.until_taken(600)
    assert load.service.refused == 0
    assert all(sum(start <= at < start + 1 for at in load.asked) <= 31 for start in load.asked)


def test_a_budget_that_is_used_up_teaches_nothing_about_more() -> None:
    load = Load(1000, 1000, declared=30)
    before = load.state.pacing.pace
    load.until_taken(300)
    assert load.state.pacing.pace == before


def test_few_requests_teach_nothing_about_more() -> None:
    """Only a rate that held requests back is raised: else a quiet day would end in a burst."""
    load = Load(25, burst=25)
    before = load.state.pacing.pace
    for _ in range(100):
        assert load.state.admit(load.now) == 0
        load.send()
        load.now += 1
        load.hear()
    assert load.state.pacing.pace == before


def test_answers_that_overtake_each_other_are_put_in_order() -> None:
    """The slowest of two thousand comes last."""
    late, even = Pacing(), Pacing()
    for pacing, times in ((late, [*range(1, 2000), 0]), (even, range(2000))):
        for at in times:
            pacing.answered(at / 100)
        pacing.refused(20.1, 20.0, 100)
        pacing.answered(20.05)
        for at in range(2200, 2300):
            pacing.answered(at / 100)
        pacing.refused(23.1, 23.0, 100)
    assert late.pace == even.pace


async def test_what_was_learned_outlives_the_connection() -> None:
    clock = VirtualClock()
    budgets = Budgets(clock)
    one = budgets.member("vc.example/scim/v2", concurrency=8, rate=1000)
    async with one.request("token") as sending:
        sending.succeeded()
    await clock.run(clock.sleep(1))
    async with one.request("token") as sending:
        sending.refused(1, too_many=True)
    learned = one.allowed
    assert learned < 50
    one.close()
    await clock.run(clock.sleep(60))
    again = budgets.member("vc.example/scim/v2", concurrency=8, rate=1000)
    async with again.request("token"):
        assert again.allowed == learned
    again.close()
    await clock.run(clock.sleep(KEPT))
    late = budgets.member("vc.example/scim/v2", concurrency=8, rate=1000)
    async with late.request("token"):
        assert late.allowed > learned


def request(type: ResourceType, method: Method = Method.POST) -> Request:
    return Request(method, type.endpoint, body=None if method is Method.GET else {})


def takes_no_groups(status: int) -> ScriptedTransport:
    """A service that says "later" to all that has to do with groups."""

    def answer(request: Request) -> Response:
        if request.endpoint == ResourceType.GROUP.endpoint:
            return json_response({}, status, retry_after="5")
        return json_response({"id": "1"}, 201)

    return ScriptedTransport(answer)


async def test_a_type_that_never_takes_anything_does_not_slow_the_other() -> None:
    transport = takes_no_groups(429)
    exchange, clock = client_on(transport, rate=DECLARED).exchange, transport.clock
    for _ in range(20):
        await clock.run(exchange.send(request(ResourceType.USER)))
        with pytest.raises(Throttled):
            await clock.run(exchange.send(request(ResourceType.GROUP)))
    assert exchange.allowed >= 50


async def test_a_type_that_is_left_alone_is_not_said_to_have_answered_what_it_did_not() -> None:
    transport = takes_no_groups(503)
    exchange, clock = client_on(transport, rate=DECLARED).exchange, transport.clock
    said, sent = "", 1
    while sent:  # until nothing is sent any more
        await clock.run(exchange.send(request(ResourceType.USER)))
        before = len(transport.requests)
        with pytest.raises(Throttled) as raised:
            await clock.run(exchange.send(request(ResourceType.GROUP)))
        said, sent = str(raised.value), len(transport.requests) - before
    assert "/Groups" in said
    assert "429" not in said


@pytest.mark.parametrize(("status", "slower"), [(429, True), (503, False)])
async def test_only_too_many_requests_make_it_slower(status, slower) -> None:
    answers = [json_response({}, 200), json_response({}, status, retry_after="1"), json_response({}, 200)]
    transport = ScriptedTransport(lambda _: answers.pop(0))
    exchange, clock = client_on(transport, rate=DECLARED).exchange, transport.clock
    for _ in range(2):
        await clock.run(exchange.send(request(ResourceType.USER, Method.GET)))
    assert (exchange.allowed < 50) is slower
