"""The schema table against an independent implementation of RFC 7643, and the reading of values by type."""

from __future__ import annotations

import pytest
from scim2_models import EnterpriseUser, Group, Schema, User

from scim_operator.core.attributes.paths import parse
from scim_operator.core.attributes.schema import Mutability, Type, attribute_of, typed, typed_document
from scim_operator.core.resource import ENTERPRISE_USER, WS1B_GROUP, WS1B_USER

COMMON = [
    ("id", "string", True, "readOnly", "RFC 7643 section 3.1"),
    ("externalId", "string", True, "readWrite", "section 3.1"),
    ("meta.resourceType", "string", True, "readOnly", "section 3.1"),
    ("meta.lastModified", "dateTime", False, "readOnly", "section 3.1"),
    ("meta.version", "string", True, "readOnly", "section 3.1"),
    ("schemas", "reference", True, "readWrite", "section 3; URIs"),
    (f"{WS1B_USER}:adSourceAnchor", "string", True, "readWrite", "base64"),
    (f"{WS1B_USER}:customAttribute5", "string", True, "readWrite", "opaque to us"),
    (f"{WS1B_USER}:domain", "string", False, "readWrite", "the default"),
    (f"{WS1B_GROUP}:description", "string", False, "readWrite", "the default"),
    ("neverHeardOf", "string", False, "readWrite", "section 2.2: the defaults"),
    ("urn:example:2.0:User:badge.colour", "string", False, "readWrite", "section 2.2: the defaults"),
    ('emails[type eq "work"].primary', "boolean", False, "readWrite", "a sub-attribute behind a filter"),
]


@pytest.mark.parametrize(("text", "type_", "case_exact", "mutability", "reason"), COMMON, ids=[c[0] for c in COMMON])
def test_characteristics(text: str, type_: str, case_exact: bool, mutability: str, reason: str) -> None:
    found = parse(text).characteristics
    assert (found.type, found.case_exact, found.mutability) == (type_, case_exact, mutability), reason


def _attributes(schema: Schema, urn: str) -> list[tuple[str, object]]:
    prefix = f"{urn}:" if urn else ""
    found = []
    for attribute in schema.attributes or ():
        found.append((f"{prefix}{attribute.name}", attribute))
        found += [(f"{prefix}{attribute.name}.{sub.name}", sub) for sub in attribute.sub_attributes or ()]
    return found


DEFINED = [
    *_attributes(User.to_schema(), ""),
    *_attributes(Group.to_schema(), ""),
    *_attributes(EnterpriseUser.to_schema(), ENTERPRISE_USER),
]


@pytest.mark.parametrize(("text", "defined"), DEFINED, ids=[text for text, _ in DEFINED])
def test_every_attribute_of_the_rfc_is_known_as_an_independent_implementation_has_it(
    text: str, defined: object
) -> None:
    path = parse(text)
    found = attribute_of(path.urn, path.attribute)
    found = found.sub_attribute(path.sub_attribute) if path.sub_attribute else found
    assert found.known
    assert found.name == text.rpartition(":")[2].rpartition(".")[2], "spelled as the schema spells it"
    assert found.type.value == defined.type.value
    assert found.multi_valued is bool(defined.multi_valued)
    assert found.case_exact is bool(defined.case_exact)
    assert found.returned.value == defined.returned.value
    if path.attribute not in ("groups", "members"):
        assert found.mutability.value == defined.mutability.value


def test_groups_of_a_user_are_read_only_throughout() -> None:
    groups = attribute_of("", "groups")
    assert {sub.mutability for sub in groups.sub_attributes.values()} == {Mutability.READ_ONLY}


@pytest.mark.parametrize("text", ["members.value", "groups.value", f"{ENTERPRISE_USER}:manager.value"])
def test_what_holds_an_id_is_case_exact_as_ids_are(text: str) -> None:
    assert parse(text).characteristics.case_exact


TYPED = [
    ("active", "True", True, "Entra writes booleans so (pitfall 3)"),
    ("active", "false", False, "or so"),
    ("active", "maybe", "maybe", "what cannot be read stays, for the service to judge"),
    ("title", 7, "7", "a known string"),
    ("title", True, "true", "a known string, spelled as JSON"),
    ("urn:example:2.0:User:level", 7, 7, "of an unknown attribute nothing is assumed"),
    ("emails", [{"value": "a", "primary": "true"}], [{"value": "a", "primary": True}], "inside elements"),
    ("name", {"givenName": 7}, {"givenName": "7"}, "inside complex values"),
    ("title", None, None, "nothing stays nothing"),
]


@pytest.mark.parametrize(("text", "value", "expected", "reason"), TYPED, ids=[reason for *_, reason in TYPED])
def test_typed(text: str, value: object, expected: object, reason: str) -> None:
    result = typed(parse(text).characteristics, value)
    assert result == expected
    assert type(result) is type(expected)


def test_a_typed_document_reaches_into_extensions() -> None:
    document = {"active": "True", ENTERPRISE_USER: {"employeeNumber": 7}, "urn:x:y": "odd"}
    assert typed_document(document) == {"active": True, ENTERPRISE_USER: {"employeeNumber": "7"}, "urn:x:y": "odd"}


def test_binary_values_are_case_exact() -> None:
    found = attribute_of("", "x509Certificates").sub_attribute("value")
    assert (found.type, found.case_exact) == (Type.BINARY, True)
