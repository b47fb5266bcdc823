"""Honest lives, in which the checks of the promises find nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from scim_operator.errors import Throttled, Unavailable
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS, GROUPS, USERS
from tests.support.rogue import ANNA, FAR, PATCH_OP, PEOPLE, TEAM, WIDE, Rogue, ready, removal, team
from verify.fates import Fate, View
from verify.manifests import user
from verify.promises.finalizer import FINALIZER
from verify.virtual import run
from verify.world import CONFIG, NAMESPACE

if TYPE_CHECKING:
    from verify.history import Exchange
    from verify.promises.violation import Violation
    from verify.world import World


def test_parts_fail_alone() -> None:
    """While /Groups is away for good, users converge all the same, and nothing is said about groups."""

    async def live() -> list[Violation]:
        rogue = Rogue()
        rogue.world.service.faults.add("status=503;path=/Groups")
        for name in PEOPLE:
            rogue.world.apply(Kind.USER, name, user(name))
        rogue.world.apply(Kind.GROUP, "team", team("anna", "ben"))
        rogue.world.start()
        await rogue.world.pass_time(4 * 3600)
        rogue.world.apply(Kind.USER, "carla", user("carla", active=False))
        await rogue.world.pass_time(FAR)
        assert rogue.world.service.users[rogue.id("carla")]["active"] is False
        found = rogue.checker.check_rest(down=("scimgroups",))
        await rogue.world.end()
        return [one for one in found if "last two sweeps" not in one.sentence]

    assert run(live()) == []


@pytest.mark.parametrize("seed", range(4))
def test_an_honest_life_breaks_nothing(seed: int) -> None:
    """People come, change and leave while requests, answers and views are lost, and the operator is killed."""

    async def live() -> list[Violation]:
        rogue = Rogue(seed, limits=WIDE)
        world = rogue.world
        await rogue.begin()
        world.weather.service = {Fate.ANSWER_LOST: 0.1, Fate.ERROR: 0.1, Fate.THROTTLED: 0.05}
        world.weather.api = {Fate.CONFLICT: 0.1, Fate.ANSWER_LOST: 0.1}
        world.weather.views = {View.LATE: 0.1, View.DUPLICATED: 0.1, View.EXPIRED: 0.1}
        for step in range(20):
            await world.pass_time(world.random.choice((0.0, 0.1, 2.0, 100.0)))
            await _edit(world, step)
        world.weather.clear()
        await world.rest()
        found = rogue.checker.check_rest()
        await world.end()
        return found

    assert [str(one) for one in run(live())] == []


async def _edit(world: World, step: int) -> None:
    name = world.random.choice(PEOPLE)
    deed = world.random.randrange(6)
    if deed < 2:
        spec = user(name, title=world.random.choice(("Dr.", "")), active=world.random.random() < 0.7)
        world.apply(Kind.USER, name, spec)
    elif deed < 4:
        world.apply(Kind.GROUP, "team", team(*world.random.sample(PEOPLE, world.random.randrange(4))))
    elif deed == 4:
        world.delete(Kind.USER, name)
    else:
        await world.kill()
        world.start()
    world.note(f"step {step}: {deed} {name}")


def test_a_config_may_be_ready_while_the_api_server_refuses_the_status_of_an_object() -> None:
    """The operator knows better than what a status says, and says so as soon as it is let."""

    async def live() -> list[Violation]:
        rogue = Rogue()
        await rogue.begin()
        await rogue.alone()
        await rogue.status(ANNA, ready(1, rogue.id("anna"), "Retrying", "False"))
        await rogue.world.pass_time(2 * FAR)
        rogue.world.weather.api = {Fate.THROTTLED: 1.0}
        with pytest.raises(Throttled):
            await rogue.status(ANNA, ready(1, rogue.id("anna")))
        rogue.world.weather.clear()
        await rogue.status(Target(CONFIGS, NAMESPACE, CONFIG), ready(1, ""))
        await rogue.world.end()
        return rogue.broken("S6")

    assert run(live()) == []


@pytest.mark.parametrize(("finalizers", "broken"), [([], 0), (["example.com/other"], 0), ([FINALIZER], 1)])
def test_a_config_may_be_ready_while_the_api_server_keeps_the_finalizer(finalizers: list[str], broken: int) -> None:
    """Who takes it off is done with the manifest, which is no manifest any more (guarded campaign 71000)."""

    async def live() -> list[Violation]:
        rogue = Rogue()
        await rogue.begin()
        await rogue.alone()
        for kind in (USERS, GROUPS):
            await rogue.api.page(Target(kind, NAMESPACE), limit=500)
        await rogue.status(ANNA, ready(1, rogue.id("anna"), "Held", "False"))
        rogue.world.delete(Kind.USER, "anna")
        await rogue.world.pass_time(2 * FAR)
        rogue.world.weather.api = {Fate.ERROR: 1.0}
        with pytest.raises(Unavailable):
            await rogue.api.patch(ANNA, {"metadata": {"finalizers": finalizers}})
        rogue.world.weather.clear()
        await rogue.status(Target(CONFIGS, NAMESPACE, CONFIG), ready(1, ""))
        await rogue.world.end()
        return rogue.broken("S6")

    assert len(run(live())) == broken


def test_groups_may_be_seen_sooner_than_users() -> None:
    """Each kind has a watch of its own: a new group beside users of a moment ago is an honest view."""

    async def live() -> list[Violation]:
        rogue = Rogue()
        world = rogue.world
        world.apply(Kind.GROUP, "inner", team("anna", "ben", displayName="inner"))
        nested = {"members": [{"groupRef": {"name": "inner"}}]}
        await rogue.begin(**nested)
        await rogue.alone()
        world.delete(Kind.USER, "ben")
        world.apply(Kind.GROUP, "inner", team("ben", displayName="inner"))
        world.apply(Kind.GROUP, "team", {**nested, "displayName": "team 2"})
        await rogue.patch(
            f"/Groups/{rogue.group_id('team')}",
            {"op": "replace", "value": {"displayName": "team 2", "members": [{"value": rogue.id("ben")}]}},
        )
        await rogue.status(TEAM, ready(2, rogue.group_id("team 2")))
        await world.end()
        return rogue.broken("S6")

    assert run(live()) == []


def test_whom_two_put_into_an_additive_group_at_once_may_be_taken_back() -> None:
    """Someone adds Carla by hand a moment before the operator's request does: no one can know whose she is."""

    async def live() -> list[Violation]:
        rogue = Rogue()
        await rogue.begin(membershipPolicy="Additive")
        await rogue.alone()
        carla = {"op": "add", "path": "members", "value": [{"value": rogue.id("carla")}]}
        rogue.world.service.by_hand("PATCH", f"/Groups/{rogue.group}", {"schemas": [PATCH_OP], "Operations": [carla]})
        await rogue.patch(f"/Groups/{rogue.group}", carla)
        await rogue.world.pass_time(FAR)
        await rogue.patch(f"/Groups/{rogue.group}", removal(rogue.id("carla")))
        await rogue.world.end()
        return rogue.broken("S9")

    assert run(live()) == []


def test_an_account_may_be_deleted_that_another_had_taken_over() -> None:
    """The check looked whose it was at rest only, when it was there no more: a false alarm (campaign 560131)."""

    async def live() -> list[Violation]:
        rogue = Rogue(users={"externalId": "Generated", "adoption": "IfUnowned"})
        world = rogue.world
        world.apply(Kind.USER, "fay", user("fay", notAfter="2026-01-01T00:20:00Z"))
        world.start()
        await world.pass_time(1500.0)
        [id] = world.service.users
        world.delete(Kind.USER, "fay")
        await world.pass_time(2.0)

        def late(exchange: Exchange) -> Fate | None:
            """Have the status that names whose the account is come after the other one is made."""
            is_said = exchange.path == f"scimusers/{NAMESPACE}/dan/status"
            return Fate.CONFLICT if is_said and len(world.service.users) == 1 else None

        world.weather.forced = late
        world.apply(Kind.USER, "dan", user("dan", userName="fay@corp.example"))
        world.apply(Kind.USER, "fay", user("fay", userName="fay.2@corp.example"))
        await world.pass_time(FAR)
        assert len(world.service.users) == 2
        world.service.by_hand("DELETE", f"/Users/{id}")
        rogue.checker.check_rest()
        await world.end()
        return rogue.broken("S2")

    assert run(live()) == []


def test_who_has_an_account_of_a_former_name_is_still_its_owner() -> None:
    """The check went by the name that the account has now: a false alarm (campaign 620479)."""

    async def live() -> list[Violation]:
        rogue = Rogue(users={"externalId": "Generated", "adoption": "IfUnowned"})
        world = rogue.world
        world.apply(Kind.USER, "fay", user("fay", notAfter="2026-01-01T00:20:00Z"))
        world.apply(Kind.USER, "eve", user("eve"))
        world.start()
        await world.pass_time(1500.0)
        for name in ("fay@corp.example", "dan.2@corp.example"):
            world.apply(Kind.USER, "dan", user("dan", userName=name))
            await world.pass_time(30.0)
        world.apply(Kind.USER, "dan", user("dan", userName="eve@corp.example"))  # which the service refuses
        world.apply(Kind.USER, "fay", user("fay"))
        await world.pass_time(FAR)
        assert len(world.service.users) == 3
        await world.end()
        return rogue.broken("S2")

    assert run(live()) == []


def test_users_may_be_seen_sooner_than_groups() -> None:
    """After an outage of the API server one watch comes back before the other: a false alarm of S10 (650013)."""

    async def live() -> list[Violation]:
        rogue = Rogue()
        world = rogue.world
        world.apply(Kind.USER, "eve", user("eve"), labels={"team": "blue"})
        by_label = {"displayName": "blue", "members": [{"userSelector": {"matchLabels": {"team": "blue"}}}]}
        world.apply(Kind.GROUP, "blue", by_label)
        await rogue.begin()
        await rogue.alone()
        world.apply(Kind.GROUP, "blue", {**by_label, "members": [{"userRef": {"name": "eve"}}]})
        world.apply(Kind.USER, "eve", user("eve"), labels={"team": "red"})
        await rogue.patch(f"/Groups/{rogue.group_id('blue')}", removal(rogue.id("eve")))
        await world.end()
        return rogue.broken("S10")

    assert run(live()) == []
