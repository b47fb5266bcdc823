"""Entra's attributes, each by the value that a person's manifest has for it."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.attributes.paths import parse
from scim_operator.core.entra.attributes import Sources
from scim_operator.core.expressions import Activation, Root, compile  # noqa: A004
from scim_operator.core.expressions.entra import USER_ATTRIBUTES
from scim_operator.core.keys import Kind
from scim_operator.core.resource import ENTERPRISE_USER, WS1B_GROUP

OTHER = "urn:example:2.0:Entra"
ADA = {
    "userName": "ada@corp.example",
    "externalId": "oid-1",
    "displayName": "Ada Lovelace",
    "nickName": "Countess",
    "name": {"givenName": "Ada", "familyName": "Lovelace", "middleName": "King"},
    "active": True,
    "title": "Analyst",
    "userType": "Employee",
    "preferredLanguage": "en-GB",
    "locale": "en-US",
    "emails": [{"type": "home", "value": "home@x"}, {"type": "work", "value": "work@x"}],
    "phoneNumbers": [
        {"type": "home", "value": "+0"},
        {"type": "work", "value": "+1"},
        {"type": "mobile", "value": "+2"},
        {"type": "fax", "value": "+3"},
    ],
    "addresses": [
        {"type": "home", "streetAddress": "h", "locality": "h", "region": "h", "postalCode": "h", "country": "h"},
        {
            "type": "work",
            "streetAddress": "12 Engine St",
            "locality": "London",
            "region": "Greater London",
            "postalCode": "N1",
            "country": "GB",
        },
    ],
    ENTERPRISE_USER: {
        "department": "Engines",
        "employeeNumber": "E7",
        "organization": "Babbage Ltd",
        "division": "North",
        "manager": {"value": "charles"},
    },
    OTHER: {"badge": "B-17"},
}
VALUES = {
    "userPrincipalName": "ada@corp.example",
    "objectId": "oid-1",
    "mailNickname": "oid-1",
    "displayName": "Ada Lovelace",
    "givenName": "Ada",
    "surname": "Lovelace",
    "accountEnabled": True,
    "jobTitle": "Analyst",
    "employeeType": "Employee",
    "preferredLanguage": "en-GB",
    "mail": "work@x",
    "telephoneNumber": "+1",
    "mobile": "+2",
    "facsimileTelephoneNumber": "+3",
    "streetAddress": "12 Engine St",
    "city": "London",
    "state": "Greater London",
    "postalCode": "N1",
    "country": "GB",
    "department": "Engines",
    "employeeId": "E7",
    "companyName": "Babbage Ltd",
}
COMPUTED = {"IsSoftDeleted": False, "manager": "charles", "appRoleAssignments": ["admin"]}
"""What a manifest has no path of the same value for."""


def evaluated(text: str, **of: Any) -> Any:
    return compile(text, variables=[Root.USER, Root.GROUP, Root.ROLES]).evaluate(Activation(roles=["admin"], **of))


@pytest.mark.parametrize("name", VALUES | COMPUTED)
def test_an_expression_reads_the_value_of_its_own_attribute(name: str) -> None:
    found = evaluated(USER_ATTRIBUTES[name], user=ADA)
    assert (list(found) if isinstance(found, list | tuple) else found) == (VALUES | COMPUTED)[name]


def test_the_table_is_whole() -> None:
    assert set(USER_ATTRIBUTES) == set(VALUES | COMPUTED)


@pytest.mark.parametrize("name", VALUES)
def test_a_path_reads_the_same_and_an_expression_too(name: str) -> None:
    sources = Sources(Kind.USER, "")
    assert parse(sources.path(name)).read(ADA) == VALUES[name]
    assert evaluated(sources.expression(name), user=ADA) == VALUES[name]


GROUP = {"displayName": "Compilers", "externalId": "g-1", WS1B_GROUP: {"description": "Who compiles", "domain": "x"}}


@pytest.mark.parametrize(
    ("name", "value"), [("displayName", "Compilers"), ("objectId", "g-1"), ("description", "Who compiles")]
)
def test_of_a_group(name: str, value: str) -> None:
    sources = Sources(Kind.GROUP, "")
    assert parse(sources.path(name)).read(GROUP) == value
    assert evaluated(sources.expression(name), group=GROUP) == value


@pytest.mark.parametrize(("kind", "name"), [(Kind.USER, "badge"), (Kind.GROUP, "mail"), (Kind.USER, "description")])
def test_what_is_unknown_is_in_the_extension_where_one_is_named(kind: Kind, name: str) -> None:
    bare, extended = Sources(kind, ""), Sources(kind, OTHER)
    with pytest.raises(KeyError):
        bare.path(name)
    with pytest.raises(KeyError):
        bare.expression(name)
    assert extended.path(name) == f"{OTHER}:{name}"
    assert extended.expression(name) == f'{"user" if kind is Kind.USER else "group"}["{OTHER}"].{name}'


def test_with_an_extension_what_is_known_stays_where_it_is() -> None:
    extended = Sources(Kind.USER, OTHER)
    assert extended.path("surname") == "name.familyName"
    assert extended.expression("surname") == "user.name.familyName"
    assert evaluated(extended.expression("badge"), user=ADA) == "B-17"
