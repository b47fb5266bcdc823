"""A group that is not to have fewer members than `minMembers`, in virtual time: not for a moment either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from verify.campaigns.guarded import held
from verify.campaigns.outcome import outcome_of
from verify.fates import Fate
from verify.manifests import UNLIMITED, user
from verify.promises.checker import Checker
from verify.virtual import run
from verify.world import World, config_spec

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from verify.history import Exchange

ADA, BEN, CLEO = (f"{name}@corp.example" for name in ("ada", "ben", "cleo"))


def team(*names: str, **more: Any) -> dict[str, Any]:
    """Return the spec of a group of these users."""
    return {"displayName": "team", "members": [{"userRef": {"name": name}} for name in names], **more}


def _adds(exchange: Exchange) -> bool:
    """Return whether a request adds members to a group."""
    operations = (exchange.body or {}).get("Operations") or () if exchange.to_service else ()
    return any(one["op"] == "add" and one.get("path") == "members" for one in operations)


def lived(life: Callable[[World, Checker], Awaitable[None]], *had: str, **service: Any) -> None:
    """Live with a group of `had` that is not to have fewer than one member, or as many as it had."""

    async def whole() -> None:
        world = World(1, limits=UNLIMITED, service={**config_spec()["service"], **service})
        checker = Checker(world)
        for name in ("ada", "ben", "cleo"):
            world.apply(Kind.USER, name, user(name))
        world.apply(Kind.GROUP, "team", team(*had))
        world.configure(protected={"minMembers": len(had)})
        world.start()
        await world.rest()
        await life(world, checker)
        await world.rest()
        assert checker.check_rest() == []
        await world.end()

    run(whole())


CHANGES = [
    pytest.param({}, {}, id="members alone"),
    pytest.param({"displayName": "other"}, {}, id="with another name, which is sent after who leaves"),
    pytest.param({}, {"capabilities": {"memberChunk": 1}}, id="one member a request"),
    pytest.param({"displayName": "other"}, {"capabilities": {"patch": False}}, id="by PUT"),
]


@pytest.mark.parametrize(("more", "service"), CHANGES)
def test_who_joins_comes_before_who_leaves(more: dict[str, Any], service: dict[str, Any]) -> None:
    """Ben for Ada leaves the group with one, as before; she was sent away first, and then no one could join.

    In guarded campaign 41004 the group stayed empty for a second. A service that is down for an hour, or a joiner whom
    it does not take, is all the same to whoever finds a group of administrators without one.
    """

    async def life(world: World, checker: Checker) -> None:
        world.weather.forced = lambda exchange: Fate.ERROR if _adds(exchange) else None
        world.apply(Kind.GROUP, "team", team("ben", **more))
        await world.pass_time(60.0)
        if service.get("capabilities") != {"patch": False}:
            assert next(iter(outcome_of(world).groups.values())) == {ADA}
        world.weather.clear()
        await world.rest()
        assert outcome_of(world).groups[more.get("displayName", "team")] == {BEN}
        assert checker.violations == []
        assert held(world) == {}

    lived(life, "ada", **service)


def test_a_joiner_who_is_refused_keeps_in_whom_the_group_cannot_do_without() -> None:
    """Elsewhere no joiner keeps anyone in. Here the manifest has to leave him out, and the approval name the group."""

    async def life(world: World, checker: Checker) -> None:
        world.weather.forced = lambda exchange: Fate.CONFLICT if _adds(exchange) else None
        world.apply(Kind.GROUP, "team", team("ben", displayName="other"))
        await world.rest()
        [ready] = world.manifests(Kind.GROUP)["team"]["status"]["conditions"][:1]
        assert ready["reason"] == "Rejected"
        assert set(outcome_of(world).groups.values()) == {frozenset({ADA})} or outcome_of(world).groups == {
            "team": {ADA}
        }
        world.apply(Kind.GROUP, "team", team(displayName="other"))
        await world.rest()
        assert held(world)["protected"] == ["scimgroup/team"]
        world.weather.clear()
        assert checker.violations == []

    lived(life, "ada")


def test_where_enough_stay_who_leaves_waits_for_no_one() -> None:
    """A floor that is kept anyway changes nothing: the end of access goes first."""

    async def life(world: World, checker: Checker) -> None:
        world.configure(protected={"minMembers": 1})
        await world.rest()
        world.weather.forced = lambda exchange: Fate.ERROR if _adds(exchange) else None
        world.apply(Kind.GROUP, "team", team("ada", "cleo", displayName="other"))
        await world.pass_time(60.0)
        assert outcome_of(world).groups == {"team": {ADA}}
        world.weather.clear()
        await world.rest()
        assert outcome_of(world).groups == {"other": {ADA, CLEO}}
        assert checker.violations == []

    lived(life, "ada", "ben")


DELETES = {"externalId": "Generated", "whenDeleted": "Delete", "whenOutOfScope": "Delete"}


def state_of(world: World, name: str) -> tuple[str, bool | None]:
    """Return the reason that a user's manifest has, "" where it is gone, and `active` at the service, None likewise."""
    manifest = world.manifests(Kind.USER).get(name)
    reason = manifest["status"]["conditions"][0]["reason"] if manifest is not None else ""
    found = [one["active"] for one in world.service.users.values() if one["userName"] == user(name)["userName"]]
    return reason, (found or [None])[0]


def size(world: World) -> int:
    """Return how many members the group has at the service."""
    [group] = world.service.groups.values()
    return len(group.get("members", ()))


MANAGED = [pytest.param("Exclusive", id="Exclusive"), pytest.param("Additive", id="Additive")]


@pytest.mark.parametrize("policy", MANAGED)
@pytest.mark.parametrize("named", [True, False])
def test_who_is_deleted_is_disabled_at_once_and_stays_until_that_is_approved(policy: str, *, named: bool) -> None:
    """A deletion takes her out of all groups at once: the group was left empty without an approval."""

    async def life(world: World, checker: Checker) -> None:
        world.apply(Kind.GROUP, "team", team("ada", membershipPolicy=policy))
        world.configure(users=DELETES)
        await world.rest()
        world.delete(Kind.USER, "ada")
        if not named:
            world.apply(Kind.GROUP, "team", team(membershipPolicy=policy))
        await world.pass_time(10.0)
        assert state_of(world, "ada") == ("Needed", False), "access has ended"
        await world.rest()
        assert size(world) == 1
        assert held(world)["protected"] == ["scimgroup/team"]
        world.configure(approvedPlan=held(world)["digest"], approvedProtected=["scimgroup/team"])
        await world.pass_time(30.0)
        assert state_of(world, "ada") == ("", None)
        assert outcome_of(world).groups == {"team": frozenset()}
        assert checker.violations == []

    lived(life, "ada")


def test_who_is_deleted_goes_within_seconds_of_the_group_letting_go() -> None:
    """In one edit with a joiner nothing waits for an approval, and nothing for a sweep."""

    async def life(world: World, checker: Checker) -> None:
        world.configure(users=DELETES, interval="24h")
        await world.rest()
        world.delete(Kind.USER, "ada")
        world.apply(Kind.GROUP, "team", team("ben"))
        await world.pass_time(10.0)
        assert state_of(world, "ada") == ("", None)
        assert outcome_of(world).groups == {"team": {BEN}}
        assert checker.violations == []

    lived(life, "ada")


def test_of_two_who_are_deleted_at_once_none_leaves_the_group_empty() -> None:
    async def life(world: World, checker: Checker) -> None:
        world.configure(users=DELETES, protected={"minMembers": 1})
        await world.rest()
        for name in ("ada", "ben"):
            world.delete(Kind.USER, name)
        await world.pass_time(10.0)
        assert {state_of(world, name) for name in ("ada", "ben")} == {("Needed", False)}
        world.apply(Kind.GROUP, "team", team("cleo"))
        await world.rest()
        assert outcome_of(world).groups == {"team": {CLEO}}
        assert checker.violations == []

    lived(life, "ada", "ben")


def test_who_is_deleted_goes_at_once_where_enough_stay() -> None:
    async def life(world: World, checker: Checker) -> None:
        world.configure(users=DELETES, protected={"minMembers": 1})
        await world.rest()
        world.delete(Kind.USER, "ada")
        await world.pass_time(10.0)
        assert state_of(world, "ada") == ("", None)
        assert checker.violations == []

    lived(life, "ada", "ben")


@pytest.mark.parametrize("fate", [Fate.ERROR, Fate.CONFLICT])
def test_who_cannot_be_disabled_is_deleted_at_once(fate: Fate) -> None:
    """The end of access waits for no group."""

    async def life(world: World, checker: Checker) -> None:
        world.configure(users=DELETES)
        await world.rest()
        world.weather.forced = lambda exchange: fate if exchange.to_service and exchange.method in WRITE else None
        world.delete(Kind.USER, "ada")
        await world.pass_time(10.0)
        world.weather.clear()
        assert state_of(world, "ada") == ("", None)
        assert checker.violations == []

    lived(life, "ada")


WRITE = frozenset({"PATCH", "PUT"})


def test_who_is_in_a_group_that_was_not_seen_is_disabled_first() -> None:
    """An operator that started while groups could not be read did not know whom they cannot do without: 480031."""

    async def life(world: World, checker: Checker) -> None:
        world.configure(users=DELETES)
        await world.rest()
        world.service.faults.add("status=503;path=/Groups")
        await world.kill()
        world.start()
        world.delete(Kind.USER, "ada")
        await world.pass_time(60.0)
        assert (state_of(world, "ada"), checker.violations) == (("Needed", False), [])
        world.service.faults.clear()
        world.apply(Kind.GROUP, "team", team("ben"))
        await world.rest()
        assert state_of(world, "ada") == ("", None)

    lived(life, "ada")


def test_who_was_disabled_long_ago_is_deleted_once_the_group_can_do_without() -> None:
    async def life(world: World, checker: Checker) -> None:
        world.configure(users={"externalId": "Generated", "deleteAfter": "1h"})
        await world.rest()
        world.delete(Kind.USER, "ada")
        await world.pass_time(3 * 3600.0)
        assert state_of(world, "ada") == ("", False)
        world.apply(Kind.GROUP, "team", team("ben"))
        await world.pass_time(3600.0)
        assert state_of(world, "ada") == ("", None)
        assert checker.violations == []

    lived(life, "ada")


def test_who_is_in_a_group_that_the_manifest_does_not_fill_waits_for_others_in_it() -> None:
    async def life(world: World, checker: Checker) -> None:
        world.apply(Kind.GROUP, "team", {"displayName": "team"})
        world.configure(users=DELETES)
        await world.rest()
        world.delete(Kind.USER, "ada")
        await world.rest()
        assert state_of(world, "ada") == ("Needed", False)
        [group] = world.service.groups
        [ben] = [id for id, one in world.service.users.items() if one["userName"] == BEN]
        add = {"op": "add", "path": "members", "value": [{"value": ben}]}
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [add]}
        world.service.by_hand("PATCH", f"/Groups/{group}", body)
        await world.rest()
        assert state_of(world, "ada") == ("", None)
        assert checker.violations == []

    lived(life, "ada")
