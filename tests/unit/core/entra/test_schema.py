"""A synchronization schema of Entra, converted piece by piece: each field under its own name, each default of Graph."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.entra.schema import Conversion, Profile, convert_schema
from scim_operator.core.keys import Kind
from scim_operator.errors import InvalidSpec

PROFILE = Profile(
    {Kind.USER: ("userName", "title"), Kind.GROUP: ("displayName",)},
    {Kind.USER: ("userName",), Kind.GROUP: ("displayName",)},
    lambda _rules: "",
)
NAME = {"targetAttributeName": "userName", "source": {"type": "Attribute", "name": "userPrincipalName"}}
TITLE = {"targetAttributeName": "title", "source": {"type": "Attribute", "name": "jobTitle"}}


def converted(*mappings: dict[str, Any], **more: Any) -> Conversion:
    """Convert the user's mappings, alone."""
    one = {"sourceObjectName": "User", "attributeMappings": list(mappings), **more}
    return convert_schema({"synchronizationRules": [{"objectMappings": [one]}]}, PROFILE)


def users(*mappings: dict[str, Any], **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = converted(*mappings, **more).spec["users"]
    return found


def mapped(target: str = "title", **fields: Any) -> tuple[dict[str, Any], Conversion]:
    """Return the mapping that one of an export becomes."""
    found = converted(NAME, {"targetAttributeName": target, **fields})
    made = [each for each in found.spec["users"].get("mappings", ()) if each["target"] == target]
    return (made[0] if made else {}), found


def test_a_kind_without_a_mapping_is_switched_off() -> None:
    assert converted(NAME, TITLE).spec["groups"] == {"enabled": False}


def test_what_the_profile_maps_so_is_left_out_and_what_is_not_mapped_is_ignored() -> None:
    assert "mappings" not in users(NAME, {**TITLE, "source": {"type": "Attribute", "name": "jobTitle"}})
    assert users(NAME)["mappings"] == [{"target": "title", "ignore": True}]


ACTIONS = [
    ({}, None),
    ({"flowTypes": "Add, Update, Delete"}, None),
    ({"flowTypes": "Add,Update,Delete"}, None),
    ({"flowTypes": "Add, Update"}, ["Create", "Update"]),
    ({"flowTypes": "Delete"}, ["Delete"]),
    ({"flowTypes": None}, None),
]


@pytest.mark.parametrize(("more", "actions"), ACTIONS)
def test_actions(more: dict, actions: list[str] | None) -> None:
    assert users(NAME, TITLE, **more).get("actions") == actions


@pytest.mark.parametrize(("enabled", "said"), [(False, False), (True, None), (None, None)])
def test_enabled(enabled: bool | None, said: bool | None) -> None:
    assert users(NAME, TITLE, enabled=enabled).get("enabled") is said


def test_matching_goes_by_precedence() -> None:
    found = users({**NAME, "matchingPriority": 2}, {**TITLE, "matchingPriority": 1})
    assert found["matching"] == ["title", "userName"]
    assert "matching" not in users({**NAME, "matchingPriority": 0}, TITLE)


def test_of_two_for_a_kind_the_enabled_one_counts_and_the_other_is_named() -> None:
    off = {"name": "off", "sourceObjectName": "user", "enabled": False, "attributeMappings": [NAME]}
    on = {"sourceObjectName": "USER", "attributeMappings": [NAME, TITLE]}
    device = {"sourceObjectName": "device"}
    found = convert_schema({"synchronizationRules": [{"objectMappings": [off, device, on, {}]}]}, PROFILE)
    assert "enabled" not in found.spec["users"]
    assert found.left == [
        "object mapping 'device': only users and groups are provisioned",
        "object mapping 'an object mapping': only users and groups are provisioned",
        "object mapping 'off': there is one of that kind already",
    ]


def test_what_is_no_schema_says_how_to_export_one() -> None:
    with pytest.raises(InvalidSpec) as refused:
        convert_schema({}, PROFILE)
    assert str(refused.value) == (
        "This is no synchronization schema: it has no synchronizationRules. Export it with GET "
        "/servicePrincipals/{id}/synchronization/jobs/{jobId}/schema of Microsoft Graph."
    )


SOURCES = [
    ({"type": "Attribute", "name": "givenName"}, {"source": "name.givenName"}),
    ({"expression": "[givenName]"}, {"source": "name.givenName"}),
    ({"type": "Constant", "expression": '"Staff"'}, {"constant": "Staff"}),
    ({"type": "Constant", "expression": "Staff"}, {"constant": "Staff"}),
    ({"type": "Constant", "expression": '"say \\"a\\\\b\\""'}, {"constant": 'say "a\\b"'}),
    ({"type": "Constant", "expression": '"'}, {"constant": '"'}),
]


@pytest.mark.parametrize(("source", "expected"), SOURCES)
def test_source(source: dict, expected: dict) -> None:
    made, found = mapped(source=source)
    assert made == {"target": "title", **expected}
    assert (found.left, found.differs) == ([], [])


@pytest.mark.parametrize("text", [
    'Switch([IsSoftDeleted], , "False", "True", "True", "False")',
    'Switch([IsSoftDeleted],,"False","True","True","False")',
    "Not([IsSoftDeleted])",
])  # fmt: skip
def test_the_usual_expressions_of_active_are_active(text: str) -> None:
    made, found = mapped("active", source={"type": "Function", "expression": text})
    assert made == {"target": "active", "source": "active"}, found.left


FLOWS = [
    ({}, {}, []),
    ({"flowType": "Always"}, {}, []),
    ({"flowType": "ObjectAddOnly"}, {"apply": "OnCreate"}, []),
    ({"flowType": "Sometimes"}, {}, ["there is no flow type Sometimes, and Always stands in"]),
    (
        {"flowType": "MultiValueAddOnly"},
        {"apply": "WhenEmpty"},
        ["it has one value, so that adding only means: where it is empty"],
    ),
    ({"flowType": "AttributeAddOnly"}, {"apply": "WhenEmpty"}, []),
    ({"exportMissingReferences": True}, {}, ["a reference is sent when what it names is provisioned"]),
    ({"defaultValue": "x"}, {"default": "x"}, ["the default stands in on updates too, not on creation alone"]),
    ({"defaultValue": ""}, {}, []),
]


@pytest.mark.parametrize(("more", "fields", "differs"), FLOWS, ids=str)
def test_flow_and_default(more: dict, fields: dict, differs: list[str]) -> None:
    made, found = mapped(source={"type": "Attribute", "name": "givenName"}, **more)
    assert made == {"target": "title", "source": "name.givenName", **fields}
    assert found.differs == [f"users: target 'title': {each}" for each in differs]


def test_a_list_may_be_added_to() -> None:
    made, found = mapped("roles", source={"type": "Attribute", "name": "givenName"}, flowType="ValueAddOnly")
    assert (made.get("apply"), found.differs) == ("AddOnly", [])


LEFT = [
    ({"source": {}}, "it has neither a source nor a default"),
    (
        {"source": {"type": "Attribute", "name": "extensionAttribute1"}},
        "a manifest has no field for Entra's attribute extensionAttribute1; put it into spec.extensions and name its "
        "URN with --extension",
    ),
]


@pytest.mark.parametrize(("fields", "why"), LEFT)
def test_what_is_left_out_says_why(fields: dict, why: str) -> None:
    assert mapped(**fields)[1].left == [f"users: target 'title': {why}"]


def test_a_target_that_is_mapped_twice_keeps_the_first() -> None:
    found = converted(NAME, TITLE, {**TITLE, "source": {"type": "Attribute", "name": "surname"}})
    assert found.left == ["users: target 'title': it is mapped twice, and the first is kept"]
    assert "mappings" not in found.spec["users"]


def test_what_the_service_requires_is_named_where_the_profile_stands_in() -> None:
    found = converted({"targetAttributeName": "userName", "source": {}}, TITLE)
    assert found.differs == [
        "users: target 'userName': the service requires it, so that the profile's own mapping stands in; review that"
    ]


def clause(operator: str, *values: str) -> dict[str, Any]:
    return {"operatorName": operator, "sourceOperandName": "jobTitle", "targetOperand": {"values": list(values)}}


def scoped(*groups: dict[str, Any], **more: Any) -> Conversion:
    return converted(NAME, TITLE, scope={"groups": list(groups), **more})


def test_filters() -> None:
    found = scoped(
        {"name": "Staff", "clauses": [clause("EQUALS", "a"), clause("IS NOT NULL")]},
        {"clauses": [clause("EQUALS", "b")]},
    )
    assert found.spec["users"]["filters"] == [
        {
            "title": "Staff",
            "clauses": [
                {"attribute": "title", "operator": "EQUALS", "value": "a"},
                {"attribute": "title", "operator": "IS NOT NULL"},
            ],
        },
        {"title": "Filter 2", "clauses": [{"attribute": "title", "operator": "EQUALS", "value": "b"}]},
    ]
    assert "enabled" not in found.spec["users"]


FILTERS = [
    ({"clauses": []}, "it has no clauses, which would let everyone in; say so in the config if that is meant"),
    ({"clauses": [clause("SOUNDS LIKE", "a")]}, "there is no operator SOUNDS LIKE"),
    ({"clauses": [clause("EQUALS", "a", "b")]}, "EQUALS has 2 values, and compares with one"),
]


@pytest.mark.parametrize(("group", "why"), FILTERS)
def test_where_no_filter_is_carried_over_the_kind_is_switched_off(group: dict, why: str) -> None:
    found = scoped(group)
    assert found.spec["users"]["enabled"] is False
    assert found.left == [
        f"users: scoping filter 'Filter 1': {why}",
        "users: scope: no scoping filter could be carried over, so that the kind is switched off",
    ]


@pytest.mark.parametrize("unlike", ["inputFilterGroups", "categoryFilterGroups"])
def test_filters_that_do_not_deprovision_are_named(unlike: str) -> None:
    found = scoped(**{unlike: [{}]})
    said = "what leaves these filters is not deprovisioned; use actions or Retain"
    assert found.left == [f"users: scope.{unlike}: {said}"]


def test_a_refusal_of_the_config_is_passed_on() -> None:
    refusing = Profile(PROFILE.defaults, PROFILE.required, lambda rules: "no" if "mappings" in rules["users"] else "")
    one = {"sourceObjectName": "User", "attributeMappings": [NAME]}
    found = convert_schema({"synchronizationRules": [{"objectMappings": [one]}]}, refusing)
    assert found.left == ["users: target 'userName': no"]
