"""`scim-operator import … --update`: only what moved at the source is changed, and it is shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from scim_operator.sources.update.record import FILE
from tests.support.refreshing import ADA, BOB, CYD, GROUP, HEADER, USER, Directory, changed_lines, git, imported

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def people(tmp_path: Path) -> Directory:
    return imported(tmp_path)


def test_nothing_moved_and_nothing_is_touched(people: Directory) -> None:
    before = people.files()
    assert people.update(HEADER + CYD + ADA + BOB) == "Nothing moved at the source; 0 files changed.\n"
    assert people.files() == before


def test_the_diff_is_the_lines_that_changed(people: Directory) -> None:
    before = people.manifests()
    said = people.update(HEADER + ADA.replace("Analyst", '"Director, Sales"').replace("Ops;Dev", "Dev") + BOB + CYD)
    assert changed_lines(before, people.manifests()) == [
        "-  - userRef: {name: ada-corp.example}",
        "-  title: Analyst",
        "+  title: 'Director, Sales'",
    ]
    assert "title: " in said
    assert said.endswith("2 moves; 2 files changed.\n")


def test_what_a_person_wrote_stays_byte_for_byte(people: Directory) -> None:
    text = (
        "# Ada's file\r\n--- \r\nkind: ScimUser # hers\r\napiVersion: scim-operator.io/v1alpha1\r\n\r\n"
        'metadata:\r\n    name: ada-corp.example\r\n    labels: {team: "core"}\r\nspec:\r\n'
        "    emails:\r\n      # the first\r\n      - type: work   # by the source\r\n"
        '        value: &mail "ada@corp.example"\r\n'
        "        primary: true\r\n      - {type: home, value: ada@home.example}\r\n\r\n"
        "    nickName: 'Countess'\r\n    title:   \"Analyst\"   # for now\r\n    userName: *mail\r\n"
        "    externalId: 7f0c\r\n"
        "    name:\r\n        givenName: Ada\r\n        familyName: Lovelace\r\n        honorificPrefix: Lady"
    )
    (people.out / USER).write_bytes(text.encode())
    people.update(HEADER + ADA + BOB + CYD)
    assert (people.out / USER).read_bytes().decode() == text
    row = ADA.replace("ada@corp.example", "ada@new.example").replace("Analyst", "Dr")
    people.update(HEADER + row + BOB.replace("ada@corp", "ada@new") + CYD)
    assert (people.out / USER).read_bytes().decode() == text.replace('ada@corp.example"', 'ada@new.example"').replace(
        '"Analyst"', '"Dr"'
    )


def test_a_field_that_the_source_gives_no_more_is_taken_away_and_others_stay(people: Directory) -> None:
    people.edit(USER, "  title: Analyst\n", "  title: Analyst\n  nickName: Countess\n")
    before = people.manifests()
    people.update(HEADER + ADA.replace("Analyst", "") + BOB + CYD)
    assert changed_lines(before, people.manifests()) == ["-  title: Analyst"]


def test_a_field_that_the_source_gives_is_the_sources(people: Directory) -> None:
    people.edit(USER, "title: Analyst", "title: Countess")
    people.edit("users/bob-corp.example.yaml", "  emails:", "  title: Baker\n  emails:")
    people.update(HEADER + ADA + BOB + CYD)
    assert people.specs()["ada-corp.example"]["title"] == "Analyst"
    assert people.specs()["bob-corp.example"]["title"] == "Baker", "the source never gave it"


def test_who_is_renamed_keeps_the_manifest(people: Directory) -> None:
    before = people.manifests()
    row = ADA.replace("ada@corp.example", "ada.king@corp.example").replace("Lovelace", "King")
    said = people.update(HEADER + row + BOB.replace(",ada@", ",ada.king@") + CYD)
    assert people.manifests().keys() == before.keys()
    assert people.specs()["ada-corp.example"]["userName"] == "ada.king@corp.example"
    assert people.specs()["bob-corp.example"]["manager"] == {"userRef": {"name": "ada-corp.example"}}
    assert 'userName: "ada@corp.example" → "ada.king@corp.example"' in said


def test_a_new_person_of_a_renamed_ones_old_name_gets_another_manifest(people: Directory) -> None:
    renamed = ADA.replace("ada@corp.example", "ada.king@corp.example")
    people.update(HEADER + renamed + BOB + CYD)
    new = ADA.replace("7f0c", "9999").replace("Lovelace", "Other")
    people.update(HEADER + renamed + new + BOB + CYD)
    by_id = {spec["externalId"]: name for name, spec in people.specs().items() if "externalId" in spec}
    assert by_id["7f0c"] == "ada-corp.example"
    assert by_id["9999"].startswith("ada-corp.example-")


def test_joiners_get_a_file_and_are_shown(people: Directory) -> None:
    before = people.manifests()
    said = people.update(HEADER + ADA + BOB + CYD + "dan@corp.example,7f10,Dan,Dee,,dan@corp.example,,Ops;New\n")
    after = people.manifests()
    assert after.keys() - before.keys() == {"users/dan-corp.example.yaml", "groups/new.yaml"}
    assert changed_lines({GROUP: before[GROUP]}, {GROUP: after[GROUP]}) == ["+  - userRef: {name: dan-corp.example}"]
    assert "Joiners\n  user dan-corp.example (dan@corp.example)\n" not in said
    assert "  group new (New)\n  user dan-corp.example (dan@corp.example)\n" in said


def test_leavers_stay_unless_pruned_and_hand_made_files_are_none(people: Directory) -> None:
    eve = (
        (people.out / USER).read_text().replace("ada-corp", "eve-corp").replace("ada@", "eve@").replace("7f0c", "hand")
    )
    (people.out / "users/eve.yaml").write_text(eve)
    people.edit(GROUP, "  members:\n", "  members:\n  - userRef: {name: eve-corp.example} # on call\n")
    before = people.manifests()
    said = people.update(HEADER + ADA + BOB)
    assert people.manifests() == before
    assert "Leavers\n  user cyd-corp.example (cyd@corp.example): left as it is\n" in said
    said = people.update(HEADER + ADA + BOB, "--prune=notAfter")
    [line] = changed_lines(before, people.manifests())
    assert line.startswith("+  notAfter: '20")
    assert "cyd-corp.example (cyd@corp.example): notAfter set" in said


def test_who_comes_back_loses_only_the_end_that_an_import_set(people: Directory) -> None:
    before = people.manifests()
    people.update(HEADER + ADA + BOB, "--prune=notAfter")
    said = people.update(HEADER + ADA + BOB + CYD, "--prune=notAfter")
    assert people.manifests() == before
    assert "At the source again\n  user cyd-corp.example" in said
    people.update(HEADER + ADA + BOB, "--prune=notAfter")
    end = people.specs()["cyd-corp.example"]["notAfter"]
    people.edit("users/cyd-corp.example.yaml", end, "2031-01-01T00:00:00Z")
    people.update(HEADER + ADA + BOB + CYD, "--prune=notAfter")
    assert people.specs()["cyd-corp.example"]["notAfter"] == "2031-01-01T00:00:00Z"


def test_a_manifest_made_by_hand_becomes_the_sources_when_it_is_the_same_person(people: Directory) -> None:
    (people.out / "users/dan.yaml").write_text(
        "apiVersion: scim-operator.io/v1alpha1\nkind: ScimUser\n"
        "metadata: {name: dan}\nspec:\n  userName: DAN@corp.example\n"
    )
    said = people.update(HEADER + ADA + BOB + CYD + "dan@corp.example,7f10,Dan,Dee,,dan@corp.example,,Ops\n")
    assert "Made by hand, and now the source's\n  user dan (" in said
    assert not (people.out / "users/dan-corp.example.yaml").exists()


@pytest.mark.parametrize(
    ("edit", "row", "sentence"),
    [
        (("'7f0c'", "'7f0d'"), "", "what identifies it is that of ScimUser"),
        (("'7f0c'", "'9999'"), "", "userName is that of ScimUser ada-corp.example too, which has"),
        (("x", "x"), BOB.replace("bob@corp", "ada@corp"), "userName is that of"),
    ],
    ids=["two of one id", "another's id", "another's name"],
)
def test_whom_a_manifest_belongs_to_is_never_guessed(
    people: Directory, edit: tuple[str, str], row: str, sentence: str
) -> None:
    people.edit(USER, *edit)
    body = HEADER + ADA + BOB + CYD if not row else HEADER + row + CYD
    assert sentence in people.refused(body)


def many(count: int, without: int = 0, title: str = "Dr") -> str:
    rows = [f"u{n}@corp.example,id{n},U,N,{title},,,Ops;All\n" for n in range(without, count)]
    return HEADER + "".join(rows)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (many(60, 7), "7 of 60 users are not at the source any more, more than 10 %"),
        (HEADER + ADA, "The source has none of the 60 users any more"),
        (HEADER, "the table has names of columns and no rows"),
        (many(60).replace("Title", "Salary"), "The source gave title for 60 manifests, and gives it for none any more"),
        (many(60).replace(";All", "", 20), "20 of 120 memberships are not at the source any more"),
        (many(60)[:-9], "line 61"),
    ],
    ids=["shrunk", "another", "empty", "without a column", "fewer memberships", "cut off"],
)
def test_a_source_that_lost_much_is_refused_as_a_whole(tmp_path: Path, body: str, sentence: str) -> None:
    people = Directory(tmp_path)
    assert people.load(many(60)).exit_code == 0
    said = people.refused(body, "--prune=notAfter")
    assert sentence in said


@pytest.mark.parametrize(
    ("body", "options"),
    [
        (many(60, 6), ()),
        (many(60, 7), ("--max-leavers=12",)),
        (many(60).replace("Title", "Salary"), ("--drop=title",)),
    ],
)
def test_a_little_less_passes_and_more_when_that_is_said(tmp_path: Path, body: str, options: tuple[str, ...]) -> None:
    people = Directory(tmp_path)
    assert people.load(many(60)).exit_code == 0
    people.update(body, "--prune=notAfter", *options)


def test_leavers_who_were_shown_do_not_add_up(tmp_path: Path) -> None:
    people = Directory(tmp_path)
    assert people.load(many(60)).exit_code == 0
    for without in (5, 10, 14):
        said = people.update(many(60, without))
    assert said.endswith("No longer at the source since earlier: 10.\n")


def test_no_one_counts_as_a_leaver_while_rows_are_refused(people: Directory) -> None:
    body = HEADER + ADA + BOB + CYD.replace("cyd@corp.example,,Dev", "none,,Dev")
    before = people.files()
    result = people.load(body, "--update", "--skip-refused", "--prune=notAfter")
    assert result.exit_code == 1
    assert people.files() == before


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_a_hostile_name_does_nothing_in_a_review(people: Directory, form: str) -> None:
    row = '<b>@everyone](http://x)`|,77,"\x1b[2J",Y,"::error::x\n#hash @team",,,"## Ops"\n'
    result = people.load(HEADER + ADA + BOB + CYD + row.replace("\x1b[2J", "X"), "--update", f"--review={form}")
    assert result.exit_code == 0, result.output
    lines = result.stdout.split("\n")
    assert not any(line.lstrip().startswith(("::", "## Ops", "#hash", "<b>")) for line in lines)
    if form == "markdown":
        assert "``<b>@everyone](http://x)`|``" in result.stdout
    if form == "json":
        assert json.loads(result.stdout)["counts"]["joiners"] == 2


def test_a_first_update_writes_the_directory(tmp_path: Path) -> None:
    people = Directory(tmp_path)
    result = people.load(HEADER + ADA, "--update", "--review=json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["counts"]["joiners"] == 3
    assert people.load(HEADER + ADA, "--update").stdout == "Nothing moved at the source; 0 files changed.\n"


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("broken.yaml", "a: [", "a file that cannot be read"),
        (FILE, "<<<<<<< HEAD\n", f"{FILE}:1: no line of the record of an import"),
    ],
)
def test_what_cannot_be_read_stops_it(people: Directory, name: str, text: str, sentence: str) -> None:
    (people.out / name).write_text(text)
    assert sentence in people.refused(HEADER + ADA + BOB + CYD)


def test_options_of_an_update_go_with_it(people: Directory) -> None:
    result = people.load(HEADER + ADA, "--prune=delete")
    assert result.exit_code == 2
    assert "--prune goes with --update" in result.stderr


def test_a_leaver_is_deleted_with_all_that_refers_to_them_and_only_from_git(people: Directory) -> None:
    body = HEADER + ADA + BOB
    assert "--no-history" not in people.refused(body, "--prune=delete")
    git(people.out.parent, "init", "-q")
    git(people.out.parent, "add", ".")
    git(people.out.parent, "commit", "-q", "-m", "Import")
    people.edit("users/cyd-corp.example.yaml", "title: Dr", "title: Dr # not committed")
    assert "users/cyd-corp.example.yaml would be deleted and are not committed" in people.refused(
        body, "--prune=delete"
    )
    git(people.out.parent, "commit", "-q", "-a", "-m", "Cyd")
    people.edit("users/ada-corp.example.yaml", "  emails:", "  manager: {userRef: {name: cyd-corp.example}}\n  emails:")
    assert "ScimUser ada-corp.example still name" in people.refused(body, "--prune=delete")
    people.edit("users/ada-corp.example.yaml", "  manager: {userRef: {name: cyd-corp.example}}\n", "")
    before = people.manifests()
    said = people.update(body, "--prune=delete")
    assert before.keys() - people.manifests().keys() == {"users/cyd-corp.example.yaml"}
    assert people.specs()["dev"]["members"] == [{"userRef": {"name": "ada-corp.example"}}]
    assert "user cyd-corp.example (cyd@corp.example): manifest deleted" in said


@pytest.mark.parametrize("layout", [["--layout=one"], ["--layout=team"], ["--layout=team", "--team=Title"]])
def test_every_layout_is_kept_up_to_date(tmp_path: Path, layout: list[str]) -> None:
    people = Directory(tmp_path)
    assert people.load(HEADER + ADA + BOB + CYD, *layout).exit_code == 0
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Import")
    dan = "dan@corp.example,7f10,Dan,Dee,,dan@corp.example,,Ops\n"
    said = people.update(HEADER + ADA.replace("Analyst", "Dr") + BOB + dan, "--prune=delete", *layout)
    assert "1 joiner, 1 leaver, 3 moves" in said
    fresh = Directory(tmp_path / "fresh")
    fresh.out.parent.mkdir()
    assert fresh.load(HEADER + ADA.replace("Analyst", "Dr") + BOB + dan, *layout).exit_code == 0
    assert people.specs() == fresh.specs()


def test_without_a_record_no_one_counts_as_having_left(people: Directory) -> None:
    before = people.manifests()
    (people.out / FILE).unlink()
    result = people.load(HEADER + ADA, "--update", "--prune=notAfter")
    assert "has no record of an earlier import: who left since then is not known.\n" in result.stderr
    assert people.specs().keys() == {"ada-corp.example", "bob-corp.example", "cyd-corp.example", "dev", "ops"}
    assert people.manifests() == before
