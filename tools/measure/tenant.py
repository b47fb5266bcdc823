"""A tenant that somebody else filled: people with every attribute and odd characters, and groups within groups."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from scim_operator.core.resource import CORE_GROUP, CORE_USER, ENTERPRISE_USER, WS1B_GROUP, WS1B_USER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.simulator.server import Simulator

Document = dict[str, Any]
EXTRA = (
    'emails[type eq "home"].value',
    'phoneNumbers[type eq "mobile"].value',
    "name.middleName",
    "name.honorificPrefix",
    "locale",
    "timezone",
    "preferredLanguage",
    "userType",
    "entitlements",
    "roles",
    "photos",
)
"""Attributes that are not mapped by default: more kinds of paths."""
BADGES = "urn:example:params:scim:schemas:extension:badges:2.0:User"
MAPPINGS = (
    *EXTRA,
    "name.formatted",
    "name.honorificSuffix",
    'ims[type eq "xmpp"].value',
    'x509Certificates[type eq "work"].value',
    'addresses[type eq "work"].formatted',
    f"{ENTERPRISE_USER}:manager",
    f"{BADGES}:number",
    f"{BADGES}:doors",
)
"""What the default mappings lack of the attributes that the people here have."""
ODD = (
    "NO", "on", "null", "~", "=", "1e3", "0123", "2026-11-01", "12:30:45", "0x1F", "1_000", ".5", "- x", "a: b", "a #b",
    "'", '"', "\\", "{a}", "[a]", "*a", "&a", "!a", "%a", "@a", "`a", "|", ">", "?", "ß", "Zoë", "\u5f00\u53d1", "👩‍💻",
    "a\u202eb", "a\u200bb", "a\x1b[2Jb", "a\x85b", "a\u2028b", "line\nline", "tab\tin", " x", "x ", "x" * 250, "true",
    "<<", "---", "...", "\ufeffa",
)  # fmt: skip
"""Texts that YAML, terminals or reviewers take for something else."""


def person(number: int, chance: random.Random, manager: str = "") -> dict[str, Any]:
    """A user; every attribute is there for some."""
    odd = ODD[number % len(ODD)]
    login = f"{chance.choice(['ada', 'Bob', 'o.neil', 'zoë', 'a_b', 'x-y'])}{number}@{chance.choice('abc')}.example"
    found: dict[str, Any] = {
        "schemas": [CORE_USER, ENTERPRISE_USER, WS1B_USER, BADGES],
        "userName": login,
        "externalId": f"{chance.randrange(1 << 31):08x}-0000-4000-8000-{number:012x}",
        "active": number % 13 != 0,
        "name": {"givenName": odd, "familyName": "Müller", "middleName": "von", "formatted": f"{odd} Müller"},
        "displayName": odd,
        "nickName": f"n{number}",
        "title": odd,
        "profileUrl": f"https://people.example/{number}",
        "userType": "Employee",
        "preferredLanguage": "en",
        "locale": "en-GB",
        "timezone": "Europe/London",
        "emails": [
            {"type": "work", "value": f"u{number}@corp.example", "primary": True},
            {"type": "home", "value": f"u{number}@home.example"},
        ],
        "phoneNumbers": [{"type": "work", "value": "+49 30 1"}, {"type": "mobile", "value": f"0{number:06}"}],
        "ims": [{"type": "xmpp", "value": odd}],
        "addresses": [{"type": "work", "streetAddress": odd, "postalCode": "01067", "country": "DE", "formatted": odd}],
        "entitlements": [{"value": "engine"}],
        "roles": [{"value": odd, "primary": True}],
        "photos": [{"type": "photo", "value": f"https://people.example/{number}.jpg"}],
        "x509Certificates": [{"type": "work", "value": "TUlJQg=="}],
        ENTERPRISE_USER: {"employeeNumber": f"{number:05}", "department": odd, "costCenter": "1e3"},
        WS1B_USER: {"domain": "corp.example", "customAttribute1": odd, "adSourceAnchor": "AAECAwQ="},
        BADGES: {"number": number, "doors": [odd, "main"]},
    }
    if manager:
        found[ENTERPRISE_USER]["manager"] = {"value": manager}
    return found


def people(count: int, seed: int = 1) -> Iterator[Document]:
    """Yield users with ids; all but the first ten have one of these as their manager."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    for number in range(count):
        manager = user_id(chance.randrange(10)) if number >= 10 else ""
        yield {"id": user_id(number), **person(number, chance, manager)}


def groups(count: int, users: int, seed: int = 1) -> Iterator[Document]:
    """Yield groups with ids: each has some of so many users and, half of them, the group before; a tenth is empty."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    for number in range(count):
        members = [{"value": user_id(each), "type": "User"} for each in chance.sample(range(users), min(12, users))]
        members += [{"value": group_id(number - 1), "type": "Group"}] if number % 2 else []
        yield {
            "id": group_id(number),
            "schemas": [CORE_GROUP, WS1B_GROUP],
            "displayName": f"Team {number} {ODD[number % 20]}".strip(),
            "externalId": f"group-{number:04}",
            "members": members if number % 10 else [],
            WS1B_GROUP: {"description": ODD[number % len(ODD)], "domain": "corp.example"},
        }


def user_id(number: int) -> str:
    """Return the id of a user at the service."""
    return f"00000000-0000-4000-8000-{number:012x}"


def group_id(number: int) -> str:
    """Return the id of a group at the service."""
    return f"00000000-0000-4000-9000-{number:012x}"


def fill(service: Simulator, users: int, teams: int) -> None:
    """Seed a service that nests groups."""
    service.seed(people(users), groups(teams, users))
