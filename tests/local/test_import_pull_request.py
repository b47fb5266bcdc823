"""What moves at the source comes as a branch with its review and its plan, is merged and applied, and access shows it.

The repository is a bare one on this machine, and what runs on a schedule is the script that the templates run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from tests.support.desk import NAMESPACE, Desk

ROOT = Path(__file__).parents[2]
HEADER = "userName,First name,Last name,Mail,Title,groups\n"
BEGIN = datetime(2026, 1, 5, 8, tzinfo=UTC)


def person(name: str, title: str, groups: str) -> str:
    return f"{name}@corp.example,{name.title()},Example,{name}@corp.example,{title},{groups}\n"


BEFORE = HEADER + person("ada", "Analyst", "Pay") + person("bob", "Dr", "Pay;Ops") + person("cyd", "Dr", "Ops")
AFTER = HEADER + person("ada", "Director", "Ops") + person("cyd", "Dr", "Ops") + person("dan", "Dr", "Pay")


class Repository:
    """A bare repository, and clones of it; each command comes a day after the one before."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bare = folder, folder / "origin.git"
        self.day = 0
        self.run(folder, "git", "init", "-q", "--bare", "-b", "main", str(self.bare))

    def clone(self, name: str) -> Path:
        self.run(self.folder, "git", "clone", "-q", str(self.bare), name)
        return self.folder / name

    def run(self, place: Path, *words: str, **environment: str) -> str:
        moment = (BEGIN + timedelta(days=self.day)).strftime("%Y-%m-%dT%H:%M:%SZ")
        who = {"NAME": "Linus Example", "EMAIL": "linus@corp.example", "DATE": moment}
        git = {f"GIT_{role}_{field}": value for role in ("AUTHOR", "COMMITTER") for field, value in who.items()}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": path}
        done = subprocess.run(
            words,
            cwd=place,
            env={**os.environ, **git, **settings, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refresh(self, clone: Path, table: Path) -> tuple[str, str]:
        """What the scheduled run says, and its review."""
        review = self.folder / "review.md"
        words = ["csv", str(table), "access/people", f"--namespace={NAMESPACE}", "--prune=notAfter", "--max-leavers=40"]
        said = self.run(clone, "bash", str(ROOT / "deploy/import/refresh.sh"), *words, REVIEW=str(review))
        return said, review.read_text()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def members(clone: Path, group: str, as_of: str) -> list[str]:
    words = ["access", str(clone / "access"), f"--group={group}", f"--as-of={as_of}", "--output=json", f"-n{NAMESPACE}"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = orjson.loads(result.stdout)
    return sorted(each["user"]["name"] for each in found["access"] if each["state"] != "NoAccess")


async def started(desk: Desk, repository: Repository, mine: Path, people: Path) -> None:
    """The first import, merged and applied."""
    assert repository.refresh(mine, people)[0] == "changed=true\n"
    repository.run(mine, "git", "switch", "-q", "-C", "main")
    repository.run(mine, "git", "add", "access")
    repository.run(mine, "git", "commit", "-q", "-m", "The service")
    repository.run(mine, "git", "push", "-q", "origin", "main")
    await desk.applied()
    assert (desk.members("Pay"), desk.members("Ops")) == ({"ada", "bob"}, {"bob", "cyd"})


async def reviewed(desk: Desk, repository: Repository, mine: Path) -> None:
    """The comment on the branch, and the merge."""
    repository.run(mine, "git", "fetch", "-q", "origin")
    repository.run(mine, "git", "switch", "-q", "--detach", "origin/scim-import")
    plan = await desk.run("plan", "--against=main", "--output=markdown")
    assert plan.exit_code == 2, plan.output
    assert all(f"{name}@corp.example" in plan.stdout for name in ("ada", "bob", "dan"))
    repository.run(mine, "git", "switch", "-q", "main")
    repository.run(mine, "git", "merge", "-q", "--no-ff", "-m", "Merge the import", "origin/scim-import")
    repository.run(mine, "git", "push", "-q", "origin", "main")


async def test_from_the_source_to_access_by_way_of_a_reviewed_branch(at: Desk, repository: Repository) -> None:
    people, mine = repository.folder / "people.csv", repository.clone("mine")
    people.write_text(BEFORE)
    (mine / "access").mkdir()
    desk = Desk(mine / "access", at.simulator)
    await started(desk, repository, mine, people)
    repository.day = 10
    people.write_text(AFTER)
    said, review = repository.refresh(repository.clone("scheduled"), people)
    assert (said, review.partition("\n")[0]) == ("changed=true\n", "1 joiner, 1 leaver, 3 moves; 5 files changed.")
    await reviewed(desk, repository, mine)
    await desk.applied("--against=main~1")
    assert (desk.members("Pay"), desk.members("Ops")) == ({"dan"}, {"ada", "cyd"})
    assert members(mine, "pay", "2026-01-06") == ["ada-corp.example", "bob-corp.example"]
    today = datetime.now(UTC).date().isoformat()
    assert members(mine, "pay", today) == ["dan-corp.example"]
    assert members(mine, "ops", today) == ["ada-corp.example", "cyd-corp.example"]
    assert repository.refresh(repository.clone("again"), people)[0] == "changed=false\n"


def test_a_refused_source_pushes_nothing(repository: Repository) -> None:
    people = repository.folder / "people.csv"
    people.write_text(BEFORE)
    mine = repository.clone("mine")
    repository.refresh(mine, people)
    before = repository.run(mine, "git", "ls-remote", "origin")
    people.write_text(HEADER)
    with pytest.raises(AssertionError, match="the table has names of columns and no rows"):
        repository.refresh(mine, people)
    assert repository.run(mine, "git", "ls-remote", "origin") == before
