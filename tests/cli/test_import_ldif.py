"""`scim-operator import ldif`: entries of a directory become manifests, or are refused by line."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.local.checks import check
from scim_operator.local.manifests import collect

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

ADA_GUID = bytes.fromhex("9e7c0c7f6c5a534c9f0e000000000001")
SID = bytes.fromhex("010500000000000515000000010000000200000003000000")


def b64(value: bytes | str) -> str:
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


PERSON = "objectClass: person\nobjectClass: inetOrgPerson\nsn: x\ncn: x\n"
ADA = f"dn: uid=ada,dc=x\n{PERSON}uid: ada\n\n"
AD_USER = "objectClass: top\nobjectClass: person\nobjectClass: organizationalPerson\nobjectClass: user\n"


class Files:
    """Files in a folder, and what an import makes of them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder, folder / "people"

    def load(self, *bodies: str | bytes, options: tuple[str, ...] = ()) -> Result:
        files = [self.folder / f"{number}.ldif" for number in range(len(bodies))]
        for file, body in zip(files, bodies, strict=True):
            file.write_bytes(body if isinstance(body, bytes) else body.encode())
        return CliRunner().invoke(main, ["import", "ldif", *map(str, files), str(self.out), *options])

    def specs(self, *bodies: str | bytes, options: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
        """The specs by name; the import must pass, and so must `validate`."""
        result = self.load(*bodies, options=options)
        assert result.exit_code == 0, result.output
        found = collect([self.out])
        specs = {each.name: each.body["spec"] for each in found.manifests}
        assert [finding.as_text() for finding in check(found)] == []
        return specs

    def refused(self, *bodies: str | bytes, options: tuple[str, ...] = ()) -> str:
        result = self.load(*bodies, options=options)
        assert result.exit_code == 1, result.output
        assert not self.out.exists()
        return result.stderr


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_a_person_of_an_open_directory(files: Files) -> None:
    body = (
        f"version: 1\n\n# people\ndn: uid=ada,ou=people,dc=corp,dc=example\n{PERSON.replace(': x', ': Lovelace')}"
        "uid: ada\ngivenName: Ada\ndisplayName:: "
        + b64("Ada Größe")
        + "\nmail: ada@corp.example\nmail: a@corp.example\n"
        "telephoneNumber: +44 1\nmobile: +44 2\ntitle: Ana\n lyst\nemployeeType: Staff\ndepartmentNumber: 42\n"
        "employeeNumber: 007\nl: London\nst: LDN\npostalCode: N1\nstreet: 1 Square\npreferredLanguage: en-GB\no: Corp\n"
        "manager: UID=bob, OU=People,DC=corp,DC=example\njpegPhoto:: /9j/4AA=\nuserPassword:: e1NTSEF9\n\n"
        f"dn: uid=bob,ou=people,dc=corp,dc=example\n{PERSON}uid: bob\n\n"
    )
    specs = files.specs(body)
    assert specs["ada"] == {
        "userName": "ada",
        "name": {"familyName": "Lovelace", "givenName": "Ada"},
        "displayName": "Ada Größe",
        "title": "Analyst",
        "userType": "Staff",
        "preferredLanguage": "en-GB",
        "emails": [{"value": "ada@corp.example", "type": "work"}, {"value": "a@corp.example", "type": "other"}],
        "phoneNumbers": [{"value": "+44 1", "type": "work"}, {"value": "+44 2", "type": "mobile"}],
        "addresses": [
            {"type": "work", "streetAddress": "1 Square", "locality": "London", "region": "LDN", "postalCode": "N1"}
        ],
        "enterprise": {"employeeNumber": "007", "organization": "Corp", "department": "42"},
        "manager": {"userRef": {"name": "bob"}},
    }


def test_a_person_of_active_directory(files: Files) -> None:
    body = (
        f"dn: CN=Lovelace\\, Ada,OU=Staff,DC=Corp,DC=Example\nchangetype: add\n{AD_USER}sAMAccountName: ada\n"
        f"cn: Lovelace, Ada\nsn: Lovelace\nuserPrincipalName: ada@corp.example\nobjectGUID:: {b64(ADA_GUID)}\n"
        f"userAccountControl: 514\naccountExpires: 134432352000000000\ncompany: Corp\ndepartment: R&D\nc: GB\n"
        f"employeeID: 1e3\nunicodePwd:: AAAA\n\n"
        f"dn: CN=Bob,DC=Corp,DC=Example\nchangetype: add\n{AD_USER}sAMAccountName: bob\nobjectGUID:: {b64(b'b' * 16)}\n"
        f"mS-DS-ConsistencyGuid:: {b64(b'x' * 16)}\nuserAccountControl: 512\naccountExpires: 9223372036854775807\n\n"
    )
    specs = files.specs(body, options=("--set", 'title=row.objectGUID + " " + row.dn'))
    assert specs["ada"] == {
        "userName": "ada",
        "active": False,
        "name": {"familyName": "Lovelace"},
        "displayName": "Lovelace, Ada",
        "title": "7f0c7c9e-5a6c-4c53-9f0e-000000000001 CN=Lovelace\\, Ada,OU=Staff,DC=Corp,DC=Example",
        "addresses": [{"type": "work", "country": "GB"}],
        "enterprise": {"employeeNumber": "1e3", "organization": "Corp", "department": "R&D"},
        "ws1b": {
            "adSourceAnchor": b64(ADA_GUID),
            "distinguishedName": "CN=Lovelace\\, Ada,OU=Staff,DC=Corp,DC=Example",
            "domain": "corp.example",
            "userPrincipalName": "ada@corp.example",
        },
        "notAfter": "2027-01-01T00:00:00Z",
    }
    assert specs["bob"]["ws1b"]["adSourceAnchor"] == b64(b"x" * 16)
    assert "notAfter" not in specs["bob"]
    assert "active" not in specs["bob"]


def test_groups_nest_and_members_are_named_in_every_way(files: Files) -> None:
    people = "".join(
        f"dn: uid={uid},ou=People,dc=x\n{PERSON}uid: {uid}\ngidNumber: {gid}\n\n"
        for uid, gid in (("ada", 100), ("bob", 7), ("cyd", 100))
    )
    groups = (
        "dn: cn=all,dc=x\nobjectClass: groupOfNames\ncn: all\nmember: CN=ops,DC=x\nmember: uid=ADA, ou=people, dc=x\n"
        "member:\n\n"
        "dn: cn=ops,dc=x\nobjectClass: groupOfUniqueNames\ncn: ops\nuniqueMember: uid=bob,ou=people,dc=x#'01'B\n\n"
        "dn: cn=unix,dc=x\nobjectClass: posixGroup\ncn: unix\nmemberUid: cyd\ngidNumber: 7\n\n"
        "dn: cn=odd,dc=x\nobjectClass: groupOfNames\ncn: odd\nmember: uid=gone,dc=x\nmember: no name\n\n"
        "dn: cn=dyn,dc=x\nobjectClass: groupOfURLs\ncn: dyn\nmemberURL: ldap:///dc=x??sub?(uid=*)\n\n"
    )
    specs = files.specs(people, groups)
    assert specs["all"]["members"] == [{"groupRef": {"name": "ops"}}, {"userRef": {"name": "ada"}}]
    assert specs["ops"]["members"] == [{"userRef": {"name": "bob"}}]
    assert specs["unix"]["members"] == [{"userRef": {"name": "bob"}}, {"userRef": {"name": "cyd"}}]
    assert specs["odd"] == {"displayName": "odd", "membershipPolicy": "Additive", "members": []}
    assert specs["dyn"] == {"displayName": "dyn"}


def test_a_primary_group_has_its_members_too(files: Files) -> None:
    def of(rid: int) -> str:
        return b64(SID.replace(b"\x01\x05", b"\x01\x05") + rid.to_bytes(4, "little"))

    body = (
        f"dn: CN=Ada,DC=x\n{AD_USER}sAMAccountName: ada\nprimaryGroupID: 513\nobjectSid:: {of(1101)}\n\n"
        f"dn: CN=Domain Users,DC=x\nobjectClass: group\ncn: Domain Users\nobjectSid:: {of(513)}\n\n"
        f"dn: CN=Others,DC=x\nobjectClass: group\ncn: Others\nobjectSid:: {of(514)}\nmember: CN=PC,DC=x\n\n"
        f"dn: CN=PC,DC=x\n{AD_USER}objectClass: computer\nsAMAccountName: PC$\nprimaryGroupID: 515\n\n"
    )
    specs = files.specs(body)
    assert specs["domain-users"]["members"] == [{"userRef": {"name": "ada"}}]
    assert specs["others"] == {"displayName": "Others", "members": []}


def test_groups_come_from_memberof_where_there_are_no_entries_of_groups(files: Files) -> None:
    body = f"dn: uid=ada,dc=x\n{PERSON}uid: ada\nmemberOf: cn=R\\2CD,ou=g,dc=x\nmemberOf: =\n\n"
    assert files.specs(body)["r-d"] == {"displayName": "R,D", "members": [{"userRef": {"name": "ada"}}]}
    files.out = files.out.with_name("again")
    assert list(files.specs(body, options=("--users-only",))) == ["ada"]


def test_what_people_say_of_their_groups_counts_where_the_group_hides_it(files: Files) -> None:
    body = (
        f"dn: uid=ada,dc=x\n{PERSON}uid: ada\nmemberOf: cn=ops,dc=x\nmemberOf: cn=elsewhere,dc=x\n\n"
        "dn: cn=ops,dc=x\nobjectClass: groupOfNames\ncn: ops\n\n"
    )
    specs = files.specs(body)
    assert specs["ops"] == {"displayName": "ops", "members": [{"userRef": {"name": "ada"}}]}
    assert "elsewhere" not in specs


def test_groups_that_show_no_member_at_all_are_not_taken_for_empty(files: Files) -> None:
    body = ADA + "dn: cn=ops,dc=x\nobjectClass: groupOfNames\ncn: ops\n\n"
    result = files.load(body)
    assert "No group shows a member" in result.stderr
    assert "members" not in (files.out / "groups/ops.yaml").read_text()


def test_what_is_neither_person_nor_group_is_left_out_and_counted(files: Files) -> None:
    others = "".join(
        f"dn: cn={number},dc=x\n{PERSON if classes[0].islower() else ''}objectClass: {classes}\n{more}\n"
        for number, (classes, more) in enumerate(
            [
                ("computer", ""),
                ("computer", ""),
                ("contact", ""),
                ("OrganizationalUnit", ""),
                ("user", "userAccountControl: 2080\n"),
                ("user", "isDeleted: TRUE\n"),
            ]
        )
    )
    said = files.load(ADA + others).stderr
    assert (
        "Left out, for they are neither people nor groups: 2 computers, 1 contact, 1 OrganizationalUnit, "
        "1 trust account, 1 deleted object." in said
    )


def test_rows_have_the_attributes_of_the_directory(files: Files) -> None:
    body = (
        f"dn: uid=ada,dc=x\n{PERSON}UID: ada\nGIVENNAME: Ada\ncarLicense: A\ncarLicense: B\nuserPassword: hush\n\n"
        f"dn: uid=bob,dc=x\n{PERSON}uid: bob\nemployeeType: Guest\n\n"
    )
    options = (
        "--where=!has(row.employeeType)",
        "--set=title=Join(' ', row.givenName, row.carLicense)",
        "--set=nickName=has(row.userPassword) ? 'seen' : 'hidden'",
        "--name=row.uid + '-x'",
    )
    specs = files.specs(body, options=options)
    assert (specs["ada-x"]["title"], specs["ada-x"]["nickName"]) == ("Ada A B", "hidden")
    assert list(specs) == ["ada-x"]


@pytest.mark.parametrize(
    "body",
    [
        ADA.replace("cn: x", "cn: Größe").encode("utf-16"),
        ("\ufeff" + ADA.replace("cn: x", "cn: Größe").replace("\n", "\r\n")).encode(),
        ADA.replace("cn: x", f"cn::  {b64('Größe')}").encode(),
        ADA.replace("cn: x", "cn:Grö\n ße").encode(),
        ADA.replace("cn: x", "cn: Größe\n# a comment\n that goes on\ncn;lang-de: Other").encode(),
    ],
    ids=["UTF-16", "Windows", "Base64", "folded", "comments and options"],
)
def test_files_are_read_as_directories_write_them(files: Files, body: bytes) -> None:
    assert files.specs(body)["ada"]["displayName"] == "Größe"


def test_another_encoding_is_read_when_it_is_named(files: Files) -> None:
    body = ADA.replace("cn: x", "cn: Größe").encode("cp1252")
    assert "line 5: not UTF-8; save the file as UTF-8, or say what it is" in files.refused(body)
    assert files.specs(body, options=("--encoding=cp1252",))["ada"]["displayName"] == "Größe"


HEADER = "# extended LDIF\n#\n# LDAPv3\n# base <dc=x> with scope subtree\n#\n\n"
PAGE = "# search result\nsearch: 2\nresult: 0 Success\ncontrol: 1.2.840.113556.1.4.319 false MA0=\n"


def test_the_answers_of_ldapsearch_are_read_with_their_count(files: Files) -> None:
    bob = ADA.replace("ada", "bob")
    pages = HEADER + ADA + PAGE + "pagedresults: cookie=BQ==\n" + HEADER + bob + PAGE + "pagedresults: cookie=\n\n"
    result = files.load(pages + "ref: ldap://other/dc=y\n\n# numResponses: 4\n# numEntries: 2\n")
    assert (result.exit_code, result.stdout) == (0, f"Wrote 2 users into {files.out}, 2 files.\n")
    assert "Not followed: 1 referral to other servers" in result.stderr


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "has no entry"),
        ("version: 1\n", "has no entry"),
        (ADA.rstrip("\n"), "its last line has no end"),
        (HEADER + ADA, "its closing lines are missing"),
        (HEADER + ADA + "# numResponses: 3\n# numEntries: 2\n", "the listing had 2 entries, here are 1"),
        (
            HEADER + ADA + "search: 2\nresult: 4 Size limit exceeded\n\n# numEntries: 1\n",
            "line 15: the listing has failed",
        ),
        (ADA + "dn: uid=b,dc=x\nchangetype: modify\nreplace: cn\ncn: y\n-\n\n", "line 12: is a change of an entry"),
        (ADA + "dn: uid=b,dc=x\nchangetype: delete\n\n", "line 9: is a change of an entry"),
        ("dn: uid=b,dc=x\ncontrol: 1.2.3\nchangetype: add\n\n", "line 2: is a change of an entry"),
        (ADA + "uid: b\n\n", "line 8: begins with uid, and an entry begins with dn"),
        (ADA.replace("\n\n", "\ndn: uid=b,dc=x\nuid: b\n\n"), "line 7: is a second dn"),
        (ADA.replace("cn: x", "cn:: %%%"), "line 5: is no Base64"),
        (ADA.replace("cn: x", "jpegPhoto:< file:///etc/passwd"), "line 5: has its value elsewhere, under a URL"),
        (ADA.replace("cn: x", "nonsense"), "line 5: is no `attribute: value`"),
        (" " + ADA, "line 1: begins with a blank"),
        ("version: 2\n" + ADA, "line 1: is of another version"),
        (f"dn:: {b64(bytes([255]))}\nuid: a\n\n", "line 1: the name of the entry is not UTF-8"),
        (ADA + ADA.replace("uid=ada,dc=x", "UID=Ada, DC=X"), "line 1: its name is that of"),
        (ADA.replace("dn: uid=ada,dc=x", "dn: nonsense"), "line 1: its name is no distinguished name"),
        (ADA.replace("uid: ada\n", ""), "line 1: attribute sAMAccountName or uid: userName is empty; fill it in"),
        ("dn: uid=a,dc=x\nuid: a\n\n", "line 1: has no objectClass"),
        (ADA.replace("cn: x", f"cn:: {b64(bytes([255]))}"), "line 1: attribute cn is not UTF-8"),
        (ADA.replace("cn: x", "userAccountControl: many"), "attribute userAccountControl is no number"),
        (ADA.replace("cn: x", "accountExpires: -5"), "attribute accountExpires is no time"),
        (
            ADA + "dn: cn=g,dc=x\nobjectClass: group\ncn: g\nmember;range=0-1: a\n\n",
            "attribute member is there in part",
        ),
        (
            ADA.replace("uid: ada", "uid: a\x1bb"),
            "attribute sAMAccountName or uid: userName: userName must not contain",
        ),
        (ADA + ADA.replace("=ada", "=bob"), "attribute sAMAccountName or uid: userName is that of"),
    ],
)
def test_what_is_wrong_is_refused_by_line(files: Files, body: str, sentence: str) -> None:
    said = files.refused(body)
    assert sentence in said
    assert "0.ldif" in said
    assert "Traceback" not in said


def test_what_no_manifest_can_hold_is_left_out_and_told(files: Files) -> None:
    result = files.load(ADA.replace("cn: x", "cn: x\nmail: none\nc: England"))
    assert result.exit_code == 0, result.output
    assert (
        "Left out, for manifests cannot hold it, and so not managed: addresses.country (1 row), emails" in result.stderr
    )


def test_of_several_values_that_of_the_entry_s_name_counts(files: Files) -> None:
    [spec] = files.specs(ADA.replace("uid: ada", "uid: countess\nuid: ada")).values()
    assert spec["userName"] == "ada"


def test_groups_in_a_circle_are_imported_as_they_are(files: Files) -> None:
    ring = "".join(
        f"dn: cn=g{n},dc=x\nobjectClass: group\ncn: g{n}\nmember: cn=g{(n + 1) % 3},dc=x\nmember: cn=g{n},dc=x\n\n"
        for n in range(3)
    )
    result = files.load(ADA + ring)
    assert result.exit_code == 0, result.output
    assert [each.severity for each in check(collect([files.out]))] == ["warning"]
    assert "  members:\n  - groupRef: {name: g1}\n" in (files.out / "groups/g0.yaml").read_text()


def test_no_value_of_an_entry_is_in_a_message(files: Files) -> None:
    hush = ADA.replace("ada", "hush").replace("cn: x", "userAccountControl: hush\nuserPassword: hush")
    assert "hush" not in files.refused(hush + hush.replace("uid: hush", "uid: "))


def test_no_text_of_a_file_steers_a_terminal(files: Files) -> None:
    body = ADA + f"dn: cn=y,dc=x\nobjectClass:: {b64(chr(27) + '[2J')}\n\n" + "dn: cn=\x1b[2J\n\n"
    lines = files.load(body).output.split("\n")
    assert all(line.isprintable() for line in lines)
