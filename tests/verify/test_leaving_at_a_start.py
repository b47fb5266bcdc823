"""Access ends within a second while a session begins, however long its first listing takes, and no limit is passed.

The cases in which it waits for the listing stand in ADR 0049.
"""

from __future__ import annotations

from scim_operator.core.keys import Kind
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS
from tests.support.beginning import BOUND, LISTED, PAGE, all_of_it, begun, restarted, waited
from tests.support.busy import Busy, delete, disable, name
from tests.support.limiting import limits
from verify.manifests import user
from verify.world import CONFIG, NAMESPACE, config_spec

ONE_AT_A_TIME = {**config_spec()["service"], "budget": {"requestsPerSecond": 50, "concurrency": 2}}
OTHERS = [
    {"attribute": "userName", "operator": "NOT EQUALS", "value": f"{name(number)}@corp.example"}
    for number in (10, 11, 12)
]
WITHOUT_THREE = {"externalId": "Generated", "filters": [{"title": "Not these", "clauses": OTHERS}]}


def test_who_left_before_the_start_has_no_access_a_second_after_it() -> None:
    async def story(world: Busy) -> None:
        first = await restarted(world, lambda: disable(world, 1), lambda: delete(world, 2))
        await waited(world, first)
        assert world.left.keys() == {name(1), name(2)}
        await all_of_it(world)
        assert name(2) not in world.manifests(Kind.USER)
        assert not world.held

    begun(story)


def test_whose_date_has_come_meanwhile_too() -> None:
    async def story(world: Busy) -> None:
        at = world.clock.now().isoformat()
        dated = user(name(1), title="Clerk", notAfter=at)
        first = await restarted(world, lambda: world.apply(Kind.USER, name(1), dated))
        await waited(world, first)
        assert world.left.keys() == {name(1)}

    begun(story)


async def no_one_waits(world: Busy, began: float) -> None:
    """People leave all the time of a listing that began then, and each has no access a moment later."""
    asked: dict[str, float] = {}
    number = 0
    while world.now < began + LISTED + 3:
        asked[name(number)] = world.now
        (disable if number % 2 else delete)(world, number)
        await world.pass_time(0.8)
        number += 1
    await all_of_it(world)
    assert asked.keys() == world.left.keys()
    late = {one: world.left[one] - asked[one] for one in asked}
    assert max(late.values()) < BOUND, late


def test_whoever_leaves_at_any_moment_of_the_first_listing_has_no_access_a_second_later() -> None:
    async def story(world: Busy) -> None:
        await no_one_waits(world, await restarted(world))

    begun(story, limits=limits(disables=50, deletes=50))


def test_whoever_leaves_while_an_edited_config_is_listed_and_planned_too() -> None:
    async def story(world: Busy) -> None:
        began = world.now
        world.configure(interval="2h")
        await no_one_waits(world, began)

    begun(story, limits=limits(disables=50, deletes=50))


def test_an_edit_of_the_config_during_the_listing_keeps_no_one_waiting() -> None:
    async def story(world: Busy) -> None:
        first = await restarted(world, lambda: disable(world, 1))
        await waited(world, first)
        for hours in range(2, 6):
            world.configure(interval=f"{hours}h")
            await world.pass_time(0.2)
            disable(world, hours)
            asked = world.now
            await world.pass_time(BOUND)
            assert world.left[name(hours)] < asked + BOUND
        assert world.now < first + PAGE
        await all_of_it(world)
        assert len(world.left) == 5

    begun(story)


def test_a_date_that_comes_during_the_listing_takes_effect_at_once() -> None:
    async def story(world: Busy) -> None:
        first = await restarted(world)
        at = world.clock.now().timestamp() + 4
        soon = world.now + 4
        when = world.clock.now().fromtimestamp(at, world.clock.now().tzinfo).isoformat()
        world.apply(Kind.USER, name(1), user(name(1), title="Clerk", notAfter=when))
        await world.pass_time(soon + BOUND - world.now)
        assert world.now < first + PAGE
        assert world.left.keys() == {name(1)}

    begun(story)


def test_what_else_is_due_of_a_leaver_follows_with_the_sweep() -> None:
    async def story(world: Busy) -> None:
        changed = user(name(1), title="Head", active=False)
        first = await restarted(world, lambda: world.apply(Kind.USER, name(1), changed))
        await waited(world, first)
        found = next(one for one in world.service.users.values() if one["userName"].startswith(name(1)))
        assert (found["active"], found["title"]) == (False, "Clerk")
        ready = world.manifests(Kind.USER)[name(1)]["status"]["conditions"]
        assert [(one["status"], one["reason"]) for one in ready if one["type"] == "Ready"] == [("False", "Pending")]
        await all_of_it(world)
        found = next(one for one in world.service.users.values() if one["userName"].startswith(name(1)))
        assert (found["active"], found["title"]) == (False, "Head")

    begun(story)


def test_more_leavers_than_the_limits_allow_are_held_as_a_whole() -> None:
    async def story(world: Busy) -> None:
        await restarted(world, *(lambda number=number: disable(world, number) for number in range(8)))
        await all_of_it(world)
        assert world.left == {}
        assert (world.held, world.plan["disables"]) == (True, 8)

    begun(story)


def test_so_are_those_who_leave_together_during_the_listing() -> None:
    async def story(world: Busy) -> None:
        first = await restarted(world)
        for number in range(8):
            disable(world, number)
        await waited(world, first)
        assert world.left == {}
        await all_of_it(world)
        assert world.left == {}
        assert (world.held, world.plan["disables"]) == (True, 8)

    begun(story)


def test_so_are_those_who_are_read_one_after_the_other() -> None:
    """What is judged at a time depends on how fast the service answers, and what a limit allows does not."""

    async def story(world: Busy) -> None:
        world.reads = 1.5
        first = await restarted(world, *(lambda number=number: disable(world, number) for number in range(12)))
        await waited(world, first)
        await all_of_it(world)
        assert world.left == {}
        assert (world.held, world.plan["disables"]) == (True, 12)

    begun(story, service=ONE_AT_A_TIME)


def test_a_backlog_that_fits_leaves_less_for_what_the_sweep_finds() -> None:
    async def story(world: Busy) -> None:
        acts = [lambda number=number: disable(world, number) for number in range(3)]
        first = await restarted(world, *acts, lambda: world.configure(users=WITHOUT_THREE))
        await waited(world, first)
        assert len(world.left) == 3
        await all_of_it(world)
        assert len(world.left) == 3
        assert (world.held, world.plan["disables"]) == (True, 3)

    begun(story)


def test_those_who_drip_in_pass_no_limit() -> None:
    async def story(world: Busy) -> None:
        first = await restarted(world)
        number = 0
        while world.now < first + LISTED:
            disable(world, number)
            await world.pass_time(0.9)
            number += 1
        await all_of_it(world)
        assert len(world.left) == 5
        assert world.held

    begun(story)


def test_a_mass_that_goes_at_once_and_one_beside_it_are_held_together() -> None:
    async def story(world: Busy) -> None:
        first = await restarted(world, *(lambda number=number: delete(world, number) for number in range(8)))
        await world.pass_time(2)
        disable(world, 20)
        await waited(world, first + 2)
        assert world.left == {}
        await all_of_it(world)
        assert (world.left, world.held) == ({}, True)

    begun(story)


def test_a_limit_that_is_spent_stays_so_over_the_start() -> None:
    async def story(world: Busy) -> None:
        for number in range(4):
            disable(world, number)
        await world.pass_time(10)
        assert len(world.left) == 4
        first = await restarted(world, lambda: disable(world, 4), lambda: disable(world, 5))
        await waited(world, first)
        assert len(world.left) == 4
        await all_of_it(world)
        assert (len(world.left), world.held) == (4, True)

    begun(story)


def test_a_share_is_of_what_the_last_sweep_left_and_not_of_what_a_new_process_has_looked_at() -> None:
    async def story(world: Busy) -> None:
        acts = [lambda number=number: disable(world, number) for number in range(6)]
        first = await restarted(world, *acts)
        await waited(world, first)
        assert len(world.left) == 6
        disable(world, 6)
        await all_of_it(world)
        assert (len(world.left), world.held) == (6, True)

    begun(story, limits={**limits(), "disables": {"percent": 10, "min": 0, "max": 1000}})


def test_a_group_that_goes_with_them_is_judged_with_the_listing() -> None:
    """Who deletes a directory deletes people and groups: none of it goes before all of it can be counted."""

    async def story(world: Busy) -> None:
        world.page = 0.0
        group = {"displayName": "staff", "members": [{"userRef": {"name": name(number)}} for number in range(20)]}
        world.apply(Kind.GROUP, "staff", group)
        await world.pass_time(30)
        world.page = PAGE
        first = await restarted(world, lambda: delete(world, 1), lambda: world.delete(Kind.GROUP, "staff"))
        await waited(world, first)
        assert world.left == {}
        await all_of_it(world)
        assert (world.left, world.held) == ({}, True)

    begun(story, limits=limits(disables=5, deletes=5, member_removals=5))


def test_a_ledger_that_is_gone_has_no_allowance() -> None:
    async def story(world: Busy) -> None:
        def forget() -> None:
            status = {**world.config["status"], "limits": None}
            world.server.patch(Target(CONFIGS, NAMESPACE, CONFIG, "status"), {"status": status})

        first = await restarted(world, lambda: disable(world, 1), forget)
        await waited(world, first)
        assert world.left == {}
        await all_of_it(world)
        assert (world.left, world.held) == ({}, True)

    begun(story)
