"""Writes that the API server does not take: named as such, and tried until it does."""

from __future__ import annotations

import logging
from itertools import pairwise

import pytest

from scim_operator.core.keys import ConfigKey
from scim_operator.errors import NotWritten, Unavailable
from scim_operator.job.base.writing import persistently, written
from tests.scim.virtual import VirtualClock

KEY = ConfigKey("identity", "vmware")


async def test_what_the_api_server_answers_is_returned() -> None:
    async def write() -> int:
        return 7

    assert await written(write()) == 7


async def test_an_error_of_the_api_server_is_not_taken_for_the_services() -> None:
    async def write() -> None:
        raise Unavailable("503.")

    with pytest.raises(NotWritten) as error:
        await written(write())
    assert str(error.value) == "503."


async def test_a_write_is_tried_until_it_is_taken(caplog: pytest.LogCaptureFixture) -> None:
    clock, tries = VirtualClock(), []

    async def write() -> None:
        tries.append(clock.monotonic())
        if len(tries) < 4:
            raise NotWritten("503.")

    with caplog.at_level(logging.WARNING):
        await clock.run(persistently(write, clock, KEY))
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert pauses == sorted(pauses)
    assert all(pauses)
    assert [each.getMessage() for each in caplog.records] == [
        f"{KEY}: not written, and tried again in {pause:.0f} s: 503." for pause in pauses
    ]
