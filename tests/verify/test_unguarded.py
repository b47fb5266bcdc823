"""Safeties that no suite noticed when they were switched off, each with the life that shows it now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.faults import Fault
from verify.manifests import UNLIMITED, user
from verify.tenant import ready
from verify.virtual import run
from verify.world import World, config_spec

if TYPE_CHECKING:
    from verify.history import Exchange

PEOPLE = 60
UNDER_WAY = 20
"""Requests that workers hold already, when the budget is what they wait for: there are 16, and some have two."""


def test_who_loses_access_is_not_behind_those_who_are_only_edited() -> None:
    """All are edited at once, over a service that takes a request a second; then one leaves, and another is disabled.

    Their requests follow those that workers hold, and are not the last of sixty.
    """

    async def life() -> None:
        slow = {**config_spec()["service"], "budget": {"requestsPerSecond": 1, "concurrency": 1}}
        world = World(1, service=slow, limits=UNLIMITED)
        names = [f"user-{number:02}" for number in range(PEOPLE)]
        for name in names:
            world.apply(Kind.USER, name, user(name))
        world.start()
        await world.rest()
        sent: list[tuple[str, bool]] = []
        world.history.sending.append(
            lambda exchange: (
                sent.append((exchange.path, "active" in str(exchange.body)))
                if exchange.to_service and exchange.writes
                else None
            )
        )
        for name in names:
            world.apply(Kind.USER, name, user(name, title="Lead"))
        await world.pass_time(3.0)
        under_way = len(sent)
        world.delete(Kind.USER, names[-1])
        world.apply(Kind.USER, names[-2], user(names[-2], title="Lead", active=False))
        await world.rest()
        await world.end()
        ends = [place for place, (_, ending) in enumerate(sent) if ending]
        assert len(ends) == 2
        assert max(ends) - under_way < UNDER_WAY, "the end of access waits behind edits"
        assert len(sent) >= PEOPLE

    run(life())


def test_what_is_tried_again_is_not_ready() -> None:
    """The service refuses a new user for now, and an edit of another: neither is Ready, nor is the config."""

    async def life() -> None:
        world = World(1)
        world.apply(Kind.USER, "ada", user("ada"))
        world.start()
        await world.rest()
        for method in ("POST", "PATCH"):
            world.service.faults.add(Fault(FaultName.STATUS, "500", method=method, path="/Users"))
        world.apply(Kind.USER, "ada", user("ada", title="Lead"))
        world.apply(Kind.USER, "ben", user("ben"))
        await world.pass_time(60.0)
        said = {name: ready(manifest) for name, manifest in world.manifests(Kind.USER).items()}
        assert said == {"ada": "False Retrying", "ben": "False Retrying"}
        assert ready(world.config).startswith("False")
        await world.end()

    run(life())


def test_no_more_requests_run_at_once_than_the_config_says() -> None:
    """Twelve people are created over a budget of two requests at once."""

    async def life() -> None:
        two = {**config_spec()["service"], "budget": {"requestsPerSecond": 50, "concurrency": 2}}
        world, running, most = World(1, service=two), set[int](), [0]

        def begin(exchange: Exchange) -> None:
            if exchange.to_service:
                running.add(id(exchange))
                most[0] = max(most[0], len(running))

        world.history.sending.append(begin)
        world.history.ended.append(lambda exchange: running.discard(id(exchange)))
        for number in range(12):
            world.apply(Kind.USER, f"user-{number}", user(f"user-{number}"))
        world.start()
        await world.rest()
        assert len(world.service.users) == 12
        assert most == [2]
        await world.end()

    run(life())
