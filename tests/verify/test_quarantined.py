"""Campaigns in which a service refuses so much that it is left alone, and the checks of what goes on meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.wording import rfc3339
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS
from scim_operator.scim.protocol import Method
from scim_operator.simulator.faults import Fault
from tests.support.rogue import FAR, Rogue, disable, red, removal, team
from verify.campaigns import quarantined
from verify.manifests import user
from verify.promises.leaving import leaves_a_way
from verify.virtual import EPOCH, run
from verify.world import CONFIG, NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from verify.promises.violation import Violation

    Play = Callable[[Rogue], Awaitable[None]]

HOUR = 3600.0
TITLE = {"op": "replace", "path": "title", "value": "Dr."}


@pytest.mark.parametrize("seed", [1, 3])
def test_a_campaign_that_comes_into_a_quarantine_ends_as_a_fresh_tenant(seed: int) -> None:
    lived = quarantined.live(seed, 14)
    assert lived.verdict.faults == []
    assert lived.stay.entered == 1
    assert lived.counts()["quarantined: campaigns that came into a quarantine"] == 1


def test_who_is_named_as_still_to_come_is_not_said_to_be_there() -> None:
    """A group was planned right before a member's account was known; its status names the member as pending."""
    assert quarantined.live(310000).verdict.faults == []


def test_people_leave_in_every_way_while_the_service_is_left_alone() -> None:
    steps = [step for seed in range(12) for step in quarantined.steps_of(seed)]
    assert {step.args["how"] for step in steps if step.deed == "leave"} == {
        "delete",
        "inactive",
        "out",
        "group",
        "groups",
    }
    assert {"refuse", "accept", "kill", "request", "join", "again"} <= {step.deed for step in steps}


def off(rogue: Rogue) -> None:
    rogue.world.apply(Kind.USER, "anna", user("anna", active=False))


def past(rogue: Rogue) -> None:
    rogue.world.apply(Kind.USER, "anna", user("anna", notAfter="2020-01-01T00:00:00Z"))


def deleted(rogue: Rogue) -> None:
    rogue.world.delete(Kind.USER, "anna")


def taken_out(rogue: Rogue) -> None:
    rogue.world.apply(Kind.GROUP, "team", team("ben"))


LEAVES = [off, past, deleted, taken_out]


@pytest.mark.parametrize("leave", LEAVES)
def test_access_does_not_end_in_time(leave: Callable[[Rogue], None]) -> None:
    """The operator stands still, and nothing else is wrong."""

    async def play(rogue: Rogue) -> None:
        rogue.world.processes[0].life.stop()
        leave(rogue)
        await rogue.world.pass_time(300.0)

    red("end of access in time", play)


def quarantine(**more: Any) -> dict[str, Any]:
    """Return a status of a config in a quarantine for failures, whose next attempt is in six hours."""
    upcoming = rfc3339(EPOCH + timedelta(hours=10))
    return {"quarantine": {"reason": "TooManyFailures", "nextAttempt": upcoming, **more}}


async def entered(rogue: Rogue, **more: Any) -> None:
    """Kill the operator, and have the status say that the service is left alone."""
    await rogue.alone()
    await rogue.status(Target(CONFIGS, NAMESPACE, CONFIG), quarantine(**more))
    await rogue.world.pass_time(FAR)


async def title(rogue: Rogue) -> None:
    await rogue.patch(f"/Users/{rogue.id('carla')}", TITLE)


async def title_with_the_end(rogue: Rogue) -> None:
    off(rogue)
    await rogue.patch(f"/Users/{rogue.id('anna')}", disable(), TITLE)


async def newcomer(rogue: Rogue) -> None:
    rogue.world.apply(Kind.USER, "dora", user("dora"))
    await rogue.send(Method.POST, "/Users", user("dora"))


async def member_more(rogue: Rogue) -> None:
    add = {"op": "add", "path": "members", "value": [{"value": rogue.id("carla")}]}
    await rogue.patch(f"/Groups/{rogue.group}", add)


async def put_with_one_more(rogue: Rogue) -> None:
    members = [{"value": rogue.id(name)} for name in ("anna", "carla")]
    await rogue.send(Method.PUT, f"/Groups/{rogue.group}", {"displayName": "team", "members": members})


@pytest.mark.parametrize("play", [title, title_with_the_end, newcomer, member_more, put_with_one_more])
def test_something_else_than_the_end_of_access_is_sent(play: Play) -> None:
    async def in_quarantine(rogue: Rogue) -> None:
        await entered(rogue)
        await play(rogue)

    red("quarantine", in_quarantine)


async def the_end(rogue: Rogue) -> None:
    await rogue.patch(f"/Users/{rogue.id('anna')}", disable())
    await rogue.send(Method.DELETE, f"/Users/{rogue.id('carla')}")
    await rogue.patch(f"/Groups/{rogue.group}", removal(rogue.id("ben")))


async def when_it_is_due(rogue: Rogue) -> None:
    await rogue.world.pass_time(12 * HOUR)
    await title(rogue)


async def under_a_new_spec(rogue: Rogue) -> None:
    rogue.world.configure(interval="20m")
    await title(rogue)


async def with_a_new_token(rogue: Rogue) -> None:
    rogue.world.secret("another")
    await title(rogue)


@pytest.mark.parametrize("play", [the_end, when_it_is_due, under_a_new_spec, with_a_new_token])
def test_what_a_quarantine_does_not_keep_back(play: Play) -> None:
    async def live() -> list[Violation]:
        rogue = Rogue()
        await rogue.begin()
        await entered(rogue)
        await play(rogue)
        await rogue.world.end()
        return rogue.broken("quarantine")

    assert run(live()) == []


def test_with_credentials_refused_nothing_is_said_of_it() -> None:
    async def live() -> list[Violation]:
        rogue = Rogue()
        await rogue.begin()
        await entered(rogue, reason="CredentialsRefused")
        await title(rogue)
        await rogue.world.end()
        return rogue.broken("quarantine")

    assert run(live()) == []


@pytest.mark.parametrize("leave", LEAVES)
def test_an_outage_excuses_who_still_has_access(leave: Callable[[Rogue], None]) -> None:
    async def live() -> list[Violation]:
        rogue = Rogue()
        await rogue.begin()
        rogue.world.service.reachable = False
        leave(rogue)
        await rogue.world.pass_time(HOUR)
        rogue.world.service.reachable = True
        await rogue.world.rest()
        await rogue.world.end()
        return rogue.checker.violations

    assert run(live()) == []


@pytest.mark.parametrize(
    ("fault", "there_is_a_way"),
    [
        ("refused-attribute=title", True),
        ("refused-attribute=active", False),
        ("status=422;method=PATCH", True),
        ("status=500;method=GET;path=/Users", True),
        ("status=500;method=PATCH", False),
        ("status=429;method=PATCH", False),
        ("status=422;method=PUT", False),
        ("status=422", False),
        ("unavailable=none", False),
        ("unique-attribute=emails", True),
    ],
)
def test_which_faults_leave_a_way_to_end_access(fault: str, there_is_a_way: bool) -> None:
    assert leaves_a_way(Fault.parse(fault)) is there_is_a_way
