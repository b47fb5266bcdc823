"""Where most objects of others are refused, the service is left alone, but for the end of access: that goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.limiting import UNLIMITED, limits
from verify.history import Exchange
from verify.manifests import user
from verify.virtual import run
from verify.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

MANY = 30
HOUR = 3600.0
GONE = "gone"
"""Who has this userType is out of scope."""
WRITES = ("POST", "PUT", "PATCH", "DELETE")


def name(number: int) -> str:
    return f"user{number:02}"


class Tenant(World):
    """A world of 30 users, 12 of them in a team, whose service refuses titles from some time on."""

    def __init__(self, **spec: Any) -> None:
        super().__init__(11, limits=UNLIMITED)
        rules = {"expression": f'user.userType != "{GONE}"', "whenDeleted": "Delete"}
        self.configure(users={**self.spec.get("users", {}), **rules}, **spec)
        for number in range(MANY):
            self.change(number, title="Clerk")
        self.team(range(12))

    def change(self, number: int, **more: Any) -> None:
        """Apply a user."""
        self.apply(Kind.USER, name(number), user(name(number), **{"title": "Head", "userType": "Staff", **more}))

    def team(self, numbers: Any, **more: Any) -> None:
        """Apply the team."""
        members = [{"userRef": {"name": name(number)}} for number in numbers]
        self.apply(Kind.GROUP, "team", {"displayName": "team", "members": members, **more})

    async def begin(self) -> None:
        """Provision everyone, then have the titles of all refused until that is too much."""
        self.start()
        await self.rest()
        assert len(self.service.users) == MANY
        self.service.faults.add("refused-attribute=title")
        for number in range(MANY):
            self.change(number)
        while self.condition("Quarantined") != ("True", "TooManyFailures"):
            await self.pass_time(60)
        await self.pass_time(60)

    def condition(self, type: str) -> tuple[str, str]:
        """Status and reason of a condition of the config."""
        found = (self.config.get("status") or {}).get("conditions", ())
        return next(((one["status"], one["reason"]) for one in found if one["type"] == type), ("", ""))

    def ready(self, name: str, kind: Kind = Kind.USER) -> tuple[str, str, bool]:
        """Status and reason of Ready of a manifest, and whether that is of its newest generation."""
        manifest = self.manifests(kind)[name]
        found = manifest["status"]["conditions"]
        ready = next(one for one in found if one["type"] == "Ready")
        return ready["status"], ready["reason"], ready["observedGeneration"] == manifest["metadata"]["generation"]

    def sent(self, since: int = 0) -> list[Exchange]:
        """All requests to the service, from a place in the history on."""
        return [each for each in self.history.entries[since:] if isinstance(each, Exchange) and each.to_service]

    def writes(self, since: int = 0) -> list[str]:
        """The writes, as method and path without the id."""
        return [f"{each.method} {each.path.split('?')[0]}" for each in self.sent(since) if each.method in WRITES]

    @property
    def mark(self) -> int:
        """A place in the history."""
        return len(self.history.entries)

    def at_service(self, number: int) -> dict[str, Any] | None:
        """The user at the service."""
        found = [one for one in self.service.users.values() if one["userName"] == f"{name(number)}@corp.example"]
        return found[0] if found else None

    @property
    def members(self) -> int:
        """How many are in the team at the service."""
        (team,) = self.service.groups.values()
        return len(team.get("members", ()))


def lived(story: Callable[[Tenant], Coroutine[Any, Any, None]], **spec: Any) -> None:
    async def told() -> None:
        world = Tenant(**spec)
        await world.begin()
        await story(world)
        await world.end()

    run(told())


def is_disabled(world: Tenant, number: int) -> bool:
    return (world.at_service(number) or {}).get("active") is False


def switched_off(world: Tenant) -> bool:
    return is_disabled(world, 20)


def out_of_scope(world: Tenant) -> bool:
    return is_disabled(world, 21)


def deleted(world: Tenant) -> bool:
    return world.at_service(22) is None and name(22) not in world.manifests(Kind.USER)


def taken_out(world: Tenant) -> bool:
    return world.members == 11


WAYS: list[Any] = [
    pytest.param(lambda world: world.change(20, active=False), switched_off, id="active is false"),
    pytest.param(lambda world: world.change(21, userType=GONE), out_of_scope, id="out of scope"),
    pytest.param(lambda world: world.delete(Kind.USER, name(22)), deleted, id="the manifest is deleted"),
    pytest.param(lambda world: world.team(range(11)), taken_out, id="taken out of a group"),
    pytest.param(lambda world: world.team(range(11), displayName="New"), taken_out, id="of one that is renamed too"),
]


@pytest.mark.parametrize("restarts", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize(("leave", "left"), WAYS)
def test_whoever_leaves_in_a_quarantine_has_left_within_seconds(
    leave: Callable[[Tenant], None],
    left: Callable[[Tenant], bool],
    restarts: bool,
) -> None:
    async def story(world: Tenant) -> None:
        if restarts:
            await world.kill()
            world.start()
            await world.pass_time(60)
        mark = world.mark
        assert not left(world)
        leave(world)
        await world.pass_time(5)
        assert left(world)
        assert len(world.writes(mark)) == 1
        assert len(world.sent(mark)) <= 6, "with reads before, and one after"
        assert world.condition("Quarantined") == ("True", "TooManyFailures")

    lived(story)


def test_who_left_while_no_operator_ran_has_left_within_seconds_of_its_start() -> None:
    async def story(world: Tenant) -> None:
        await world.kill()
        world.change(20, active=False)
        world.start()
        await world.pass_time(60)
        assert switched_off(world)
        assert world.condition("Quarantined") == ("True", "TooManyFailures")

    lived(story)


def test_all_else_waits_for_the_retry_and_says_so() -> None:
    async def story(world: Tenant) -> None:
        upcoming = world.config["status"]["quarantine"]
        assert world.ready(name(3)) == ("False", "Rejected", True)
        mark = world.mark
        world.change(90)
        world.change(3, nickName="Edited")
        world.team(range(14))
        await world.pass_time(5 * HOUR)
        assert world.sent(mark) == []
        assert world.ready(name(90)) == world.ready(name(3)) == ("False", "Quarantined", True)
        assert world.ready("team", Kind.GROUP) == ("False", "Quarantined", True)
        assert world.ready(name(4)) == ("False", "Rejected", True), "what was refused says why"
        await world.kill()
        world.start()
        await world.pass_time(60)
        assert world.writes(mark) == []
        assert len(world.sent(mark)) <= 10, "Test Connection, discovery, one listing of each kind"
        assert world.ready(name(90)) == world.ready(name(3)) == ("False", "Quarantined", True)
        assert world.config["status"]["quarantine"] == upcoming
        world.service.faults.clear()
        await world.pass_time(2 * HOUR)
        assert world.condition("Ready") == ("True", "Provisioned")
        assert world.ready(name(90)) == world.ready(name(3)) == ("True", "Provisioned", True)
        assert world.members == 14

    lived(story)


def test_of_one_object_only_what_ends_access_is_sent_and_the_rest_says_so() -> None:
    async def story(world: Tenant) -> None:
        mark = world.mark
        world.change(5, active=False, nickName="Edited")
        world.team([*range(11), 20, 21], displayName="New")
        await world.pass_time(5)
        assert is_disabled(world, 5)
        assert "nickName" not in (world.at_service(5) or {})
        assert world.ready(name(5)) == ("False", "Quarantined", True)
        (team,) = world.service.groups.values()
        assert (team["displayName"], world.members) == ("team", 11), "one was taken out, and no one joined"
        assert world.ready("team", Kind.GROUP) == ("False", "Quarantined", True)
        assert len(world.writes(mark)) == 2

    lived(story)


def test_a_mass_removal_is_held_in_a_quarantine_too() -> None:
    async def story(world: Tenant) -> None:
        mark = world.mark
        for number in range(12, 20):
            world.change(number, active=False)
        await world.pass_time(60)
        assert world.writes(mark) == []
        assert world.condition("ApprovalRequired") == ("True", "ChangesHeld")
        assert world.ready(name(12))[:2] == ("False", "Held")

    lived(story, limits=limits(disables=5))


def test_the_quarantine_costs_one_listing_and_is_retried_as_before() -> None:
    async def story(world: Tenant) -> None:
        counts = []
        for number in (1, 2):
            while world.config["status"]["quarantine"].get("seriesCount", 0) < number:
                await world.pass_time(60)
            await world.pass_time(600)
            mark = world.mark
            await world.pass_time(5 * HOUR)
            counts.append(len(world.sent(mark)))
        assert counts == [0, 0]

    lived(story)


def test_an_outage_in_a_quarantine_neither_ends_it_nor_counts_as_a_try() -> None:
    async def story(world: Tenant) -> None:
        before = world.config["status"]["quarantine"]
        world.service.faults.add("unavailable=none")
        world.change(20, active=False)
        await world.pass_time(HOUR)
        world.service.faults.clear()
        world.service.faults.add("refused-attribute=title")
        assert not switched_off(world)
        await world.pass_time(2 * 300 + 60)
        assert switched_off(world)
        assert world.config["status"]["quarantine"] == before

    lived(story)


def test_an_api_server_that_is_away_is_no_new_token() -> None:
    """In quarantined campaign 150015 everything refused was sent again: the Secret that could not be read was news."""

    async def story(world: Tenant) -> None:
        before = world.config["status"]["quarantine"]
        mark = world.mark
        world.server.reachable = False
        await world.pass_time(20)
        world.server.reachable = True
        await world.pass_time(HOUR)
        assert world.sent(mark) == []
        assert world.config["status"]["quarantine"] == before

    lived(story)
