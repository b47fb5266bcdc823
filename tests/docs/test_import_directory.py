"""The commands of docs/import.md about directories do what the page says, run as they stand there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from scim_operator.local.checks import check
from scim_operator.local.manifests import collect
from tests.docs.markdown import ROOT, command_lines
from tests.support.directories import ADMIN, BASE, PASSWORD, TLS, directory

LINES = [line for _, line in command_lines(ROOT / "docs/import.md") if " import ld" in line]
CLASSES = "objectClass: person\nobjectClass: inetOrgPerson\n"
PEOPLE = "".join(
    f"dn: uid={uid},ou=people,{BASE}\n{CLASSES}uid: {uid}\ncn: {uid}\nsn: x\nemployeeType: {type}\n"
    f"entryUUID: 7f0c1c9e-5a6c-4c53-9f0e-00000000000{number}\n\n"
    for number, (uid, type) in enumerate([("ada", "Staff"), ("bob", "Guest")])
)
GROUP = f"dn: cn=ops,ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: ops\nmember: uid=ada,ou=people,{BASE}\n\n"


def test_the_commands_about_directories_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "reader.password").write_text(PASSWORD)
    (tmp_path / "corp-ca.pem").write_text((TLS / "ca.pem").read_text())
    (tmp_path / "people.ldif").write_text(PEOPLE)
    (tmp_path / "groups.ldif").write_text(GROUP)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "SSL_CERT_FILE": str(TLS / "ca.pem")}
    with directory("ldaptor", PEOPLE + GROUP) as server:
        local = server.url.replace("127.0.0.1", "localhost")
        for line in LINES:
            there = line.replace("ldap://ldap.corp.example", local).replace("ldaps://dc1.corp.example", local)
            command = there.replace("reader@corp.example", ADMIN)
            options: dict[str, Any] = {"cwd": tmp_path, "env": environment, "capture_output": True, "text": True}
            done = subprocess.run(command, shell=True, check=False, **options)  # noqa: S602 - as a person runs it
            assert done.returncode == 0, done.stderr
    made = {name: collect([tmp_path / name]) for name in ("corp", "corp-staff", "corp-saved")}
    ids = {each.name: each.body["spec"].get("externalId", "") for each in made["corp-saved"].manifests}
    assert {name: sorted(each.name for each in found.manifests) for name, found in made.items()} == {
        "corp": ["ada", "bob", "ops"],
        "corp-staff": ["ada", "ops"],
        "corp-saved": ["ada", "bob", "ops"],
    }
    assert ids["ada"] == "7f0c1c9e-5a6c-4c53-9f0e-000000000000"
    assert [finding.as_text() for found in made.values() for finding in check(found)] == []
