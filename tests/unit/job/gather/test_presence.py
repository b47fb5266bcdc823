"""Under which id each manifest is at the service as a member, and when its groups are to look at it again."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.decision.facts import Match
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.records.status import Reason
from tests.support.knowing import Known, group, key, user

ADA, BOB, TEAM = key("ada"), key("bob"), key("team", Kind.GROUP)
FOUND = Match({"id": "7"}, "userName", candidates=frozenset({"7"}))


def test_the_id_of_who_is_there() -> None:
    known = Known(user("ada"), user("bob", deleting=True), user("eve"))
    presence = known.knowledge.desired.presence
    assert [presence.id(key(name)) for name in ("ada", "bob", "eve", "no-one")] == ["", "", "", ""]
    for name, id in (("ada", "1"), ("bob", "2"), ("eve", "3")):
        known.owns(name, id)
    known.there("1")
    known.there("2")
    assert [presence.id(key(name)) for name in ("ada", "bob", "eve")] == ["1", "", ""]
    known.knowledge.index[ResourceType.USER].listed = False
    assert presence.id(key("eve")) == "3", "without a listing a recorded id is believed"


@pytest.mark.parametrize(
    ("reason", "belongs", "coming"),
    [
        (None, True, True),
        (Reason.PENDING, True, True),
        (Reason.RETRYING, True, True),
        (Reason.REJECTED, True, False),
        (Reason.CONFLICT, True, False),
        (Reason.NOT_CREATED, False, False),
        (Reason.ACTION_OFF, True, False),
        (Reason.SUSPENDED, True, False),
    ],
)
def test_who_is_to_come(reason: Reason | None, belongs: bool, coming: bool) -> None:
    known = Known(user("ada"), user("bob", deleting=True))
    presence = known.knowledge.desired.presence
    if reason is not None:
        known.owns("ada", "", reason=reason)
    assert (presence.may_come(ADA), presence.belongs(ADA), presence.is_coming(ADA)) == (True, belongs, coming)
    for gone in (BOB, key("no-one")):
        assert (presence.may_come(gone), presence.belongs(gone), presence.is_coming(gone)) == (False, False, False)


@pytest.mark.parametrize(
    ("match", "awaiting"),
    [
        (FOUND, "7"),
        (Match(), ""),
        (Match({"id": "7"}, "id", owned=True), ""),
        (Match({"id": "7"}, "userName", owner=BOB), ""),
        (Match({"id": "7"}, "userName", other="acme"), ""),
    ],
)
def test_what_is_to_be_taken_over(match: Match, awaiting: str) -> None:
    presence = Known(user("ada")).knowledge.desired.presence
    presence.note(ADA, FOUND)
    presence.note(ADA, match)
    assert presence.awaiting_adoption(ADA) == awaiting
    presence.forget(ADA)
    assert presence.awaiting_adoption(ADA) == ""


def moves(known: Known, key: Any = ADA) -> bool:
    return known.knowledge.desired.presence.has_moved(key)


def test_groups_look_again_when_someone_comes_leaves_or_changes_the_id() -> None:
    known = Known(user("ada"))
    assert (moves(known), moves(known)) == (True, False), "to come"
    known.owns("ada", "1")
    known.there("1")
    assert (moves(known), moves(known)) == (True, False), "there"
    known.owns("ada", "2")
    known.there("2")
    assert (moves(known), moves(known)) == (True, False), "another id"
    known.namespace.put(user("ada", generation=2, suspend=True))
    assert (moves(known), moves(known)) == (True, False), "suspended"
    known.namespace.put(user("ada", generation=3, deleting=True))
    assert (moves(known), moves(known)) == (True, False), "leaving"
    known.namespace.drop(ADA, "uid-of-ada")
    assert (moves(known), moves(known)) == (True, False), "gone: an account with the mark of the name is kept then"
    known.knowledge.desired.presence.forget(ADA)
    assert not moves(known)


def test_groups_look_again_when_a_manifest_comes_that_is_out_of_scope() -> None:
    known = Known(user("ada", notAfter="2020-01-01T00:00:00Z"))
    assert (moves(known), moves(known)) == (True, False), "whom they name and keep, while there is no manifest"


@pytest.mark.parametrize("reason", [Reason.REJECTED, Reason.NOT_CREATED])
def test_groups_look_again_when_someone_who_was_to_come_does_not(reason: Reason) -> None:
    known = Known(user("ada"))
    moves(known)
    known.owns("ada", "", reason=reason)
    assert (moves(known), moves(known)) == (True, False)
    known.owns("ada", "", reason=Reason.REJECTED if reason is Reason.NOT_CREATED else Reason.NOT_CREATED)
    assert moves(known), "one is to have a resource, the other is not"


def test_groups_look_again_at_whom_is_to_be_taken_over_while_wanted() -> None:
    known = Known(user("ada"))
    moves(known)
    known.knowledge.desired.presence.note(ADA, FOUND)
    assert (moves(known), moves(known)) == (True, False)
    known.namespace.put(user("ada", generation=2, deleting=True))
    assert (moves(known), moves(known)) == (True, False), "wanted no more"
    known.namespace.drop(ADA, "uid-of-ada")
    assert moves(known)


PROTECTED = {"protected": {"users": [{"userRef": {"name": "ada"}}]}}


def test_groups_keep_a_protected_user_who_is_to_leave_without_an_approval() -> None:
    known = Known(user("ada", deleting=True), user("bob", deleting=True), group("team", deleting=True), **PROTECTED)
    presence = known.knowledge.desired.presence
    assert presence.kept() == set(), "there is nothing of theirs yet"
    known.owns("ada", "1")
    known.owns("bob", "2")
    assert (presence.is_kept(ADA), presence.is_kept(BOB), presence.is_kept(TEAM)) == (True, False, False)
    assert presence.kept() == {ADA}
    known.owns("ada", "1", reason=Reason.DISABLED)
    assert presence.kept() == set(), "it is done"
    stays = Known(user("ada"), **PROTECTED)
    stays.owns("ada", "1")
    assert stays.knowledge.desired.presence.kept() == set()


def test_groups_look_again_when_it_cannot_be_known_any_more_whether_someone_belongs() -> None:
    known = Known(user("ada", title="9"), users={"expression": "int(user.title) > 5"})
    known.owns("ada", "1")
    known.there("1")
    presence = known.knowledge.desired.presence
    assert (moves(known), presence.is_undecided(ADA)) == (True, False)
    known.namespace.put(user("ada", title="no number", generation=2))
    assert (moves(known), presence.is_undecided(ADA), presence.is_undecided(BOB)) == (True, True, False)
    plain = Known(user("ada"))
    assert not plain.knowledge.desired.presence.is_undecided(ADA)
