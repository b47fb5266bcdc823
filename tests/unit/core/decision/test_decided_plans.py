"""What the plans carry that decisions end in: attributes, members, and what is remembered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scim_operator.api.config import ObjectRules, ProvisioningConfigSpec, Removal
from scim_operator.api.enums import MembershipPolicy
from scim_operator.core.attributes.diff import changes
from scim_operator.core.attributes.paths import CLEARED, parse
from scim_operator.core.decision.decision import decide, kept_back
from scim_operator.core.decision.facts import Facts, Match
from scim_operator.core.decision.removal import SOFT_DELETED, deleted_softly, overdue_deletion
from scim_operator.core.decision.stored import fingerprint
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.mapping.mapping import desired_attributes
from scim_operator.core.plan.membership import UNAPPROVED, Membership
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.record import record_of
from scim_operator.core.records.status import Reason, Reformatted, Verdict
from tests.support.deciding import ADA, DIFFERS, IN, INACTIVE, MANIFEST, THERE, Case, entry, facts_of, rules


def plan_of(**changed: Any) -> Plan:
    """The plan of a case that is ours and at the service."""
    case = Case("", None, Reason.PROVISIONED, **{"there": THERE, "owned": True, **changed})
    compiled = rules(**case.rules)
    return decide(facts_of(case, compiled), compiled)


def test_a_create_carries_what_is_mapped_and_remembers_it() -> None:
    plan = plan_of(there=None, owned=False)
    assert plan.document is not None
    assert plan.document["externalId"] == "identity/ada"
    assert set(plan.applied) >= {"userName", "active", "title", "externalId", 'emails[type eq "work"].value'}


def test_what_was_applied_and_is_absent_now_is_cleared() -> None:
    left = {name: value for name, value in MANIFEST.items() if name != "title"}
    plan = plan_of(manifest=left, entry=entry())
    assert [(str(change.path), change.new) for change in plan.changes] == [("title", CLEARED)]
    assert "title" not in plan.applied


def test_what_was_never_applied_is_left_alone() -> None:
    left = {name: value for name, value in MANIFEST.items() if name != "title"}
    assert plan_of(manifest=left, entry=entry(applied=("userName",))).changes == ()


def test_a_known_reformatting_is_no_difference_and_another_value_is() -> None:
    title = parse("title")
    (change,) = changes({title: "Analyst"}, {"title": "analyst!"})
    known = entry(reformatted=(Reformatted(*fingerprint(change)),))
    assert plan_of(there={**THERE, "title": "analyst!"}, entry=known).changes == ()
    assert plan_of(there={**THERE, "title": "Pirate"}, entry=known).verb is Verb.UPDATE
    assert plan_of(there={**THERE, "title": "analyst!"}, manifest={**MANIFEST, "title": "New"}, entry=known).changes


def test_a_disable_of_who_left_changes_nothing_but_active() -> None:
    plan = plan_of(there=DIFFERS, wanted=False)
    assert [str(change.path) for change in plan.changes] == ["active"]


def test_a_manifest_that_goes_without_our_finalizer_is_not_ours_to_end() -> None:
    case = Case("", None, Reason.RETAINED, THERE, owned=True, deleting=True)
    facts = facts_of(case, rules())
    plan = decide(replace(facts, record=replace(facts.record, finalizers=())), rules())
    assert (plan.verb, plan.verdict.reason) == (None, Reason.RETAINED)


def test_a_deletion_that_left_the_resource_is_remembered() -> None:
    plan = deleted_softly(Plan(ADA, Verdict(Reason.OUT_OF_SCOPE, ""), Verb.DELETE, id="1"))
    assert (plan.verb, plan.owned, plan.id, plan.verdict) == (None, True, "1", SOFT_DELETED)


def test_an_overdue_deletion_spares_who_was_enabled_again() -> None:
    plan = overdue_deletion(ADA, INACTIVE)
    assert plan is not None
    assert plan.verb is Verb.DELETE
    assert overdue_deletion(ADA, THERE) is None


GROUP = {"displayName": "Engineering"}


def group_plan(wanted: str, observed: str, **changed: Any) -> Plan:
    """The plan of a group that we own; a letter is a member."""
    metadata = {"namespace": "identity", "name": "e", "uid": "u", "generation": 1, "resourceVersion": "1"}
    record = record_of(Kind.GROUP, {"metadata": metadata, "spec": {**GROUP, "members": []}})
    compiled = rules(ResourceType.GROUP, **changed)
    there = {**GROUP, "id": "9", "externalId": "identity/e", "members": [{"value": each} for each in observed]}
    membership = Membership(record.membership_policy, frozenset(map(Member, wanted)), pending=("scimuser/late",))
    facts = Facts(
        record=record,
        entry=None,
        scope=IN,
        desired=desired_attributes(record.document, compiled.mappings, creating=False),
        match=Match(there, by="id", owned=True),
        membership=membership,
    )
    return decide(facts, compiled)


def test_members_alone_make_an_update() -> None:
    plan = group_plan("ab", "bc")
    assert (plan.verb, plan.changes) == (Verb.UPDATE, ())
    assert [member.id for member in plan.member_adds] == ["a"]
    assert [member.id for member in plan.member_removals] == ["c"]
    assert plan.tally.member_removals == 1


def test_pending_members_are_reported_and_block_nothing() -> None:
    plan = group_plan("ab", "ab")
    assert (plan.verb, plan.verdict.reason, plan.pending) == (None, Reason.PROVISIONED, ("scimuser/late",))
    assert "still to be provisioned: 1 member." in plan.verdict.message


def test_members_are_not_changed_when_update_is_off() -> None:
    plan = group_plan("ab", "bc", actions=["Create", "Delete"])
    assert (plan.verb, plan.member_adds, plan.member_removals) == (None, (), ())


def test_removal_rules_of_the_api_and_of_the_core_are_the_same() -> None:
    assert {each.value for each in Removal} == {"Disable", "Empty", "Delete", "Retain"}
    assert issubclass(ProvisioningConfigSpec.model_fields["users"].annotation, ObjectRules)  # type: ignore[arg-type]


LEFT_ALONE = [
    (False, Reason.SUSPENDED, "spec.suspend is true: nothing is sent for it."),
    (True, Reason.RETAINED, "Deleted while spec.suspend was true: the resource is left as it is."),
]


@pytest.mark.parametrize(("deleting", "reason", "message"), LEFT_ALONE)
def test_what_is_suspended_stays_as_it_is_and_says_so(deleting: bool, reason: Reason, message: str) -> None:
    plan = plan_of(there=DIFFERS, manifest={**MANIFEST, "suspend": True}, deleting=deleting)
    assert (plan.verb, plan.changes, plan.verdict) == (None, (), Verdict(reason, message))


def _group(**changed: Any) -> Facts:
    facts = facts_of(Case("", None, Reason.PROVISIONED, THERE, owned=True), rules())
    found = {**THERE, "members": [{"value": "1"}, {"value": "2"}]}
    return replace(facts, match=Match(found, owned=True), entry=entry(members=("1", "2")), **changed)


def test_who_should_leave_and_stays_is_named_with_the_reason_unless_that_is_an_approval() -> None:
    frozen = {Member("1"): "suspended", Member("2"): UNAPPROVED}
    staying = Membership(MembershipPolicy.EXCLUSIVE, frozenset(), frozen=frozen)
    assert kept_back(_group(membership=staying)) == ((Member("1"), "suspended"),)
    assert kept_back(_group(membership=None)) == ()
    assert kept_back(_group(membership=staying, desired=None)) == ()
    assert kept_back(replace(_group(membership=staying), match=Match(None))) == ()
