"""The operator is killed at every effect of a first fill that takes several rounds, and started again.

A group is filled in chunks, managers follow when they are there, and SelectUniqueValue asks which values are free. The
service takes duplicates, so that only the operator's own care keeps each person there once (promise S2).
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.resource import ENTERPRISE_USER
from tests.support.effects import Effects
from tests.support.rig import rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig

MANAGERS = {"ada": "bob", "bob": "carol", "carol": "ada", "dan": "carol", "erin": "dan", "frank": ""}
"""Three of them in a ring, so that somebody is always sent before their manager."""
NICKNAMES = ", ".join(f'"nick-{number}"' for number in range(9))
MAPPINGS = [
    {"target": f"{ENTERPRISE_USER}:manager", "source": "manager"},
    {"target": "nickName", "expression": f"SelectUniqueValue({NICKNAMES})", "apply": "OnCreate"},
]
MOST = 100
"""More effects than the fill has."""


@asynccontextmanager
async def empty_service() -> AsyncIterator[Rig]:
    """A rig whose manifests are all new to an empty service."""
    async with rig(haste=10) as r:
        r.simulator.faults.add("duplicate-allowed")
        r.spec["service"]["capabilities"] = {"memberChunk": 2}
        r.spec["users"] = {"mappings": MAPPINGS}
        for name, manager in MANAGERS.items():
            r.user(name, **({"manager": {"userRef": {"name": manager}}} if manager else {}))
        r.group("everybody", list(MANAGERS))
        yield r


def check_filled(r: Rig) -> None:
    """Everybody is there once, with their manager and a nickName of their own, and in the group."""
    users = {user["userName"].split("@")[0]: user for user in r.simulator.users.values()}
    assert len(users) == len(r.simulator.users) == len(MANAGERS), "each of them once"
    assert len({user["nickName"] for user in users.values()}) == len(MANAGERS), "nobody has another's nickName"
    for name, manager in MANAGERS.items():
        reference = (users[name].get(ENTERPRISE_USER) or {}).get("manager") or {}
        assert reference.get("value", "") == (users[manager]["id"] if manager else ""), f"the manager of {name}"
        assert r.entry(name)["id"] == users[name]["id"]
        assert r.reason(name) == "Provisioned"
    assert len(r.simulator.groups) == 1, "one group"
    assert r.members("everybody") == set(MANAGERS)
    assert r.reason("everybody", Kind.GROUP) == "Provisioned"


async def test_the_fill_takes_several_rounds() -> None:
    async with empty_service() as r:
        effects = Effects()
        await r.start(effects)
        await r.settle()
        check_filled(r)
        assert 25 <= effects.count <= MOST
        assert r.writes().count("PATCH /Groups") >= 2, "a chunk at a time"
        assert r.writes().count("PATCH /Users") >= 1, "somebody before their manager"


@pytest.mark.parametrize("after", [False, True], ids=["right before", "right after"])
async def test_a_crash_at_any_effect_ends_in_the_same_fill(after: bool) -> None:
    for number in range(1, MOST):
        async with empty_service() as r:
            effects = Effects(number, after=after)
            await r.start(effects)
            await r.until(lambda effects=effects: effects.crashed.is_set() or r.at_rest())  # type: ignore[misc]
            await r.crash()
            await r.start()
            await r.settle()
            try:
                check_filled(r)
                await r.check_quiet()
            except AssertionError as error:
                raise AssertionError(f"at effect {number}: {error}") from error
        if not effects.crashed.is_set():
            assert number > 20, "the fill has more effects than this"
            return
