"""A manifest as the core sees it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scim_operator.api.enums import Adoption, MembershipPolicy
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.packing import plain
from scim_operator.core.records.dates import Window
from scim_operator.core.records.record import (
    CREATING,
    FINALIZER,
    REQUESTS,
    GroupMember,
    MatchingUsers,
    SelectedUsers,
    UserMember,
    record_of,
    request_in,
)


def manifest(spec: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    """A manifest as the API server returns it."""
    known = {"namespace": "identity", "name": "ada", "uid": "u1", "generation": 3, "resourceVersion": "7"}
    return {"metadata": {**known, **metadata}, "spec": spec}


def test_a_user() -> None:
    record = record_of(Kind.USER, manifest({"userName": "ada@x.example"}, labels={"tier": "prod"}))
    assert record.key == ObjectKey(Kind.USER, "identity", "ada")
    assert (record.uid, record.generation, record.resource_version) == ("u1", 3, "7")
    assert record.labels == {"tier": "prod"}
    assert record.document["userName"] == "ada@x.example"
    assert record.members is None
    assert record.status == {}


# spec, externalId, why
EXTERNAL_IDS = [
    ({"userName": "a"}, "identity/ada", "namespace and name, which a rebuilt cluster has again"),
    ({"userName": "a", "externalId": "4b6f"}, "4b6f", "the manifest's own"),
]


@pytest.mark.parametrize(("spec", "external_id", "why"), EXTERNAL_IDS)
def test_the_external_id(spec: dict[str, Any], external_id: str, why: str) -> None:
    assert record_of(Kind.USER, manifest(spec)).document["externalId"] == external_id, why


# metadata, deleting, finalized, why
STATES = [
    ({}, False, False, "fresh"),
    ({"finalizers": [FINALIZER]}, False, True, "ours is on"),
    ({"finalizers": ["other.example/x"]}, False, False, "somebody else's is not ours"),
    ({"finalizers": [FINALIZER], "deletionTimestamp": "2026-01-01T00:00:00Z"}, True, True, "waits for us"),
    ({"finalizers": None, "labels": None}, False, False, "null is none"),
]


@pytest.mark.parametrize(("metadata", "deleting", "finalized", "why"), STATES)
def test_deletion_and_finalizers(metadata: dict[str, Any], deleting: bool, finalized: bool, why: str) -> None:
    record = record_of(Kind.USER, manifest({"userName": "a"}, **metadata))
    assert (record.deleting, record.finalized) == (deleting, finalized), why


# members in the spec, in the record, why
MEMBERS: list[tuple[dict[str, Any], Any, str]] = [
    ({}, None, "absent: membership is not managed"),
    ({"members": []}, (), "empty: nobody"),
    ({"members": [{"userRef": {"name": "ada"}}]}, (UserMember("ada"),), "a user"),
    ({"members": [{"groupRef": {"name": "g"}}]}, (GroupMember("g"),), "a group"),
    (
        {"members": [{"userSelector": {"matchLabels": {"b": "2", "a": "1"}}}]},
        (SelectedUsers((("a", "1"), ("b", "2"))),),
        "a selector, in one order",
    ),
]


@pytest.mark.parametrize(("spec", "members", "why"), MEMBERS)
def test_members(spec: dict[str, Any], members: Any, why: str) -> None:
    record = record_of(Kind.GROUP, manifest({"displayName": "E", **spec}))
    assert record.members == members, why
    assert record.membership_policy is MembershipPolicy.EXCLUSIVE
    assert "members" not in record.document, "they have rules of their own"


def test_documents_and_statuses_are_fresh_copies() -> None:
    record = record_of(Kind.USER, {**manifest({"userName": "a"}), "status": {"observedGeneration": 3}})
    record.document["userName"] = "b"
    record.status["observedGeneration"] = 9
    assert record.document["userName"] == "a"
    assert record.status == {"observedGeneration": 3}


# labels of the selector, of the user, selected, why
SELECTIONS = [
    ((("tier", "prod"),), {"tier": "prod", "x": "y"}, True, "more labels do no harm"),
    ((("tier", "prod"),), {"tier": "test"}, False, "another value"),
    ((("tier", "prod"),), {}, False, "no such label"),
    ((("tier", "prod"), ("team", "a")), {"tier": "prod"}, False, "every one of them"),
]


@pytest.mark.parametrize(("wanted", "labels", "selected", "why"), SELECTIONS)
def test_selectors(wanted: tuple[tuple[str, str], ...], labels: dict[str, str], selected: bool, why: str) -> None:
    assert SelectedUsers(wanted).selects(labels) is selected, why


@pytest.mark.parametrize(
    ("reported", "counts"),
    [
        pytest.param([], True, id="no config has reported"),
        pytest.param(["second"], True, id="another config has: the announcement of this one still holds"),
        pytest.param(["vmware"], False, id="the config itself has, and that is younger"),
        pytest.param(["second", "vmware"], False, id="both have"),
    ],
)
def test_what_is_about_to_be_created_holds_until_its_own_config_reports(reported: list[str], counts: bool) -> None:
    said = "vmware AbCdEfGhIjKl proof"
    made = manifest({"userName": "ada"}, annotations={CREATING: said})
    made["status"] = {"services": [{"config": name} for name in reported]}
    assert record_of(Kind.USER, made).creating == (said if counts else "")


def test_every_field_of_a_manifest_is_read_under_its_own_name() -> None:
    spec = {
        "userName": "a", "suspend": True, "adoption": "Never", "notBefore": "2026-01-01T00:00:00Z",
        "notAfter": "2027-01-01T00:00:00Z",
    }  # fmt: skip
    record = record_of(Kind.USER, manifest(spec, annotations={CREATING: "vmware x", "other.example/x": "y"}))
    assert (record.suspended, record.adoption) == (True, Adoption.NEVER)
    assert record.window == Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert "other.example/x" not in record.annotations
    assert record.creating == "vmware x"
    bare = record_of(Kind.USER, manifest({"userName": "a"}))
    assert (bare.suspended, bare.adoption, bare.window, bare.manager, bare.creating) == (False, None, None, "", "")
    assert (bare.labels, bare.finalizers, dict(bare.annotations)) == ({}, (), {})


def test_a_group_has_members_and_no_dates_and_a_user_has_no_members() -> None:
    window = {"notAfter": "2027-01-01T00:00:00Z"}
    spec = {
        "displayName": "g",
        "membershipPolicy": "Additive",
        **window,
        "members": [{"userRef": {"name": "a"}, **window}],
    }
    group = record_of(Kind.GROUP, manifest(spec))
    end = Window(end=datetime(2027, 1, 1, tzinfo=UTC))
    assert (group.window, group.members, group.manager) == (None, (UserMember("a", end),), "")
    assert group.membership_policy is MembershipPolicy.ADDITIVE
    assert record_of(Kind.USER, manifest({"userName": "a", "members": []})).members is None
    of_all = [
        ({"groupRef": {"name": "h"}}, GroupMember("h", end)),
        ({"expression": "user.active"}, MatchingUsers("user.active", end)),
        ({"userSelector": {"matchLabels": {"b": "2", "a": "1"}}}, SelectedUsers((("a", "1"), ("b", "2")), end)),
    ]
    for member, read in of_all:
        assert record_of(Kind.GROUP, manifest({"displayName": "g", "members": [{**member, **window}]})).members == (
            read,
        )


def test_a_request_of_either_annotation_is_a_request() -> None:
    first, second = REQUESTS
    assert request_in({}) == ""
    assert request_in({first: "1", second: "2"}) == "1 2"
    assert request_in({second: "2"}) == "2"
    assert request_in({first: "x" * 300}) == "x" * 256


def test_a_record_that_is_not_packed_says_the_same() -> None:
    body = manifest({"userName": "ada@x.example", "title": "Engineer"})
    packed, plainly = record_of(Kind.USER, body), record_of(Kind.USER, body, plain)
    assert plainly.document == packed.document
    assert repr(plainly) == repr(packed), "digests are made of it"
