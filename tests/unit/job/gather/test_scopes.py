"""Who belongs at the service: by assignment, by date, by filter, and while that cannot be known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.records.status import Reason
from scim_operator.core.scope.reasons import DELETED, NO_LONGER, NOT_ASSIGNED, NOT_YET, SWITCHED_OFF
from scim_operator.core.wording import rfc3339
from tests.scim.virtual import EPOCH
from tests.support.knowing import Known, group, key, user

ASSIGNED = {"scope": "Assigned", "assignments": [{"userRef": {"name": "ada"}}, {"groupRef": {"name": "team"}}]}


def scope(known: Known, name: str, kind: Kind = Kind.USER) -> Any:
    return known.knowledge.desired.scopes.of(known.record(name, kind))


def names(known: Known) -> set[str]:
    records = known.namespace.all_records()
    return {record.key.name for record in records if known.knowledge.desired.scopes.of(record).in_scope}


def test_everyone_is_in_scope_except_who_is_being_deleted_or_switched_off() -> None:
    known = Known(user("ada"), user("bob", deleting=True), group("team"), groups={"enabled": False})
    assert names(known) == {"ada"}
    assert scope(known, "bob") == DELETED
    assert scope(known, "team", Kind.GROUP) == SWITCHED_OFF


def test_the_assigned_are_in_scope_and_the_members_of_an_assigned_group() -> None:
    known = Known(user("ada"), user("bob"), user("eve"), group("team", "bob"), group("crew"), **ASSIGNED)
    assert names(known) == {"ada", "bob", "team"}
    assert scope(known, "eve") == scope(known, "crew", Kind.GROUP) == NOT_ASSIGNED


def test_who_enters_and_leaves_an_assigned_group_is_named() -> None:
    known = Known(user("ada"), user("bob"), user("eve"), group("team", "bob"), group("crew", "eve"), **ASSIGNED)
    scopes, team = known.knowledge.desired.scopes, key("team", Kind.GROUP)
    assert scopes.reassign(team) == set(), "nothing was asked yet"
    assert names(known) == {"ada", "bob", "team"}
    known.namespace.put(group("team", "eve", generation=2))
    assert scopes.reassign(team) == {key("bob"), key("eve")}
    assert names(known) == {"ada", "eve", "team"}
    assert scopes.reassign(team) == set(), "nothing has moved since"
    assert Known(user("ada"), group("team")).knowledge.desired.scopes.reassign(team) == set(), "all are in scope"


def at(seconds: float) -> str:
    return rfc3339(EPOCH + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({"notBefore": at(10)}, NOT_YET),
        ({"notBefore": at(0)}, None),
        ({"notBefore": at(-10)}, None),
        ({"notAfter": at(10)}, None),
        ({"notAfter": at(-10)}, NO_LONGER),
        ({"notBefore": at(-20), "notAfter": at(-10)}, NO_LONGER),
    ],
)
@pytest.mark.parametrize("disabled", [False, True])
def test_dates(dates: dict[str, str], expected: Any, disabled: bool) -> None:
    known = Known(user("ada", **dates), users={"externalId": "Generated", "createDisabled": disabled})
    if disabled and expected is NOT_YET:
        expected = None  # created before it begins
    assert scope(known, "ada").in_scope is (expected is None)
    if expected is not None:
        assert scope(known, "ada") == expected


def test_a_filter_is_asked_once_for_each_revision() -> None:
    known = Known(user("ada", title="Lead"), user("bob"), users={"expression": "user.title == 'Lead'"})
    assert names(known) == {"ada"}
    known.namespace.put(user("bob", title="Lead", generation=2))
    known.namespace.put(user("ada", generation=2))
    assert names(known) == {"bob"}
    known.namespace.put(user("bob", uid="another", generation=2, version="9"))
    assert names(known) == set()
    assert scope(known, "bob").in_scope is scope(known, "ada").in_scope


def test_what_depends_on_groups_or_on_the_clock_is_asked_again() -> None:
    expression = "'team' in user.groups"
    known = Known(user("ada"), group("team"), users={"expression": expression.replace("user.groups", "groups")})
    scopes = known.knowledge.desired.scopes
    assert (scopes.reads_groups, known.knowledge.desired.reads_groups) == (True, True)
    assert "ada" not in names(known)
    known.namespace.put(group("team", "ada", generation=2))
    assert "ada" not in names(known), "as it was looked at"
    scopes.reconsider([key("ada")])
    assert "ada" in names(known)
    assert not Known(users={"expression": "user.title == 'x'"}).knowledge.desired.reads_groups
    assert not Known().knowledge.desired.reads_groups


UNDECIDED = {"users": {"expression": "int(user.title) > 5"}}


@pytest.mark.parametrize(
    ("title", "id", "there", "in_scope"),
    [
        ("9", "", {}, True),
        ("3", "1", {"active": True}, False),
        ("no number", "", {}, False),
        ("no number", "1", {"active": True}, True),
        ("no number", "1", {}, True),
        ("no number", "1", {"active": False}, False),
        ("no number", "2", {"active": True}, False),
    ],
)
def test_while_it_cannot_be_known_what_is_at_the_service_stays(
    title: str, id: str, there: dict[str, Any], in_scope: bool
) -> None:
    known = Known(user("ada", title=title), **UNDECIDED)
    known.there("1", "ada", **there)
    if id:
        known.owns("ada", id)
    found = scope(known, "ada")
    assert (found.in_scope, found.undecided) == (in_scope, title == "no number")


@pytest.mark.parametrize(
    ("id", "reason", "stays"),
    [("1", Reason.PROVISIONED, True), ("", Reason.PENDING, False), ("1", Reason.DISABLED, False)],
)
def test_while_a_groups_members_are_unknown_no_one_loses_access_for_that(id: str, reason: Reason, stays: bool) -> None:
    team = group("team", members=[{"expression": "int(user.title) > 5"}])
    known = Known(user("ada", title="no number"), team, scope="Assigned", assignments=[{"groupRef": {"name": "team"}}])
    known.owns("ada", id, reason=reason)
    assert scope(known, "ada").in_scope is stays


def test_when_a_groups_members_become_unknown_everyone_is_looked_at() -> None:
    team = key("team", Kind.GROUP)
    number = group("team", members=[{"expression": "int(user.title) > 5"}])
    known = Known(user("ada", title="9"), user("bob", title="1"), number, scope="Assigned", assignments=ASSIGNED_TEAM)
    assert names(known) == {"ada", "team"}
    known.namespace.put(user("bob", title="no number", generation=2))
    assert known.knowledge.desired.scopes.reassign(team) == {key("ada"), key("bob"), team}


ASSIGNED_TEAM = [{"groupRef": {"name": "team"}}]
