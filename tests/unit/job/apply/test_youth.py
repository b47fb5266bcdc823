"""How long a refusal, or a 404, may mean that the service does not know yet what was created a moment ago."""

from __future__ import annotations

import pytest

from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.errors import NotYetKnown, Rejected, ScimOperatorError, Unavailable, WrongService, WrongServiceReason
from scim_operator.job.apply.youth import Youth
from tests.support.knowing import Known, key

REFUSED = Rejected("No such member.", status=400)


class Bench:
    """A service with the users 1 to 9, who are not young."""

    def __init__(self) -> None:
        self.known = Known()
        for number in range(1, 10):
            self.known.there(str(number), f"user{number}")
        self.youth = Youth(self.known.clock.now, self.known.knowledge.index)

    def born(self, *ids: str, ago: float = 0.0) -> None:
        for id in ids:
            self.youth.born(id)
        self.known.clock.advance(ago)

    def excused(self, *ids: str, error: ScimOperatorError = REFUSED) -> ScimOperatorError:
        members = tuple(Member(id, ResourceType.USER, f"ScimUser user{id}") for id in ids)
        plan = Plan(key("team", Kind.GROUP), Verdict(Reason.PROVISIONED, ""), Verb.UPDATE, "g", member_adds=members)
        return self.youth.excuse(plan, error)


@pytest.mark.parametrize(("ago", "excused"), [(0, True), (299, True), (300, False)])
def test_a_member_is_young_for_five_minutes(ago: float, excused: bool) -> None:
    bench = Bench()
    bench.born("1", ago=ago)
    found = bench.excused("1")
    assert isinstance(found, NotYetKnown) is excused
    if excused:
        assert str(found) == (
            "The service may not know ScimUser user1 yet, created a moment ago: it is tried again. No such member."
        )


def test_five_are_named_and_the_rest_are_counted() -> None:
    bench = Bench()
    bench.born(*"7654321")
    assert "know ScimUser user1, ScimUser user2, ScimUser user3, ScimUser user4, ScimUser user5 yet" in str(
        bench.excused(*"54321")
    )
    assert "ScimUser user5 and 1 other yet" in str(bench.excused(*"654321"))
    assert "ScimUser user5 and 2 others yet" in str(bench.excused(*"7654321"))


def test_no_one_who_is_old_inactive_or_seen_since_excuses_anything() -> None:
    bench = Bench()
    assert bench.excused("1") is REFUSED
    bench.born("2", "3", "4")
    bench.known.there("2", "user2", active=False)
    bench.youth.seen("3")
    bench.youth.seen("9")
    assert bench.excused("1", "2", "3") is REFUSED
    assert isinstance(bench.excused("4"), NotYetKnown)


WRONG_URL, NOT_SCIM = WrongServiceReason.WRONG_URL, WrongServiceReason.NOT_SCIM


@pytest.mark.parametrize(
    ("error", "excused"),
    [
        *((Rejected("No.", status=status), True) for status in (400, 404, 409, 410, 422)),
        *((Rejected("No.", status=status), False) for status in (200, 403, 405, 501)),
        (WrongService("No.", reason=WRONG_URL), True),
        (WrongService("No.", reason=NOT_SCIM), False),
        (Unavailable("No."), False),
    ],
)
def test_only_refusals_of_a_member_are_excused(error: ScimOperatorError, excused: bool) -> None:
    bench = Bench()
    bench.born("1")
    assert (bench.excused("1", error=error) is not error) is excused


@pytest.mark.parametrize(("ago", "believed"), [(0, False), (59, False), (60, True)])
def test_an_unknown_id_is_believed_to_be_gone_after_a_minute(ago: float, believed: bool) -> None:
    bench = Bench()
    bench.born("1", ago=ago)
    bench.youth.believe_gone("2")
    if believed:
        bench.youth.believe_gone("1")
    else:
        with pytest.raises(NotYetKnown, match="created a moment ago, and may still have it: it is tried again"):
            bench.youth.believe_gone("1")


def test_who_is_born_again_is_young_again() -> None:
    bench = Bench()
    bench.born("1", ago=200)
    bench.born("2")
    bench.born("1", ago=200)
    assert isinstance(bench.excused("1"), NotYetKnown)
    bench.born("3", ago=150)
    assert bench.excused("1") is REFUSED, "created 350 s ago"
    assert isinstance(bench.excused("3"), NotYetKnown)
