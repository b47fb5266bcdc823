"""Access ends within a second while a sweep lists, plans and carries out, and no limit is passed by that."""

from __future__ import annotations

from scim_operator.core.keys import Kind
from tests.support.busy import TURN, Busy, delete, disable, lived, name
from tests.support.limiting import limits
from verify.manifests import user

SWEEP = 11.0
"""Seconds from the call for a sweep of these objects to its end, at most."""


def test_whoever_is_disabled_at_any_moment_of_a_sweep_is_so_within_a_second() -> None:
    async def story(world: Busy) -> None:
        asked: dict[str, float] = {}
        world.sweep()
        for number in range(int(SWEEP / 0.25)):
            asked[name(number)] = world.now
            (disable if number % 2 else delete)(world, number)
            await world.pass_time(0.25)
        await world.pass_time(30)
        assert asked.keys() == world.left.keys()
        late = {one: world.left[one] - asked[one] for one in asked}
        assert max(late.values()) < 1 + TURN, late

    lived(story, limits=limits(disables=50, deletes=50))


def test_a_mass_deletion_that_drips_in_during_a_sweep_passes_no_limit() -> None:
    async def story(world: Busy) -> None:
        world.sweep()
        for number in range(int(SWEEP / 0.25)):
            delete(world, number)
            await world.pass_time(0.25)
        await world.pass_time(30)
        assert len(world.left) <= 5
        assert world.held
        contents = world.shown()
        assert contents
        assert {digest: plans for digest, plans in contents.items() if len(plans) > 1} == {}

    lived(story, limits=limits(deletes=5, disables=5))


def test_whom_an_edit_of_the_config_would_disable_is_judged_with_all_of_them() -> None:
    """A touched manifest is none that ends access: what the config does by mistake waits as a whole."""

    async def story(world: Busy) -> None:
        world.configure(scope="Assigned")
        for number in range(int(SWEEP / 0.25)):
            world.apply(Kind.USER, name(number), user(name(number), title="Head"))
            await world.pass_time(0.25)
        await world.pass_time(30)
        assert world.left == {}
        assert world.held

    lived(story, limits=limits(disables=5))


def test_what_is_held_already_counts_beside_whoever_leaves_during_a_sweep() -> None:
    async def story(world: Busy) -> None:
        for number in range(8):
            delete(world, number)
        await world.pass_time(10)
        assert (world.left, world.held) == ({}, True)
        world.sweep()
        for number in range(100, 100 + int(SWEEP / 0.25)):
            disable(world, number)
            await world.pass_time(0.25)
        await world.pass_time(30)
        assert world.left == {}

    lived(story, limits=limits(deletes=5, disables=5))
