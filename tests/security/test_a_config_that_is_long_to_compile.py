"""A neighbour's config with expressions that take long to compile: each some 100 ms, and a hundred of them."""

from __future__ import annotations

import asyncio
from typing import Any

from scim_operator.core.expressions.expression import _compile
from scim_operator.job.base.settings import LONG_TURN, prepare, settings_of
from tests.support.rig import rig

COUNT = 12


def long(number: int) -> str:
    """An expression of some thousand parts."""
    return f"[{','.join(['1'] * 400)}].size() == {number}"


def manifest(offset: int) -> dict[str, Any]:
    """A config with long expressions in each place that takes one."""
    numbers = iter(range(offset, offset + 100))
    texts = {"users": [long(next(numbers)) for _ in range(COUNT)], "groups": [long(next(numbers))]}
    spec = {
        "service": {
            "url": "https://vc.example.com/scim/v2",
            "auth": {"bearer": {"secretRef": {"name": "s", "key": "t"}}},
        },
        "users": {
            "externalId": "Generated",
            "expression": long(next(numbers)),
            "mappings": [
                {"target": f"urn:example:2.0:User:a{number}", "expression": text}
                for number, text in enumerate(texts["users"])
            ],
        },
        "groups": {"expression": texts["groups"][0]},
        "protected": {"users": [{"expression": long(next(numbers))}], "groups": [{"expression": long(next(numbers))}]},
    }
    return {"metadata": {"namespace": "n", "name": "c", "uid": "u", "generation": 1}, "spec": spec}


class Slow:
    """A clock by which everything takes longer than a turn; it counts the turns that others have."""

    def __init__(self) -> None:
        self.turns, self._time = 0, 0.0

    def monotonic(self) -> float:
        self._time += 2 * LONG_TURN
        return self._time

    async def sleep(self, seconds: float) -> None:
        assert seconds >= LONG_TURN  # as long as compiling took
        self.turns += 1


async def test_others_have_turns_while_a_config_is_compiled() -> None:
    clock = Slow()
    await prepare(manifest(1_000), clock)  # type: ignore[arg-type]
    assert clock.turns == COUNT + 4


async def test_what_was_prepared_is_not_compiled_again() -> None:
    body = manifest(2_000)
    await prepare(body, Slow())  # type: ignore[arg-type]
    before = _compile.cache_info().misses
    settings_of(body)
    assert _compile.cache_info().misses == before


def dear(title: str) -> dict[str, Any]:
    """Mappings that take more than a turn to compile on any machine."""
    parts = ",".join(["1"] * 2_500)
    texts = [f"[{parts}].size() == {number} ? '' : '{title}'" for number in range(6)]
    return {"mappings": [{"target": target, "expression": text} for target, text in zip(TARGETS, texts, strict=True)]}


TARGETS = ["title", "nickName", "userType", "locale", "timezone", "preferredLanguage"]


async def test_one_that_is_removed_or_changed_meanwhile_is_not_taken_up_after_all() -> None:
    async with rig() as r:
        r.user("ada")
        await r.start()
        await r.settle()
        first = asyncio.create_task(r.configure(users=dear("First")))
        await asyncio.sleep(0)
        await r.configure(users={"mappings": [{"target": "title", "constant": "Second"}]})
        await r.until(lambda: (r.at_service("ada") or {}).get("title") == "Second")
        await first
        mark = r.mark()
        late = asyncio.create_task(r.configure(users=dear("Late")))
        await asyncio.sleep(0)
        await r.remove_config()
        await late
        assert r.writes(mark) == []
        assert r.supervisor.configs == ()


async def test_one_that_is_wrong_is_said_as_before() -> None:
    async with rig() as r:
        r.user("ada")
        await r.start()
        await r.configure(users={"mappings": [{"target": "title", "expression": "user.title +"}]})
        await r.until(lambda: r.condition("Ready") == ("False", "InvalidSpec"))
