"""The fence of a Lease at its places: while one waits, before something is sent, and on the open connection."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from scim_operator.core.leases.lease import GRACE
from scim_operator.errors import LeaseLost, Unreachable
from scim_operator.job.base.chores import Chores
from scim_operator.kube.client import KubeClient, Target
from scim_operator.kube.credentials import Credentials
from scim_operator.kube.resources import USERS
from scim_operator.observability.metrics import Metrics
from scim_operator.scim.fence import Fence, behind
from scim_operator.scim.transport import Limits
from tests.scim.test_transport import DELETE, GET, HEADERS, POST, PUT, serving, transport_to
from tests.support.waiting import HANG, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from scim_operator.scim.protocol import Request

ANNA = Target(USERS, "identity", "anna")


class Clock:
    """A clock that someone sets."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Server:
    """A server that answers everything, and has heard the methods of what came; `answer` lets its answers go."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.answer = asyncio.Event()
        self.answer.set()

    async def take(self, request: web.Request) -> web.Response:
        self.heard.append(request.method)
        await self.answer.wait()
        return web.json_response({"id": "1"})


@asynccontextmanager
async def served() -> AsyncIterator[tuple[Server, str]]:
    server = Server()
    async with serving(server.take) as base:
        yield server, base


def ending(lasts: float = 13.0) -> tuple[Clock, Fence]:
    """A fence that is open for so many seconds, and its clock."""
    clock = Clock()
    return clock, Fence(clock, lasts)


@pytest.mark.parametrize("request_", [POST, PUT, DELETE], ids=lambda one: one.method.value)
async def test_what_changes_something_is_not_written_to_a_connection_that_took_longer_than_the_lease(
    request_: Request,
) -> None:
    clock, fence = ending()
    async with served() as (server, base), transport_to(base) as transport:
        with behind(fence), fence.sending():
            clock.seconds = 14.0  # as while a name is resolved, and TLS is agreed on
            with pytest.raises(LeaseLost):
                await transport.send(request_, HEADERS)
        assert server.heard == []


async def test_a_kept_connection_is_fenced_too_and_what_reads_is_not() -> None:
    clock, fence = ending()
    async with served() as (server, base), transport_to(base) as transport:
        with behind(fence):
            await transport.send(PUT, HEADERS)
            clock.seconds = 14.0
            with pytest.raises(LeaseLost):
                await transport.send(PUT, HEADERS)
            await transport.send(GET, HEADERS)
        assert server.heard == ["PUT", "GET"]


WRITES: list[Callable[[KubeClient], object]] = [
    pytest.param(lambda client: client.patch(ANNA, {"status": {}}), id="PATCH"),
    pytest.param(lambda client: client.create(ANNA, {}), id="POST"),
]


@pytest.mark.parametrize("write", WRITES)
async def test_writes_to_kubernetes_are_behind_the_fence(write: Callable[[KubeClient], object]) -> None:
    clock, fence = ending()
    async with served() as (server, base):
        async with KubeClient(Credentials(base.removesuffix("/scim/v2"))) as client:
            with behind(fence):
                await write(client)
                clock.seconds = 14.0
                with pytest.raises(LeaseLost):
                    await write(client)
                await client.get(ANNA)
        assert server.heard[1:] == ["GET"], "what reads may still be asked"


def test_what_is_about_to_be_sent_asks() -> None:
    clock, fence = ending()
    clock.seconds = 13.0
    with pytest.raises(LeaseLost), fence.sending():
        raise AssertionError("nothing is sent")


async def test_what_waits_for_a_former_holders_requests_waits_to_the_end() -> None:
    clock, fence = ending(100.0)
    fence.hold_back(60.0)
    fence.hold_back(20.0)
    await fence.opened()
    assert clock.seconds == 60.0


OUTCOMES = [
    pytest.param(None, True, id="an answer"),
    pytest.param(Unreachable("It broke.", sent=True), False, id="none, and it may have arrived"),
    pytest.param(Unreachable("No connection.", sent=False), True, id="it never left"),
    pytest.param(LeaseLost("Lost."), True, id="the fence kept it back"),
    pytest.param(asyncio.CancelledError(), False, id="cut off"),
]


@pytest.mark.parametrize(("error", "settled"), OUTCOMES)
def test_what_had_no_answer_may_take_effect_for_as_long_as_a_request_may_take(
    error: BaseException | None, settled: bool
) -> None:
    clock, fence = ending()
    try:
        with fence.sending():
            assert not fence.settled
            if error is not None:
                raise error
    except (Unreachable, LeaseLost, asyncio.CancelledError):
        pass
    assert fence.settled is settled
    clock.seconds = GRACE + 0.1
    assert fence.settled


async def test_a_request_that_changes_something_takes_no_longer_than_others_wait_for_it() -> None:
    limits = Limits(read=10 * HANG, total=10 * HANG, write=0.05)
    async with served() as (server, base), transport_to(base, limits=limits) as transport:
        server.answer.clear()
        with pytest.raises(Unreachable):
            async with asyncio.timeout(HANG):
                await transport.send(PUT, HEADERS)
        server.answer.set()


async def test_a_chore_is_behind_its_fence() -> None:
    _, fence = ending(-1.0)
    async with served() as (server, base), transport_to(base) as transport:

        async def chore() -> None:
            await transport.send(PUT, HEADERS)

        chores = Chores(Metrics())
        chores.begin(chore(), "a chore", fence)
        await until(lambda: not chores.tasks)
        assert server.heard == []
