"""Who leaves while a session begins, and waits for its first listing or for a person (ADR 0049)."""

from __future__ import annotations

from scim_operator.core.keys import Kind
from scim_operator.kube.client import Target
from scim_operator.kube.resources import NAMESPACES
from tests.support.beginning import PAGE, ROOM, all_of_it, begun, restarted, waited
from tests.support.busy import Busy, delete, disable, name
from tests.support.limiting import limits
from verify.history import Exchange
from verify.manifests import user
from verify.world import NAMESPACE

CLERK = {"attribute": "title", "operator": "EQUALS", "value": "Clerk"}


def test_a_held_plan_and_its_digest_do_not_move() -> None:
    async def story(world: Busy) -> None:
        for number in range(8):
            disable(world, number)
        await world.pass_time(10)
        digest = world.plan["digest"]
        assert world.held
        first = await restarted(world, lambda: delete(world, 20))
        await waited(world, first)
        assert (world.left, world.plan["digest"]) == ({}, digest)
        await all_of_it(world)
        assert world.left == {}
        assert {digest: plans for digest, plans in world.shown().items() if len(plans) > 1} == {}

    begun(story)


def test_a_held_plan_of_adoptions_and_its_leavers_do_not_move() -> None:
    async def story(world: Busy) -> None:
        for number in range(8):
            disable(world, number)
        await world.pass_time(10)
        assert world.held
        for number in range(4, 8):
            world.apply(Kind.USER, name(number), user(name(number), title="Clerk"))
        world.configure(limits=limits(disables=3, deletes=3))
        world.page = 0.0
        await world.pass_time(20)
        digest = world.plan["digest"]
        assert (world.held, world.left) == (True, {})
        world.page = PAGE
        world.configure(limits=ROOM, approvedPlan=digest)
        await all_of_it(world)
        assert len(world.left) == 4

    begun(story)


def test_an_approval_is_of_the_whole_plan_over_the_session_that_it_begins() -> None:
    async def story(world: Busy) -> None:
        for number in range(8):
            disable(world, number)
        await world.pass_time(10)
        world.configure(approvedPlan=world.plan["digest"])
        await all_of_it(world)
        assert len(world.left) == 8
        assert not world.held

    begun(story)


def test_a_protected_leaver_waits_for_an_approval() -> None:
    async def story(world: Busy) -> None:
        first = await restarted(world, lambda: disable(world, 1), lambda: disable(world, 2))
        await waited(world, first)
        assert world.left.keys() == {name(2)}
        await all_of_it(world)
        assert (world.left.keys(), world.held) == ({name(2)}, True)

    begun(story, protected={"users": [{"userRef": {"name": name(1)}}]})


def test_where_every_change_is_approved_no_one_goes_unasked() -> None:
    async def story(world: Busy) -> None:
        world.configure(approval={"policy": "Manual"})
        await all_of_it(world)
        await restarted(world, lambda: disable(world, 1))
        await all_of_it(world)
        assert (world.left, world.held) == ({}, True)

    begun(story)


def test_mode_plan_sends_nothing() -> None:
    async def story(world: Busy) -> None:
        await restarted(world, lambda: disable(world, 1), lambda: world.configure(mode="Plan"))
        await all_of_it(world)
        assert world.left == {}

    begun(story)


def test_a_suspended_config_and_a_suspended_manifest_send_nothing() -> None:
    async def story(world: Busy) -> None:
        still = user(name(1), title="Clerk", active=False, suspend=True)
        await restarted(world, lambda: world.apply(Kind.USER, name(1), still))
        await all_of_it(world)
        world.configure(suspend=True)
        disable(world, 2)
        await world.pass_time(60)
        assert world.left == {}

    begun(story)


def test_whom_only_an_edit_of_the_config_ends_waits_for_the_whole() -> None:
    async def story(world: Busy) -> None:
        first = await restarted(world, lambda: world.configure(scope="Assigned"))
        world.apply(Kind.USER, name(1), user(name(1), title="Head"))
        await waited(world, first)
        assert world.left == {}
        await all_of_it(world)
        assert (world.left, world.held) == ({}, True)

    begun(story)


def test_whose_label_takes_them_out_of_the_scope_waits_for_the_listing() -> None:
    async def story(world: Busy) -> None:
        first = await restarted(world)
        world.apply(Kind.USER, name(1), user(name(1), title="Guest"))
        await waited(world, first)
        assert world.left == {}
        await all_of_it(world)
        assert world.left.keys() == {name(1)}

    begun(story, users={"externalId": "Generated", "filters": [{"title": "Clerks", "clauses": [CLERK]}]})


def test_a_deletion_at_the_service_waits_for_the_listing() -> None:
    """Only a listing shows which groups cannot do without someone, and nothing brings an account back."""

    async def story(world: Busy) -> None:
        first = await restarted(world, lambda: delete(world, 1))
        await waited(world, first)
        assert world.left == {}
        await all_of_it(world)
        assert world.left.keys() == {name(1)}

    begun(story, users={"externalId": "Generated", "whenDeleted": "Delete"})


def test_a_namespace_that_goes_takes_no_ones_access() -> None:
    async def story(world: Busy) -> None:
        def go() -> None:
            target = Target(NAMESPACES, None, NAMESPACE)
            world.server.apply(target, {}, finalizers=["kubernetes"])
            world.server.delete(target)

        first = await restarted(world, go, lambda: delete(world, 1), lambda: delete(world, 2))
        await waited(world, first)
        assert world.left == {}

    begun(story)


def test_reads_and_disables_of_leavers_go_before_the_pages_that_wait() -> None:
    async def story(world: Busy) -> None:
        first = await restarted(world, lambda: disable(world, 1))
        await waited(world, first)
        sent = [each for each in world.history.entries if isinstance(each, Exchange) and each.to_service]
        leaver = [each.method for each in sent if each.sent >= first and each.id == world.id_of(1)]
        assert leaver[:2] == ["GET", "PATCH"]

    begun(story)


def test_who_cannot_be_read_waits_for_the_listing() -> None:
    async def story(world: Busy) -> None:
        world.service.faults.add(f"status=500;method=GET;path=/Users/{world.id_of(1)}")
        first = await restarted(world, lambda: disable(world, 1))
        await waited(world, first)
        assert world.left == {}
        await all_of_it(world)
        assert world.left.keys() == {name(1)}

    begun(story)
