"""Attribute mappings: laying them over the defaults, the three states of an attribute, and the new resource."""

from __future__ import annotations

import pytest

from scim_operator.api.mapping import AttributeMapping
from scim_operator.core.attributes.paths import CLEARED, parse
from scim_operator.core.mapping.compiler import compile_mappings
from scim_operator.core.mapping.mapping import desired_attributes, left_over, to_document
from scim_operator.core.resource import CORE_USER, ENTERPRISE_USER, WS1B_USER
from scim_operator.errors import InvalidSpec
from scim_operator.scim.profile import DEFAULT_GROUP_ATTRIBUTES, DEFAULT_USER_ATTRIBUTES

DEPARTMENT = f"{ENTERPRISE_USER}:department"
DOMAIN = f"{WS1B_USER}:domain"
ADA = {
    "userName": "ada",
    "active": True,
    "title": "Analyst",
    "nickName": "",
    "profileUrl": None,
    "emails": [{"type": "work", "value": "ada@corp.example"}],
    "addresses": [{"type": "work", "country": "DE", "locality": "Berlin"}],
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    ENTERPRISE_USER: {"department": "Engines", "costCenter": "CC1"},
}


def _mapping(**fields: object) -> AttributeMapping:
    return AttributeMapping.model_construct(**{**AttributeMapping(target="x").model_dump(), **fields})


def _desired(*mappings: AttributeMapping, defaults: tuple[str, ...] = (), creating: bool = False) -> dict:
    compiled = compile_mappings(mappings, defaults)
    return {str(path): value for path, value in desired_attributes(ADA, compiled, creating=creating).items()}


STATES = [
    ({"target": "title", "source": "title"}, {"title": "Analyst"}, "set: desired"),
    ({"target": "title", "source": "nickName"}, {"title": CLEARED}, "empty: cleared"),
    ({"target": "title", "source": "displayName"}, {}, "absent: not managed"),
    ({"target": "title", "source": "profileUrl"}, {}, "null is absent"),
    ({"target": "title", "source": "displayName", "default": "Member"}, {"title": "Member"}, "absent: the default"),
    ({"target": "title", "source": "profileUrl", "default": "Member"}, {"title": "Member"}, "null: the default"),
    ({"target": "title", "source": "nickName", "default": "Member"}, {"title": CLEARED}, "cleared is no absence"),
    ({"target": "title", "source": "title", "default": "Member"}, {"title": "Analyst"}, "set: not the default"),
    ({"target": "userType", "constant": "Employee"}, {"userType": "Employee"}, "a constant"),
    ({"target": "active", "constant": "false"}, {"active": False}, "a constant in the target's type"),
    ({"target": "active", "source": "displayName", "default": "True"}, {"active": True}, "a default, likewise"),
    ({"target": "title", "source": "active"}, {"title": "true"}, "a source in the target's type"),
    ({"target": "active", "expression": "'false'"}, {"active": False}, "what is computed, likewise"),
    ({"target": "userType", "constant": ""}, {"userType": CLEARED}, "an empty constant clears"),
    ({"target": "userType", "constant": "x", "apply": "OnCreate"}, {}, "on creation only"),
    ({"target": DOMAIN, "source": f"{ENTERPRISE_USER}:costCenter"}, {DOMAIN: "CC1"}, "between extensions"),
    ({"target": "TITLE", "source": "Title"}, {"title": "Analyst"}, "names in any case, sent as the schema spells them"),
    ({"target": "emails", "source": "emails"}, {"emails": ADA["emails"]}, "a whole multi-valued attribute"),
    (
        {"target": 'emails[type eq "work"].value', "source": "userName"},
        {'emails[type eq "work"].value': "ada"},
        "into an element",
    ),
]


@pytest.mark.parametrize(("fields", "expected", "reason"), STATES, ids=[reason for *_, reason in STATES])
def test_desired(fields: dict, expected: dict, reason: str) -> None:
    assert _desired(AttributeMapping.model_validate(fields)) == expected


def test_on_create_applies_on_creation() -> None:
    mapping = AttributeMapping.model_validate({"target": "title", "source": "x", "default": "New", "apply": "OnCreate"})
    assert _desired(mapping, creating=True) == {"title": "New"}
    assert _desired(mapping, creating=False) == {}


def test_own_mappings_lie_over_the_defaults_by_target() -> None:
    found = _desired(
        _mapping(target="TITLE", source="userName"),
        _mapping(target="nickName", ignore=True),
        _mapping(target="userType", constant="Employee"),
        defaults=("userName", "title", "nickName", "displayName"),
    )
    assert found == {"userName": "ada", "title": "ada", "userType": "Employee"}


def test_sensitive_is_kept() -> None:
    (mapping,) = compile_mappings([_mapping(target=DOMAIN, source="title", sensitive=True)], ())
    assert mapping.sensitive


@pytest.mark.parametrize("defaults", [DEFAULT_USER_ATTRIBUTES, DEFAULT_GROUP_ATTRIBUTES], ids=["user", "group"])
def test_the_profiles_defaults_compile_and_map_to_themselves(defaults: tuple[str, ...]) -> None:
    compiled = compile_mappings((), defaults)
    assert [str(mapping.target) for mapping in compiled] == list(defaults)
    assert all(mapping.source == mapping.target and mapping.target.characteristics.known for mapping in compiled)


REFUSED = [
    ([_mapping(target="title", source="a"), _mapping(target="Title", constant="b")], "mapped twice", "duplicates"),
    ([_mapping(target="title")], "exactly one of source, constant", "nothing to map from"),
    ([_mapping(target="title", source="a", constant="b")], "exactly one of source, constant", "two to map from"),
    ([_mapping(target="emails[type]", source="a")], r"\[0\]\.target: .*position 12", "a broken target"),
    ([_mapping(target="title", source="1")], "target 'title': source: .*position 1:", "a broken source"),
    ([_mapping(target="id", source="userName")], "readOnly", "the service alone sets it"),
    ([_mapping(target="meta.version", source="userName")], "readOnly", "a part of what the service alone sets"),
    (
        [_mapping(target=f"{ENTERPRISE_USER}:manager.displayName", source="a")],
        "readOnly",
        "a readOnly part of the rest",
    ),
    ([_mapping(target="emails.value", source="userName")], r'emails\[type eq "work"\]\.value', "which of several"),
    ([_mapping(target='emails[type eq "work"].type', constant="x")], "own filter", "it would not find it again"),
    ([_mapping(target="active", constant="yes")], "'true' or 'false'", "no boolean"),
    ([_mapping(target="active", source="a", default="1")], "default: active is a boolean", "no boolean"),
    ([_mapping(target="members", source="a")], "spec.members", "membership has its own rules"),
    (
        [_mapping(target="emails", source="emails")],
        "covers target 'emails\\[type eq \"work\"\\].value'; drop one of them with ignore: true",
        "the whole and a part of it would overwrite each other",
    ),
]


@pytest.mark.parametrize(("mappings", "message", "reason"), REFUSED, ids=[reason for *_, reason in REFUSED])
def test_a_bad_mapping_is_refused_by_name(mappings: list, message: str, reason: str) -> None:
    with pytest.raises(InvalidSpec, match=message) as caught:
        compile_mappings(mappings, ('emails[type eq "work"].value',), field="spec.users.mappings")
    assert str(caught.value).startswith("spec.users.mappings")


def test_a_part_may_be_mapped_once_the_whole_is_ignored() -> None:
    own = [_mapping(target="emails", source="emails"), _mapping(target='emails[type eq "work"].value', ignore=True)]
    assert [str(mapping.target) for mapping in compile_mappings(own, ('emails[type eq "work"].value',))] == ["emails"]


def test_left_over_is_what_was_applied_is_mapped_and_is_absent_now() -> None:
    mappings = compile_mappings(
        [_mapping(target="userType", constant="x", apply="OnCreate")], ("title", "displayName", "preferredLanguage")
    )
    desired = desired_attributes(ADA, mappings, creating=False)
    applied = ["title", "displayName", "userType", "locale"]
    assert left_over(applied, desired, mappings) == (parse("displayName"),), (
        "not title, which is desired; not preferredLanguage, which was never applied; not userType, which is for "
        "creation only; not locale, which is not mapped any more"
    )


def test_a_new_resource_is_nested_and_names_its_schemas() -> None:
    compiled = compile_mappings(
        [_mapping(target="userType", constant="x", apply="OnCreate")], ("nickName", *DEFAULT_USER_ATTRIBUTES)
    )
    assert to_document(desired_attributes(ADA, compiled, creating=True), [CORE_USER]) == {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "userName": "ada",
        "active": True,
        "emails": [{"type": "work", "value": "ada@corp.example"}],
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        ENTERPRISE_USER: {"department": "Engines", "costCenter": "CC1"},
        "addresses": [{"type": "work", "country": "DE", "locality": "Berlin"}],
        "title": "Analyst",
        "userType": "x",
    }
