"""What the API server says to ScimGroups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.envtest.admission import admitting, assert_admitted, assert_refused, group, manifest

if TYPE_CHECKING:
    from tests.envtest.admission import Admission, Manifest
    from tools.cluster.controlplane import ControlPlane


@pytest.fixture(scope="module")
def admission(crds: ControlPlane) -> Admission:
    return admitting(crds)


GOOD: list[tuple[str, Manifest]] = [
    ("the membership is not managed", group()),
    ("members by a condition", group(members=[{"expression": 'user.title == "Analyst"'}])),
    ("the group is emptied", group(members=[])),
    ("a member with dates", group(members=[{"userRef": {"name": "a"}, "notAfter": "2027-01-01T00:00:00.5+01:00"}])),
    (
        "every way to name a member",
        group(
            membershipPolicy="Additive",
            members=[
                {"userRef": {"name": "ada"}},
                {"groupRef": {"name": "compilers"}},
                {"userSelector": {"matchLabels": {"team": "compiler", "example.com/tier": "prod"}}},
            ],
        ),
    ),
]


@pytest.mark.parametrize(("reason", "wanted"), GOOD, ids=[row[0] for row in GOOD])
def test_it_is_admitted(admission: Admission, reason: str, wanted: Manifest) -> None:
    assert_admitted(admission, reason, wanted)


BAD: list[tuple[str, Manifest, str]] = [
    ("a group has a name", manifest("ScimGroup", {}), "spec.displayName: Required value"),
    (
        "blanks at the edges of a group's name",
        group(displayName="Eng "),
        "displayName must not be blank nor begin or end",
    ),
    (
        "nobody named",
        group(members=[{}]),
        "spec.members[0]: Invalid value: give exactly one of userRef, groupRef, userSelector and",
    ),
    (
        "two in one",
        group(members=[{"userRef": {"name": "a"}, "groupRef": {"name": "b"}}]),
        "give exactly one of userRef",
    ),
    (
        "itself",
        group(members=[{"groupRef": {"name": "one"}}]),
        "spec.members: Invalid value: a group must not be a member of",
    ),
    (
        "an empty selector would select all",
        group(members=[{"userSelector": {"matchLabels": {}}}]),
        "at least 1 properties",
    ),
    (
        "a selector without labels",
        group(members=[{"userSelector": {}}]),
        "members[0].userSelector.matchLabels: Required value",
    ),
    (
        "not an object's name",
        group(members=[{"userRef": {"name": "Ada"}}]),
        "write an object's metadata.name: lower-case letters, digits, - and .",
    ),
    ("not a policy", group(membershipPolicy="Strict"), 'supported values: "Exclusive", "Additive", "Observe"'),
    (
        "the dates of a member are in order too",
        group(
            members=[
                {"userRef": {"name": "a"}, "notBefore": "2027-01-01T00:00:00Z", "notAfter": "2026-01-01T00:00:00Z"}
            ]
        ),
        "notBefore must be before notAfter",
    ),
    ("an empty condition", group(members=[{"expression": ""}]), "spec.members[0].expression"),
    (
        "a condition and a name",
        group(members=[{"expression": "true", "userRef": {"name": "a"}}]),
        "give exactly one of userRef, groupRef, userSelector and expression",
    ),
]


@pytest.mark.parametrize(("reason", "wanted", "sentence"), BAD, ids=[row[0] for row in BAD])
def test_it_is_refused_with_a_sentence(admission: Admission, reason: str, wanted: Manifest, sentence: str) -> None:
    assert_refused(admission, reason, wanted, sentence)
