"""What the checks of the promises have found, so that it stays away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from tests.support.rogue import FAR, PATCH_OP, Rogue, team
from verify.manifests import user
from verify.virtual import run
from verify.world import World

if TYPE_CHECKING:
    from verify.promises.violation import Violation


@pytest.mark.parametrize("policy", ["Exclusive", "Additive"])
def test_who_was_taken_out_just_before_a_group_is_written_is_put_back(policy: str) -> None:
    """The read before a PATCH shows that a member lacks: the group is not Ready without her (campaign 333)."""

    async def live() -> list[Violation]:
        rogue = Rogue()
        world = rogue.world
        await rogue.begin(membershipPolicy=policy)
        await world.kill()
        world.start()  # so that what was listed long ago is read again before a write
        await world.pass_time(FAR)
        take = {"op": "remove", "path": f'members[value eq "{rogue.id("anna")}"]'}
        world.service.by_hand("PATCH", f"/Groups/{rogue.group}", {"schemas": [PATCH_OP], "Operations": [take]})
        world.apply(Kind.GROUP, "team", team("anna", "ben", "carla", membershipPolicy=policy))
        await world.pass_time(FAR)
        assert (world.service.shown(rogue.group) or {})["members"] == sorted(map(rogue.id, ("anna", "ben", "carla")))
        await world.end()
        return rogue.checker.violations

    assert run(live()) == []


def test_who_was_put_in_just_before_a_group_is_written_leaves_it() -> None:
    """The read before a PUT shows a member whom the plan did not know: the group is not Ready while she is in it."""

    async def live() -> list[Violation]:
        rogue = Rogue()
        world = rogue.world
        world.configure(service={**world.spec["service"], "capabilities": {"patch": False}})
        await rogue.begin()
        add = {"op": "add", "path": "members", "value": [{"value": rogue.id("carla")}]}
        world.service.by_hand("PATCH", f"/Groups/{rogue.group}", {"schemas": [PATCH_OP], "Operations": [add]})
        world.apply(Kind.GROUP, "team", team("anna", "ben", displayName="team 2"))
        await world.pass_time(FAR)
        assert (world.service.shown(rogue.group) or {})["members"] == sorted(map(rogue.id, ("anna", "ben")))
        await world.end()
        return rogue.checker.violations

    assert run(live()) == []


def test_who_is_refused_when_resumed_leaves_the_group_all_the_same() -> None:
    """The group that had kept her was looked at by the next sweep only (campaign 560150)."""

    async def live() -> set[str]:
        world = World(1, interval="24h")
        for name in ("ada", "ben"):
            world.apply(Kind.USER, name, user(name))
        world.apply(Kind.GROUP, "team", team("ada", "ben"))
        world.start()
        await world.rest()
        world.apply(Kind.USER, "ada", user("ada", suspend=True))
        world.apply(Kind.GROUP, "team", team("ben"))
        world.apply(Kind.USER, "ben", user("ben", suspend=True, userName="benny@corp.example"))
        await world.pass_time(FAR)
        world.apply(Kind.USER, "ada", user("ada", userName="ben@corp.example"))
        await world.pass_time(FAR)
        [group] = world.service.groups.values()
        found = {world.service.users[one["value"]]["userName"] for one in group["members"]}
        await world.end()
        return found

    assert run(live()) == {"ben@corp.example"}


@pytest.mark.parametrize("restarted", [False, True])
def test_a_group_that_is_about_to_be_made_once_more_is_not_ready(restarted: bool) -> None:
    """Whom it is given is in its status before it is there, and that said what was true of the lost one (600165)."""

    async def live() -> list[Violation]:
        rogue = Rogue()
        world = rogue.world
        await rogue.begin(membershipPolicy="Additive")
        world.service.by_hand("DELETE", f"/Groups/{rogue.group}")
        world.apply(Kind.GROUP, "team", team("anna", "ben", "dora", membershipPolicy="Additive"))
        await world.pass_time(15.0)
        world.apply(Kind.GROUP, "team", team("anna", "ben", "carla", "eve", membershipPolicy="Additive"))
        if restarted:
            await world.kill()
            world.start()
        await world.pass_time(FAR)
        [group] = world.service.groups.values()
        assert len(group["members"]) == 3
        await world.end()
        return rogue.checker.violations

    assert run(live()) == []
