"""The story of each life: all that an operator sends and writes, second by second, and what people see of it.

They are in `stories/`, so that a change of what the operator does shows in the diff of its commit. After such a change:
`STORIES=write pytest tests/verify/test_stories.py`, and read the diff.
"""

from __future__ import annotations

import logging
import os
import re
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.lives import LIVES
from tests.support.present import present
from verify.virtual import run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tests.support.day import Day

_LINE = re.compile(r"(?:(\d+) )?(.*?)(?: \((\d+) times\))?")
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


def parsed(story: str) -> list[dict[str, list[int]]]:
    """Return by step when each line is there, and each metric as it is."""
    steps: list[dict[str, list[int]]] = []
    for line in story.splitlines():
        if line.startswith("## "):
            steps.append({line: []})
        elif line:
            second, words, times = present(_LINE.fullmatch(line)).groups()
            steps[-1].setdefault(words, []).extend([int(second or 0)] * int(times or 1))
    return steps


def alike(one: str, other: str) -> bool:
    """Return whether two stories are one, but for the order of objects, which moves a request by less than a second."""
    steps, others = parsed(one), parsed(other)
    return [each.keys() for each in steps] == [each.keys() for each in others] and all(
        len(seconds) == len(them[words])
        and all(abs(a - b) <= 1 for a, b in zip(sorted(seconds), sorted(them[words]), strict=True))
        for step, them in zip(steps, others, strict=True)
        for words, seconds in step.items()
    )


def file_of(name: str) -> str:
    return f"{re.sub(r'[^a-z0-9]+', '_', name.lower())}.txt"


@pytest.mark.parametrize("name", LIVES)
def test_story(name: str) -> None:
    path = STORIES / file_of(name)
    found = run(story(*LIVES[name]))
    if os.environ.get("STORIES") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(found)
    kept = path.read_text()
    assert alike(found, kept), "\n".join(unified_diff(kept.splitlines(), found.splitlines(), lineterm="", n=1))


STORY = "## begun\n0 GET /Users 200 (2 times)\n7 PATCH /Users 200\nscim_held  1\n"


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (STORY, True),
        ("## begun\n0 GET /Users 200\n1 GET /Users 200\n6 PATCH /Users 200\nscim_held  1\n", True),
        (STORY.replace("7 PATCH", "9 PATCH"), False),
        (STORY.replace("2 times", "3 times"), False),
        (STORY.replace("held  1", "held  0"), False),
        (STORY.replace("begun", "ended"), False),
        (STORY + "## more\n", False),
    ],
)
def test_stories_that_are_one(other: str, same: bool) -> None:
    assert alike(STORY, other) is alike(other, STORY) is same


def test_each_story_is_one_of_a_life() -> None:
    assert {path.name for path in STORIES.glob("*")} == set(map(file_of, LIVES))
