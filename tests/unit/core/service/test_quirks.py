"""Quirks as a status shows them, and capabilities by resource type."""

from __future__ import annotations

import pytest

from scim_operator.core.keys import ResourceType
from scim_operator.core.service.capabilities import Capabilities, MemberRemoval, Setting, Source
from scim_operator.core.service.quirks import SENTENCES, Found, Quirk, by_type, ordered, quirks_to_json

USER, GROUP = ResourceType.USER, ResourceType.GROUP
SAID = {
    "TrailingSlash": "Its addresses end in a slash: it redirects to those.",
    "CursorPaging": "Its lists are read by cursor (RFC 9865): it refuses an index.",
    "IndexFromZero": "Its lists are read from index 0, where its first resource is.",
    "NoMatchIsNotFound": "It answers 404 to a filter that matches nothing.",
    "PlainJson": "Bodies are sent as application/json: it refuses application/scim+json.",
    "NotFilterable": "It refuses filters by these attributes, or ignores them: its list is searched instead.",
    "PutOnly": "It refuses these attributes in a PATCH: they go by PUT.",
    "HiddenMembers": "It never shows who is in a group: what was sent is taken for what it holds.",
    "Reformatted": "It stores these attributes in another form than sent, or never returns them, of some objects.",
    "BulkFails": "It offers bulk requests and fails at them: requests go one by one.",
}
"""An API: names and order stay."""


def test_every_quirk_has_its_name_and_its_sentence() -> None:
    assert [(quirk.value, SENTENCES[quirk]) for quirk in Quirk] == list(SAID.items())


def test_the_status_shows_each_once_in_order() -> None:
    found = [
        Found(Quirk.PUT_ONLY, USER, ("title",)),
        Found(Quirk.PUT_ONLY, GROUP, ("displayName",)),
        Found(Quirk.PLAIN_JSON),
        Found(Quirk.PLAIN_JSON),
        Found(Quirk.PUT_ONLY, USER, ("active", "title")),
    ]
    assert quirks_to_json(found) == [
        {"name": "PlainJson", "message": SAID["PlainJson"]},
        {"name": "PutOnly", "message": SAID["PutOnly"], "resourceType": "Group", "attributes": ["displayName"]},
        {"name": "PutOnly", "message": SAID["PutOnly"], "resourceType": "User", "attributes": ["active", "title"]},
        {"name": "PutOnly", "message": SAID["PutOnly"], "resourceType": "User", "attributes": ["title"]},
    ]
    assert ordered(reversed(found)) == ordered(found)


def test_attributes_are_grouped_by_type_and_the_most_frequent_are_named() -> None:
    many = [(USER, f"a{n:02}") for n in range(40)] + [(USER, f"a{n:02}") for n in range(8, 40)] + [(GROUP, "x")]
    users, groups = by_type(Quirk.REFORMATTED, many)
    assert users == Found(Quirk.REFORMATTED, USER, tuple(f"a{n:02}" for n in range(8, 40)))
    assert groups == Found(Quirk.REFORMATTED, GROUP, ("x",))


def test_what_holds_for_one_type_overlays_what_holds_for_all() -> None:
    learned = Setting(value=False, source=Source.LEARNED)
    chunk = Setting(value=10, source=Source.SPEC)
    one = Capabilities(
        filter=True, sources={"etag": Source.DISCOVERED}, users={"patch": learned}, groups={"member_chunk": chunk}
    )
    users, groups = one.of(USER), one.of(GROUP)
    assert (users.patch, users.member_chunk, users.filter) == (False, 100, True)
    assert (groups.patch, groups.member_chunk) == (True, 10)
    assert users.sources == {"etag": Source.DISCOVERED, "patch": Source.LEARNED}
    assert (users.users, users.groups) == ({}, {})
    assert (groups.is_insisted("member_chunk"), users.is_insisted("patch"), one.is_insisted("x")) == (
        True,
        False,
        False,
    )
    bare = Capabilities()
    assert bare.of(USER) is bare


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("patch", True),
        ("filter", True),
        ("etag", False),
        ("page_size", 100),
        ("member_chunk", 100),
        ("member_removal", MemberRemoval.PATH_FILTER),
        ("nested_groups", False),
        ("verify_members", False),
        ("put_id", True),
    ],
)
def test_what_nothing_is_known_of_is_taken_for_rfc_7644(name: str, value: object) -> None:
    assert getattr(Capabilities(), name) is value or getattr(Capabilities(), name) == value
