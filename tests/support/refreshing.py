"""A table, the directory that imports of it keep, and what a refresh makes of it."""

from __future__ import annotations

import difflib
import os
import subprocess
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.local.checks import check
from scim_operator.local.manifests import collect
from scim_operator.sources.update.record import FILE

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

HEADER = "userName,oid,First name,Last name,Title,Mail,manager,groups\n"
ADA = "ada@corp.example,7f0c,Ada,Lovelace,Analyst,ada@corp.example,,Ops;Dev\n"
BOB = "bob@corp.example,7f0d,Bob,Baker,,bob@corp.example,ada@corp.example,Ops\n"
CYD = "cyd@corp.example,7f0e,Cyd,Clark,Dr,cyd@corp.example,,Dev\n"
USER, GROUP = "users/ada-corp.example.yaml", "groups/ops.yaml"


class Directory:
    """A table, and the directory that imports of it keep."""

    def __init__(self, folder: Path) -> None:
        self.table, self.out = folder / "people.csv", folder / "people"

    def load(self, body: str, *options: str) -> Result:
        self.table.write_text(body)
        return CliRunner().invoke(main, ["import", "csv", str(self.table), str(self.out), *options])

    def update(self, body: str, *options: str) -> str:
        """What an update says; it must pass, `validate` too, and a second one must change nothing."""
        result = self.load(body, "--update", *options)
        assert result.exit_code == 0, result.output
        assert [each.as_text() for each in check(collect([self.out]))] == []
        after = self.files()
        again = self.load(body, "--update", *options)
        assert (again.exit_code, self.files()) == (0, after), again.output
        assert not list(self.out.parent.glob(".people*"))
        return result.stdout

    def refused(self, body: str, *options: str) -> str:
        before = self.files()
        result = self.load(body, "--update", *options)
        assert result.exit_code == 1, result.output
        assert self.files() == before
        assert "Traceback" not in result.output
        return result.stderr

    def files(self) -> dict[str, str]:
        return {
            str(each.relative_to(self.out)): each.read_bytes().decode()
            for each in self.out.rglob("*")
            if each.is_file()
        }

    def manifests(self) -> dict[str, str]:
        return {name: text for name, text in self.files().items() if name != FILE}

    def specs(self) -> dict[str, dict[str, Any]]:
        return {each.name: each.body["spec"] for each in collect([self.out]).manifests}

    def edit(self, name: str, before: str, after: str) -> None:
        text = (self.out / name).read_bytes().decode()
        assert before in text
        (self.out / name).write_bytes(text.replace(before, after).encode())


def imported(folder: Path) -> Directory:
    """The directory after a first import."""
    made = Directory(folder)
    result = made.load(HEADER + ADA + BOB + CYD)
    assert result.exit_code == 0, result.output
    return made


def changed_lines(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The lines of the diff, without those around."""
    lines = []
    for name in sorted(before.keys() | after.keys()):
        old, new = (each.get(name, "").splitlines(keepends=True) for each in (before, after))
        lines += [
            each.rstrip("\n")
            for each in difflib.unified_diff(old, new, n=0)
            if not each.startswith(("---", "+++", "@@"))
        ]
    return lines


def git(folder: Path, *words: str) -> None:
    who = {f"GIT_{role}_{part}": "a@corp.example" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    subprocess.run(["git", *words], cwd=folder, env={**os.environ, **who}, check=True, capture_output=True)
