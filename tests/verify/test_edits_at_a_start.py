"""What is edited takes effect within a second while a session begins, however long its first listing takes.

What waits for the listing stands in ADR 0054.
"""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.resource import ENTERPRISE_USER
from scim_operator.job.session.edits import FEW, LARGE
from tests.support.beginning import BOUND, LISTED, PAGE, all_of_it, begun, restarted, waited
from tests.support.beginning import FEW as PEOPLE
from tests.support.busy import Busy, lived, name
from verify.history import Exchange
from verify.manifests import user

TEAM = "team"
USERS = {"externalId": "Generated", "mappings": [{"target": f"{ENTERPRISE_USER}:manager", "source": "manager"}]}


def edit(world: Busy, number: int, **more: Any) -> None:
    world.apply(Kind.USER, name(number), user(name(number), **{"title": "Head", **more}))


def team(world: Busy, *numbers: int, **spec: Any) -> None:
    members = [{"userRef": {"name": name(number)}} for number in numbers]
    world.apply(Kind.GROUP, TEAM, {"displayName": "Team", "members": members, **spec})


def titles(world: Busy) -> dict[str, str]:
    """Whose title is another one at the service, and which."""
    found = {one["userName"].split("@")[0]: one.get("title", "") for one in world.service.users.values()}
    return {who: title for who, title in found.items() if title != "Clerk"}


def in_team(world: Busy) -> set[str]:
    [found] = world.service.groups.values()
    names = {id: one["userName"].split("@")[0] for id, one in world.service.users.items()}
    return {names[one["value"]] for one in found.get("members", [])}


def requests(world: Busy, since: float) -> list[str]:
    """The changing requests to the service since then."""
    sent = (each for each in world.history.entries if isinstance(each, Exchange) and each.to_service)
    return [f"{each.method} {each.path}" for each in sent if each.sent >= since and each.method != "GET"]


async def with_a_team(world: Busy, *numbers: int, **spec: Any) -> None:
    """Provision a group before the lists get slow."""
    world.page = 0.0
    team(world, *numbers, **spec)
    await world.pass_time(10)
    assert in_team(world) == {name(number) for number in numbers}
    world.page = PAGE


def test_who_was_edited_before_the_start_is_changed_a_second_after_it() -> None:
    async def story(world: Busy) -> None:
        first = await restarted(world, lambda: edit(world, 1))
        await waited(world, first)
        assert titles(world) == {name(1): "Head"}
        sent = world.now
        await all_of_it(world)
        assert requests(world, sent) == [], "the sweep finds nothing left to do"

    begun(story)


def test_whoever_is_edited_during_the_listing_is_changed_a_second_later() -> None:
    async def story(world: Busy) -> None:
        first = await restarted(world)
        for number in range(5):
            edit(world, number)
            await world.pass_time(BOUND)
            assert name(number) in titles(world)
        assert world.now < first + LISTED

    begun(story)


def test_an_edit_of_the_config_keeps_no_edit_waiting() -> None:
    async def story(world: Busy) -> None:
        world.configure(interval="2h")
        await world.pass_time(1)
        edit(world, 1)
        await world.pass_time(BOUND)
        assert titles(world) == {name(1): "Head"}

    begun(story)


def test_whoever_joins_a_group_is_in_it_a_second_later() -> None:
    async def story(world: Busy) -> None:
        await with_a_team(world, 1)
        first = await restarted(world, lambda: team(world, 1, 2))
        await waited(world, first)
        assert in_team(world) == {name(1), name(2)}
        team(world, 1, 2, 3)
        await world.pass_time(2 * BOUND)  # a group waits a moment for company
        assert in_team(world) == {name(1), name(2), name(3)}
        assert world.now < first + LISTED

    begun(story)


def test_who_joined_before_the_listing_is_on_record_whatever_becomes_of_the_rest() -> None:
    """Else whom the group was given counts as a guest once it is Additive again; found by a review."""

    async def story(world: Busy) -> None:
        await with_a_team(world, 1, membershipPolicy="Additive")
        spec = {"displayName": "Team 2", "membershipPolicy": "Exclusive"}
        first = await restarted(world, lambda: team(world, 1, 2, **spec))
        await waited(world, first)
        assert in_team(world) == {name(1), name(2)}
        for method in ("PATCH", "PUT"):
            world.service.faults.add(f"status=400;method={method};path=/Groups")
        await all_of_it(world)
        team(world, 1, displayName="Team 2", membershipPolicy="Additive")
        await world.pass_time(5)
        world.service.faults.clear()
        team(world, 1, membershipPolicy="Additive")
        await world.pass_time(300)
        assert in_team(world) == {name(1)}

    begun(story)


def _renamed(world: Busy) -> None:
    edit(world, 1, title="Clerk", userName="other@corp.example")


def _cleared(world: Busy) -> None:
    spec = user(name(1))
    world.apply(Kind.USER, name(1), spec)


def _moved_mail(world: Busy) -> None:
    edit(world, 1, title="Clerk", emails=[{"type": "work", "value": "other@corp.example", "primary": True}])


def _reporting(world: Busy) -> None:
    edit(world, 1, title="Clerk", manager={"userRef": {"name": name(2)}})


def _new(world: Busy) -> None:
    edit(world, PEOPLE + 1)


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(_renamed, id="a rename: who has the name, a listing shows"),
        pytest.param(_moved_mail, id="the address that mail goes to"),
        pytest.param(_reporting, id="a reference to another object"),
        pytest.param(_cleared, id="a value that is taken away"),
        pytest.param(_new, id="a user who is to be created: a listing shows who is there already"),
    ],
)
def test_what_identifies_someone_waits_for_the_listing(act: Any) -> None:
    async def story(world: Busy) -> None:
        first = await restarted(world, lambda: act(world))
        await world.pass_time(first + PAGE - world.now)
        assert requests(world, first) == []
        await all_of_it(world)
        assert requests(world, first) != []

    begun(story, users=USERS)


def test_who_leaves_a_group_waits_and_so_does_who_joins_it_with_the_same_edit() -> None:
    async def story(world: Busy) -> None:
        await with_a_team(world, 1, 2)
        first = await restarted(world, lambda: team(world, 2, 3))
        await world.pass_time(first + PAGE - world.now)
        assert in_team(world) == {name(1), name(2)}
        await all_of_it(world)
        assert in_team(world) == {name(2), name(3)}

    begun(story)


def test_with_manual_approval_nothing_is_sent() -> None:
    async def story(world: Busy) -> None:
        world.configure(approval={"policy": "Manual"})
        first = await restarted(world, lambda: edit(world, 1))
        await world.pass_time(first + PAGE - world.now)
        assert titles(world) == {}
        await all_of_it(world)
        assert world.held

    begun(story)


def test_very_many_edits_are_left_to_the_listing() -> None:
    """Each would cost a read, and the listing reads a hundred at once."""

    async def story(world: Busy) -> None:
        def all_of_them() -> None:
            for number in range(FEW + 1):
                edit(world, number)

        world.page = PAGE
        first = await restarted(world, all_of_them)
        await world.pass_time(first + PAGE - world.now)
        assert titles(world) == {}
        world.page = 0.0
        await all_of_it(world)
        assert len(titles(world)) == FEW + 1

    lived(story, FEW + 1, 0.0)


def test_a_very_large_group_is_left_to_the_listing() -> None:
    async def story(world: Busy) -> None:
        numbers = range(LARGE + 1)
        await with_a_team(world, *numbers[:-1])
        first = await restarted(world, lambda: team(world, *numbers))
        await world.pass_time(first + PAGE - world.now)
        assert len(in_team(world)) == LARGE
        world.page = 0.0
        await all_of_it(world)
        assert len(in_team(world)) == LARGE + 1

    lived(story, LARGE + 1, 0.0)
