"""Scope `Assigned`: who that is, as the groups stand."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.api.config import Assignment
from scim_operator.core.keys import Kind
from scim_operator.core.members.topology import Topology
from scim_operator.core.records.record import GroupMember, SelectedUsers, UserMember
from scim_operator.core.scope.assignment import Assigned, Assignments

USER = {"userRef": {"name": "ada"}}
GROUP = {"groupRef": {"name": "outer"}}
PROD = {"userSelector": {"matchLabels": {"tier": "prod"}}}


@pytest.fixture
def topology() -> Topology:
    """An outer group with bob in it, an inner one with those of tier prod."""
    made = Topology()
    made.put_user("carol", {"tier": "prod"})
    made.put_user("dan", {"tier": "test"})
    made.put_group("outer", [UserMember("bob"), GroupMember("inner")])
    made.put_group("inner", [SelectedUsers((("tier", "prod"),))])
    return made


# assignments, users, groups, why
TABLE: list[tuple[list[dict[str, Any]], set[str], set[str], str]] = [
    ([], set(), set(), "nobody is assigned: start small"),
    ([USER], {"ada"}, set(), "one user, whether or not a manifest exists"),
    ([GROUP], {"bob", "carol"}, {"outer", "inner"}, "a group, its members and its nested groups"),
    ([PROD], {"carol"}, set(), "those with the label"),
    ([USER, GROUP, PROD], {"ada", "bob", "carol"}, {"outer", "inner"}, "all together"),
    ([{"groupRef": {"name": "none"}}], set(), {"none"}, "a group that has no manifest yet"),
]


@pytest.mark.parametrize(("listed", "users", "groups", "why"), TABLE)
def test_who_is_assigned(
    topology: Topology, listed: list[dict[str, Any]], users: set[str], groups: set[str], why: str
) -> None:
    assigned = Assignments.of(Assignment.model_validate(each) for each in listed).resolve(topology)
    assert assigned == Assigned(frozenset(users), frozenset(groups)), why


def test_names_are_by_kind() -> None:
    assigned = Assigned(frozenset({"ada"}), frozenset({"outer"}))
    assert assigned.names(Kind.USER) == {"ada"}
    assert assigned.names(Kind.GROUP) == {"outer"}


LISTED = [USER, GROUP, PROD]
NAMED = [
    (Kind.USER, "ada", {}, ("userRef ada",)),
    (Kind.USER, "bob", {}, ("groupRef outer",)),
    (Kind.USER, "carol", {"tier": "prod"}, ("groupRef outer", "userSelector tier=prod")),
    (Kind.USER, "dan", {"tier": "test"}, ()),
    (Kind.GROUP, "outer", {}, ("groupRef outer",)),
    (Kind.GROUP, "inner", {"tier": "prod"}, ("groupRef outer",)),
    (Kind.GROUP, "ada", {}, ()),
]


@pytest.mark.parametrize(("kind", "name", "labels", "named"), NAMED)
def test_which_assignments_name_an_object(
    topology: Topology, kind: Kind, name: str, labels: dict[str, str], named: tuple[str, ...]
) -> None:
    assignments = Assignments.of(Assignment.model_validate(each) for each in LISTED)
    assert assignments.naming(kind, name, labels, topology) == named


ROLES = [
    {**USER, "roles": ["admin", "staff"]},
    {**GROUP, "roles": ["staff", "guest"]},
    {**PROD, "roles": ["prod"]},
    {"userRef": {"name": "eve"}},
]
GRANTED = [
    ("ada", {}, (), ("admin", "staff")),
    ("bob", {}, ("outer",), ("staff", "guest")),
    ("ada", {"tier": "prod"}, ("outer",), ("admin", "staff", "guest", "prod")),
    ("eve", {}, (), ()),
    ("dan", {"tier": "test"}, ("other",), ()),
]


@pytest.mark.parametrize(("user", "labels", "groups", "roles"), GRANTED)
def test_who_gets_which_roles(user: str, labels: dict[str, str], groups: tuple, roles: tuple) -> None:
    assert Assignments.of(Assignment.model_validate(each) for each in ROLES).roles(user, labels, groups) == roles
