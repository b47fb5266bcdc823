"""An update of files as people write them, and while something else happens to them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from scim_operator.errors import InvalidSpec
from scim_operator.local.checks import check
from scim_operator.local.manifests import collect
from scim_operator.sources.update.exchange import alone, exchange
from tests.support.refreshing import ADA, BOB, CYD, HEADER, USER, Directory, changed_lines, imported

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def people(tmp_path: Path) -> Directory:
    return imported(tmp_path)


def test_a_list_is_changed_in_its_place(people: Directory) -> None:
    bodies = [each.body for each in collect([people.out]).manifests]
    for file in people.out.rglob("*.yaml"):
        file.unlink()
    (people.out / "all.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": bodies}, indent=2))
    before = people.manifests()
    people.update(HEADER + ADA.replace("Analyst", "Dr") + BOB + CYD)
    assert changed_lines(before, people.manifests()) == [
        '-        "title": "Analyst",',
        '+        "title": "Dr",',
    ]


@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_json_with_characters_in_two_halves_is_changed_in_its_place(people: Directory, ending: str) -> None:
    [ada] = [each.body for each in collect([people.out / USER]).manifests]
    ada["spec"]["nickName"] = r"\u 😀 \\ud83d\\ude00"
    (people.out / USER).unlink()
    (people.out / f"ada.{ending}").write_text(json.dumps(ada, indent=2))
    before = people.manifests()
    people.update(HEADER + ADA.replace("Analyst", "Dr 👩‍💻") + BOB + CYD)
    assert changed_lines(before, people.manifests()) == [
        '-    "title": "Analyst",',
        r'+    "title": "Dr \ud83d\udc69\u200d\ud83d\udcbb",',
    ]
    people.update(HEADER + ADA.replace("Analyst", "Chief") + BOB + CYD)
    assert people.specs()["ada-corp.example"]["nickName"] == ada["spec"]["nickName"]


def test_what_anchors_forbid_is_said_and_nothing_is_written(people: Directory) -> None:
    people.edit(USER, "spec:\n", "spec:\n  <<: {title: Analyst}\n")
    people.edit(USER, "  title: Analyst\n", "")
    said = people.refused(HEADER + ADA.replace("Analyst", "") + BOB + CYD)
    assert f"{USER}:5: ScimUser ada-corp.example: a field of it comes by <<; write its values out" in said


def test_an_alias_that_is_to_stay_what_it_was_is_written_out(people: Directory) -> None:
    people.edit(USER, "title: Analyst", "title: &t Analyst\n  nickName: *t")
    before = people.manifests()
    people.update(HEADER + ADA.replace("Analyst", "Dr") + BOB + CYD)
    assert changed_lines(before, people.manifests()) == [
        "-  title: &t Analyst",
        "-  nickName: *t",
        "+  title: &t Dr",
        "+  nickName: Analyst",
    ]


def test_two_imports_do_not_work_on_one_directory(people: Directory) -> None:
    with alone(people.out):
        assert "Another import works on" in people.refused(HEADER + ADA + BOB + CYD)


def test_a_run_that_was_cut_off_is_gone_on_with(people: Directory) -> None:
    """Killed after each file in turn: what is there is whole, and the next run makes the same of it as one alone."""
    dan = "dan@corp.example,7f10,Dan,Dee,,dan@corp.example,,Ops\n"
    body = HEADER + ADA.replace("Analyst", "Dr") + BOB + dan
    for number in range(1, 6):
        cut = Directory(people.out.parent / f"cut{number}")
        cut.out.parent.mkdir()
        shutil.copytree(people.out, cut.out)
        cut.table.write_text(body)
        killed(cut, number)
        assert [each for each in check(collect([cut.out])) if each.severity == "error"] == []
        cut.update(body, "--prune=notAfter")
        back = cut.update(HEADER + ADA.replace("Analyst", "Dr") + BOB + CYD + dan, "--prune=notAfter")
        assert "notAfter" not in cut.specs()["cyd-corp.example"], back
        assert cut.specs().keys() == {*people.specs(), "dan-corp.example"}


KILLED = """
import os, sys
from pathlib import Path
from scim_operator.cli import main
replaced, left = Path.replace, int(sys.argv.pop(1))
def replace(self, target):
    global left
    left -= 1
    if left < 0:
        os._exit(9)
    return replaced(self, target)
Path.replace = replace
main()
"""


def killed(people: Directory, after: int) -> None:
    """An update that ends, as by a kill, before it renames one file more."""
    words = ["import", "csv", str(people.table), str(people.out), "--update", "--prune=notAfter"]
    done = subprocess.run([sys.executable, "-c", KILLED, str(after - 1), *words], capture_output=True, check=False)
    assert done.returncode == 9, done.stderr


def test_what_is_changed_meanwhile_is_not_overwritten(people: Directory) -> None:
    file = people.out / USER
    before = {str(file): file.read_bytes()}
    file.write_text("# by hand\n" + file.read_text())
    text = file.read_text()
    with pytest.raises(InvalidSpec, match="was changed meanwhile, and is not overwritten"):
        exchange(people.out, {str(file): "a: b\n"}, before, [])
    assert file.read_text() == text
