"""Deletions that are taken back (ADR 0037): nobody leaves, nothing is sent, and the same resources go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.records.undelete import HOLDS
from tests.support.limiting import limits
from tests.support.present import present
from tests.support.rig import rig
from tests.support.undeleting import ALL, NAMES, held, ids, taken_back

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig


@pytest.fixture
async def quick() -> AsyncIterator[Rig]:
    """A job whose hours pass in seconds."""
    async with rig(haste=900) as made:
        yield made


async def all_there(r: Rig, before: dict[str, str], mark: int) -> None:
    await r.until(lambda: all(r.cluster.ready(kind, name)[0] == "True" for kind, name in ALL))
    await r.rest()
    await r.sweep()
    assert r.writes(mark) == []
    assert {name: r.entry(name)["id"] for name in NAMES} == before == ids(r)
    assert all("undelete" not in r.entry(name, kind) for kind, name in ALL), "a pass is of no use any more"
    assert r.members("all") == r.members("engine") == set(NAMES)
    await r.until(lambda: r.condition("ApprovalRequired")[0] != "True")
    assert r.status["plan"]["held"] is False
    await r.check_quiet()


async def test_who_was_deleted_by_mistake_is_put_back(r: Rig) -> None:
    mark = await held(r)
    before = ids(r)
    await taken_back(r)
    await r.until(lambda: r.condition("ApprovalRequired")[0] != "True")  # as soon as the deletions are taken back
    bodies = [(kind, r.cluster.release(kind, name)) for kind, name in ALL]
    await r.rest()
    await r.sweep()
    assert r.writes(mark) == [], "who is about to be made anew has not left"
    assert r.members("all") == set(NAMES)
    for kind, body in bodies:
        r.cluster.make(kind, body)
    await all_there(r, before, mark)


@pytest.mark.parametrize("away", [False, True], ids=["while nothing is away", "while all are away"])
async def test_the_operator_may_crash_in_between(r: Rig, *, away: bool) -> None:
    """Who is made anew before it is back is known by what the old status said, whoever gave the externalId."""
    mark = await held(r)
    before = ids(r)
    await taken_back(r)
    bodies = [(kind, r.cluster.release(kind, name)) for kind, name in ALL] if away else []
    await r.crash()
    bodies = bodies or [(kind, r.cluster.release(kind, name)) for kind, name in ALL]
    for kind, body in bodies:
        r.cluster.make(kind, body)
    await r.start()
    await r.settle()
    await all_there(r, before, mark)


async def test_a_deletion_that_is_taken_back_while_no_operator_runs_ends_no_access(r: Rig) -> None:
    mark = await held(r)
    await r.crash()
    for kind, name in ALL:
        r.cluster.take_back(kind, name)
    await r.start()
    await r.settle()
    assert all(r.entry(name, kind).get("undelete") for kind, name in ALL)
    assert r.writes(mark) == []
    await r.until(lambda: r.condition("ApprovalRequired")[0] != "True")


async def test_who_is_not_put_back_leaves(r: Rig) -> None:
    """The mistake was about all but one."""
    mark = await held(r, limits=limits(disables=1, member_removals=2))
    for kind, name in ALL[1:]:
        r.cluster.take_back(kind, name)
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None or r.status["plan"]["disables"] == 1)
    await r.sweep()
    await r.until(lambda: present(r.at_service("ada"))["active"] is False)
    assert all(present(r.at_service(name))["active"] for name in NAMES[1:])
    assert sorted(set(r.writes(mark))) == ["PATCH /Groups", "PATCH /Users"]


async def test_a_deletion_that_is_meant_after_all_is_held_again(r: Rig) -> None:
    await held(r)
    digest = r.status["plan"]["digest"]
    await taken_back(r)
    for kind, name in ALL:
        r.cluster.annotate(kind, name, **{"scim-operator.io/undelete": ""})
    await r.until(lambda: r.status["plan"]["held"] is True)
    await r.rest()
    assert r.status["plan"]["digest"] == digest


async def test_who_never_comes_back_is_forgotten_after_an_hour_and_keeps_the_account(quick: Rig) -> None:
    """Whoever took the deletion back and made nothing in its place: what is at the service stays, as without a job."""
    r = quick
    mark = await held(r, limits=limits(disables=1, member_removals=2))
    await taken_back(r)
    r.cluster.release(Kind.USER, "ada")
    await r.rest()
    assert r.members("engine") == set(NAMES)
    await r.pass_time(HOLDS.total_seconds() + 1)
    await r.until(lambda: r.members("engine") == set(NAMES[1:]))
    assert present(r.at_service("ada"))["active"] is True
    assert set(r.writes(mark)) == {"PATCH /Groups"}
