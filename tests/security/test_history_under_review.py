"""The history that `access` reads is its authors' too: nothing of it runs, is fetched, or is believed twice."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import orjson
import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from tests.security.test_repository_under_review import RUNS, git, nothing_runs, repository, sentinel
from tests.support.ledger import Ledger, group, user

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

__all__ = ["sentinel"]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path / "checkout")
    made.write("a.yaml", user("ada"), group("pay"))
    made.commit("Ada")
    made.git("switch", "-qc", "request")
    made.write("a.yaml", user("ada"), group("pay", "ada"))
    made.commit("Ada may pay")
    made.git("switch", "-q", "main")
    made.merge("request", "Merge pull request #1 from corp/request")
    return made


@pytest.mark.parametrize("name", RUNS)
def test_no_word_of_the_repository_s_configuration_runs_anything(
    ledger: Ledger, tmp_path: Path, sentinel: Path, name: str
) -> None:
    (tmp_path / "included").write_text(f"[core]\n\tfsmonitor = {sentinel}\n\tpager = {sentinel}\n")
    (ledger.folder / ".gitattributes").write_text("* filter=x diff=x merge=x\n")
    for hook in ("post-index-change", "pre-auto-gc", "reference-transaction", "post-checkout"):
        shutil.copy(sentinel, tmp_path / hook)
        shutil.copy(sentinel, ledger.place / ".git/hooks" / hook)
    words = {"command": sentinel, "folder": tmp_path, "place": ledger.place / ".git"}
    (ledger.place / ".git/config").write_text(RUNS[name].format(**words) + "\n")
    (ledger.folder / "new.yaml").write_text("x: 1\n")
    with nothing_runs(sentinel):
        result = ledger.access("--all")
        assert (result.exit_code, "approved: Grace Hopper (merge of #1)" in flat(result)) == (0, True)


def flat(result: Result) -> str:
    return " ".join(result.stdout.split())


def test_a_missing_file_is_told_and_not_fetched(ledger: Ledger, sentinel: Path) -> None:
    blob = git(ledger.place, "rev-parse", "HEAD~1:access/a.yaml")
    (ledger.place / ".git/objects" / blob[:2] / blob[2:]).unlink()
    (ledger.place / ".git/config").write_text(
        "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = origin\n"
        f'[remote "origin"]\n\turl = {ledger.place}\n\tpromisor = true\n\tuploadpack = {sentinel}\n'
    )
    with nothing_runs(sentinel):
        found = orjson.loads(ledger.access("--group", "pay", "-o", "json").stdout)
    [row] = found["access"]
    assert row["state"] == "Access"
    assert "is missing in this clone" in row["since"]["notKnown"][0]["notRead"][0]["message"]


def test_replaced_commits_and_grafts_change_no_history(ledger: Ledger) -> None:
    before = ledger.access("--all", "--as-of", "HEAD").stdout
    first, last = ledger.git("rev-list", "--max-parents=0", "HEAD"), ledger.git("rev-parse", "HEAD")
    ledger.git("replace", "--graft", last, first)
    (ledger.place / ".git/info/grafts").write_text(f"{last}\n")
    assert ledger.access("--all", "--as-of", "HEAD").stdout == before


def test_a_commit_graph_of_theirs_is_not_read(ledger: Ledger) -> None:
    before = ledger.access("--all", "--as-of", "HEAD").stdout
    ledger.git("commit-graph", "write", "--reachable", "--changed-paths")
    graph = ledger.place / ".git/objects/info/commit-graph"
    graph.chmod(0o644)
    graph.write_bytes(graph.read_bytes()[:-60] + b"\xff" * 60)
    assert ledger.access("--all", "--as-of", "HEAD").stdout == before


def test_a_directory_that_is_a_bare_repository_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "access"
    folder.mkdir()
    shutil.copytree(repository(tmp_path / "theirs") / ".git", folder, dirs_exist_ok=True)
    (folder / "a.yaml").write_text("")
    result = CliRunner().invoke(main, ["access", str(folder), "--all"])
    assert (result.exit_code, "There is no ScimUser" in result.stderr) == (1, True)


def test_a_directory_that_is_a_link_out_of_the_repository_is_read_where_it_leads(
    ledger: Ledger, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(ledger.folder)
    result = CliRunner().invoke(main, ["access", str(link), "--group", "pay", "-o", "json"])
    assert orjson.loads(result.stdout)["access"][0]["since"] is not None


def test_links_in_the_directory_are_not_followed_and_told(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "out.yaml").write_text((ledger.folder / "a.yaml").read_text().replace("ada", "eve"))
    (ledger.folder / "link.yaml").symlink_to(tmp_path / "out.yaml")
    ledger.commit("A link")
    found = orjson.loads(ledger.access("--all", "-o", "json").stdout)
    assert {row["user"]["name"] for row in found["access"]} == {"ada"}
    assert "Links are not followed: link.yaml." in found["notes"]
