"""The story of each life: all that an operator sends and writes, second by second, and what people see of it.

They are in `stories/`, so that a change of what the operator does shows in the diff of its commit. After such a change:
`STORIES=write pytest tests/verify/test_stories.py`, and read the diff.
"""

from __future__ import annotations

import logging
import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.lives import LIVES
from verify.virtual import run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tests.support.day import Day

STORIES = Path(__file__).parent / "stories"


async def story(told: Callable[[Day], AsyncIterator[str]], begin: Callable[[], Day]) -> str:
    """Return the steps of a life with what happened in each."""
    day, steps = begin(), []
    with listening(day):
        async for step in told(day):
            steps.append("\n".join([f"## {step}", *day.story(), ""]))
            day.mark()
        await day.world.end()
    return "\n".join(steps)


class Listening(logging.Handler):
    """Has a day hear what jobs say in their log."""

    def __init__(self, day: Day) -> None:
        super().__init__()
        self._day = day

    def emit(self, record: logging.LogRecord) -> None:
        self._day.hear(f"{record.levelname} {record.getMessage()}")


@contextmanager
def listening(day: Day) -> Iterator[None]:
    logger, handler = logging.getLogger("scim_operator.job"), Listening(day)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


def file_of(name: str) -> str:
    return f"{re.sub(r'[^a-z0-9]+', '_', name.lower())}.txt"


@pytest.mark.parametrize("name", LIVES)
def test_story(name: str) -> None:
    path = STORIES / file_of(name)
    found = run(story(*LIVES[name]))
    if os.environ.get("STORIES") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(found)
    assert found == path.read_text()


def test_each_story_is_one_of_a_life() -> None:
    assert {path.name for path in STORIES.glob("*")} == set(map(file_of, LIVES))
