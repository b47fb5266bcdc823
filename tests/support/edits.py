"""A user with attributes of every kind, and an edit of every kind with the PATCH operations that it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scim_operator.core.attributes.paths import MISSING
from scim_operator.core.resource import ENTERPRISE_USER

ADA: dict[str, Any] = {
    "title": "Analyst",
    "nickName": "Ada",
    "displayName": "Ada Lovelace",
    "profileUrl": "https://people.corp.example/ada",
    "locale": "en-GB",
    "timezone": "Europe/London",
    "preferredLanguage": "en",
    "userType": "Employee",
    "name": {"givenName": "Ada", "familyName": "Lovelace", "middleName": "King", "honorificPrefix": "Lady"},
    "emails": [
        {"type": "work", "value": "ada@corp.example", "primary": True},
        {"type": "home", "value": "ada@home.example"},
    ],
    "phoneNumbers": [{"type": "work", "value": "+44 20 7946 0000"}, {"type": "mobile", "value": "+44 7700 900000"}],
    "addresses": [{"type": "work", "streetAddress": "1 St James's Square", "locality": "London", "country": "GB"}],
    "entitlements": [{"value": "engine"}],
    "roles": [{"value": "countess", "primary": True}],
    "photos": [{"type": "photo", "value": "https://people.corp.example/ada.jpg"}],
    "enterprise": {"department": "Engineering", "employeeNumber": "7", "costCenter": "CC1"},
}


@dataclass(frozen=True)
class Edit:
    """An edit of Ada's manifest, the PATCH operations that it means, and what the service then has at a path."""

    what: str
    before: dict[str, Any]
    after: dict[str, Any]
    operations: list[tuple[str, str]]
    path: str
    value: Any


WORK, HOME = ADA["emails"]
OFFICE, MOBILE = ADA["phoneNumbers"]
[ADDRESS] = ADA["addresses"]
E = ENTERPRISE_USER
EDITS = [
    Edit("a simple value", {}, {"title": "Countess"}, [("replace", "title")], "title", "Countess"),
    Edit("one that was not there", {"title": None}, {}, [("add", "title")], "title", "Analyst"),
    Edit("one that is left out", {}, {"title": None}, [("remove", "title")], "title", MISSING),
    Edit("one that is emptied", {}, {"title": ""}, [("remove", "title")], "title", MISSING),
    Edit("a boolean", {}, {"active": False}, [("replace", "active")], "active", False),
    Edit(
        "a reference",
        {},
        {"profileUrl": "https://x.example"},
        [("replace", "profileUrl")],
        "profileUrl",
        "https://x.example",
    ),
    Edit(
        "the user name",
        {},
        {"userName": "lady@corp.example"},
        [("replace", "userName")],
        "userName",
        "lady@corp.example",
    ),
    Edit("the external id", {}, {"externalId": "A-1"}, [("replace", "externalId")], "externalId", "A-1"),
    Edit(
        "a part of a complex value",
        {},
        {"name": {**ADA["name"], "givenName": "Augusta"}},
        [("replace", "name.givenName")],
        "name.givenName",
        "Augusta",
    ),
    Edit(
        "a part that was not there",
        {"name": {"givenName": "Ada", "familyName": "Lovelace"}},
        {},
        [("add", "name.middleName"), ("add", "name.honorificPrefix")],
        "name.middleName",
        "King",
    ),
    Edit(
        "a part that is left out",
        {},
        {"name": {"givenName": "Ada", "familyName": "Lovelace", "middleName": "King"}},
        [("remove", "name.honorificPrefix")],
        "name.honorificPrefix",
        MISSING,
    ),
    Edit(
        "the value of an element",
        {},
        {"emails": [{**WORK, "value": "lady@corp.example"}, HOME]},
        [("replace", 'emails[type eq "work"].value')],
        'emails[type eq "work"].value',
        "lady@corp.example",
    ),
    Edit(
        "an element that was not there",
        {"emails": [WORK]},
        {},
        [("add", "emails")],
        'emails[type eq "home"].value',
        "ada@home.example",
    ),
    Edit(
        "the first element of all",
        {"phoneNumbers": None},
        {},
        [("add", "phoneNumbers"), ("add", "phoneNumbers")],
        'phoneNumbers[type eq "work"].value',
        "+44 20 7946 0000",
    ),
    Edit(
        "an element that is left out",
        {},
        {"phoneNumbers": [OFFICE]},
        [("remove", 'phoneNumbers[type eq "mobile"]')],
        "phoneNumbers",
        [OFFICE],
    ),
    Edit(
        "all elements left out",
        {},
        {"phoneNumbers": None},
        [("remove", 'phoneNumbers[type eq "work"]'), ("remove", 'phoneNumbers[type eq "mobile"]')],
        "phoneNumbers",
        MISSING,
    ),
    Edit(
        "a part of an element that was not there",
        {},
        {"addresses": [{**ADDRESS, "postalCode": "SW1Y 4LE"}]},
        [("add", 'addresses[type eq "work"].postalCode')],
        'addresses[type eq "work"].postalCode',
        "SW1Y 4LE",
    ),
    Edit(
        "a part of an element that is left out",
        {},
        {"addresses": [{**ADDRESS, "locality": None}]},
        [("remove", 'addresses[type eq "work"].locality')],
        'addresses[type eq "work"].locality',
        MISSING,
    ),
    Edit(
        "an element of several parts",
        {"addresses": None},
        {},
        [("add", "addresses")],
        'addresses[type eq "work"].streetAddress',
        "1 St James's Square",
    ),
    Edit(
        "a whole list",
        {},
        {"entitlements": [{"value": "engine"}, {"value": "press"}]},
        [("replace", "entitlements")],
        "entitlements",
        [{"value": "engine"}, {"value": "press"}],
    ),
    Edit("a list that was not there", {"roles": None}, {}, [("add", "roles")], "roles", ADA["roles"]),
    Edit("a list that is left out", {}, {"roles": None}, [("remove", "roles")], "roles", MISSING),
    Edit(
        "a value of an extension",
        {},
        {"enterprise": {**ADA["enterprise"], "department": "Mathematics"}},
        [("replace", f"{E}:department")],
        f"{E}:department",
        "Mathematics",
    ),
    Edit(
        "one that was not there",
        {},
        {"enterprise": {**ADA["enterprise"], "division": "Engines"}},
        [("add", f"{E}:division")],
        f"{E}:division",
        "Engines",
    ),
    Edit(
        "one that is left out",
        {},
        {"enterprise": {"department": "Engineering", "employeeNumber": "7"}},
        [("remove", f"{E}:costCenter")],
        f"{E}:costCenter",
        MISSING,
    ),
    Edit(
        "the first value of an extension",
        {"enterprise": None},
        {"enterprise": {"department": "Engineering"}},
        [("add", f"{E}:department")],
        f"{E}:department",
        "Engineering",
    ),
    Edit(
        "an extension that is left out",
        {},
        {"enterprise": None},
        [("remove", f"{E}:department"), ("remove", f"{E}:employeeNumber"), ("remove", f"{E}:costCenter")],
        f"{E}:department",
        MISSING,
    ),
    Edit(
        "several at once",
        {},
        {"title": "Countess", "nickName": None, "emails": [{**WORK, "value": "lady@corp.example"}]},
        [
            ("replace", 'emails[type eq "work"].value'),
            ("replace", "title"),
            ("remove", 'emails[type eq "home"]'),
            ("remove", "nickName"),
        ],
        'emails[type eq "work"].value',
        "lady@corp.example",
    ),
]
