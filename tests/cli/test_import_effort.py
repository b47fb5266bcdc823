"""An import costs little more than a bare script that only parses the table and dumps YAML."""

from __future__ import annotations

import csv
import sys
import time
from typing import TYPE_CHECKING

import yaml
from click.testing import CliRunner

from scim_operator.cli import main

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = 10_000
COLUMNS = "userName,oid,First name,Last name,title,Mail,phone,city,country,department,employeeNumber,manager,groups"


def table(file: Path) -> None:
    with file.open("w", newline="") as opened:
        out = csv.writer(opened)
        out.writerow(COLUMNS.split(","))
        for n in range(PEOPLE):
            mail = f"user{n}@corp.example"
            names = [mail, f"7f0c1c9e-5a6c-4c53-9f0e-{n:012d}", "Ada", "Lovelace", "Analyst", mail, "+49 30 123"]
            more = ["Berlin", "DE", "Engineering", f"{n:05d}", f"user{n // 10}@corp.example"]
            out.writerow([*names, *more, f"Team {n % 800};All {n % 20}"])


def bare(file: Path, folder: Path) -> None:
    """What a script does that knows its columns, checks nothing and lets PyYAML's C library write."""
    folder.mkdir()
    with file.open(newline="") as opened:
        for number, row in enumerate(csv.DictReader(opened)):
            spec = {
                "userName": row["userName"],
                "externalId": row["oid"],
                "name": {"givenName": row["First name"], "familyName": row["Last name"]},
                "title": row["title"],
                "emails": [{"type": "work", "value": row["Mail"]}],
                "phoneNumbers": [{"type": "work", "value": row["phone"]}],
                "addresses": [{"type": "work", "locality": row["city"], "country": row["country"]}],
                "manager": {"userRef": {"name": row["manager"]}},
                "enterprise": {"department": row["department"], "employeeNumber": row["employeeNumber"]},
            }
            body = {"apiVersion": "v1", "kind": "ScimUser", "metadata": {"name": f"u{number}"}, "spec": spec}
            text = yaml.dump(body, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
            (folder / f"u{number}.yaml").write_text(text)


def bare_again(file: Path, folder: Path, out: Path) -> None:
    """The same script over manifests that are there: it reads them too, and then writes all of them."""
    for each in folder.rglob("*.yaml"):
        list(yaml.load_all(each.read_text(), yaml.CSafeLoader))
    bare(file, out)


def test_ten_thousand_people_cost_at_most_three_times_a_bare_script(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    table(file)
    began = time.process_time()
    bare(file, tmp_path / "bare")
    script = time.process_time() - began
    result = CliRunner().invoke(main, ["import", "csv", str(file), str(tmp_path / "people")])
    ours = time.process_time() - began - script
    assert result.exit_code == 0, result.output
    assert f"Wrote {PEOPLE} users and 820 groups" in result.stdout
    said = f"{ours:.1f} s of a processor, and a bare script takes {script:.1f} s: {ours / script:.2f} times as much"
    sys.stdout.write(f"{PEOPLE} people take {said}\n")
    assert ours <= 3 * script, said


def test_an_update_of_ten_thousand_costs_at_most_three_times_a_bare_script(tmp_path: Path) -> None:
    file, people = tmp_path / "people.csv", tmp_path / "people"
    table(file)
    assert CliRunner().invoke(main, ["import", "csv", str(file), str(people)]).exit_code == 0
    file.write_text(file.read_text().replace("7,Ada,Lovelace,Analyst", "7,Ada,Lovelace,Director"))
    began = time.process_time()
    bare_again(file, people, tmp_path / "bare")
    script = time.process_time() - began
    result = CliRunner().invoke(main, ["import", "csv", str(file), str(people), "--update"])
    ours = time.process_time() - began - script
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith(f"{PEOPLE // 10} moves; {PEOPLE // 10} files changed.\n")
    said = f"{ours:.1f} s of a processor, and a bare script takes {script:.1f} s: {ours / script:.2f} times as much"
    sys.stdout.write(f"An update of {PEOPLE} people takes {said}\n")
    assert ours <= 3 * script, said
