"""What a service made of a write: kept, stored in another form, left there instead of deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scim_operator.core.attributes.diff import AttributeChange, apart
from scim_operator.core.attributes.paths import CLEARED, parse
from scim_operator.core.decision.forms import formed_at, place
from scim_operator.core.decision.removal import deletes_overdue, instead_of_deletion, overdue_deletion
from scim_operator.core.decision.stored import immutable, is_kept, not_taken, reformatted, uncleared
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Reformatted, Verdict
from scim_operator.core.scope.reasons import DELETED, NO_LONGER, NOT_ASSIGNED, NOT_YET, SWITCHED_OFF
from scim_operator.core.seal import Seal
from tests.support.deciding import ADA, THERE, Case, entry, facts_of, rules

SEAL = Seal(b"k" * 32)
TEAM = ObjectKey(Kind.GROUP, "identity", "team")
NAME, TITLE, DISPLAY = parse("userName"), parse("title"), parse("displayName")


def plan(verb: Verb, *changes: AttributeChange, key: ObjectKey = ADA, **more: Any) -> Plan:
    return Plan(key, Verdict(Reason.PROVISIONED, ""), verb, id="1", changes=changes, **more)


RENAME = plan(Verb.UPDATE, AttributeChange(NAME, "old", "new"))
CLEARING = plan(Verb.UPDATE, AttributeChange(TITLE, "old", CLEARED))
RENAME_GROUP = plan(Verb.UPDATE, AttributeChange(DISPLAY, "old", "new"), key=TEAM)
KEPT = [
    (RENAME, AttributeChange(NAME, "old", "new"), True, "the old name is still there"),
    (RENAME, AttributeChange(NAME, "OLD", "new"), True, "userName has no case"),
    (RENAME, AttributeChange(NAME, "other", "new"), False, "another name is there"),
    (plan(Verb.UPDATE, AttributeChange(NAME, "n ew", "new")), AttributeChange(NAME, "n ew", "new"), False, "a form"),
    (plan(Verb.UPDATE, AttributeChange(TITLE, "a", "b")), AttributeChange(TITLE, "a", "b"), True, "any other value"),
    (plan(Verb.UPDATE, AttributeChange(TITLE, "", "b")), AttributeChange(TITLE, "", "b"), False, "there was none"),
    (RENAME_GROUP, AttributeChange(DISPLAY, "old", "new"), True, "a group's name"),
    (RENAME, AttributeChange(DISPLAY, "old", "new"), False, "a user's display name"),
    (CLEARING, AttributeChange(TITLE, "old", CLEARED), True, "not cleared"),
    (CLEARING, AttributeChange(TITLE, "other", CLEARED), False, "set to something else meanwhile"),
]


@pytest.mark.parametrize(("made", "change", "kept", "why"), KEPT, ids=[why for *_, why in KEPT])
def test_kept(made: Plan, change: AttributeChange, kept: bool, why: str) -> None:
    assert is_kept(made, change) is kept, why


def test_what_the_service_keeps_is_said_with_what_to_do() -> None:
    one, two = AttributeChange(NAME, "a", "b"), AttributeChange(TITLE, "a", CLEARED)
    fixed = (
        "The service keeps userName as first set, and has another value. Put the old value back, or delete the "
        "resource at the service to have it created again."
    )
    kept = (
        "The service answers success to a change of userName, and keeps the value that it has: it is sent less and "
        "less often. Change it there, or write the service's value into the manifest."
    )
    uncleared = (
        "The service does not clear title: it answers success and keeps the value; it is asked less and less often. "
        "Clear it there, or write the value into the manifest."
    )
    assert immutable([], [one]).message == fixed
    assert immutable([one]).message == kept
    assert immutable([two]).message == uncleared
    assert immutable([two, one], [one]).message == f"{fixed} {kept} {uncleared}"
    made = not_taken(plan(Verb.UPDATE, one, two, applied=("userName",)), ["title"])
    assert (made.verdict, made.applied) == (immutable([two]), ("userName", "title"))


def test_a_form_is_known_by_its_value_its_object_and_its_place() -> None:
    change = AttributeChange(TITLE, "ANALYST", "Analyst")
    sealed = reformatted(change, ADA, SEAL)
    assert sealed.path == "title"
    others = [
        reformatted(change, TEAM, SEAL),
        reformatted(change, ObjectKey(Kind.USER, "identity", "eve"), SEAL),
        reformatted(change, ObjectKey(Kind.USER, "other", "ada"), SEAL),
        reformatted(replace(change, new="Other"), ADA, SEAL),
        reformatted(change, ADA, Seal(b"x" * 32)),
    ]
    assert all(each.sent != sealed.sent for each in others)
    assert sealed.sent != sealed.got
    assert reformatted(change, ADA, SEAL, kept=True).kept
    assert not sealed.kept


def test_forms_of_another_resource_do_not_count() -> None:
    forms = (Reformatted("title", "1", "2"),)
    known = entry(reformatted=forms, members=("7",), formed=place(Kind.USER, "1", SEAL))
    assert formed_at(known, ADA, THERE, SEAL) is known
    for document, seal in (({**THERE, "id": "2"}, SEAL), (None, SEAL), (THERE, None)):
        found = formed_at(known, ADA, document, seal)
        assert found is not None
        assert (found.reformatted, found.members, found.formed, found.id) == ((), (), "", "1")
    assert formed_at(known, TEAM, THERE, SEAL) != known, "a group of the same id is another place"
    on_record = entry(reformatted=forms)
    assert formed_at(on_record, ADA, {**THERE, "id": "2"}, SEAL) is on_record
    assert formed_at(None, ADA, THERE, SEAL) is None


def test_where_a_deletion_leaves_the_resource_its_access_ends() -> None:
    user = instead_of_deletion(plan(Verb.DELETE), THERE)
    assert user is not None
    assert (user.verb, [(str(c.path), c.new) for c in user.changes]) == (Verb.DISABLE, [("active", False)])
    assert instead_of_deletion(plan(Verb.DELETE), {**THERE, "active": False}) is None
    there = {"id": "9", "members": [{"value": "2"}, {"value": "1"}]}
    group = instead_of_deletion(plan(Verb.DELETE, key=TEAM, members=2), there)
    assert group is not None
    assert (group.verb, group.members, group.member_removals) == (Verb.UPDATE, 0, (Member("1"), Member("2")))
    assert instead_of_deletion(plan(Verb.DELETE, key=TEAM), {"id": "9"}) is None


def test_an_overdue_deletion_is_of_that_resource() -> None:
    made = overdue_deletion(ADA, {**THERE, "active": False})
    assert made is not None
    assert (made.key, made.id, made.verb) == (ADA, "1", Verb.DELETE)
    assert overdue_deletion(ADA, THERE) is None


OVERDUE = [
    ({"deleteAfter": "24h"}, {}, True),
    ({"deleteAfter": "0s"}, {}, False),
    ({"deleteAfter": "24h", "whenDeleted": "Retain"}, {}, False),
    ({"deleteAfter": "24h", "actions": ["Create", "Update"]}, {}, False),
    ({"deleteAfter": "24h"}, {"enabled": False}, False),
    ({"deleteAfter": "24h"}, {"transfer_to": "west"}, False),
]


@pytest.mark.parametrize(("spec", "changed", "deletes"), OVERDUE)
def test_whether_those_who_stay_away_are_deleted(spec: dict, changed: dict, deletes: bool) -> None:
    assert deletes_overdue(replace(rules(**spec), **changed)) is deletes


def test_what_is_not_cleared_stays_ours_to_clear() -> None:
    change = AttributeChange(TITLE, "old", CLEARED)
    silent = entry(reformatted=(reformatted(change, ADA, None, kept=True),))
    facts = facts_of(Case("", None, Reason.PROVISIONED, THERE, owned=True, entry=silent), rules())
    assert uncleared(facts, [change, AttributeChange(NAME, "a", CLEARED)]) == [TITLE]
    spoken = entry(reformatted=(reformatted(change, ADA, None),))
    assert uncleared(replace(facts, entry=spoken), [change]) == []


def test_parts_of_one_element_stay_together_and_other_changes_do_not() -> None:
    work = [AttributeChange(parse(f'addresses[type eq "work"].{part}'), "a", "b") for part in ("country", "locality")]
    home = AttributeChange(parse('addresses[type eq "home"].country'), "a", "b")
    title = AttributeChange(TITLE, "a", "b")
    assert apart([work[0], title, home, work[1]]) == [tuple(work), (title,), (home,)]


REASONS = [
    (NOT_ASSIGNED, "NotAssigned", "Not assigned: no entry of spec.assignments names it."),
    (SWITCHED_OFF, "SwitchedOff", "The config provisions no objects of this kind."),
    (NOT_YET, "NotYet", "spec.notBefore is still to come."),
    (NO_LONGER, "NoLonger", "spec.notAfter has passed."),
    (DELETED, "Deleted", "The manifest was deleted."),
]


@pytest.mark.parametrize(("decision", "reason", "message"), REASONS, ids=[reason for _, reason, _ in REASONS])
def test_each_reason_to_be_out_of_scope_has_its_sentence(decision: Any, reason: str, message: str) -> None:
    assert (decision.in_scope, decision.undecided, decision.reason, decision.message) == (False, False, reason, message)
