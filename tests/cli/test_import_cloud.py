"""`scim-operator import entra`, `okta` and `keycloak` from files: shapes as their documentation has them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.local.checks import check
from scim_operator.local.manifests import collect
from tests.support.clouds import (
    ADA,
    GRAPH,
    OKTA_GROUP,
    OKTA_USERS,
    OPS,
    REALM,
    okta_user,
    person,
)

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def imported(folder: Path, source: str, files: dict[str, Any], *options: str) -> Result:
    names = []
    for name, body in files.items():
        (folder / name).write_text(body if isinstance(body, str) else json.dumps(body))
        names.append(str(folder / name))
    return CliRunner().invoke(main, ["import", source, *names, str(folder / "out"), *options])


def specs(folder: Path) -> dict[str, dict[str, Any]]:
    """What was written, which is valid, by name."""
    found = collect([folder / "out"])
    assert [each.as_text() for each in check(found)] == []
    return {each.name: each.body["spec"] for each in found.manifests}


def test_graph_s_answers_become_what_entra_would_provision(tmp_path: Path) -> None:
    result = imported(tmp_path, "entra", GRAPH)
    assert result.exit_code == 0, result.output
    found = specs(tmp_path)
    assert set(found) == {"ada-corp.example", "bob-corp.example", "ops", "dev"}
    assert found["ada-corp.example"] == {
        "userName": "ada@corp.example",
        "externalId": ADA,
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "displayName": "Ada Lovelace",
        "title": "Analyst",
        "preferredLanguage": "en-GB",
        "emails": [{"type": "work", "value": "ada@corp.example"}],
        "phoneNumbers": [{"type": "mobile", "value": "+44 7 2"}, {"type": "work", "value": "+44 20 1"}],
        "addresses": [
            {"type": "work", "streetAddress": "St James's Square", "locality": "London", "country": "GB"},
        ],
        "enterprise": {"employeeNumber": "0815", "organization": "Engines", "department": "Research"},
        "manager": {"userRef": {"name": "bob-corp.example"}},
        "ws1b": {"adSourceAnchor": "aaaa==", "domain": "corp.example"},
        "active": True,
    }
    assert found["bob-corp.example"]["active"] is False
    assert found["ops"]["externalId"] == OPS
    assert found["ops"]["ws1b"] == {"description": "Operations"}
    assert found["ops"]["members"] == [{"groupRef": {"name": "dev"}}, {"userRef": {"name": "ada-corp.example"}}]
    assert "members" not in found["dev"]
    assert "Members of 1 group are not known, and so not managed: Dev" in result.stderr


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"u.json": "{"}, "cannot be read: it is broken JSON"),
        ({"u.json": 7}, "is no list, and no answer with a list as its value"),
        ({"u.json": {"value": {}}}, "is no list, and no answer"),
        ({"u.json": {"value": [7]}}, "object 1 is no JSON object"),
        ({"u.json": {"value": [{"userPrincipalName": "x"}]}}, "object 1 cannot be used: its id is missing"),
        ({"u.json": {"value": [{"id": "a\nb", "userPrincipalName": "x"}]}}, "its id has unprintable characters"),
        ({"u.json": {"value": [{"id": "1"}]}}, "has neither users nor groups of Graph alone"),
        ({"u.json": {"value": [person("1"), {"id": "2", "groupTypes": [], "displayName": "G"}]}}, "neither users nor"),
        ({"u.json": {"value": [person("1")], "@odata.nextLink": "x"}}, "the last page of Users is missing"),
        ({"u.json": {"value": [person("1")], "@odata.count": 2}}, "the files have 1 of 2 Users"),
        (
            {"1.json": {"value": [person("1")], "@odata.nextLink": "x"}, "2.json": {"value": [person("2")]}},
            "whether all pages of Users are there cannot be said; save them with $count=true",
        ),
        ({"1.json": {"value": [person("1")]}, "2.json": {"value": [person("2")], "@odata.nextLink": "x"}}, "cannot be"),
        (
            {
                "1.json": {"value": [person("1")], "@odata.nextLink": "x", "@odata.count": 3},
                "3.json": {"value": [person("3")]},
            },
            "the files have 2 of 3 Users",
        ),
        (
            {
                "u.json": {"value": [person("1")]},
                "g.json": {
                    "value": [
                        {
                            "id": OPS,
                            "displayName": "Ops",
                            "groupTypes": [],
                            "members": [{"id": str(n)} for n in range(20)],
                        }
                    ]
                },
            },
            "may have more members than $expand shows",
        ),
        ({"u.json": {"value": [person("1", jobTitle=7)]}}, "User 1: jobTitle: must be a text"),
        ({"u.json": {"value": [person("1", accountEnabled="no")]}}, "User 1: accountEnabled: must be true or false"),
        ({"u.json": {"value": [person("1", userPrincipalName="")]}}, "User 1: userName is empty"),
        ({"u.json": {"value": [person("1"), person("2", userPrincipalName="P1@corp.example")]}}, "userName is that of"),
        ({"u.json": {"value": []}}, "has neither users nor groups"),
        ({f"users-{OPS}.json": {"value": [person("1")]}}, f"of the members of group {OPS}, which is in no file of"),
    ],
)
def test_what_is_wrong_with_graph_s_answers(tmp_path: Path, files: dict[str, Any], sentence: str) -> None:
    result = imported(tmp_path, "entra", files)
    assert result.exit_code == 1, result.output
    assert sentence in result.stderr
    assert not (tmp_path / "out").exists()


def test_pages_that_are_all_there(tmp_path: Path) -> None:
    """Overlapping ones too."""
    files = {
        "1.json": {"value": [person("1"), person("2")], "@odata.nextLink": "x", "@odata.count": 3},
        "2.json": {"value": [person("2"), person("3")]},
    }
    result = imported(tmp_path, "entra", files)
    assert result.exit_code == 0, result.output
    assert len(specs(tmp_path)) == 3


def test_rules_see_graph_s_own_names_and_no_secret(tmp_path: Path) -> None:
    files = {"u.json": {"value": [person("1", userType="Guest", passwordProfile={"password": "hush"}), person("2")]}}
    where = ["--where", 'row.userType != "Guest"', "--set", 'title=has(row.passwordProfile) ? "leaks" : "safe"']
    result = imported(tmp_path, "entra", files, *where)
    assert result.exit_code == 0, result.output
    [spec] = specs(tmp_path).values()
    assert (spec["userName"], spec["title"]) == ("p2@corp.example", "safe")


def test_control_characters_and_odd_values_come_back_or_are_left_out(tmp_path: Path) -> None:
    files = {"u.json": {"value": [person("1", jobTitle="NO", city="a\x1b[31m", country="England", surname="=cmd")]}}
    result = imported(tmp_path, "entra", files)
    assert result.exit_code == 0, result.output
    [spec] = specs(tmp_path).values()
    assert spec["title"] == "NO"
    assert spec["name"]["familyName"] == "=cmd"
    assert "\x1b" not in result.output
    assert "\x1b" not in "".join(each.read_text() for each in (tmp_path / "out").rglob("*.yaml"))


def test_okta_s_answers(tmp_path: Path) -> None:
    files = {"users.json": OKTA_USERS, "groups.json": [OKTA_GROUP], f"{OKTA_GROUP['id']}.json": [OKTA_USERS[0]]}
    result = imported(tmp_path, "okta", files)
    assert result.exit_code == 0, result.output
    found = specs(tmp_path)
    ada = found["ada-corp.example"]
    assert ada["externalId"] == OKTA_USERS[0]["id"]
    assert ada["enterprise"] == {"employeeNumber": "7", "department": "Research"}
    assert ada["manager"] == {"userRef": {"name": "bob-corp.example"}}
    assert ada["addresses"] == [{"type": "work", "country": "GB"}]
    assert found["bob-corp.example"]["active"] is False
    assert found["ops"]["members"] == [{"userRef": {"name": "ada-corp.example"}}]
    assert found["ops"]["ws1b"] == {"description": "Operations"}


@pytest.mark.parametrize("status", ["ACTIVE", "PASSWORD_EXPIRED", "LOCKED_OUT", "RECOVERY", "PROVISIONED"])
def test_who_is_active_in_okta(tmp_path: Path, status: str) -> None:
    assert imported(tmp_path, "okta", {"u.json": [okta_user("1", status=status)]}).exit_code == 0
    assert next(iter(specs(tmp_path).values()))["active"] is True


@pytest.mark.parametrize("status", ["STAGED", "SUSPENDED", "DEPROVISIONED"])
def test_who_is_not_active_in_okta(tmp_path: Path, status: str) -> None:
    assert imported(tmp_path, "okta", {"u.json": [okta_user("1", status=status)]}).exit_code == 0
    assert next(iter(specs(tmp_path).values()))["active"] is False


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"u.json": [okta_user("1", status="GONE")]}, "User 1: status: must be one of ACTIVE"),
        ({"u.json": [okta_user("1"), OKTA_GROUP]}, "has users and groups"),
        ({f"{OKTA_GROUP['id']}.json": [okta_user("1")]}, "which is in no file of groups"),
        ({"u.json": [{"id": "1", "status": "ACTIVE", "profile": 7}]}, "profile: must be an object"),
        ({"u.json": [okta_user(str(number)) for number in range(200)]}, "the last page of Users is missing"),
    ],
)
def test_what_is_wrong_with_okta_s_answers(tmp_path: Path, files: dict[str, Any], sentence: str) -> None:
    result = imported(tmp_path, "okta", files)
    assert result.exit_code == 1, result.output
    assert sentence in result.stderr
    assert not (tmp_path / "out").exists()


def test_the_export_of_a_realm(tmp_path: Path) -> None:
    result = imported(tmp_path, "keycloak", {"realm.json": REALM})
    assert result.exit_code == 0, result.output
    found = specs(tmp_path)
    ada = next(each for each in found.values() if each.get("userName") == "ada")
    assert ada["externalId"] == "k1"
    assert ada["title"] == "Analyst"
    assert ada["enterprise"] == {"department": "Research"}
    assert "Not imported: attributes shoeSize (1)." in result.stderr
    groups = {each["displayName"]: each for each in found.values() if "displayName" in each}
    assert set(groups) == {"staff", "staff/dev"}
    assert [next(iter(each)) for each in groups["staff"]["members"]] == ["groupRef"]
    assert groups["staff/dev"]["members"] == [{"userRef": {"name": "ada"}}]
    assert found["bob"]["active"] is False
    text = "".join(each.read_text() for each in (tmp_path / "out").rglob("*.yaml"))
    assert "hush" not in text + result.output


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"r.json": []}, "is no export of a realm"),
        ({"r.json": {"users": 7}}, "users: must be a list"),
        ({"a.json": REALM, "b.json": {"realm": "other", "users": []}}, "the files are of several realms"),
        ({"acme-users-0.json": REALM, "acme-users-2.json": {"realm": "acme", "users": []}}, "file 1 of the users is"),
        (
            {"r.json": {"users": [{"id": "1", "username": "a", "groups": ["/x"]}]}},
            "is in a group that the files do not",
        ),
        (
            {"r.json": {"users": [{"id": "1", "username": "a", "attributes": {"title": ["a", "b"]}}]}},
            "must be one text",
        ),
        ({"r.json": {"groups": [{"id": "1", "name": "a", "subGroups": [{"id": "1", "name": "b"}]}]}}, "stands twice"),
        ({"r.json": {"groups": [7]}}, "one is no JSON object"),
        ({"r.json": {"groups": [{"name": "a"}]}}, "one cannot be used: its id is missing"),
    ],
)
def test_what_is_wrong_with_an_export(tmp_path: Path, files: dict[str, Any], sentence: str) -> None:
    result = imported(tmp_path, "keycloak", files)
    assert result.exit_code == 1, result.output
    assert sentence in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("source", ["entra", "okta", "keycloak"])
def test_neither_files_nor_a_live_import(tmp_path: Path, source: str) -> None:
    result = CliRunner().invoke(main, ["import", source, str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "Give FILEs" in result.stderr
