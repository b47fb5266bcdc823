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

    from click.testing import Result

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
        self.root.mkdir(exist_ok=True)
        self._password = folder / "password"
        self._password.write_text(PASSWORD)
        git(self.root, "init", "-q")

    def run(self, *options: str) -> Result:
        """Import, signed in unless an option says as whom."""
        signed_in = [] if "--anonymous" in options else ["--bind-dn", ADMIN, "--password-file", str(self._password)]
        given = [each for each in options if each != "--anonymous"]
        arguments = ["import", "ldap", str(self.out), "--url", self._url, "--base", BASE, *signed_in, *given]
        return CliRunner().invoke(main, arguments)

    def refused(self, *options: str) -> str:
        """Return why an update changes nothing."""
        before = self.changes()
        result = self.run("--update", "--prune=notAfter", *options)
        assert (result.exit_code, self.changes()) == (1, before), result.output
        assert "Traceback" not in result.output
        return result.stderr

    def load(self, *options: str) -> str:
        """Import, and return what is said."""
        began = time.process_time()
        result = self.run(*options)
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


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_directory_changes_nothing(tmp_path: Path, kind: str) -> None:
    """It gives a name to another one, and loses many."""
    with directory(kind, seed(), "--pages=500") as server:
        repository = Repository(tmp_path, server)
        repository.load()
        repository.commit()
        with editing(server) as editor:
            editor.delete(dn(LEAVER))
            editor.add(dn(LEAVER), objectClass=OBJECT_CLASSES, uid=f"u{LEAVER}", cn="Mallory", sn="Mallory")
            said = repository.refused()
            assert f"userName is that of ScimUser u{LEAVER} too, which had another id" in said
            for number in range(PEOPLE - 30, PEOPLE):
                editor.delete(dn(number))
            editor.delete(dn(LEAVER))
        said = repository.refused()
        assert f"31 of {PEOPLE} users are not at the source any more, more than 10 %" in said


@pytest.mark.parametrize("kind", KINDS)
def test_a_listing_that_a_limit_cuts_off_ends_no_one_s_access(tmp_path: Path, kind: str) -> None:
    with directory(kind, seed(), "--pages=500", limit=100) as server:
        repository = Repository(tmp_path, server)
        repository.load()
    with directory(kind, seed(), "--limit=100", limit=100) as limited:
        again = Repository(tmp_path, limited)
        assert "lists not all of it" in again.refused("--anonymous")


def test_two_entries_of_one_number_are_no_two_people(tmp_path: Path) -> None:
    file = tmp_path / "people.ldif"
    file.write_text("version: 1\n\n" + "".join(person(n, entryUUID=unique(0, 7)) for n in (1, 2)))
    result = CliRunner().invoke(main, ["import", "ldif", str(file), str(tmp_path / "people")])
    assert result.exit_code == 1
    assert result.stderr.count("its id at the source is that of") == 2
    assert not (tmp_path / "people").exists()


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
