"""`scim-operator import csv`: a table becomes manifests, or is refused by row and column."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.local.checks import check
from scim_operator.local.manifests import collect
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from click.testing import Result

ADA = "ada@corp.example"
PEOPLE = f"userName,First name,Last name,Mail\n{ADA},Ada,Lovelace,{ADA}\nbob@corp.example,Bob,NO,bob@corp.example\n"


class Table:
    """A table in a folder, and what an import makes of it."""

    def __init__(self, folder: Path) -> None:
        self.file, self.out = folder / "people.csv", folder / "people"

    def load(self, body: str | bytes, *options: str) -> Result:
        self.file.write_bytes(body if isinstance(body, bytes) else body.encode())
        return CliRunner().invoke(main, ["import", "csv", str(self.file), str(self.out), *options])

    def specs(self, body: str | bytes, *options: str) -> dict[str, dict[str, Any]]:
        """The specs by name; the import must pass, and so must `validate`."""
        result = self.load(body, *options)
        assert result.exit_code == 0, result.output
        found = collect([self.out])
        specs = {each.name: each.body["spec"] for each in found.manifests}
        assert [finding.as_text() for finding in check(found)] == []
        return specs

    def refused(self, body: str | bytes, *options: str) -> str:
        """What is said of a table of which nothing is written."""
        result = self.load(body, *options)
        assert result.exit_code == 1, result.output
        assert not self.out.exists()
        assert [each.name for each in self.out.parent.iterdir()] == [self.file.name]
        return result.stderr


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path)


def test_a_table_becomes_a_manifest_for_each_person(table: Table) -> None:
    result = table.load(PEOPLE)
    assert (result.exit_code, result.stdout) == (0, f"Wrote 2 users into {table.out}, 2 files.\n")
    assert result.stderr == "Read as UTF-8, columns parted by commas.\n"
    assert (table.out / "users/bob-corp.example.yaml").read_text() == (
        "---\napiVersion: scim-operator.io/v1alpha1\nkind: ScimUser\nmetadata: {name: bob-corp.example}\nspec:\n"
        "  userName: bob@corp.example\n  name:\n    familyName: 'NO'\n    givenName: Bob\n"
        "  emails:\n  - value: bob@corp.example\n    type: work\n"
    )


def test_each_column_that_is_known_gives_its_attribute(table: Table) -> None:
    header = "login;oid;enabled;job title;mobile;city;country;cost centre;employee id;upn;urn:example:2.0:User:badge"
    [spec] = table.specs(f"{header}\nada;7f0c;No;Analyst;+44;London;GB;1e3;007;ada@ad;B-17\n").values()
    assert spec == {
        "userName": "ada",
        "externalId": "7f0c",
        "active": False,
        "title": "Analyst",
        "phoneNumbers": [{"value": "+44", "type": "mobile"}],
        "addresses": [{"type": "work", "locality": "London", "country": "GB"}],
        "enterprise": {"employeeNumber": "007", "costCenter": "1e3"},
        "ws1b": {"userPrincipalName": "ada@ad"},
        "extensions": {"urn:example:2.0:User": {"badge": "B-17"}},
    }


def test_columns_are_mapped_by_name_and_others_are_told(table: Table) -> None:
    body = "Kürzel,Tel.,Salary,Title\nada,+44,100,Dr\n"
    [spec] = table.specs(body, "--map", "Kürzel=userName", "--map", 'Tel.=phoneNumbers[type eq "work"].value').values()
    assert spec == {"userName": "ada", "title": "Dr", "phoneNumbers": [{"value": "+44", "type": "work"}]}
    table.out = table.out.with_name("again")
    result = table.load(body, "--map=Kürzel=userName", "--map=Title=")
    assert "Not imported: columns Salary, Tel.. --map COLUMN=ATTRIBUTE imports one." in result.stderr


def test_groups_and_managers_come_by_column(table: Table) -> None:
    body = "userName,mail,manager,groups\nada,ada@corp.example,BOB@corp.example,Ops; Dev\nbob,bob@corp.example,,Ops\n"
    specs = table.specs(body)
    assert specs["ada"]["manager"] == {"userRef": {"name": "bob"}}
    assert specs["ops"]["members"] == [{"userRef": {"name": "ada"}}, {"userRef": {"name": "bob"}}]
    assert specs["dev"] == {"displayName": "Dev", "members": [{"userRef": {"name": "ada"}}]}


@pytest.mark.parametrize(
    "body",
    [
        "\ufeffuserName;title\r\nzoë;Größe\r\n".encode(),
        "userName\ttitle\r\nzoë\tGröße\r\n".encode("utf-16"),
        'sep=;\r\n"userName";"title"\r\n"zoë";="Größe"\r\n'.encode(),
        b"userName,title,,\r\nzo\xc3\xab,Gr\xc3\xb6\xc3\x9fe,,\r\n\r\n",
    ],
    ids=["byte order mark", "UTF-16 and tabs", "Excel's first line", "empty columns and lines"],
)
def test_files_are_read_as_spreadsheets_write_them(table: Table, body: bytes) -> None:
    [spec] = table.specs(body).values()
    assert spec == {"userName": "zoë", "title": "Größe"}


def test_another_encoding_is_read_when_it_is_named(table: Table) -> None:
    body = "userName,title\nzoë,Größe\n".encode("cp1252")
    assert "line 2: not UTF-8; save the file as CSV UTF-8, or say what it is: --encoding cp1252" in table.refused(body)
    [spec] = table.specs(body, "--encoding", "cp1252").values()
    assert spec["title"] == "Größe"


def test_a_quoted_line_break_is_a_part_of_its_cell(table: Table) -> None:
    [spec] = table.specs('userName,"addresses[type eq ""work""].formatted"\nada,"1 Square\nLondon"\n').values()
    assert spec["addresses"] == [{"type": "work", "formatted": "1 Square\nLondon"}]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "the file is empty"),
        ("userName\n", "the table has names of columns and no rows"),
        ("name,title\nada,x\n", "no column gives userName; name it with --map COLUMN=userName, of name, title"),
        ("userName,userName\na,b\n", "line 1: two columns are called userName"),
        ("userName,mail,email\na,b,c\n", "columns email and mail both give emails[type eq"),
        ('userName,title\nada,"cut', "line 2: a quotation mark is not closed, as where the file is cut off"),
        ("userName,title\nada,x\nbob\n", "line 3: has 1 cells, and there are 2 columns; it may be cut off"),
        ("userName,title\nada,x,y\n", "line 2: cell 3 has a value and no column"),
        ("userName,title\nada,=1+1\n", "line 2: column title: holds a formula"),
        ("userName,title\nada,#N/A\n", "line 2: column title: holds an error of the spreadsheet"),
        ("userName,phone\nada,4.9171E+11\n", "line 2: column phone: holds a number that the spreadsheet has rounded"),
        ("userName,mail\nada,none\n", "line 2: column mail: emails[0].value: give an e-mail address alone"),
        ("userName,country\nada,England\n", "line 2: column country: addresses[0].country: give the country as"),
        ("userName,enabled\nada,perhaps\n", "line 2: column enabled: must be true or false"),
        ("userName,notAfter\nada,2027-03-01\n", "line 2: column notAfter: notAfter: must be a date that exists"),
        ("userName,title\n,x\n", "line 2: column userName: userName is empty; fill it in"),
        ("userName,title\na\x1bb,x\n", "line 2: column userName: userName: userName must not contain control"),
        ("userName\nada\nbob\nADA\n", "line 2: column userName: userName is that of line 4 too"),
        ("userName,oid\na,7\nb,7\n", "line 2: column oid: externalId is that of line 3 too"),
        ("userName,oid\na,identity/b\n", "line 2: externalId has the form of a mark"),
        (b"userName\0\0\n\0a\0", "line 1: has zero bytes, as UTF-16 without its mark"),
        ("userName,a;title\nada,x;y\n", "line 1: commas and semicolons, or tabs, are there alike"),
        (f"userName,title\nada,{'x' * 140_000}\n", "line 2: a cell has more than 131072 characters"),
    ],
)
def test_what_is_wrong_is_refused_by_row_and_column(table: Table, body: str | bytes, sentence: str) -> None:
    said = table.refused(body)
    assert sentence in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--map", "Nobody=title"], "map: there is no column Nobody; the columns are First name, Last name, Mail"),
        (["--map", "Mail=password"], "map Mail: password: a manifest never holds a password or another secret"),
        (["--map", "Mail=emails.value"], "map Mail: emails.value: the attribute has several values; say which"),
        (["--set", "titel=row.Mail"], "users.set: titel: not an attribute of a ScimUser"),
        (["--set", "title=row.Nobody"], "users.set title: there is no column Nobody"),
        (["--set", "title=row["], "users.set title: line 1, column"),
        (["--where", "row.Mail"], "line 2: "),
        (["--where", 'row["Post"] == ""'], "users.where: there is no column Post"),
        (["--name", "row.Mail == ''"], "name gives no text"),
        (["--where", "false"], "there is no one to import"),
    ],
)
def test_rules_that_are_wrong_are_refused(table: Table, options: list[str], sentence: str) -> None:
    assert sentence in table.refused(PEOPLE, *options)


def test_no_value_of_a_row_is_in_a_message(table: Table) -> None:
    said = table.refused("userName,mail,country\nada,hush.hush,hush\nbob,x@x,hush\n")
    assert "hush" not in said


def test_no_text_of_a_table_steers_a_terminal(table: Table) -> None:
    result = table.load("userName,a\x1b[2Jb,::error::x,manager\nada,1,2,\x1b[2J\n\x1b[2J,,,\n")
    lines = result.output.split("\n")
    assert all(line.isprintable() for line in lines)
    assert not any(line.startswith("::") for line in lines)


def test_rows_are_left_out_only_when_that_is_asked_for(table: Table) -> None:
    body = "userName,mail\nada,none\nbob,bob@corp.example\n"
    assert "Nothing was written, for 1 row cannot be imported" in table.refused(body)
    result = table.load(body, "--skip-refused")
    assert (result.exit_code, result.stdout) == (1, f"Wrote 1 user into {table.out}, 1 file. 1 row refused.\n")


def test_values_are_computed_and_rows_chosen(table: Table) -> None:
    body = "userName,Mail,Employee Type\nada,ADA@Corp.Example,Staff\nbob,b@corp.example,Guest\n"
    options = ["--set", "userName=ToLower(row.Mail)", "--where", 'row["Employee Type"] == "Staff"']
    specs = table.specs(body, *options, "--set", 'groups=["All " + row["Employee Type"]]', "--name", "userName")
    assert specs["ada"]["userName"] == "ada@corp.example"
    assert set(specs) == {"ada", "all-staff"}


def test_the_same_rules_stand_in_a_file_and_options_go_first(table: Table) -> None:
    rules = table.file.with_name("import.yaml")
    rules.write_text(
        "map: {Mail: 'emails[type eq \"work\"].value'}\nlayout: one\nusers:\n  where: row.Mail != ''\n"
        "  set: {userName: ToUpper(row.Mail), title: '\"From the file\"'}\n"
    )
    specs = table.specs("Mail\na@corp.example\n", "--rules", str(rules), "--set", 'title="From an option"')
    assert specs["a-corp.example"]["userName"] == "A@CORP.EXAMPLE"
    assert specs["a-corp.example"]["title"] == "From an option"
    assert sorted(each.name for each in table.out.iterdir()) == [".import.jsonl", "manifests.yaml"]


@pytest.mark.parametrize("text", ["user: {}", "- a", "users: {when: x}", "layout: two", "a: b: c", "map: [x]"])
def test_a_file_of_rules_that_is_wrong_is_refused(table: Table, text: str) -> None:
    rules = table.file.with_name("import.yaml")
    rules.write_text(text)
    table.file.write_text(PEOPLE)
    result = table.load(PEOPLE, "--rules", str(rules))
    assert result.exit_code == 1
    assert "import.yaml" in result.stderr
    assert not table.out.exists()


@pytest.mark.parametrize(
    ("options", "files"),
    [
        ([], ["groups/dev.yaml", "groups/ops.yaml", "users/ada.yaml", "users/bob.yaml", "users/cyd.yaml"]),
        (["--layout=one"], ["manifests.yaml"]),
        (["--layout=team"], ["_no-team.yaml", "dev.yaml", "ops.yaml"]),
        (["--layout=team", "--team=department"], ["_groups.yaml", "_no-team.yaml", "r-d.yaml", "sales.yaml"]),
    ],
    ids=["person", "one", "group", "column"],
)
def test_layouts(table: Table, options: list[str], files: list[str]) -> None:
    body = "userName,department,groups\nada,R&D,Dev;Ops\nbob,Sales,Ops\ncyd,,\n"
    table.specs(body, *options)
    assert sorted(str(each.relative_to(table.out)) for each in table.out.rglob("*.yaml")) == files


def test_the_order_of_rows_changes_nothing(table: Table) -> None:
    header, *rows = PEOPLE.splitlines(keepends=True)
    rows += ["a_b,x,y,a@corp.example\n", "a-b,x,y,b@corp.example\n"]
    first = table.specs(header + "".join(rows))
    table.out = table.out.with_name("again")
    assert table.specs(header + "".join(reversed(rows))) == first


def test_two_rows_that_come_to_one_name_are_told(table: Table) -> None:
    result = table.load("userName\na_b\na-b\n")
    assert "Named with a part of their own, for they would have one name: line 2, line 3." in result.stderr


def test_nobody_s_file_is_overwritten(table: Table) -> None:
    table.out.mkdir()
    (table.out / "mine.yaml").write_text("x")
    result = table.load(PEOPLE)
    assert result.exit_code == 1
    assert f"{table.out} is not empty, it holds mine.yaml: an import never overwrites" in result.stderr
    assert [each.name for each in table.out.iterdir()] == ["mine.yaml"]


def test_an_empty_directory_is_taken(table: Table) -> None:
    table.out.mkdir()
    assert len(table.specs(PEOPLE)) == 2


def test_a_directory_that_cannot_be_written_leaves_nothing(table: Table) -> None:
    (table.file.parent / "there").write_text("a file")
    result = CliRunner().invoke(main, ["import", "csv", str(table.file), str(table.file.parent / "there" / "people")])
    assert result.exit_code == 1


def test_a_kill_leaves_no_half_of_a_directory(tmp_path: Path) -> None:
    rows = "".join(f"u{number}\n" for number in range(20_000))
    (tmp_path / "people.csv").write_text(f"userName\n{rows}")
    command = [str(Path(sys.executable).parent / "scim-operator"), "import", "csv", "people.csv", "people"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: any(tmp_path.glob(".people.*/users/*")) or process.poll() is not None)
    finally:
        process.kill()
        process.wait()
    there = list(tmp_path.glob("people/users/*"))
    assert len(there) in (0, 20_000), "all of it, where the kill came too late"
