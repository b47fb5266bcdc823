"""What renames a resource, and what of a plan waits because it does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scim_operator.core.approval.digest import digest_of
from scim_operator.core.approval.effects import effects_of
from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import CLEARED, MISSING, parse
from scim_operator.core.attributes.renaming import is_rename
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import Member, Plan, Tally
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict

MAILS = [{"type": "work", "value": "a@x.example", "primary": True}, {"type": "home", "value": "h@x.example"}]

# kind, path, old, new, whether it renames, why
CHANGES: list[tuple[Kind, str, Any, Any, bool, str]] = [
    (Kind.USER, "userName", "a", "b", True, "who signs in"),
    (Kind.USER, "USERNAME", "a", "b", True, "names have no case"),
    (Kind.USER, "userName", "a", CLEARED, True, "taken away"),
    (Kind.USER, "externalId", "1", "2", True, "whom the identity provider means"),
    (Kind.USER, "externalId", MISSING, "2", False, "a first value"),
    (Kind.USER, "displayName", "a", "b", False, "a user's displayName is decoration"),
    (Kind.USER, "title", "a", "b", False, "not what anyone is known by"),
    (Kind.USER, 'emails[type eq "work"].value', "a@x", "b@x", True, "mail goes elsewhere"),
    (Kind.USER, 'emails[type eq "work"].value', MISSING, "b@x", False, "a first address"),
    (Kind.USER, 'emails[type eq "work"].value', "a@x", CLEARED, True, "taken away"),
    (Kind.USER, 'emails[type eq "home"].primary', MISSING, True, True, "another one becomes the primary"),
    (Kind.USER, 'emails[type eq "work"].display', "a", "b", False, "decoration"),
    (Kind.USER, "emails", MAILS, [*MAILS, {"value": "new@x.example"}], False, "one more"),
    (Kind.USER, "emails", MAILS, MAILS[1:], True, "the primary one is gone"),
    (Kind.USER, "emails", MAILS, [{**MAILS[0], "primary": False}, {**MAILS[1], "primary": True}], True, "moved"),
    (Kind.USER, "emails", MAILS, CLEARED, True, "all taken away"),
    (Kind.USER, "emails", MISSING, MAILS, False, "first addresses"),
    (Kind.USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "a", "b", False, "no name"),
    (Kind.GROUP, "displayName", "a", "b", True, "what permissions are given to"),
    (Kind.GROUP, "externalId", "1", "2", True, "whom the identity provider means"),
    (Kind.GROUP, "description", "a", "b", False, "decoration"),
]


@pytest.mark.parametrize(("kind", "path", "old", "new", "renames", "why"), CHANGES)
def test_renames(kind: Kind, path: str, old: Any, new: Any, renames: bool, why: str) -> None:
    assert is_rename(kind, AttributeChange(parse(path), old, new)) is renames, why


ADA = ObjectKey(Kind.USER, "identity", "ada")
DONE = Verdict(Reason.PROVISIONED, ".")
TITLE = AttributeChange(parse("title"), "Old", "New")
NAME = AttributeChange(parse("userName"), "ada", "eve")
UPDATE = Plan(ADA, DONE, Verb.UPDATE, id="1", changes=(TITLE, NAME), owned=True, applied=("title",))
TAKEOVER = replace(UPDATE, adopts=True)
GROUP = Plan(ObjectKey(Kind.GROUP, "identity", "g"), DONE, Verb.DELETE, id="9", members=120)


def test_every_class_is_counted_apart() -> None:
    assert UPDATE.tally == Tally(user_renames=1)
    assert TAKEOVER.tally == Tally(adoptions=1)
    assert replace(TAKEOVER, verb=None, changes=()).tally == Tally(adoptions=1), "without a request too"
    assert GROUP.tally == Tally(group_deletes=1, member_removals=120), "its members lose it"
    assert replace(GROUP, key=ADA, members=0).tally == Tally(user_deletes=1)
    assert replace(GROUP, verb=Verb.UPDATE, member_removals=(Member("7"),)).tally == Tally(member_removals=1)


def test_of_a_held_rename_the_rest_goes_on() -> None:
    assert UPDATE.meanwhile.changes == (TITLE,)
    assert UPDATE.waiting.changes == (NAME,)
    assert digest_of((UPDATE.waiting,)) == digest_of((replace(UPDATE, changes=(NAME,)).waiting,)), "it does not move"


def test_of_a_held_adoption_nothing_goes_on_and_nothing_becomes_ours() -> None:
    still = TAKEOVER.meanwhile
    assert (still.verb, still.changes, still.owned, still.applied, still.adopts) == (None, (), False, (), False)
    assert TAKEOVER.waiting is TAKEOVER


def test_an_approved_adoption_releases_these_very_changes_of_it() -> None:
    marks = effects_of(TAKEOVER, everything=False)
    assert effects_of(UPDATE, everything=False) <= marks, "what is left once it is ours"
    assert not effects_of(replace(TAKEOVER, changes=(replace(TITLE, new="Other"),)), everything=False) <= marks
    assert digest_of((TAKEOVER,)) != digest_of((UPDATE,))
