"""A service is imported again over its manifests: its ids say who is who, whatever they are called now."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.local.checks import check
from scim_operator.local.manifests import collect
from scim_operator.sources.update.record import FILE
from tests.support.desk import for_simulator
from tests.support.refreshing import changed_lines
from tests.support.rig import Rig, rig, service_group, service_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from click.testing import Result

NOTHING = "Nothing moved at the source; 0 files changed.\n"


class Again:
    """A rig's service, and the directory that imports of it keep."""

    def __init__(self, r: Rig, folder: Path) -> None:
        self.r, self.out = r, folder / "people"
        names = ("ada", "bob", "cyd")
        people = [service_user(name, externalId=None, title="Analyst") for name in names]
        self.ids = dict(zip(names, r.simulator.seed(people)[0], strict=True))
        groups = [service_group("ops", self.ids.values(), externalId=None), service_group("dev", externalId=None)]
        self.ids |= dict(zip(("ops", "dev"), r.simulator.seed(groups=groups)[1], strict=True))

    async def load(self, *options: str) -> Result:
        environment = {"SCIM_TOKEN": self.r.simulator.token, **for_simulator(self.r.simulator)}
        arguments = ["import", "scim", str(self.out), "--url", self.r.simulator.url, *options]
        return await asyncio.to_thread(CliRunner().invoke, main, arguments, env=environment)

    async def update(self, *options: str) -> list[str]:
        """Return the lines that an update changes; a second one must change nothing, and `validate` must pass."""
        before, mark = self.texts(), self.r.mark()
        result = await self.load("--update", *options)
        assert result.exit_code == 0, result.output
        after = self.texts(record=True)
        again = await self.load("--update", *options)
        assert (again.exit_code, self.texts(record=True)) == (0, after), again.output
        assert [each.as_text() for each in check(collect([self.out]))] == []
        assert self.r.writes(mark) == []
        return changed_lines(before, self.texts())

    async def refused(self, *options: str) -> str:
        before = self.texts(record=True)
        result = await self.load("--update", *options)
        assert (result.exit_code, self.texts(record=True)) == (1, before), result.output
        assert "Traceback" not in result.output
        return result.stderr

    def texts(self, *, record: bool = False) -> dict[str, str]:
        files = (each for each in self.out.rglob("*") if each.is_file() and (record or each.name != FILE))
        return {str(each.relative_to(self.out)): each.read_text() for each in files}

    def comment(self) -> None:
        """Write a remark to Ada's userName."""
        file = self.out / "users" / "ada-corp.example.yaml"
        file.write_text(file.read_text().replace("@corp.example\n", "@corp.example # as on her badge\n", 1))

    def set(self, name: str, **values: Any) -> None:
        endpoint = "Groups" if name in ("ops", "dev") else "Users"
        operation = {"op": "replace", "value": values}
        self.r.patch_by_hand(f"/{endpoint}/{self.ids[name]}", operation)

    def delete(self, name: str) -> None:
        self.r.by_hand("DELETE", f"/{'Groups' if name in ('ops', 'dev') else 'Users'}/{self.ids[name]}")


@pytest.fixture
async def again(tmp_path: Path) -> AsyncIterator[Again]:
    async with rig(strict=False) as r:
        made = Again(r, tmp_path)
        result = await made.load()
        assert result.exit_code == 0, result.output
        made.comment()
        yield made


async def test_nothing_moved_and_nothing_is_touched(again: Again) -> None:
    assert (await again.load("--update")).stdout == NOTHING
    assert await again.update() == []


async def test_who_is_renamed_keeps_the_manifest_and_the_memberships(again: Again) -> None:
    again.set("ada", userName="king@corp.example")
    again.set("ops", displayName="operations")
    assert await again.update() == [
        "-  displayName: ops",
        "+  displayName: operations",
        "-  userName: ada@corp.example # as on her badge",
        "+  userName: king@corp.example # as on her badge",
    ]


async def test_two_who_swap_their_names_keep_their_manifests(again: Again) -> None:
    again.set("ada", userName="away@corp.example")
    again.set("bob", userName="ada@corp.example")
    again.set("ada", userName="bob@corp.example")
    assert await again.update() == [
        "-  userName: ada@corp.example # as on her badge",
        "+  userName: bob@corp.example # as on her badge",
        "-  userName: bob@corp.example",
        "+  userName: ada@corp.example",
    ]


async def test_a_name_that_was_another_s_gets_a_manifest_of_its_own(again: Again) -> None:
    again.set("ada", userName="king@corp.example")
    again.r.simulator.seed([service_user("ada", externalId=None)])
    lines = await again.update()
    assert "+  userName: king@corp.example # as on her badge" in lines
    [name] = {name for name in again.texts() if name.startswith("users/ada-corp.example-")}
    assert "userName: ada@corp.example" in again.texts()[name]
    assert "- userRef: {name: ada-corp.example}\n" in again.texts()["groups/ops.yaml"]


async def test_who_gets_the_name_of_one_who_left_does_not_get_the_access(again: Again) -> None:
    again.delete("ada")
    again.r.simulator.seed([service_user("ada", externalId=None)])
    said = await again.refused()
    assert "userName is that of ScimUser ada-corp.example too, which had another id" in said
    assert FILE in said
    record = again.out / FILE
    lines = record.read_text().splitlines(keepends=True)
    record.write_text("".join(line for line in lines if '"ada-corp.example"' not in line))
    assert "-  - userRef: {name: ada-corp.example}" in await again.update(), "it is the same person again"


async def test_members_that_are_shown_no_more_stay(again: Again) -> None:
    again.r.simulator.faults.add("hide-members")
    assert await again.update() == []


async def test_attributes_come_move_and_go(again: Again) -> None:
    again.set("bob", title="Director", nickName="Bobby")
    again.r.patch_by_hand(
        f"/Groups/{again.ids['ops']}", {"op": "remove", "path": f'members[value eq "{again.ids["cyd"]}"]'}
    )
    assert await again.update() == [
        "-  - userRef: {name: cyd-corp.example}",
        "-  title: Analyst",
        "+  nickName: Bobby",
        "+  title: Director",
    ]


@pytest.mark.parametrize("fault", ["broken-page", "broken-page=error", "unavailable", "status=403;path=/Groups"])
async def test_a_listing_that_is_not_whole_changes_nothing(again: Again, fault: str) -> None:
    again.r.simulator.seed([service_user(f"u{number}") for number in range(150)])
    again.r.simulator.faults.add(fault)
    assert await again.refused("--prune=notAfter")


async def test_a_service_that_shrank_changes_nothing(again: Again) -> None:
    again.r.simulator.seed([service_user(f"u{number}") for number in range(40)])
    await again.update()
    for number in range(10):
        user = again.r.simulator.user(f"u{number}@corp.example")
        again.r.by_hand("DELETE", f"/Users/{(user or {})['id']}")
    said = await again.refused("--prune=notAfter")
    assert "10 of 43 users are not at the source any more, more than 10 %" in said


async def test_the_operator_s_own_marks_are_no_external_ids(r: Rig, tmp_path: Path) -> None:
    r.user("ada")
    r.group("ops", ["ada"])
    await r.start()
    await r.settle()
    again = Again.__new__(Again)
    again.r, again.out = r, tmp_path / "people"
    again.ids = {"ada": (r.simulator.user("ada@corp.example") or {})["id"]}
    assert (await again.load("--namespace=identity")).exit_code == 0
    assert await again.update("--namespace=identity") == []
    again.set("ada", userName="king@corp.example")
    assert await again.update("--namespace=identity") == [
        "-  userName: ada@corp.example",
        "+  userName: king@corp.example",
    ]
