"""How long a touched group waits for company, and the alarm that ends the wait."""

from __future__ import annotations

import asyncio

import pytest

from scim_operator.core.keys import Kind
from scim_operator.job.apply.alarm import Alarm
from scim_operator.job.apply.company import QUIET, Company
from scim_operator.job.apply.lane import Lane
from tests.scim.virtual import VirtualClock
from tests.support.knowing import key

TEAM, CREW = key("team", Kind.GROUP), key("crew", Kind.GROUP)


def company(*touches: tuple[float, str], patience: float = 1.0) -> Company:
    made = Company(patience)
    for at, name in touches:
        made.touch(key(name, Kind.GROUP), Lane.EDIT, at)
    return made


def test_a_group_is_ripe_a_tenth_of_a_second_after_the_last_change() -> None:
    assert QUIET == 0.1
    made = company((10.0, "team"))
    assert (len(made), TEAM in made, CREW in made, made.due) == (1, True, False, 10.1)
    made.hear(10.05)
    assert made.ripe() is None
    made.hear(made.due)
    assert made.ripe() == (TEAM, Lane.EDIT)
    assert (len(made), made.ripe()) == (0, None)


@pytest.mark.parametrize(("stirred", "due"), [(10.05, 10.15), (10.5, 10.6), (10.95, 11.0), (20.0, 11.0), (9.0, 10.1)])
def test_any_other_change_makes_it_wait_up_to_its_patience(stirred: float, due: float) -> None:
    made = company((10.0, "team"))
    made.stir(stirred)
    assert made.due == pytest.approx(due)


def test_a_second_touch_keeps_its_first_time_and_its_better_lane() -> None:
    made = Company(1.0)
    made.touch(TEAM, Lane.DRIFT, 10.0)
    made.touch(CREW, Lane.DRIFT, 10.1)
    made.touch(TEAM, Lane.EDIT, 10.8)
    made.touch(TEAM, Lane.RETRY, 10.9)
    made.hear(99.0)
    assert made.due == pytest.approx(11.0), "the other one was touched last longer ago"
    assert made.ripe() == (CREW, Lane.DRIFT)
    assert made.due == pytest.approx(11.0), "its patience counts from the first touch"
    assert made.ripe() == (TEAM, Lane.EDIT)


def test_what_is_cleared_is_forgotten() -> None:
    made = company((10.0, "team"), (10.0, "crew"))
    made.clear()
    made.hear(99.0)
    assert (len(made), made.ripe()) == (0, None)


class Bell:
    """An alarm that notes when it rings, and until when it has heard."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.rang: list[tuple[float, float]] = []
        self.alarm = Alarm(self.clock, lambda until: self.rang.append((self.clock.monotonic(), until)))


async def test_the_alarm_rings_once_at_the_earliest_time() -> None:
    bell = Bell()
    for at in (5.0, 3.0, 4.0):
        bell.alarm.set(at)
    await bell.clock.run(bell.clock.sleep(10.0))
    assert bell.rang == [(3.0, 3.0)]
    bell.alarm.set(12.0)
    await bell.clock.run(bell.clock.sleep(5.0))
    assert bell.rang == [(3.0, 3.0), (12.0, 12.0)]


async def test_others_have_their_turns_before_it_rings() -> None:
    bell, turns = Bell(), 0
    bell.alarm.set(0.0)
    while not bell.rang:
        await asyncio.sleep(0)
        turns += 1
    assert turns >= 10


async def test_it_may_be_set_from_the_call() -> None:
    clock, rang = VirtualClock(), []

    def ring(until: float) -> None:
        rang.append(until)
        if len(rang) < 3:
            alarm.set(until + 1.0)

    alarm = Alarm(clock, ring)
    alarm.set(1.0)
    await clock.run(clock.sleep(10.0))
    assert rang == [1.0, 2.0, 3.0]
