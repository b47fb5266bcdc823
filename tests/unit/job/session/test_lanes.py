"""Which lane an object takes, and that groups wait for a sweep's users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from scim_operator.job.apply.lane import Lane
from scim_operator.job.session.lanes import Lanes
from tests.support.knowing import Known, group, key, user

if TYPE_CHECKING:
    from scim_operator.core.keys import ObjectKey

ADA, TEAM, CREW = key("ada"), key("team", Kind.GROUP), key("crew", Kind.GROUP)


class Bench:
    """Lanes over a queue that notes what comes, and how."""

    def __init__(self) -> None:
        records = (
            user("ada"),
            user("bob", deleting=True),
            user("eve", active=False),
            group("team"),
            group("past", deleting=True),
        )
        self.came: list[tuple[str, ObjectKey, Lane]] = []
        self.retries = self.cleared = 0
        self.known = Known(*records)
        self.lanes = Lanes(self.known.knowledge, self, self)  # type: ignore[arg-type] # what it needs of both

    def add(self, key: ObjectKey, lane: Lane) -> None:
        self.came.append(("at once", key, lane))

    def touch(self, key: ObjectKey, lane: Lane) -> None:
        self.came.append(("in a moment", key, lane))

    def clear(self) -> None:
        self.cleared += 1

    def retried(self) -> None:
        self.retries += 1


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (ADA, ("at once", Lane.EDIT)),
        (key("bob"), ("at once", Lane.DEPROVISION)),
        (key("eve"), ("at once", Lane.DEPROVISION)),
        (key("gone"), ("at once", Lane.DEPROVISION)),
        (TEAM, ("in a moment", Lane.EDIT)),
        (CREW, ("at once", Lane.DEPROVISION)),
    ],
)
def test_access_that_ends_goes_first_and_groups_wait_a_moment(changed: ObjectKey, expected: tuple[str, Lane]) -> None:
    bench = Bench()
    bench.lanes.changed([changed])
    assert bench.came == [(expected[0], changed, expected[1])]


@pytest.mark.parametrize(("active", "lane"), [(True, Lane.DEPROVISION), (False, Lane.EDIT)])
def test_who_has_no_access_any_more_waits_behind_who_has(active: bool, lane: Lane) -> None:
    bench = Bench()
    bench.known.there("id-of-bob", "bob", active=active)
    bench.known.owns("bob", "id-of-bob")
    bench.lanes.changed([key("bob")])
    assert bench.came == [("at once", key("bob"), lane)]


@pytest.mark.parametrize(("members", "lane"), [([{"value": "id-of-ada"}], Lane.DEPROVISION), ([], Lane.EDIT)])
def test_a_group_without_members_waits_behind_one_that_has_some(members: list[dict[str, str]], lane: Lane) -> None:
    bench = Bench()
    bench.known.there("id-of-past", "past", Kind.GROUP, members=members)
    bench.known.knowledge.index.shows_members = True
    bench.known.owns("past", "id-of-past", Kind.GROUP)
    bench.lanes.changed([key("past", Kind.GROUP)])
    assert bench.came == [("at once" if lane is Lane.DEPROVISION else "in a moment", key("past", Kind.GROUP), lane)]


def test_a_group_whose_members_the_service_does_not_show_may_have_some() -> None:
    bench = Bench()
    bench.known.there("id-of-past", "past", Kind.GROUP)
    bench.known.owns("past", "id-of-past", Kind.GROUP)
    bench.lanes.changed([key("past", Kind.GROUP)])
    assert bench.came == [("at once", key("past", Kind.GROUP), Lane.DEPROVISION)]


def test_each_cause_has_its_lane() -> None:
    bench = Bench()
    bench.lanes.judged([ADA, TEAM])
    bench.lanes.retry(TEAM)
    bench.lanes.woken(ADA)
    bench.lanes.woken(TEAM)
    bench.lanes.touch(TEAM, Lane.DRIFT)
    assert bench.came == [
        ("at once", ADA, Lane.DEPROVISION),
        ("at once", TEAM, Lane.DEPROVISION),
        ("at once", TEAM, Lane.RETRY),
        ("at once", ADA, Lane.EDIT),
        ("in a moment", TEAM, Lane.EDIT),
        ("in a moment", TEAM, Lane.DRIFT),
    ]
    assert bench.retries == 1


def test_groups_that_move_during_a_sweep_wait_for_its_users() -> None:
    bench = Bench()
    bench.lanes.groups_moved([TEAM])
    bench.lanes.postpone_groups()
    bench.lanes.groups_moved([TEAM])
    bench.lanes.groups_moved([TEAM])
    assert len(bench.came) == 1
    bench.lanes.resume_groups()
    assert bench.came == [("in a moment", TEAM, Lane.EDIT)] * 2
    bench.lanes.resume_groups()
    bench.lanes.groups_moved([TEAM])
    assert len(bench.came) == 3


def test_nothing_enters_once_it_is_closed() -> None:
    bench = Bench()
    bench.lanes.close()
    bench.lanes.changed([ADA, TEAM])
    bench.lanes.judged([ADA])
    bench.lanes.retry(ADA)
    assert (bench.came, bench.cleared) == ([], 1)
