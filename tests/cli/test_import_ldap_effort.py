"""A directory of 5,000 people and 300 groups is imported in seconds, and what is written is valid."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.support.directories import ADMIN, BASE, KINDS, PASSWORD, directory

PEOPLE, GROUPS = (5_000, 300) if "slapd" in KINDS else (500, 30)
"""The server from PyPI keeps no index, and takes minutes for what slapd does in a second."""
RUN = """
import json, resource, sys, time
from scim_operator.cli import main
try:
    main(sys.argv[1:])
except SystemExit as error:
    used = resource.getrusage(resource.RUSAGE_SELF)
    said = {"code": error.code, "seconds": used.ru_utime + used.ru_stime, "mib": used.ru_maxrss / 1024}
    print(json.dumps(said))
"""
CLASSES = "objectClass: top\nobjectClass: person\nobjectClass: organizationalPerson\nobjectClass: inetOrgPerson\n"


def seed() -> str:
    entries = [
        f"dn: uid=u{n},ou=people,{BASE}\n{CLASSES}uid: u{n}\ncn: User {n}\nsn: Lovelace\ngivenName: Ada\n"
        f"mail: u{n}@corp.example\ntelephoneNumber: +49 30 {n}\ntitle: Analyst\nl: Berlin\nemployeeNumber: {n:05d}\n"
        f"departmentNumber: {n % 40}\nmanager: uid=u{n // 10 if n else 1},ou=people,{BASE}\n\n"
        for n in range(PEOPLE)
    ]
    for g in range(GROUPS):
        members = "".join(f"member: uid=u{n},ou=people,{BASE}\n" for n in range(g, PEOPLE, 50))
        nested = f"member: cn=g{g - 1},ou=groups,{BASE}\n" if g % 10 else ""
        entries.append(f"dn: cn=g{g},ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: g{g}\n{members}{nested}\n")
    return "".join(entries)


def test_a_large_directory_is_imported_and_valid(tmp_path: Path) -> None:
    out, password = tmp_path / "people", tmp_path / "password"
    password.write_text(PASSWORD)
    with directory(KINDS[-1], seed(), "--pages=500") as server:
        options = ["--url", server.url, "--base", BASE, "--bind-dn", ADMIN, "--password-file", str(password)]
        command = [sys.executable, "-c", RUN, "import", "ldap", str(out), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout.splitlines()[-1])
    assert (said["code"], done.stderr) == (0, ""), done.stderr
    assert len([*out.rglob("*.yaml")]) == PEOPLE + GROUPS
    sys.stdout.write(f"{PEOPLE} people and {GROUPS} groups: {said['seconds']:.1f} s, {said['mib']:.0f} MiB\n")
    program = Path(sys.executable).with_name("scim-operator")
    checked = subprocess.run([program, "validate", str(out)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
