"""A rig for each test of an odd service: a cluster in memory, and a real simulated service on loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.rig import rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig


@pytest.fixture
async def r() -> AsyncIterator[Rig]:
    """A rig over the strict form of VMware Identity Service; not started yet."""
    async with rig() as made:
        yield made


@pytest.fixture
async def hurried() -> AsyncIterator[Rig]:
    """The same with a job whose time runs twenty times as fast: for what waits, backs off or falls due."""
    async with rig(haste=20) as made:
        yield made
