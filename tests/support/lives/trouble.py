"""A service, a network or an API server that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.connection.expiry import ANNOTATION
from scim_operator.core.keys import Kind
from scim_operator.core.secrecy.destinations import HOSTS
from scim_operator.kube.client import Target
from scim_operator.kube.resources import OF_KIND, SECRETS
from scim_operator.simulator.settings import Settings
from tests.support.lives.living import begun, life, to_the_next_sweep
from verify.fates import Fate
from verify.service import NEW_TOKEN
from verify.world import INTERVAL, NAMESPACE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.day import Day
    from verify.history import Exchange

USER, GROUP = Kind.USER, Kind.GROUP


@life()
async def refusals(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben")
    day.mark()
    day.fault("status=400:invalidValue;method=PATCH;path=/Users")
    day.people("ada", title="Lead")
    await to_the_next_sweep(day)
    yield "refused"
    day.people("ada", title="Boss")
    await day.world.pass_time(20)
    yield "refused again"
    day.fault()
    await to_the_next_sweep(day)
    yield "a sweep does not try it"
    day.people("ada", title="Chief")
    await day.world.pass_time(20)
    yield "taken"
    day.fault("status=409:uniqueness;method=POST;path=/Users")
    day.people("eve")
    await day.world.pass_time(8000)
    yield "taken by what no one sees"


@life()
async def failures_that_pass(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben", team=["ada"])
    day.mark()
    day.fault("status=500;method=PATCH;path=/Users")
    day.people("ada", title="Lead")
    await day.world.pass_time(8000)
    yield "it backs off, and is tried each hour in the end"
    day.fault()
    await day.world.pass_time(6000)
    yield "it is taken at last"
    day.fault("throttle=30;method=PATCH;path=/Users;times=2")
    day.people("ada", title="Boss")
    await day.world.pass_time(100)
    yield "the service asks to wait"
    day.fault("unavailable=3;method=PATCH")
    day.people("ada", title="Chief")
    await day.world.pass_time(60)
    yield "not available"


@life()
async def an_outage(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben")
    day.mark()
    day.world.service.reachable = False
    day.people("ada", title="Lead")
    await day.world.pass_time(1500)
    yield "away"
    day.world.service.reachable = True
    await day.world.pass_time(400)
    yield "back"


@life(quarantine={"retries": ["1h", "2h"], "disableAfter": "4h"})
async def a_token_that_is_refused(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada")
    day.mark()
    day.world.service.token = NEW_TOKEN
    day.people("ada", title="Lead")
    await day.world.pass_time(6000)
    yield "refused, and in quarantine"
    day.world.secret(NEW_TOKEN)
    await day.world.pass_time(30)
    yield "a new one"


@life(quarantine={"minimum": 2, "percent": 10, "retries": ["10m"]})
async def too_many_failures(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben", "eve")
    day.mark()
    day.fault("status=400;method=PATCH;path=/Users")
    day.people("ada", title="Lead")
    day.people("ben", title="Lead")
    await day.world.pass_time(1300)
    yield "left alone"
    day.fault()
    await day.world.pass_time(700)
    yield "tried again"


@life()
async def groups_cannot_be_listed(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben", team=["ada", "ben"])
    day.mark()
    day.fault("status=503;path=/Groups")
    await day.world.pass_time(INTERVAL)
    yield "not swept"
    day.people("ada", active=False)
    day.leaves("ben")
    await day.world.pass_time(100)
    yield "access ends all the same"
    day.fault()
    await to_the_next_sweep(day)
    yield "back"


@life()
async def an_api_server_that_fails(day: Day) -> AsyncIterator[str]:
    day.world.weather.forced = lambda exchange: None if exchange.to_service or not exchange.writes else Fate.ERROR
    await begun(day, "ada", seconds=100)
    yield "nothing is written"
    day.world.weather.clear()
    await day.world.pass_time(300)
    yield "it writes again"
    day.world.weather.forced = _refused_statuses
    day.people("ada", title="Lead")
    await day.world.pass_time(100)
    yield "a status is not taken"
    day.world.weather.clear()
    await to_the_next_sweep(day)
    yield "it is"


def _refused_statuses(exchange: Exchange) -> Fate | None:
    return Fate.ERROR if exchange.path.startswith("scimusers") and exchange.writes else None


@life()
async def lost_answers(day: Day) -> AsyncIterator[str]:
    day.world.weather.forced = lambda exchange: Fate.ANSWER_LOST if exchange.to_service and exchange.writes else None
    await begun(day, "ada", team=["ada"], seconds=100)
    yield "created, and no answer came"
    day.people("ada", title="Lead")
    day.leaves("team", kind=GROUP)
    await day.world.pass_time(100)
    yield "changed, and no answer came"


@life()
async def killed_while_it_creates(day: Day) -> AsyncIterator[str]:
    day.world.weather.forced = lambda exchange: (
        Fate.ANSWER_LOST if exchange.method == "POST" and exchange.to_service else None
    )
    await begun(day, "ada", seconds=0.2)
    await day.world.kill()
    day.world.weather.clear()
    day.world.start()
    await day.world.pass_time(100)
    yield "it is found again"


@life(Settings(etag=True, discovery=True))
async def versions(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben", team=["ada"])
    day.mark()
    day.patch("/Users/ada", op="replace", path="name.familyName", value="Changed")
    day.people("ada", title="Lead")
    day.team("team", "ada", "ben")
    await day.world.pass_time(30)
    yield "another version by now"


@life()
async def statuses_that_are_wiped(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben", team=["ada"])
    day.mark()
    for kind, name in ((USER, "ada"), (GROUP, "team")):
        day.world.server.patch(Target(OF_KIND[kind], NAMESPACE, name, "status"), {"status": None})
    await to_the_next_sweep(day)
    yield "written again"
    day.world.server.patch(Target(OF_KIND[USER], NAMESPACE, "ben"), {"metadata": {"finalizers": []}})
    await to_the_next_sweep(day)
    yield "a finalizer is put on again"


@life()
async def a_token_that_ends(day: Day) -> AsyncIterator[str]:
    data = {"token": "Y2FuYXJ5LXRva2VuLTVjMWQ3YQ==", HOSTS: "dGVuYW50LmV4YW1wbGU="}
    target = Target(SECRETS, NAMESPACE, "vmware-scim")
    day.world.server.apply(target, data)
    day.world.server.patch(target, {"metadata": {"annotations": {ANNOTATION: "2026-01-02T01:00:00Z"}}})
    await begun(day, "ada")
    yield "within the week"
    await day.world.pass_time(3600 + 700)
    yield "within the day"


@life()
async def another_operator(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada")
    day.mark()
    day.world.start()
    await day.world.pass_time(300)
    yield "two are at work"
    await day.world.kill()
    day.people("ada", title="Lead")
    await day.world.pass_time(600)
    yield "one is left"
