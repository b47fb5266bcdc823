"""What campaigns have found, each as a short life of its own in virtual time."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.kube.termination import KubeTerminationCheck
from verify.api_client import SimulatedClient
from verify.campaigns.deeds import patch
from verify.campaigns.outcome import AWAY, outcome_of
from verify.fates import Fate
from verify.manifests import UNLIMITED, user
from verify.network import Life
from verify.promises.checker import Checker
from verify.virtual import run
from verify.world import World

if TYPE_CHECKING:
    from verify.history import Exchange


def team(*names: str, **more: Any) -> dict[str, Any]:
    """Return the spec of a group of these users."""
    return {"displayName": "team", "members": [{"userRef": {"name": name}} for name in names], **more}


async def world_of(*names: str) -> World:
    """Return a world at rest with these users, and the first of them in a group."""
    world = World(1)
    for name in names:
        world.apply(Kind.USER, name, user(name))
    world.apply(Kind.GROUP, "team", team(names[0]))
    world.start()
    await world.rest()
    return world


def test_a_group_refused_for_a_deleted_member_gets_the_others() -> None:
    """Eve, who was deleted by hand, is to be inactive, so that she is not created again: the group lacks her for good.

    The plan that was refused and the one without her had the same digest, for it names who is to come as it names who
    is awaited: the group was never tried again (campaign 0).
    """

    async def life() -> None:
        world = await world_of("ada", "ben", "eve")
        world.apply(Kind.USER, "eve", user("eve", active=False))
        await world.rest()
        eve = next(id for id, one in world.service.users.items() if one["userName"].startswith("eve"))
        world.service.by_hand("DELETE", f"/Users/{eve}")
        world.apply(Kind.GROUP, "team", team("ada", "ben", "eve"))
        await world.rest()
        assert outcome_of(world).groups == {"team": {"ada@corp.example", "ben@corp.example"}}
        await world.end()

    run(life())


def test_who_has_another_manifest_by_now_does_not_stay_in_for_the_one_of_before() -> None:
    """The group names a manifest that is gone. Its account has another manifest by now, and keeps the former mark.

    It counted as that of the missing one, who might come in a rebuild from Git, and stayed in the group under
    Provisioned (campaign 1023).
    """

    async def life() -> None:
        world = World(1, users={"externalId": "Generated", "adoption": "IfUnowned"})
        for name in ("ada", "eve"):
            world.apply(Kind.USER, name, user(name))
        world.apply(Kind.GROUP, "team", team("ada", "eve"))
        world.start()
        await world.rest()
        world.service.faults.add("status=503;method=PATCH;path=/Groups")
        world.delete(Kind.USER, "eve")
        world.apply(Kind.USER, "eve-b", user("eve"))
        await world.pass_time(20.0)
        world.service.faults.clear()
        await world.rest()
        found = outcome_of(world)
        assert found.reasons["ScimUser", "eve-b"] == "True Provisioned"
        assert found.groups == {"team": {"ada@corp.example"}}
        await world.end()

    run(life())


def test_a_change_that_came_while_the_former_one_was_refused_is_tried() -> None:
    """The former revision was parked under the plan of the new one, which then said for ever that it was refused."""

    async def life() -> None:
        world = await world_of("ada")
        refused = "status=400:invalidValue;method=PATCH;path=/Users;times=1"
        world.service.faults.add(refused)
        world.weather.forced = lambda exchange: Fate.DELAYED if exchange.method == "PATCH" else None
        world.apply(Kind.USER, "ada", user("ada", title="Lead"))
        await world.pass_time(0.5)
        world.apply(Kind.USER, "ada", user("ada", title="Lead", notBefore="2020-01-01T00:00:00Z"))
        world.weather.clear()
        await world.rest()
        manifest = world.manifests(Kind.USER)["ada"]
        assert outcome_of(world).reasons["ScimUser", "ada"] == "True Provisioned"
        assert manifest["status"]["observedGeneration"] == manifest["metadata"]["generation"]
        await world.end()

    run(life())


def test_who_is_suspended_no_longer_leaves_before_the_manifest_goes() -> None:
    """It went as it was when that was decided, suspended, and left the account active (campaign 430060)."""

    async def life() -> None:
        world = await world_of("ada", "ben")
        world.apply(Kind.USER, "ada", user("ada", suspend=True))
        await world.pass_time(30.0)
        world.weather.forced = lambda exchange: Fate.DELAYED if "scimusers/identity/ada" in exchange.path else None
        world.delete(Kind.USER, "ada")
        await world.pass_time(0.1)
        world.apply(Kind.USER, "ada", user("ada"))
        world.weather.clear()
        await world.rest()
        assert "ada" not in world.manifests(Kind.USER)
        assert outcome_of(world).groups == {"team": set()}
        active = {one["userName"] for one in world.service.users.values() if one["active"]}
        assert active == {"ben@corp.example"}
        await world.end()

    run(life())


def test_who_is_edited_while_leaving_goes_although_the_config_changes_as_well() -> None:
    """The session that ended was done with what had been there before; the next one left it at that (560120)."""

    async def life() -> None:
        world = await world_of("ada", "ben")

        def edit(exchange: Exchange) -> None:
            if exchange.to_service and exchange.type == "Users":
                world.history.done.remove(edit)
                world.configure(interval="20m")
                world.apply(Kind.USER, "ada", user("ada", title="Lead"))

        world.delete(Kind.USER, "ada")
        world.history.done.append(edit)
        await world.rest()
        assert edit not in world.history.done
        assert "ada" not in world.manifests(Kind.USER)
        assert {one["userName"] for one in world.service.users.values() if one["active"]} == {"ben@corp.example"}
        await world.end()

    run(life())


def test_a_manifest_that_goes_while_its_config_is_suspended_owns_nothing_afterwards() -> None:
    """It had no finalizer, so it was gone at once: its successor stayed in Conflict with it for good (campaign 201)."""

    async def life() -> None:
        world = World(1, users={"externalId": "Generated", "adoption": "IfUnowned"})
        world.apply(Kind.USER, "ben", user("ben"))
        world.start()
        await world.rest()
        world.delete(Kind.USER, "ben")
        await world.pass_time(36.0)
        world.apply(Kind.USER, "ben", user("ben", suspend=True, notAfter="2026-01-01T00:20:00Z"))
        await world.pass_time(10.0)
        world.configure(suspend=True)
        await world.pass_time(10.0)
        world.delete(Kind.USER, "ben")
        world.apply(Kind.USER, "ben-c", user("ben"))
        await world.pass_time(10.0)
        world.configure(suspend=False)
        await world.rest()
        assert outcome_of(world).reasons == {("ScimUser", "ben-c"): "True Provisioned"}
        await world.end()

    run(life())


def test_a_question_that_no_one_waits_for_any_more_ends_in_silence() -> None:
    """The API server is away, and who asked whether the namespace goes was cancelled (campaign 70)."""

    async def life() -> list[str]:
        loop, logged = asyncio.get_running_loop(), list[str]()
        loop.set_exception_handler(lambda _, context: logged.append(context["message"]))
        world = World(1)
        world.server.reachable = False
        check = KubeTerminationCheck(SimulatedClient(world.server, world.network, Life("one")), loop.time)
        asking = asyncio.create_task(check.terminating("identity"))
        await asyncio.sleep(0)
        asking.cancel()
        await world.pass_time(10.0)
        del check, asking
        gc.collect()
        return logged

    assert run(life()) == []


def test_what_is_gone_when_its_kind_is_switched_on_again_is_not_said_to_be_retained() -> None:
    """Its manifest has left the scope meanwhile, and no list has it: that counted as left before (campaign 80)."""

    async def life() -> None:
        world = await world_of("ada")
        world.configure(groups={"enabled": False})
        await world.pass_time(60.0)
        [id] = world.service.groups
        world.service.by_hand("DELETE", f"/Groups/{id}")
        world.configure(scope="Assigned", assignments=[{"userRef": {"name": "ada"}}])
        await world.pass_time(60.0)
        world.configure(groups={"enabled": True})
        await world.rest()
        assert outcome_of(world).reasons[("ScimGroup", "team")] in AWAY
        await world.end()

    run(life())


def test_an_additive_group_that_is_renamed_as_someone_leaves_does_both() -> None:
    """Before any listing has shown a member, who was taken out first was taken out again and again (campaign 1014)."""

    async def live() -> None:
        world = World(1)
        for name in ("ada", "ben"):
            world.apply(Kind.USER, name, user(name))
        world.start()
        await world.pass_time(60.0)
        world.apply(Kind.GROUP, "crew", team("ada", displayName="crew", membershipPolicy="Additive"))
        await world.pass_time(60.0)
        world.apply(Kind.GROUP, "crew", team("ben", displayName="crew 2", membershipPolicy="Additive"))
        await world.pass_time(60.0)
        outcome = outcome_of(world)
        await world.end()
        assert outcome.groups["crew 2"] == {"ben@corp.example"}
        assert outcome.reasons["ScimGroup", "crew"] == "True Provisioned"

    run(live())


def test_who_comes_while_a_group_that_turned_additive_cannot_be_read_is_a_guest() -> None:
    """Whoever was in it by the time that it could be read again counted as ours (campaign 810044)."""

    async def live() -> None:
        world = World(1)
        for name in ("ada", "ben", "gus"):
            world.apply(Kind.USER, name, user(name))
        world.apply(Kind.GROUP, "crew", team("ada", displayName="crew"))
        world.start()
        while not world.service.groups:
            await world.pass_time(0.01)
        await world.pass_time(0.2)  # it was just created, and so is read once more before anything is sent
        world.service.faults.add("status=503;path=/Groups")
        world.apply(Kind.GROUP, "crew", team("ada", displayName="crew 2", membershipPolicy="Additive"))
        await world.pass_time(10.0)
        ids = {user["userName"]: id for id, user in world.service.users.items()}
        guest = {"op": "add", "path": "members", "value": [{"value": ids["gus@corp.example"]}]}
        world.service.by_hand("PATCH", f"/Groups/{next(iter(world.service.groups))}", patch(guest))
        world.service.faults.clear()
        world.apply(Kind.GROUP, "crew", team("ada", "ben", displayName="crew 2", membershipPolicy="Additive"))
        await world.pass_time(120.0)
        assert outcome_of(world).groups["crew 2"] == {f"{name}@corp.example" for name in ("ada", "ben", "gus")}
        await world.end()

    run(live())


def test_who_joined_with_an_answer_that_was_lost_leaves_a_group_that_turned_additive() -> None:
    """Whom nothing showed in it, while it could not be read, counted as a guest for ever; found by a review."""

    async def live() -> None:
        world = World(1)
        for name in ("ada", "ben"):
            world.apply(Kind.USER, name, user(name))
        world.apply(Kind.GROUP, "crew", team("ada", displayName="crew"))
        world.start()
        await world.pass_time(60.0)
        world.service.faults.add("drop-after;method=PATCH;path=/Groups")
        world.service.faults.add("status=503;method=GET;path=/Groups")
        world.apply(Kind.GROUP, "crew", team("ada", "ben", displayName="crew"))
        await world.pass_time(3.0)
        world.apply(Kind.GROUP, "crew", team("ada", displayName="crew", membershipPolicy="Additive"))
        await world.pass_time(10.0)
        world.service.faults.clear()
        await world.pass_time(300.0)
        assert outcome_of(world).groups["crew"] == {"ada@corp.example"}
        await world.end()

    run(live())


def test_whom_an_additive_group_was_given_beside_a_guest_is_on_record_before_a_crash() -> None:
    """The look after the write showed a guest too: the next plan had nothing to do, and no status was written.

    What memory knew already, and no status did, was taken for reported (campaign 61).
    """

    async def live() -> None:
        world = World(1)
        for name in ("ada", "gus"):
            world.apply(Kind.USER, name, user(name))
        chosen = [{"userSelector": {"matchLabels": {"team": "crew"}}}]  # so that the group's manifest stays as it is
        world.apply(Kind.GROUP, "crew", {"displayName": "crew", "members": chosen, "membershipPolicy": "Additive"})
        world.start()
        await world.pass_time(60.0)
        ids = {user["userName"]: id for id, user in world.service.users.items()}
        guest = {"op": "add", "path": "members", "value": [{"value": ids["gus@corp.example"]}]}
        world.service.by_hand("PATCH", f"/Groups/{next(iter(world.service.groups))}", patch(guest))
        world.apply(Kind.USER, "ada", user("ada"), labels={"team": "crew"})
        await world.pass_time(10.0)
        await world.kill()
        world.apply(Kind.USER, "ada", user("ada"), labels={"team": "none"})
        world.start()
        await world.pass_time(60.0)
        outcome = outcome_of(world)
        await world.end()
        assert outcome.groups["crew"] == {"gus@corp.example"}

    run(live())


def test_a_group_that_changes_while_it_is_written_is_written_as_it_is_by_then() -> None:
    """The name was that of the former generation, and the members those of the new one.

    Its status said of the former generation that it was Ready, which the service never held (campaign 104).
    """

    async def live() -> None:
        world = World(1, limits=UNLIMITED)
        checker = Checker(world)
        for name in ("ada", "ben", "eve"):
            world.apply(Kind.USER, name, user(name))
        world.apply(Kind.GROUP, "team", team("ada"))
        world.start()
        await world.rest()

        [id] = world.service.groups
        ada = world.service.groups[id]["members"]
        looks = 0

        def edited(exchange: Exchange) -> None:
            """Change the group, and its resource by hand, during the look before its name is sent."""
            nonlocal looks
            looks += exchange.to_service and exchange.method == "GET" and exchange.id == id
            if looks == 2:
                world.weather.clear()
                world.service.by_hand("PATCH", f"/Groups/{id}", patch({"op": "add", "path": "members", "value": ada}))
                world.apply(Kind.GROUP, "team", team("ada", "ben", "eve", displayName="team 3"))
                world.weather.slowness = 0.3

        world.weather.forced = edited
        world.apply(Kind.GROUP, "team", team(displayName="team 2"))
        await world.rest()
        outcome = outcome_of(world)
        await world.end()
        assert outcome.groups == {"team 3": {"ada@corp.example", "ben@corp.example", "eve@corp.example"}}
        assert checker.violations == []

    run(live())


def test_an_account_that_another_took_over_is_not_given_back_by_a_crash() -> None:
    """Ada came back, and was about to get another account: her status still named the one that is Dan's by now.

    After the crash it was hers again, as her name comes first: Dan's account became hers (campaign 450167).
    """

    async def life() -> None:
        world = World(1, users={"externalId": "Generated", "adoption": "IfUnowned"})
        world.apply(Kind.USER, "ada", user("ada", userName="desk@corp.example"))
        world.start()
        await world.rest()
        world.apply(Kind.USER, "ada", user("ada", userName="desk@corp.example", notAfter="2026-01-01T00:20:00Z"))
        await world.pass_time(5.0)
        world.apply(Kind.USER, "dan", user("dan", userName="desk@corp.example"))
        await world.pass_time(5.0)
        dans = dict(world.service.users)
        world.weather.forced = lambda exchange: Fate.LOST if exchange.method == "POST" else None
        world.apply(Kind.USER, "ada", user("ada"))
        await world.pass_time(3.0)
        await world.kill()
        world.weather.clear()
        world.start()
        await world.rest()
        names = {id: one["userName"] for id, one in world.service.users.items()}
        assert {names[id] for id in dans} == {"desk@corp.example"}
        assert set(names.values()) == {"desk@corp.example", "ada@corp.example"}
        await world.end()

    run(life())
