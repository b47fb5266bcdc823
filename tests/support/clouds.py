"""People and groups in the JSON of Microsoft Graph, Okta and Keycloak, as their documentation shows it."""

from __future__ import annotations

from typing import Any

ADA, BOB = "6ea91a8d-e32e-41a1-b7bd-d2d185eed0e0", "4562bcc8-c436-4f95-b7c0-4f8ce89dca5e"
OPS, DEV = "45b7d2e7-b882-4a80-ba97-10b7a63b8fa4", "02bd9fd6-8f93-4758-87c3-1fb73740a315"
_GRAPH = "https://graph.microsoft.com/v1.0/$metadata"


def person(id: str, **changes: Any) -> dict[str, Any]:
    """A user of Graph."""
    return {"id": id, "userPrincipalName": f"p{id}@corp.example", "accountEnabled": True, **changes}


PEOPLE = [
    person(
        ADA,
        userPrincipalName="ada@corp.example",
        displayName="Ada Lovelace",
        givenName="Ada",
        surname="Lovelace",
        jobTitle="Analyst",
        mail="ada@corp.example",
        mobilePhone="+44 7 2",
        businessPhones=["+44 20 1"],
        preferredLanguage="en-GB",
        streetAddress="St James's Square",
        city="London",
        country="United Kingdom",
        usageLocation="GB",
        employeeId="0815",
        companyName="Engines",
        department="Research",
        onPremisesImmutableId="aaaa==",
        onPremisesDomainName="corp.example",
        officeLocation=None,
        manager={"@odata.type": "#microsoft.graph.user", "id": BOB},
    ),
    person(BOB, userPrincipalName="bob@corp.example", accountEnabled=False),
]
GROUPS = [
    {"id": OPS, "displayName": "Ops", "description": "Operations", "groupTypes": [], "securityEnabled": True},
    {"id": DEV, "displayName": "Dev", "description": None, "groupTypes": [], "securityEnabled": True},
]
MEMBERS = [
    {"@odata.type": "#microsoft.graph.user", "id": ADA},
    {"@odata.type": "#microsoft.graph.group", "id": DEV},
    {"@odata.type": "#microsoft.graph.device", "id": "11111111-1111-4111-8111-111111111111"},
]
GRAPH = {
    "users.json": {"@odata.context": f"{_GRAPH}#users(id,displayName)", "value": PEOPLE},
    "groups.json": {"@odata.context": f"{_GRAPH}#groups", "value": GROUPS},
    f"members-{OPS}.json": {"@odata.context": f"{_GRAPH}#directoryObjects", "value": MEMBERS},
}


def okta_user(id: str, status: str = "ACTIVE", **profile: Any) -> dict[str, Any]:
    """A user of Okta."""
    return {
        "id": id,
        "status": status,
        "created": "2026-01-02T03:04:05.000Z",
        "type": {"id": "otyfnjfba4ye7pgjB0g4"},
        "profile": {"login": f"p{id}@corp.example", "email": f"p{id}@corp.example", "mobilePhone": None, **profile},
        "credentials": {"provider": {"type": "OKTA", "name": "OKTA"}},
    }


OKTA_USERS = [
    okta_user(
        "00ub0oNGTSWTBKOLGLNR",
        login="ada@corp.example",
        firstName="Ada",
        lastName="Lovelace",
        employeeNumber="7",
        department="Research",
        countryCode="GB",
        managerId="bob@corp.example",
    ),
    okta_user("00ub0oNGTSWTBKOLGLNS", status="SUSPENDED", login="bob@corp.example"),
]
OKTA_GROUP = {
    "id": "00g1emaKYZTWRYYRRTSK",
    "type": "OKTA_GROUP",
    "profile": {"name": "Ops", "description": "Operations"},
}

REALM = {
    "realm": "acme",
    "enabled": True,
    "users": [
        {
            "id": "k1",
            "username": "ada",
            "enabled": True,
            "email": "ada@corp.example",
            "firstName": "Ada",
            "lastName": "Lovelace",
            "attributes": {"title": ["Analyst"], "department": ["Research"], "shoeSize": ["37"]},
            "credentials": [{"type": "password", "secretData": '{"value":"hush"}', "credentialData": "{}"}],
            "groups": ["/staff/dev"],
        },
        {"id": "k2", "username": "bob", "enabled": False, "groups": []},
    ],
    "groups": [
        {
            "id": "g1",
            "name": "staff",
            "path": "/staff",
            "attributes": {},
            "subGroups": [{"id": "g2", "name": "dev", "path": "/staff/dev", "subGroups": []}],
        }
    ],
}
