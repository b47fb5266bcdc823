"""`import csv` and `import csv --update` of ten thousand people, beside bare scripts that only parse and dump."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import yaml

from tools.measure.commands import run, run_python
from tools.measure.report import Figure

if TYPE_CHECKING:
    from pathlib import Path

    from tools.measure.commands import Ran

PEOPLE = 10_000
MOST = 3.0
SECONDS = 20.0
COLUMNS = "userName,oid,First name,Last name,title,Mail,phone,city,country,department,employeeNumber,manager,groups"
BARE = """
import sys
from pathlib import Path
from tools.measure.imports import bare, bare_again
table, *folders = map(Path, sys.argv[1:])
bare(table, *folders) if len(folders) == 1 else bare_again(table, *folders)
"""


def table(file: Path, people: int = PEOPLE) -> None:
    """Write a table of so many people, each in two groups."""
    with file.open("w", newline="") as opened:
        out = csv.writer(opened)
        out.writerow(COLUMNS.split(","))
        for n in range(people):
            mail = f"user{n}@corp.example"
            names = [mail, f"7f0c1c9e-5a6c-4c53-9f0e-{n:012d}", "Ada", "Lovelace", "Analyst", mail, "+49 30 123"]
            more = ["Berlin", "DE", "Engineering", f"{n:05d}", f"user{n // 10}@corp.example"]
            out.writerow([*names, *more, f"Team {n % 800};All {n % 20}"])


def move(file: Path) -> None:
    """Give a tenth of them another title."""
    file.write_text(file.read_text().replace("7,Ada,Lovelace,Analyst", "7,Ada,Lovelace,Director"))


def bare(file: Path, folder: Path) -> None:
    """Do what a script does that knows its columns, checks nothing and lets PyYAML's C library write."""
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
    """Do the same over manifests that are there: the script reads them too, and then writes all of them."""
    for each in folder.rglob("*.yaml"):
        list(yaml.load_all(each.read_text(), yaml.CSafeLoader))
    bare(file, out)


def measure_imports(folder: Path, people: int = PEOPLE) -> list[Figure]:
    """Return what both take, each in a process of its own, and as a multiple of the bare script."""
    folder.mkdir(parents=True)
    file, directory = folder / "people.csv", folder / "people"
    table(file, people)
    arguments = ["import", "csv", str(file), str(directory)]
    scripts = [run_python(BARE, [str(file), str(folder / "bare")], {})]
    ours = [run(*arguments)]
    move(file)
    scripts.append(run_python(BARE, [str(file), str(directory), str(folder / "bare-again")], {}))
    ours.append(run(*arguments, "--update"))
    names = ("`import csv`", "`import csv --update`, a tenth moved")
    return [
        figure
        for name, mine, its in zip(names, ours, scripts, strict=True)
        for figure in compared(f"{people} people: {name}", mine, its)
    ]


def compared(what: str, mine: Ran, its: Ran) -> list[Figure]:
    """Return the figures of a command beside the script; waiting for others on the machine does not count."""
    ratio = mine.cpu / its.cpu
    return [
        Figure(what, f"{mine}", f"< {SECONDS:.0f} s", mine.cpu < SECONDS),
        Figure(f"{what}: bare script", f"{its}"),
        Figure(f"{what}: CPU / bare script", f"{ratio:.2f}", f"≤ {MOST:.0f}", ratio <= MOST),
    ]
