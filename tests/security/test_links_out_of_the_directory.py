"""A directory under review whose files lead elsewhere, or are no files: all commands refuse them, and do not wait."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from scim_operator.local import manifests
from scim_operator.local.manifests import collect

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.desk import Desk

CANARY = "canary-9174"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file of whoever reviews, which the change must not get into a plan."""
    (tmp_path / "private").mkdir()
    file = tmp_path / "private/eve.yaml"
    body = {"apiVersion": "scim-operator.io/v1alpha1", "kind": "ScimUser", "metadata": {"name": CANARY}}
    file.write_text(f"{body}\n")
    return file


@pytest.mark.parametrize("command", [("validate",), ("plan",), ("apply", "--auto-approve")])
@pytest.mark.parametrize("how", ["absolute", "relative", "by way of a directory", "hard", "twice"])
async def test_a_file_that_leads_out_of_the_directory_is_refused(
    at: Desk, outside: Path, how: str, command: tuple[str, ...]
) -> None:
    link = at.folder / "eve.yaml"
    if how == "hard":
        os.link(outside, link)
    elif how == "by way of a directory":
        (at.folder / "team").symlink_to(outside.parent)
        link.symlink_to("team/eve.yaml")
    elif how == "twice":
        (at.folder / "middle").symlink_to(outside)
        link.symlink_to("middle")
    else:
        link.symlink_to(outside if how == "absolute" else "../private/eve.yaml")
    result = await at.run(*command)
    assert result.exit_code == 1
    assert f"{link}: " in result.stderr
    assert "put a copy of the file there" in result.stderr
    assert CANARY not in result.output
    assert at.writes() == []


def test_links_that_stay_inside_are_read_once(tmp_path: Path) -> None:
    """As kubelet lays out a ConfigMap: names that lead to `..data`, which leads to a directory."""
    (tmp_path / "..2026").mkdir()
    (tmp_path / "..2026/ada.yaml").write_text("apiVersion: scim-operator.io/v1alpha1\nkind: ScimUser\n")
    (tmp_path / "..data").symlink_to("..2026")
    (tmp_path / "ada.yaml").symlink_to("..data/ada.yaml")
    os.link(tmp_path / "..2026/ada.yaml", tmp_path / "again.yaml")
    found = collect([tmp_path])
    assert [finding.message for finding in found.findings] == []
    assert len(found.manifests) == 2


@pytest.mark.parametrize("folder", [True, False])
def test_a_place_in_a_repository_that_leads_out_of_it_is_refused(tmp_path: Path, outside: Path, folder: bool) -> None:
    """The workflow names `access`; the change makes it a link to a directory of the runner."""
    (tmp_path / "checkout").mkdir()
    subprocess.run(["git", "init", "-q", str(tmp_path / "checkout")], check=True)
    place = tmp_path / "checkout/access"
    place.symlink_to(outside.parent if folder else outside)
    found = collect([place])
    assert [finding.message for finding in found.findings] == [
        "leads out of the repository that it is in; name the place itself"
    ]
    assert found.manifests == []


@pytest.mark.parametrize("kind", ["pipe", "link to a pipe", "device"])
async def test_what_is_no_file_is_refused_without_being_waited_for(at: Desk, tmp_path: Path, kind: str) -> None:
    place = at.folder / "x.yaml"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "device":
        place.symlink_to("/dev/zero")
    else:
        os.mkfifo(tmp_path / "pipe")
        place.symlink_to(tmp_path / "pipe")
    result = await at.run("validate")
    assert result.exit_code == 1
    assert "x.yaml: is no file; remove it" in result.stderr


def test_a_file_is_read_to_a_bound(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    file.touch()
    os.truncate(file, manifests.MAX_FILE + 1)
    assert [finding.message for finding in collect([tmp_path]).findings] == [
        "cannot be read: it is larger than 64 MiB; split it"
    ]
