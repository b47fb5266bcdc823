"""A sweep that should have ended by now is said to be overdue; what is asked for at once reaches who can do it."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.job.connection.connections import Connections
from tests.support.around import Around
from tests.support.knowing import CONFIG, config


class Session:
    """A session whose listing ended at a time, and that notes what it is asked for."""

    def __init__(self, around: Around, listed_at: float | None) -> None:
        self.settings, self.listed_at = around.settings, listed_at
        self.asked: list[str] = []

    @property
    def sweeps(self) -> Session:
        return self

    def hurry(self) -> None:
        self.asked.append("hurry")

    def forgive(self) -> None:
        self.asked.append("forgive")

    async def close(self, patience: float) -> None:
        self.asked.append(f"close within {patience:g} s")


def connections(around: Any, listed_at: float | None = None, *, connected: bool = True) -> Any:
    around.secret_reader = around
    made: Any = Connections(CONFIG, around, around, around.reporter, config(), lambda: None)
    session = Session(around, listed_at)
    made.session, made.former = (session, None) if connected else (None, session)
    return made


@pytest.mark.parametrize(
    ("interval", "age", "said"),
    [
        ("10m", 1800, ""),
        ("10m", 1801, "The sweep of identity/vmware is overdue: the last one ended 1801 s ago."),
        ("1m", 900, ""),
        ("1m", 901, "The sweep of identity/vmware is overdue: the last one ended 901 s ago."),
    ],
)
def test_a_sweep_is_overdue_after_three_intervals_and_a_quarter_of_an_hour(
    interval: str, age: float, said: str
) -> None:
    around = Around(interval=interval)
    around.clock.advance(100)
    made = connections(around, 100)
    around.clock.advance(age)
    assert made.overdue() == said


def test_nothing_is_overdue_before_a_listing_or_without_a_connection() -> None:
    around = Around()
    around.clock.advance(1e6)
    assert connections(around, None).overdue() == ""
    assert connections(around, 0, connected=False).overdue() == ""


def test_what_is_asked_for_at_once_reaches_the_session_or_ends_the_wait_for_the_next() -> None:
    there, away = connections(Around()), connections(Around(), connected=False)
    there.hurry()
    away.hurry()
    assert (there.session.asked, away.former.asked) == (["hurry"], ["forgive"])


async def test_what_is_under_way_has_five_seconds_to_end() -> None:
    there, away = connections(Around()), connections(Around(), connected=False)
    await there.close()
    await away.close()
    assert (there.session.asked, away.former.asked) == (["close within 5 s"], [])
