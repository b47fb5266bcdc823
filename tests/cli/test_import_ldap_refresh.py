"""A directory is imported into Git, changes, and is imported again: the diff is what changed there, line by line.

`LDAP_PEOPLE=5000` runs it at the size of a company.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.local.checks import check
from scim_operator.local.manifests import collect
from scim_operator.sources.update.record import FILE
from tests.support.directories import ADMIN, BASE, KINDS, PASSWORD, directory
from tests.support.ldap_writes import editing
from tests.support.refreshing import git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.directories import Directory
    from tests.support.ldap_writes import Editor

PEOPLE = int(os.environ.get("LDAP_PEOPLE", "200"))
GROUPS = PEOPLE * 6 // 100
OBJECT_CLASSES = ["top", "person", "organizationalPerson", "inetOrgPerson"]
CLASSES = "".join(f"objectClass: {each}\n" for each in OBJECT_CLASSES)
ON_LEAVE, PROMOTED, MARRIED, RENAMED, LEAVER, LENT = (PEOPLE - each for each in (49, 40, 39, 38, 37, 36))
"""Numbers of people who are no one's chief."""
KING, COMPILERS = f"uid=king,ou=people,{BASE}", f"cn=compilers,ou=groups,{BASE}"


def dn(number: int | str) -> str:
    return f"uid=u{number},ou=people,{BASE}"


def team(number: int | str) -> str:
    return f"cn=g{number},ou=groups,{BASE}"


def person(number: int | str, **more: str) -> str:
    fields = {"uid": f"u{number}", "cn": f"User {number}", "sn": "Lovelace", "mail": f"u{number}@corp.example", **more}
    return f"dn: {dn(number)}\n{CLASSES}" + "".join(f"{name}: {value}\n" for name, value in fields.items()) + "\n"


def unique(kind: int, number: int) -> str:
    """The entryUUID, which slapd would make itself."""
    return f"00000000-0000-4000-800{kind}-{number:012x}"


def seed() -> str:
    """People, each with a chief, in groups of which most contain the one before."""
    people = [
        person(n, title="Analyst", manager=dn(n // 10 if n else 1), entryUUID=unique(0, n)) for n in range(PEOPLE)
    ]
    groups = []
    for g in range(GROUPS):
        members = "".join(f"member: {dn(n)}\n" for n in range(g, PEOPLE, 50))
        nested = f"member: {team(g - 1)}\n" if g % 10 else ""
        own = f"objectClass: groupOfNames\ncn: g{g}\nentryUUID: {unique(1, g)}\n"
        groups.append(f"dn: {team(g)}\n{own}{members}{nested}\n")
    return "".join((*people, *groups))


def groups_of(number: int) -> range:
    """The numbers of the groups that a person is in; slapd leaves a name there that no entry has any more."""
    return range(number % 50, GROUPS, 50)


def change(editor: Editor) -> None:
    """Do what an administrator does in a week."""
    editor.replace(dn(PROMOTED), title="Director")
    editor.replace(dn(MARRIED), sn="King", mail="king@corp.example")
    editor.rename(dn(RENAMED), "uid=king")
    for number in groups_of(RENAMED):
        editor.swap(team(number), "member", dn(RENAMED), KING)
    editor.replace(KING, uid="king", mail=f"u{RENAMED}@king.example")
    editor.rename(team(7), "cn=compilers")
    editor.replace(COMPILERS, cn="compilers")
    editor.swap(team(8), "member", team(7), COMPILERS)
    editor.add(dn("new"), objectClass=OBJECT_CLASSES, uid="unew", cn="New", sn="Newman", manager=KING)
    editor.swap(team(1), "member", dn(ON_LEAVE), dn("new"))
    editor.delete(dn(LEAVER))
    for number in groups_of(LEAVER):
        editor.take(team(number), "member", dn(LEAVER))


EXPECTED = {
    "people/groups/g1.yaml": [f"-  - userRef: {{name: u{ON_LEAVE}}}", "+  - userRef: {name: unew}"],
    "people/groups/g7.yaml": ["-  displayName: g7", "+  displayName: compilers"],
    f"people/users/u{PROMOTED}.yaml": ['-  title:   "Analyst" # until May', '+  title:   "Director" # until May'],
    f"people/users/u{MARRIED}.yaml": [
        "-    familyName: Lovelace",
        "+    familyName: King",
        f"-  - value: u{MARRIED}@corp.example",
        "+  - value: king@corp.example",
    ],
    f"people/users/u{RENAMED}.yaml": [
        f"-  userName: u{RENAMED}   # as on her badge",
        "+  userName: king   # as on her badge",
        f"-  - value: u{RENAMED}@corp.example",
        f"+  - value: u{RENAMED}@king.example",
    ],
    "people/users/unew.yaml": [
        "+---",
        "+apiVersion: scim-operator.io/v1alpha1",
        "+kind: ScimUser",
        "+metadata: {name: unew}",
        "+spec:",
        "+  userName: unew",
        "+  name:",
        "+    familyName: Newman",
        "+  displayName: New",
        "+  manager:",
        f"+    userRef: {{name: u{RENAMED}}}",
    ],
}
"""What a reviewer reads. The group of which another one is a member is called as ever."""


class Repository:
    """A repository with the directory that imports of a server keep."""

    def __init__(self, folder: Path, server: Directory) -> None:
        self.root, self.out, self._url = folder / "git", folder / "git" / "people", server.url
        self.root.mkdir()
        self._password = folder / "password"
        self._password.write_text(PASSWORD)
        git(self.root, "init", "-q")

    def load(self, *options: str) -> str:
        """Import, and return what is said."""
        signed_in = ["--bind-dn", ADMIN, "--password-file", str(self._password)]
        arguments = ["import", "ldap", str(self.out), "--url", self._url, "--base", BASE, *signed_in, *options]
        began = time.process_time()
        result = CliRunner().invoke(main, arguments)
        seconds = time.process_time() - began
        assert result.exit_code == 0, result.output
        assert [each.as_text() for each in check(collect([self.out]))] == []
        sys.stdout.write(f"{PEOPLE} people and {GROUPS} groups, {options}: {seconds:.1f} s of a processor\n")
        return result.stdout

    def edit(self, name: str, before: str, after: str) -> None:
        text = (self.out / name).read_text()
        assert before in text, text
        (self.out / name).write_text(text.replace(before, after, 1))

    def changes(self) -> dict[str, list[str]]:
        """Return the lines that differ from the last commit, of each file."""
        git(self.root, "add", "--all")
        command = ["git", "diff", "--cached", "--unified=0", "--no-renames", "--no-color"]
        text = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True).stdout
        found: dict[str, list[str]] = {}
        for file in text.split("diff --git a/")[1:]:
            name, *lines = file.split("\n")
            found[name.split(" b/")[0]] = [
                line for line in lines if line[:1] in ("+", "-") and line[:4] not in ("+++ ", "--- ")
            ]
        return found

    def commit(self) -> None:
        git(self.root, "add", "--all")
        git(self.root, "commit", "-q", "--message=Import")


@pytest.mark.parametrize("kind", KINDS)
def test_the_diff_of_a_changed_directory_is_what_changed(tmp_path: Path, kind: str) -> None:
    with directory(kind, seed(), "--pages=500") as server:
        repository = Repository(tmp_path, server)
        repository.load()
        by_hand(repository)
        repository.commit()
        assert repository.load("--update") == "Nothing moved at the source; 0 files changed.\n"
        assert repository.changes() == {}
        with editing(server) as editor:
            change(editor)
        said = repository.load("--update")
        assert said.endswith("\n1 joiner, 1 leaver, 2 renames, 4 moves; 6 files changed.\n"), said
        lines = repository.changes()
        signs = [line[:1] for line in lines.pop(f"people/{FILE}")]
        assert signs == ["+", "-", "+", "+"], "which fields the joiner has, who left, who joined"
        assert lines == EXPECTED
        repository.commit()
        assert repository.load("--update").startswith("Nothing moved at the source; 0 files changed.\n")
        assert repository.changes() == {}


def by_hand(repository: Repository) -> None:
    """Write comments, fields and a manifest of our own."""
    repository.edit(
        f"users/u{PROMOTED}.yaml", "title: Analyst", 'title:   "Analyst" # until May\n  # by hand\n  nickName: Ada'
    )
    repository.edit(
        f"users/u{RENAMED}.yaml", f"  userName: u{RENAMED}\n", f"  userName: u{RENAMED}   # as on her badge\n"
    )
    eve = (repository.out / f"users/u{LENT}.yaml").read_text().replace(f"u{LENT}", "eve")
    (repository.out / "eve.yaml").write_text(f"# On loan\n{eve}")
    repository.edit("groups/g1.yaml", "  members:\n", "  members:\n  - userRef: {name: eve} # on call\n")
