"""Reads of what a listing lacks: some at once, and with turns for others, however much it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from scim_operator.core.keys import ResourceType
from scim_operator.job.base.waiting import BREATH
from scim_operator.job.sweep.recall import AT_ONCE, Recall
from tests.scim.virtual import VirtualClock
from tests.support.knowing import Known, user

if TYPE_CHECKING:
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.apply.executor import Executor
    from scim_operator.job.apply.inquiry import Inquiry

MANY = 4 * BREATH


class Breaths(VirtualClock):
    """A clock that counts the turns that others get."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = 0

    async def sleep(self, seconds: float) -> None:
        self.turns += 1
        await super().sleep(seconds)


class Asked:
    """Whom the service was asked for, and how many of them at most at the same time."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.most = self._now = 0

    def begin_sweep(self) -> None:
        pass

    async def refresh(self, _type: ResourceType, id: str) -> None:
        raise AssertionError(f"{id} was not to be read: all types were listed")

    async def ask(self, _record: SourceRecord, id: str) -> None:
        self._now += 1
        self.most = max(self.most, self._now)
        await asyncio.sleep(0)
        self.ids.append(id)
        self._now -= 1


async def recalled(*there: int) -> tuple[Asked, Breaths]:
    """Everyone is on record, and these were listed."""
    known = Known(*(user(f"u{number}", emails=[{"type": "work", "value": "a@corp.example"}]) for number in range(MANY)))
    for number in range(MANY):
        known.owns(f"u{number}", str(number))
    for number in there:
        known.there(str(number), f"u{number}")
    assert known.knowledge.index[ResourceType.USER].listed
    asked, clock = Asked(), Breaths()
    recall = Recall(known.knowledge, cast("Executor", asked), cast("Inquiry", asked), clock)
    await recall.read()
    return asked, clock


async def test_what_a_listing_lacks_is_asked_for_some_at_once_and_others_get_their_turn() -> None:
    asked, clock = await recalled()
    assert sorted(asked.ids, key=int) == [str(number) for number in range(MANY)]
    assert asked.most == AT_ONCE
    assert clock.turns >= 2 * MANY // BREATH, "while it is looked for, and while it is taken in"


async def test_to_find_the_one_that_lacks_others_get_their_turn_too() -> None:
    asked, clock = await recalled(*range(1, MANY))
    assert asked.ids == ["0"]
    assert clock.turns >= MANY // BREATH


async def test_where_nothing_lacks_nothing_is_looked_for() -> None:
    asked, clock = await recalled(*range(MANY))
    assert (asked.ids, clock.turns) == ([], 0)
