"""The ways to send one change: which are tried after a refusal, and what is learned once one of them is taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import ACTIVE, MISSING, parse
from scim_operator.core.keys import Kind, ObjectKey, ResourceType
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.service.capabilities import MemberForm, MemberRemoval
from scim_operator.errors import PatchUnsupported, Rejected, ResourceGone, ScimOperatorError, Unauthorized, Unavailable
from scim_operator.job.apply.ways import DROPS, FAILURES, Way, Ways
from scim_operator.scim.lessons import Lessons
from scim_operator.scim.profiles import profile_named

USER, GROUP = ResourceType.USER, ResourceType.GROUP
ADA = Member("1")


class Bench:
    """The ways of a service that only learns."""

    def __init__(self, **insisted: Any) -> None:
        self.lessons = Lessons(profile_named("generic"), {"patch": None, **insisted})
        if "patch" not in insisted:
            self.lessons.learn("patch", True)
        self.ways = Ways(self.lessons)  # type: ignore[arg-type] # the part of a service that it needs

    def patched(self, type: ResourceType) -> bool:
        return self.lessons.capabilities.of(type).patch

    def tried(self, plan: Plan, error: ScimOperatorError, **changes: Any) -> list[Way]:
        return list(self.ways.after(way(**changes), plan, error))

    def work(self, plan: Plan, carried: Way, *refused: tuple[Way, ScimOperatorError]) -> None:
        self.ways.worked(plan, carried, refused)


def way(**changes: Any) -> Way:
    usual = {"patch": True, "removal": MemberRemoval.PATH_FILTER, "form": MemberForm.VALUE, "put_id": True}
    return Way(**{**usual, **changes})


def plan(kind: Kind = Kind.USER, verb: Verb = Verb.UPDATE, *titles: str, **more: Any) -> Plan:
    changes = tuple(AttributeChange(parse(title), MISSING, "x") for title in titles)
    return Plan(ObjectKey(kind, "identity", "a"), Verdict(Reason.PROVISIONED, ""), verb, "7", changes=changes, **more)


def refused(status: int = 400, scim_type: str = "") -> Rejected:
    return Rejected("No.", status=status, scim_type=scim_type)


TITLE, BOTH = plan(Kind.USER, Verb.UPDATE, "title"), plan(Kind.USER, Verb.UPDATE, "title", "nickName")
JOINS, LEAVES = plan(Kind.GROUP, member_adds=(ADA,)), plan(Kind.GROUP, member_removals=(ADA,))
MOVES = plan(Kind.GROUP, member_adds=(ADA,), member_removals=(Member("2"),))
ENDS = replace(plan(verb=Verb.DISABLE), changes=(AttributeChange(ACTIVE, True, False),))
PUT = way(patch=False)
REMOVALS, FORMS = [way(removal=each) for each in MemberRemoval], [way(form=each) for each in MemberForm]

AFTER = [
    (TITLE, refused(), {}, [PUT], "a refusal without a word may be about the method"),
    (TITLE, refused(501), {}, [PUT], "not implemented"),
    (TITLE, refused(405), {}, [PUT], "no such method"),
    (TITLE, PatchUnsupported("No."), {}, [PUT], "no PATCH"),
    (TITLE, refused(scim_type="invalidPath"), {}, [PUT], "a path, in any case of letters"),
    (TITLE, refused(scim_type="invalidValue"), {}, [], "a value is wrong in each method"),
    (TITLE, refused(scim_type="uniqueness"), {}, [], "nothing about the form"),
    (TITLE, refused(422), {}, [], "422 says that the form is right"),
    (TITLE, refused(409), {}, [], "a conflict is none of the form"),
    (TITLE, refused(), {"patch": False}, [way(patch=False, put_id=False), way()], "after PUT: without id, then PATCH"),
    (TITLE, refused(scim_type="mutability"), {"patch": False}, [way(patch=False, put_id=False)], "the id is read-only"),
    (LEAVES, refused(), {}, [*REMOVALS, PUT], "both removals, then PUT"),
    (LEAVES, refused(scim_type="invalidValue"), {}, [*REMOVALS, PUT], "the list of members is a value"),
    (LEAVES, refused(422), {}, [*REMOVALS, PUT], "who leaves, leaves in any way, whatever the refusal says"),
    (ENDS, refused(409), {}, [PUT], "so does who is disabled"),
    (ENDS, Unavailable("No.", status=500), {}, [PUT], "also where the service fails at it"),
    (MOVES, refused(422), {}, [], "who joins too is sent apart first"),
    (TITLE, Unauthorized("No.", status=403), {}, [], "it may be about this resource alone"),
    (ENDS, Unauthorized("No.", status=403), {}, [PUT], "which keeps no one active where PUT is let through"),
    (TITLE, ResourceGone("No."), {}, [PUT], "a router does not know the method"),
    (JOINS, refused(), {}, [*FORMS, PUT], "every form of a member, then PUT"),
    (JOINS, refused(scim_type="invalidValue"), {}, FORMS, "the form of a member is a value"),
    (JOINS, refused(scim_type="mutability"), {}, [], "members are what they are"),
]


@pytest.mark.parametrize(("change", "error", "now", "expected", "why"), AFTER, ids=[why for *_, why in AFTER])
def test_what_is_tried_after_a_refusal(
    change: Plan, error: ScimOperatorError, now: dict[str, Any], expected: list[Way], why: str
) -> None:
    assert Bench().tried(change, error, **now) == expected, why


@pytest.mark.parametrize(
    "error", [refused(422), refused(409), Unauthorized("No.", status=403), Unavailable("No.", status=500)]
)
def test_what_is_tried_whatever_a_refusal_says_teaches_nothing(error: ScimOperatorError) -> None:
    bench = Bench()
    for change in (LEAVES, ENDS):
        bench.work(change, PUT, (way(), error))
        assert bench.ways.first(change) == way()
    assert (bench.patched(USER), bench.patched(GROUP)) == (True, True)


def test_404_to_a_new_member_teaches_nothing_of_the_method() -> None:
    bench = Bench()
    bench.work(JOINS, PUT, (way(), ResourceGone("No.")))
    assert bench.patched(GROUP)
    bench.work(LEAVES, PUT, (way(), ResourceGone("No.")))
    assert not bench.patched(GROUP)


def test_what_fails_for_a_moment_is_tried_in_another_way_once_it_lasts() -> None:
    ways = Bench().ways
    assert [ways.keeps_failing(ENDS) for _ in range(FAILURES)] == [False] * (FAILURES - 1) + [True]
    ways.worked(ENDS, way(), ())
    assert not ways.keeps_failing(ENDS)


def test_a_creation_is_sent_in_another_form_alone() -> None:
    created = plan(Kind.GROUP, Verb.CREATE, member_adds=(ADA,), member_removals=(ADA,))
    assert Bench().tried(created, refused()) == FORMS
    assert Bench().tried(created, refused(), patch=False) == [way(patch=False, form=each) for each in MemberForm]


@pytest.mark.parametrize(
    ("insisted", "value", "change", "now"),
    [
        ("member_removal", "PathFilter", LEAVES, {}),
        ("member_form", "Value", JOINS, {}),
        ("put_id", True, TITLE, {"patch": False}),
    ],
)
def test_what_the_config_insists_on_is_not_tried_otherwise(
    insisted: str, value: object, change: Plan, now: dict[str, Any]
) -> None:
    free, bound = Bench().tried(change, refused(), **now), Bench(**{insisted: value}).tried(change, refused(), **now)
    assert bound
    assert set(bound) < set(free)


def test_a_config_that_insists_on_patch_has_it_by_no_other_method() -> None:
    bench = Bench(patch=True)
    assert bench.tried(TITLE, PatchUnsupported("No.")) == []
    for _ in range(DROPS):
        bench.ways.dropped(TITLE)
    bench.ways.lost(TITLE)
    assert bench.ways.first(TITLE) == way()


def test_a_method_that_is_not_there_is_learned_of_one_type() -> None:
    bench = Bench()
    bench.work(TITLE, PUT, (way(), PatchUnsupported("No.")))
    assert (bench.patched(USER), bench.patched(GROUP)) == (False, True)
    assert bench.ways.first(TITLE) == PUT


def test_a_method_that_has_worked_is_there() -> None:
    """What one resource refuses of it is that resource's trouble."""
    bench = Bench()
    bench.work(TITLE, way())
    bench.work(TITLE, PUT, (way(), PatchUnsupported("No.")))
    assert bench.patched(USER)


def test_a_creation_proves_nothing_of_patch() -> None:
    bench = Bench()
    bench.work(plan(verb=Verb.CREATE), way())
    bench.work(TITLE, PUT, (way(), PatchUnsupported("No.")))
    assert not bench.patched(USER)


def test_patch_that_works_where_put_does_not_is_preferred() -> None:
    bench = Bench()
    bench.lessons.learn("patch", False, USER)
    bench.work(TITLE, way(), (PUT, refused()))
    assert bench.patched(USER)


def test_one_attribute_that_goes_by_put_alone_is_learned() -> None:
    bench = Bench()
    bench.work(TITLE, PUT, (way(), refused()))
    assert bench.patched(USER), "the others are patched"
    assert bench.ways.first(TITLE) == bench.ways.first(BOTH) == PUT
    assert bench.ways.first(plan(Kind.USER, Verb.UPDATE, "nickName")) == way()
    assert bench.ways.first(plan(Kind.GROUP, Verb.UPDATE, "title")) == way()
    [quirk] = bench.ways.quirks
    assert "title" in repr(quirk)


def test_of_two_attributes_no_one_knows_which_it_was() -> None:
    bench = Bench()
    bench.work(BOTH, PUT, (way(), refused()))
    assert bench.ways.first(BOTH) == way()
    assert bench.ways.quirks == ()


def test_joining_and_leaving_are_two_topics_of_one_path() -> None:
    bench = Bench()
    bench.work(JOINS, PUT, (way(), refused()))
    assert (bench.ways.first(JOINS), bench.ways.first(LEAVES)) == (PUT, way())
    [quirk] = bench.ways.quirks
    assert "+members" not in repr(quirk)


def test_forms_that_were_taken_after_a_refusal_are_learned() -> None:
    bench = Bench()
    bench.work(LEAVES, way(removal=MemberRemoval.VALUE_LIST), (way(), refused()))
    bench.work(JOINS, way(form=MemberForm.NAMED), (way(), refused()))
    bench.work(TITLE, way(patch=False, put_id=False), (way(), refused()), (PUT, refused()))
    now = bench.lessons.capabilities
    assert (now.member_removal, now.member_form, now.put_id) == (MemberRemoval.VALUE_LIST, MemberForm.NAMED, False)


def test_what_works_at_once_teaches_nothing() -> None:
    bench = Bench()
    before = bench.lessons.capabilities
    for change in (TITLE, JOINS, LEAVES):
        bench.work(change, way())
    assert bench.lessons.capabilities == before


def test_a_removal_in_vain_is_tried_the_other_way_and_then_by_put() -> None:
    bench = Bench()
    assert bench.ways.in_vain(LEAVES)
    assert bench.ways.first(LEAVES) == way(removal=MemberRemoval.VALUE_LIST)
    assert bench.ways.in_vain(LEAVES)
    assert not bench.patched(GROUP)
    assert bench.patched(USER), "users have no members"


def test_what_put_does_not_do_either_is_not_the_fault_of_patch() -> None:
    bench = Bench()
    assert bench.ways.in_vain(JOINS)
    assert not bench.patched(GROUP)
    assert not bench.ways.in_vain(JOINS), "no way is left"
    assert bench.patched(GROUP)


def test_no_way_is_left_where_the_config_insists_on_all() -> None:
    assert not Bench(patch=True, member_removal="PathFilter").ways.in_vain(LEAVES)


def test_what_patch_drops_time_and_again_goes_by_put() -> None:
    bench = Bench()
    for _ in range(DROPS - 1):
        bench.ways.dropped(TITLE)
    assert bench.ways.first(TITLE) == way()
    bench.ways.dropped(TITLE)
    assert bench.ways.first(TITLE) == PUT
    bench.ways.kept(TITLE, PUT)
    assert (bench.patched(USER), bench.patched(GROUP)) == (False, True), "PUT kept it: so goes the type"


@pytest.mark.parametrize(("drops", "by"), [(DROPS, way()), (DROPS, None), (DROPS - 1, PUT)])
def test_patch_is_not_given_up_without_evidence(drops: int, by: Way | None) -> None:
    bench = Bench()
    for _ in range(drops):
        bench.ways.dropped(TITLE)
    bench.ways.kept(TITLE, by)
    assert bench.patched(USER)
    assert bench.ways.first(TITLE) == way(), "it counts from the beginning"


def test_a_loss_that_was_seen_is_enough() -> None:
    bench = Bench()
    bench.ways.lost(TITLE)
    assert (bench.patched(USER), bench.patched(GROUP)) == (False, True)
