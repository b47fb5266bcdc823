"""A running simulator for a test, with settings and faults of its choice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings
from tests.simulator.client import Client

Start = Callable[..., Any]


@pytest.fixture
def start() -> Start:
    """Starts a simulator with settings and faults of the test's choice, as a context that gives a client."""

    @asynccontextmanager
    async def started(*faults: str, settings: Settings | None = None) -> AsyncIterator[Client]:
        async with Simulator(settings or Settings(), faults) as sim, aiohttp.ClientSession() as session:
            yield Client(session, sim)

    return started


@pytest.fixture
async def client(start: Start) -> AsyncIterator[Client]:
    async with start() as found:
        yield found
