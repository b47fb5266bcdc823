"""Several configs, one that comes or goes, and what is wrong with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.records.record import REQUESTS
from scim_operator.kube.client import Target
from scim_operator.kube.resources import NAMESPACES
from tests.support.lives.living import GENERATED, begun, life, to_the_next_sweep
from verify.service import TOKEN, URL
from verify.world import CONFIG, NAMESPACE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.day import Day

USER, GROUP = Kind.USER, Kind.GROUP


@life()
async def a_config_goes_and_comes(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben", team=["ada"])
    day.mark()
    day.without_config()
    await day.world.pass_time(20)
    yield "it goes"
    day.people("ada", title="Lead")
    day.leaves("ben")
    await to_the_next_sweep(day)
    yield "nothing happens but what waits for no one"
    day.config()
    await day.world.pass_time(30)
    yield "it comes again"


@life()
async def what_waits_for_a_config_that_goes(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", team=["ada"])
    day.mark()
    day.world.service.reachable = False
    day.leaves("ada")
    await day.world.pass_time(30)
    yield "it waits"
    day.without_config()
    await day.world.pass_time(30)
    yield "it is let go"


@life()
async def two_configs_of_one_service(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada")
    day.mark()
    day.config("other", users={**GENERATED, "whenDeleted": "Delete"})
    await day.world.pass_time(30)
    yield "the second waits"
    day.leaves("ada")
    await day.world.pass_time(30)
    yield "one manifest goes"
    day.people("ben")
    day.without_config()
    await to_the_next_sweep(day)
    yield "the first goes, and the second begins"


@life()
async def another_spelling_of_the_url(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada")
    day.mark()
    day.world.configure(service={**day.world.spec["service"], "url": f"{URL}/"})
    await day.world.pass_time(30)
    yield "the same service"
    day.world.configure(service={**day.world.spec["service"], "url": "no url"})
    await day.world.pass_time(30)
    yield "none"


@life()
async def a_spec_that_is_wrong(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", team=["ada"])
    day.mark()
    day.world.configure(users={**GENERATED, "expression": "user.title =="})
    day.people("ada", title="Lead")
    day.leaves("team", kind=GROUP)
    await to_the_next_sweep(day)
    yield "nothing is done"
    day.world.configure(users=GENERATED)
    await day.world.pass_time(30)
    yield "it is right again"


@life()
async def a_namespace_that_goes(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben", team=["ada"])
    day.mark()
    target = Target(NAMESPACES, None, NAMESPACE)
    day.world.server.apply(target, {}, finalizers=["kubernetes"])
    day.world.server.delete(target)
    day.leaves("ada", "ben")
    day.leaves("team", kind=GROUP)
    await day.world.pass_time(60)
    yield "all manifests go, and no one loses access"


@life()
async def a_look_that_was_asked_for(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada")
    day.ask(None, CONFIG, "one")
    await day.world.pass_time(30)
    yield "it sweeps at once"
    await day.world.kill()
    day.world.start()
    await day.world.pass_time(30)
    yield "once"
    day.world.service.token = "another"
    day.people("ada", title="Lead")
    await day.world.pass_time(100)
    yield "refused"
    day.world.service.token = TOKEN
    day.ask(None, CONFIG, "two")
    await day.world.pass_time(30)
    yield "it connects at once"
    day.ask(USER, "ada", "three", REQUESTS[1])
    await day.world.pass_time(30)
    yield "and looks at one"


@life(users={**GENERATED, "expression": "int(user.title) > 5"})
async def what_cannot_be_known(day: Day) -> AsyncIterator[str]:
    day.people("ada", title="9")
    day.people("ben", title="no number")
    expression = [{"expression": "int(user.title) > 7"}]
    day.world.apply(GROUP, "high", {"displayName": "high", "members": expression})
    await begun(day, team=["ada", "ben"])
    yield "begun"
    day.people("ada", title="no number")
    await day.world.pass_time(30)
    yield "whoever is there stays"
    day.people("ada", title="6")
    day.people("ben", title="8")
    await day.world.pass_time(30)
    yield "known again"


@life(users={**GENERATED, "mappings": [{"target": "nickName", "source": "title", "sensitive": True}]})
async def what_is_sensitive(day: Day) -> AsyncIterator[str]:
    day.people("ada", title="Confidential title 7731")
    await begun(day)
    yield "begun"
    day.fault("refused-attribute=nickName")
    day.people("ada", title="Confidential title 7732")
    await day.world.pass_time(30)
    yield "refused"


@life(owner="acme", ownerAttribute="userType")
async def an_owner(day: Day) -> AsyncIterator[str]:
    day.by_hand(
        "POST",
        "/Users",
        schemas=["urn:ietf:params:scim:schemas:core:2.0:User"],
        userName="eve@corp.example",
        externalId="of-eve",
        userType="other",
        active=True,
        name={"givenName": "Eve", "familyName": "Else"},
        emails=[{"type": "work", "value": "eve@corp.example", "primary": True}],
    )
    await begun(day, "ada", "eve", team=["ada", "eve"])
    yield "what another owns is left alone"
    day.patch("/Users/ada", op="replace", path="userType", value="other")
    await to_the_next_sweep(day)
    yield "another takes one over"
    day.world.configure(transferTo="acme2")
    await day.world.pass_time(60)
    yield "handed over"
