"""Rows of a service become manifests that are tied to each other, and what cannot is refused by its place."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.api.crd import KINDS, crd_of
from scim_operator.core.keys import ResourceType
from scim_operator.core.resource import ENTERPRISE_USER
from scim_operator.sources.assembly import assemble
from scim_operator.sources.made import Imported, Place
from scim_operator.sources.rules import ImportRules
from scim_operator.sources.scim_source import ScimSource
from scim_operator.sources.ties import MOST_MEMBERS
from scim_operator.sources.transform import transforms


def made(users: list[dict[str, Any]], groups: list[dict[str, Any]] | None = None, /, **rules: Any) -> Imported:
    source = ScimSource({ResourceType.USER: users, ResourceType.GROUP: groups or []})
    return assemble(source, transforms(ImportRules.from_manifest(rules), source.columns), Place("identity"))


def specs(done: Imported) -> dict[str, dict[str, Any]]:
    assert done.refused == []
    return {each.name: each.spec for each in done.manifests}


def test_users_and_groups_of_one_number_are_told_by_their_type() -> None:
    users = [{"id": "1", "userName": "ada"}, {"id": "2", "userName": "bob"}]
    inner = {"id": "1", "displayName": "in", "members": [{"value": "2", "type": "User"}]}
    outer = {"id": "2", "displayName": "out", "members": [{"value": "1", "type": "Group"}, {"value": "2"}]}
    found = specs(made(users, [inner, outer]))
    assert found["in"]["members"] == [{"userRef": {"name": "bob"}}]
    assert found["out"]["members"] == [{"groupRef": {"name": "in"}}, {"userRef": {"name": "bob"}}]


def test_a_group_within_itself_and_a_member_of_no_one_leave_the_group_additive() -> None:
    group = {"id": "9", "displayName": "g", "members": [{"value": "9", "type": "Group"}, {"value": "8"}]}
    found = specs(made([{"id": "1", "userName": "ada"}], [group]))
    assert found["g"] == {"displayName": "g", "membershipPolicy": "Additive", "members": []}


def test_managers_become_references_and_strangers_are_left_out() -> None:
    def user(id: str, manager: str) -> dict[str, Any]:
        return {"id": id, "userName": f"u{id}", ENTERPRISE_USER: {"manager": {"value": manager}}}

    done = made([user("1", "2"), user("2", "2"), user("3", "7")])
    assert specs(done)["u1"] == {"userName": "u1", "manager": {"userRef": {"name": "u2"}}}
    assert "manager" not in specs(done)["u2"]
    assert "manager" not in specs(done)["u3"]
    assert done.loose == 2


@pytest.mark.parametrize(
    ("users", "message"),
    [
        ([{"userName": "Ada"}, {"userName": "aDA"}], "userName is that of User 1 too"),
        ([{"userName": "a", "externalId": "x"}, {"userName": "b", "externalId": "x"}], "externalId is that of User 1"),
        ([{"userName": "a"}, {}], "userName is empty"),
        ([{"userName": "a"}, {"userName": "b\u202ec"}], "userName must not contain control characters"),
        ([{"userName": "a"}, {"userName": "b", "externalId": " x"}], "externalId must not be blank nor begin"),
        ([{"userName": "a"}, {"userName": "b" * 321}], "userName: must have at most 320 characters"),
    ],
)
def test_what_tells_no_one_from_others_is_refused(users: list[dict[str, Any]], message: str) -> None:
    done = made([{"id": str(number), **user} for number, user in enumerate(users)])
    assert any(message in each.message for each in done.refused)


def test_names_and_attributes_are_those_of_the_schema_whatever_the_case() -> None:
    user = {
        "id": "1",
        "USERNAME": "ada",
        "Active": "False",
        "name": {"GIVENNAME": "Ada", "nickOf": "x"},
        "emails": ["ada@corp.example", {"value": "a@b.example", "type": "home", "primary": "true", "$ref": "x"}, {}],
        ENTERPRISE_USER.upper(): {"DEPARTMENT": "R&D", "employeeNumber": 7},
        "meta": {"created": "x"},
        "groups": [{"value": "1"}],
        "password": "hush",
    }
    done = made([user])
    assert specs(done)["ada"] == {
        "userName": "ada",
        "active": False,
        "name": {"givenName": "Ada"},
        "emails": [{"value": "ada@corp.example"}, {"value": "a@b.example", "type": "home", "primary": True}],
        "enterprise": {"employeeNumber": "7", "department": "R&D"},
    }
    assert dict(done.left) == {"name.nickOf": 1}


def test_rules_change_and_choose_groups_too() -> None:
    users = [{"id": "1", "userName": "ada", "title": "x"}]
    groups = [{"id": "2", "displayName": "aws-ops", "members": []}, {"id": "3", "displayName": "other", "members": []}]
    rules = {
        "users": {"set": {"title": "null", "nickName": "ToUpper(row.userName)"}, "name": "nickName"},
        "groups": {"where": 'row.displayName.startsWith("aws-")', "set": {"ws1b.description": "row.displayName"}},
    }
    assert specs(made(users, groups, **rules)) == {
        "ada": {"userName": "ada", "nickName": "ADA"},
        "aws-ops": {"displayName": "aws-ops", "ws1b": {"description": "aws-ops"}, "members": []},
    }
    assert users[0] == {"id": "1", "userName": "ada", "title": "x"}, "what the source has is not changed"


def test_a_group_of_more_members_than_a_manifest_lists_is_refused() -> None:
    (group,) = (crd_of(each) for each in KINDS if each.kind == "ScimGroup")
    spec = group["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert spec["properties"]["members"]["maxItems"] == MOST_MEMBERS
    users = [{"id": str(number), "userName": f"u{number}"} for number in range(MOST_MEMBERS + 1)]
    done = made(users, [{"id": "g", "displayName": "all", "members": [{"value": each["id"]} for each in users]}])
    assert [str(each) for each in done.refused] == [
        "Group g: has more than 20,000 members, the most of a manifest; split it, or leave it out with --group-where"
    ]
    assert len(done.manifests) == len(users)


def test_groups_that_users_are_put_into_keep_their_members_whatever_they_are_called_then() -> None:
    users = [{"id": "1", "userName": "ada", "title": "Ops"}, {"id": "2", "userName": "bob", "title": "New"}]
    groups = [{"id": "3", "displayName": "ops", "members": [{"value": "2"}]}]
    rules = {
        "users": {"set": {"groups": "[row.title]"}},
        "groups": {"set": {"displayName": '"X " + row.displayName'}},
    }
    found = specs(made(users, groups, **rules))
    assert found["x-ops"]["members"] == [{"userRef": {"name": "ada"}}, {"userRef": {"name": "bob"}}]
    assert found["x-new"]["members"] == [{"userRef": {"name": "bob"}}]


def test_who_is_put_into_a_group_whose_members_are_not_shown_drives_no_one_out() -> None:
    users = [{"id": "1", "userName": "ada"}]
    resources = {ResourceType.USER: users, ResourceType.GROUP: [{"id": "3", "displayName": "ops"}]}
    source = ScimSource(resources, shows_members=False)
    rules = ImportRules.from_manifest({"users": {"set": {"groups": '["ops"]'}}})
    found = specs(assemble(source, transforms(rules, source.columns), Place("identity")))
    assert found["ops"]["membershipPolicy"] == "Additive"
    assert found["ops"]["members"] == [{"userRef": {"name": "ada"}}]
