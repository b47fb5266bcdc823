"""The virtual loop: its time depends on what is scheduled, and never on the machine."""

from __future__ import annotations

import asyncio
import time

import pytest

from verify.virtual import run


def slow(answer: str) -> str:
    """Work that takes real time."""
    time.sleep(0.01)
    return answer


def refused() -> None:
    raise ValueError("no")


def test_what_is_meant_for_a_thread() -> None:
    async def work() -> tuple[str, float, int]:
        woken = 0

        async def wake() -> None:
            nonlocal woken
            while True:
                await asyncio.sleep(1)
                woken += 1

        alarm = asyncio.create_task(wake())
        answer = await asyncio.to_thread(slow, "done")
        alarm.cancel()
        return answer, asyncio.get_running_loop().time(), woken

    assert run(work()) == ("done", 0.0, 0), "no virtual time goes by"


def test_its_error_comes_to_who_waits() -> None:
    async def work() -> None:
        await asyncio.to_thread(refused)

    with pytest.raises(ValueError, match="no"):
        run(work())
