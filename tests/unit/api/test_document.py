"""From a spec to the SCIM document that it describes."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.api.document import group_document, user_document
from scim_operator.api.urns import ENTERPRISE_USER, WS1B_GROUP, WS1B_USER

USERS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("a user is active unless the manifest says otherwise", {"userName": "a"}, {"userName": "a", "active": True}),
    ("a leaver", {"userName": "a", "active": False}, {"userName": "a", "active": False}),
    (
        "what clears an attribute is kept",
        {"userName": "a", "title": "", "emails": [], "enterprise": {"department": ""}},
        {"userName": "a", "active": True, "title": "", "emails": [], ENTERPRISE_USER: {"department": ""}},
    ),
    (
        "extensions stand under their URNs (RFC 7643 section 3.3)",
        {"userName": "a", "ws1b": {"domain": "d"}, "extensions": {"urn:example:2.0:User": {"badge": 7}}},
        {"userName": "a", "active": True, WS1B_USER: {"domain": "d"}, "urn:example:2.0:User": {"badge": 7}},
    ),
]


@pytest.mark.parametrize(("reason", "spec", "document"), USERS, ids=[row[0] for row in USERS])
def test_user_document(reason: str, spec: dict[str, Any], document: dict[str, Any]) -> None:
    assert user_document(spec) == document, reason


def test_a_group_s_document_has_no_members() -> None:
    spec = {
        "displayName": "Engineering",
        "ws1b": {"description": ""},
        "membershipPolicy": "Exclusive",
        "members": [{"userRef": {"name": "ada"}}],
        "extensions": {"urn:example:2.0:Group": {}},
    }
    assert group_document(spec) == {
        "displayName": "Engineering",
        WS1B_GROUP: {"description": ""},
        "urn:example:2.0:Group": {},
    }


def test_the_spec_is_left_as_it_was() -> None:
    spec = {"userName": "a", "extensions": {"urn:example:2.0:User": {"badge": 7}}}
    user_document(spec)
    assert spec == {"userName": "a", "extensions": {"urn:example:2.0:User": {"badge": 7}}}
