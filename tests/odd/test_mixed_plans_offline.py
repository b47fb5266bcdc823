"""What of an object ends access goes first, and what of it is held waits: over files as in the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.desk import Desk
from tests.support.present import present
from tests.support.rig import rig

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.rig import Rig

NEW = "new@corp.example"


def limits(**most: int) -> dict[str, Any]:
    return {name: {"percent": 0, "min": number, "max": number} for name, number in most.items()}


async def begin(at: Desk, **most: int) -> None:
    for name in ("ada", "bob"):
        at.user(name, title="Analyst")
    at.group("ops", "ada", "bob")
    await at.applied()
    at.configure(limits=limits(**most))


def of(at: Desk, id: str) -> dict[str, Any]:
    return at.simulator.users[id]


async def approve(at: Desk) -> None:
    await at.applied("--approve", (await at.plan())["approval"])


async def test_a_held_rename_keeps_no_one_active(at: Desk) -> None:
    await begin(at, renames=0)
    ada = present(at.simulator.user("ada@corp.example"))["id"]
    at.user("ada", active=False, userName=NEW, title="Countess")
    plan = await at.run("plan")
    assert "(held: the change of userName)" in plan.stdout
    result = await at.run("apply", "--auto-approve")
    assert result.exit_code == 2, result.output
    found = of(at, ada)
    assert (found["active"], found["userName"], found["title"]) == (False, "ada@corp.example", "Countess")
    mark = at.mark()
    assert (await at.run("apply", "--auto-approve")).exit_code == 2
    assert at.writes(mark) == []
    await approve(at)
    assert of(at, ada)["userName"] == NEW


async def test_a_held_rename_keeps_no_one_in_a_group(at: Desk) -> None:
    await begin(at, renames=0)
    at.user("cyd")
    at.group("ops", "bob", "cyd", displayName="research")
    assert (await at.run("apply", "--auto-approve")).exit_code == 2
    assert at.members("ops") == {"bob", "cyd"}
    await approve(at)
    assert at.members("research") == {"bob", "cyd"}


async def test_a_disabling_that_is_held_holds_its_rename(at: Desk) -> None:
    await begin(at, disables=0)
    at.user("ada", active=False, userName=NEW)
    mark = at.mark()
    assert (await at.run("apply", "--auto-approve")).exit_code == 2
    assert at.writes(mark) == []


async def test_with_manual_approval_nothing_goes_first(at: Desk) -> None:
    await begin(at, renames=0)
    at.configure(approval={"policy": "Manual"})
    at.user("ada", active=False, userName=NEW)
    mark = at.mark()
    assert (await at.run("apply", "--auto-approve")).exit_code == 2
    assert at.writes(mark) == []
    await approve(at)
    assert present(at.simulator.user(NEW))["active"] is False


async def test_a_saved_plan_of_which_a_part_was_held_goes_on_once_it_is_approved(at: Desk, tmp_path: Path) -> None:
    await begin(at, renames=0)
    at.user("ada", active=False, userName=NEW, title="Countess")
    at.user("cyd")
    at.group("ops", "bob", "cyd", displayName="research")
    saved = str(tmp_path / "plan.json")
    await at.run("plan", "--out", saved)
    assert (await at.run("apply", "--plan", saved)).exit_code == 2
    result = await at.run("apply", "--plan", saved, "--approve", (await at.plan())["approval"])
    assert result.exit_code == 0, result.output
    assert at.members("research") == {"bob", "cyd"}


def changed(target: Desk | Rig, kind: str) -> None:
    """The same changes in a directory and in a cluster."""
    if kind in {"user", "both"}:
        target.user("ada", active=False, userName=NEW, title="Countess")
    if kind in {"rename", "both"}:
        target.user("bob", active=True, userName="other@corp.example")
    if kind in {"group", "both"}:
        members = ["bob"]
        if isinstance(target, Desk):
            target.group("ops", *members, displayName="research")
        else:
            target.group("ops", members, displayName="research")


@pytest.mark.parametrize("most", [{"renames": 0}, {"renames": 1}, {"disables": 0}, {"memberRemovals": 0, "renames": 0}])
@pytest.mark.parametrize("kind", ["user", "group", "rename", "both"])
async def test_the_digest_is_that_of_the_operator(tmp_path: Path, kind: str, most: dict[str, int]) -> None:
    (tmp_path / "manifests").mkdir()
    async with rig() as r:
        at = Desk(tmp_path / "manifests", r.simulator)
        for name in ("ada", "bob"):
            r.user(name)
            at.user(name, active=True)
        r.group("ops", ["ada", "bob"])
        await r.start()
        await r.settle()
        await r.configure(limits=limits(**most))
        await r.settle()
        at.configure(limits=limits(**most))
        changed(at, kind)
        plan = await at.plan()
        await r.stop()
        changed(r, kind)
        await r.start()
        await r.rest()
        await r.sweep()
        assert plan["approval"] == r.status.get("plan", {}).get("digest", ""), plan["because"]
