"""The table of decisions, row by row: what is desired, what is at the service, whose it is, and what is done then."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from scim_operator.api.config import ObjectRules, ProvisioningConfigSpec, Removal
from scim_operator.core.decision import decide, fingerprint
from scim_operator.core.diff import changes
from scim_operator.core.facts import Facts, Match, Rules
from scim_operator.core.keys import Kind, ObjectKey, ResourceType
from scim_operator.core.mapping import desired_attributes
from scim_operator.core.membership import Membership
from scim_operator.core.paths import CLEARED, parse
from scim_operator.core.plan import Member, Plan, Verb
from scim_operator.core.record import FINALIZER, record_of
from scim_operator.core.removal import SOFT_DELETED, deleted_softly, overdue_deletion
from scim_operator.core.scope import ScopeDecision
from scim_operator.core.status import Reason, Reformatted, ServiceEntry, Verdict
from scim_operator.job.settings import settings_of

IN = ScopeDecision(in_scope=True, reason="", message="")
OUT = ScopeDecision(in_scope=False, reason="NotAssigned", message="Not assigned.")
ADA = ObjectKey(Kind.USER, "identity", "ada")
EVE = ObjectKey(Kind.USER, "identity", "eve")
MANIFEST = {
    "userName": "ada@x.example",
    "active": True,
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [{"type": "work", "value": "ada@x.example"}],
    "title": "Analyst",
}
THERE = {**MANIFEST, "id": "1", "externalId": "identity/ada"}


def rules(type: ResourceType = ResourceType.USER, **changed: Any) -> Rules:
    """The default rules of a config, with some changed."""
    service = {"url": "https://x.example", "auth": {"bearer": {"secretRef": {"name": "s", "key": "k"}}}}
    metadata = {"namespace": "identity", "name": "vmware", "uid": "u", "generation": 1}
    config = {"metadata": metadata, "spec": {"service": service, f"{type.value.lower()}s": changed}}
    return settings_of(config).rules[type]


@dataclass(frozen=True)
class Case:
    """One situation and what must be done in it."""

    why: str
    verb: Verb | None
    reason: Reason
    there: dict[str, Any] | None = None
    owned: bool = False
    wanted: bool = True
    manifest: dict[str, Any] = field(default_factory=lambda: MANIFEST)
    deleting: bool = False
    match: dict[str, Any] = field(default_factory=dict)
    entry: ServiceEntry | None = None
    rivals: tuple[ObjectKey, ...] = ()
    rules: dict[str, Any] = field(default_factory=dict)
    overdue: bool = False
    terminating: bool = False
    ours: bool = False
    """Whether the resource is ours afterwards."""


def facts_of(case: Case, compiled: Rules) -> Facts:
    """The facts of a case."""
    metadata: dict[str, Any] = {"namespace": "identity", "name": "ada", "uid": "u", "generation": 2}
    metadata |= {"resourceVersion": "1", "finalizers": [FINALIZER]}
    if case.deleting:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    record = record_of(Kind.USER, {"metadata": metadata, "spec": case.manifest})
    wanted = case.wanted and not case.deleting
    desired = desired_attributes(record.document, compiled.mappings, creating=case.there is None)
    return Facts(
        record=record,
        entry=case.entry,
        scope=IN if wanted else OUT,
        desired=desired if wanted else None,
        match=Match(case.there, by="userName", owned=case.owned, **case.match),
        rivals=case.rivals,
        overdue=case.overdue,
        terminating=case.terminating,
    )


def entry(reason: Reason = Reason.PROVISIONED, **changed: Any) -> ServiceEntry:
    """What we remember of ada."""
    return replace(
        ServiceEntry("vmware", Verdict(reason, "As before."), 1, id="1", applied=("userName", "title")), **changed
    )


DIFFERS = {**THERE, "title": "Pirate"}
INACTIVE = {**THERE, "active": False}
CASES = [
    Case("nothing there: create", Verb.CREATE, Reason.PROVISIONED, ours=True),
    Case(
        "an inactive user is not created to be inactive",
        None,
        Reason.NOT_CREATED,
        manifest={**MANIFEST, "active": False},
    ),
    Case("a required attribute is missing", None, Reason.INVALID_SPEC, manifest={**MANIFEST, "emails": []}),
    Case("equal and ours: nothing", None, Reason.PROVISIONED, THERE, owned=True, ours=True),
    Case("differs: update", Verb.UPDATE, Reason.PROVISIONED, DIFFERS, owned=True, ours=True),
    Case(
        "what is not mapped does not count",
        None,
        Reason.PROVISIONED,
        {**THERE, "locale": "de", "meta": {}},
        owned=True,
        ours=True,
    ),
    Case(
        "active false: a disable",
        Verb.DISABLE,
        Reason.PROVISIONED,
        THERE,
        owned=True,
        manifest={**MANIFEST, "active": False},
        ours=True,
    ),
    Case("inactive by hand: an update", Verb.UPDATE, Reason.PROVISIONED, INACTIVE, owned=True, ours=True),
    Case("present, not owned: adopt", Verb.UPDATE, Reason.PROVISIONED, DIFFERS, ours=True),
    Case("present and equal, not owned: adopt without a request", None, Reason.PROVISIONED, THERE, ours=True),
    Case("adoption never", None, Reason.NOT_OWNED, DIFFERS, rules={"adoption": "Never"}),
    Case("another manifest owns it", None, Reason.CONFLICT, DIFFERS, match={"owner": EVE}),
    Case("several match", None, Reason.AMBIGUOUS, match={"ambiguous": ("1", "2")}),
    Case("a rival claims the same, nothing there", None, Reason.CONFLICT, rivals=(EVE,)),
    Case("a rival claims the same, ours differs", None, Reason.CONFLICT, DIFFERS, owned=True, rivals=(EVE,), ours=True),
    Case(
        "a rival is no reason to keep what is not wanted",
        Verb.DISABLE,
        Reason.DISABLED,
        THERE,
        owned=True,
        wanted=False,
        rivals=(EVE,),
        ours=True,
    ),
    Case("out of scope: disable", Verb.DISABLE, Reason.DISABLED, THERE, owned=True, wanted=False, ours=True),
    Case("out of scope, disabled: nothing", None, Reason.DISABLED, INACTIVE, owned=True, wanted=False, ours=True),
    Case(
        "out of scope, deleted",
        Verb.DELETE,
        Reason.OUT_OF_SCOPE,
        THERE,
        owned=True,
        wanted=False,
        rules={"whenOutOfScope": "Delete"},
    ),
    Case(
        "out of scope, retained",
        None,
        Reason.RETAINED,
        THERE,
        owned=True,
        wanted=False,
        rules={"whenOutOfScope": "Retain"},
        ours=True,
    ),
    Case("out of scope and absent: nothing", None, Reason.OUT_OF_SCOPE, wanted=False),
    Case("out of scope and not ours: nothing", None, Reason.OUT_OF_SCOPE, THERE, wanted=False),
    Case("deleted: the other rule", Verb.DISABLE, Reason.DISABLED, THERE, owned=True, deleting=True, ours=True),
    Case(
        "deleted, with Delete",
        Verb.DELETE,
        Reason.OUT_OF_SCOPE,
        THERE,
        owned=True,
        deleting=True,
        rules={"whenDeleted": "Delete", "whenOutOfScope": "Retain"},
    ),
    Case(
        "disabled for long enough",
        Verb.DELETE,
        Reason.OUT_OF_SCOPE,
        INACTIVE,
        owned=True,
        wanted=False,
        overdue=True,
    ),
    Case(
        "deleted because the namespace is: retained",
        None,
        Reason.RETAINED,
        THERE,
        owned=True,
        deleting=True,
        terminating=True,
        rules={"whenDeleted": "Delete"},
        ours=True,
    ),
    Case(
        "the assignment went with the namespace: retained",
        None,
        Reason.RETAINED,
        THERE,
        owned=True,
        wanted=False,
        terminating=True,
        ours=True,
    ),
    Case(
        "disabled before the namespace went: no news",
        None,
        Reason.DISABLED,
        INACTIVE,
        owned=True,
        wanted=False,
        terminating=True,
        ours=True,
    ),
    Case(
        "active false while the namespace goes: somebody decided that",
        Verb.DISABLE,
        Reason.PROVISIONED,
        THERE,
        owned=True,
        manifest={**MANIFEST, "active": False},
        terminating=True,
        ours=True,
    ),
    Case(
        "edited while the namespace goes",
        Verb.UPDATE,
        Reason.PROVISIONED,
        DIFFERS,
        owned=True,
        terminating=True,
        ours=True,
    ),
    Case("Create is off", None, Reason.ACTION_OFF, rules={"actions": ["Update", "Delete"]}, ours=True),
    Case(
        "Update is off",
        None,
        Reason.ACTION_OFF,
        DIFFERS,
        owned=True,
        rules={"actions": ["Create", "Delete"]},
        ours=True,
    ),
    Case(
        "Update is off and nothing differs",
        None,
        Reason.PROVISIONED,
        THERE,
        owned=True,
        rules={"actions": ["Create"]},
        ours=True,
    ),
    Case(
        "Delete is off, and disables with it",
        None,
        Reason.ACTION_OFF,
        THERE,
        owned=True,
        manifest={**MANIFEST, "active": False},
        rules={"actions": ["Create", "Update"]},
        ours=True,
    ),
    Case(
        "Delete is off: who leaves is retained",
        None,
        Reason.RETAINED,
        THERE,
        owned=True,
        wanted=False,
        rules={"actions": ["Create", "Update"]},
        ours=True,
    ),
    Case(
        "left before, and hidden since: no news",
        None,
        Reason.DISABLED,
        wanted=False,
        entry=entry(Reason.DISABLED),
        ours=True,
    ),
    Case("held here, gone there, left now: nothing", None, Reason.OUT_OF_SCOPE, wanted=False, entry=entry()),
    Case(
        "deleted, and the service keeps it inactive",
        None,
        Reason.OUT_OF_SCOPE,
        INACTIVE,
        owned=True,
        wanted=False,
        rules={"whenOutOfScope": "Delete"},
        entry=entry(verdict=SOFT_DELETED),
        ours=True,
    ),
    Case(
        "deleted and kept, then enabled by hand: deleted again",
        Verb.DELETE,
        Reason.OUT_OF_SCOPE,
        THERE,
        owned=True,
        wanted=False,
        rules={"whenOutOfScope": "Delete"},
        entry=entry(verdict=SOFT_DELETED),
    ),
    Case(
        "another externalId is wanted than the service will ever take",
        None,
        Reason.IMMUTABLE,
        THERE,
        owned=True,
        manifest={**MANIFEST, "externalId": "4b6f"},
        ours=True,
    ),
    Case(
        "our own default gives way to the externalId that is there",
        None,
        Reason.PROVISIONED,
        {**THERE, "externalId": "foreign"},
        ours=True,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.why for case in CASES])
def test_the_table(case: Case) -> None:
    compiled = rules(**case.rules)
    plan = decide(facts_of(case, compiled), compiled)
    assert (plan.verb, plan.verdict.reason) == (case.verb, case.reason), case.why
    assert plan.owned is case.ours or case.reason is Reason.ACTION_OFF
    if plan.verb in (Verb.UPDATE, Verb.DISABLE, Verb.DELETE):
        assert plan.id == "1"


@pytest.mark.parametrize("case", CASES, ids=[case.why for case in CASES])
def test_no_message_tells_of_a_person(case: Case) -> None:
    compiled = rules(**case.rules)
    message = decide(facts_of(case, compiled), compiled).verdict.message
    assert message
    assert not any(value in message for value in ("ada@x.example", "Lovelace", "Analyst", "4b6f"))


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


def test_pending_members_are_told_and_block_nothing() -> None:
    plan = group_plan("ab", "ab")
    assert (plan.verb, plan.verdict.reason, plan.pending) == (None, Reason.PROVISIONED, ("scimuser/late",))
    assert "still to be provisioned: 1 member." in plan.verdict.message


def test_members_are_not_changed_when_update_is_off() -> None:
    plan = group_plan("ab", "bc", actions=["Create", "Delete"])
    assert (plan.verb, plan.member_adds, plan.member_removals) == (None, (), ())


def test_removal_rules_of_the_api_and_of_the_core_are_the_same() -> None:
    assert {each.value for each in Removal} == {"Disable", "Delete", "Retain"}
    assert issubclass(ProvisioningConfigSpec.model_fields["users"].annotation, ObjectRules)  # type: ignore[arg-type]
