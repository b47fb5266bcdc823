"""Files and directories that are not as they should be: nothing is left out in silence, or ends in a traceback."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from scim_operator.local.manifests import collect

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.desk import Desk


def test_a_link_to_itself_is_reported(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    assert [finding.as_text() for finding in collect([tmp_path]).findings] == [
        f"{tmp_path}/loop.yaml: is no file; remove it"
    ]


def test_a_link_to_a_directory_is_reported(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "link").symlink_to(tmp_path / "shared")
    (finding,) = collect([tmp_path / "team"]).findings
    assert finding.as_text().startswith(f"{tmp_path}/team/link: warning: links to a directory and is not followed")


def place(folder: Path, name: str) -> None:
    """Put the file so deep that no path leads to it, as in a directory that may not be read."""
    here = os.open(folder, os.O_RDONLY)
    content = (folder / name).read_bytes()
    (folder / name).unlink()
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=here)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    file = os.open(name, os.O_CREAT | os.O_WRONLY, dir_fd=here)
    os.write(file, content)
    os.close(file)
    os.close(here)


async def test_a_directory_that_cannot_be_read_removes_no_one(at: Desk) -> None:
    at.user("ada")
    assert (await at.run("apply", "--auto-approve")).exit_code == 0
    previous = at.snapshot()
    place(at.folder, "scimuser-ada.yaml")
    planned = await at.run("plan", "--previous", str(previous))
    assert planned.exit_code == 1
    assert "cannot be read: File name too long" in planned.stderr
    assert "disable" not in planned.stdout


async def test_a_plan_that_cannot_be_saved_is_shown_all_the_same(at: Desk) -> None:
    at.user("ada")
    planned = await at.run("plan", "--out", str(at.folder / "none" / "plan.json"))
    assert planned.exit_code == 1
    assert "1 to create" in planned.stdout
    assert "plan.json cannot be written: No such file or directory" in planned.stderr


async def test_a_token_that_is_no_text_is_refused_as_any_other(at: Desk) -> None:
    planned = await at.run("plan", token="\udcff")
    assert planned.exit_code == 1
    assert "the token is no UTF-8 text" in planned.stderr


@pytest.mark.parametrize(
    "saved", [{"sources": [["a", "b"]]}, {"steps": [{"object": "a", "digest": 1}]}, {"config": 1}, {"steps": {}}]
)
async def test_a_damaged_plan_is_refused(at: Desk, saved: dict[str, object]) -> None:
    path = at.folder.parent / "plan.json"
    path.write_text(json.dumps({"version": 1, "config": "identity/vmware", "steps": [], "sources": {}} | saved))
    refused = await at.run("apply", "--plan", str(path))
    assert refused.exit_code == 1
    assert "The saved plan is damaged" in refused.stderr
