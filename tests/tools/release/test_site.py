"""The docs of releases: each minor version has its folder, the newest is `latest`, and what was there stays."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tools.release import packing, site
from tools.release.errors import ReleaseError
from tools.site.html import read

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A repository without a branch for the docs."""
    path = tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(path)], check=True)
    return path


def release(tmp_path: Path, remote: Path, version: str, text: str = "") -> None:
    folder = tmp_path / f"packed-{version}-{text}"
    (folder / site.name(version)).mkdir(parents=True)
    (folder / site.name(version) / "index.html").write_text(f"docs of {version}{text}")
    archive = tmp_path / f"{site.name(version)}.tar.gz"
    packing.pack(folder, archive)
    site.push(archive, version, str(remote))


def shown(remote: Path, path: str) -> str:
    command = ["git", "-C", str(remote), "show", f"{site.BRANCH}:{path}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def commits(remote: Path) -> list[str]:
    command = ["git", "-C", str(remote), "log", "--format=%s", site.BRANCH]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_the_first_release_makes_the_branch(tmp_path: Path, remote: Path) -> None:
    release(tmp_path, remote, "0.1.0")
    assert shown(remote, "0.1/index.html") == shown(remote, "latest/index.html") == "docs of 0.1.0"
    assert json.loads(shown(remote, "versions.json")) == [{"version": "0.1", "title": "0.1.0", "aliases": ["latest"]}]
    home = read(shown(remote, "index.html"))
    assert home.links == ["latest/index.html"]
    assert home.assets == []


def test_later_releases_leave_the_others_and_a_patch_of_an_old_one_is_not_latest(tmp_path: Path, remote: Path) -> None:
    for version in ("0.9.0", "0.10.0", "0.9.1"):
        release(tmp_path, remote, version)
    assert shown(remote, "0.9/index.html") == "docs of 0.9.1"
    assert shown(remote, "latest/index.html") == shown(remote, "0.10/index.html") == "docs of 0.10.0"
    assert json.loads(shown(remote, "versions.json")) == [
        {"version": "0.10", "title": "0.10.0", "aliases": ["latest"]},
        {"version": "0.9", "title": "0.9.1", "aliases": []},
    ]
    assert commits(remote) == ["docs: 0.9.1", "docs: 0.10.0", "docs: 0.9.0"]


def test_a_job_that_runs_again_changes_nothing_and_pages_that_are_gone_go(tmp_path: Path, remote: Path) -> None:
    release(tmp_path, remote, "0.1.0")
    site.push(tmp_path / f"{site.name('0.1.0')}.tar.gz", "0.1.0", str(remote))
    assert commits(remote) == ["docs: 0.1.0"]


def test_a_pre_release_is_refused(tmp_path: Path, remote: Path) -> None:
    with pytest.raises(ReleaseError, match=r"0\.2\.0-rc\.1 is a pre-release"):
        release(tmp_path, remote, "0.2.0-rc.1")
