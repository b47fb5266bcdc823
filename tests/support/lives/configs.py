"""What a config and a manifest can ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.simulator.settings import Settings
from tests.support.day import Day
from tests.support.lives.living import GENERATED, LENIENT, LIVES, begun, life, to_the_next_sweep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


USER, GROUP = Kind.USER, Kind.GROUP


@life(scope="Assigned", assignments=[{"groupRef": {"name": "team"}}, {"userSelector": {"matchLabels": {"in": "yes"}}}])
async def assignments(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben", "eve", team=["ada"], crew=["ben"])
    yield "the assigned"
    day.team("team", "ada", "ben")
    await day.world.pass_time(20)
    yield "one joins"
    day.team("team", "ben")
    await day.world.pass_time(20)
    yield "one leaves"
    day.world.configure(assignments=[{"userRef": {"name": "eve"}}])
    await day.world.pass_time(30)
    yield "another assignment"


@life(users={**GENERATED, "expression": "user.title != 'Guest'"}, protected={"users": [{"userRef": {"name": "ben"}}]})
async def filters_and_protection(day: Day) -> AsyncIterator[str]:
    day.people("eve", title="Guest")
    await begun(day, "ada", "ben", team=["ada", "ben", "eve"])
    yield "a guest is not in scope"
    day.people("ada", title="Guest")
    await day.world.pass_time(20)
    yield "one becomes a guest"
    day.people("ben", title="Guest")
    await day.world.pass_time(30)
    yield "a protected one is held"
    day.people("ada")
    await day.world.pass_time(20)
    yield "and comes back"


REMOVALS: dict[str, dict[str, Any]] = {
    "deletes": {
        "users": {**GENERATED, "whenDeleted": "Delete", "whenOutOfScope": "Delete"},
        "groups": {"whenDeleted": "Delete"},
    },
    "retains": {
        "users": {**GENERATED, "whenDeleted": "Retain", "whenOutOfScope": "Retain"},
        "groups": {"whenDeleted": "Retain"},
    },
    "only_creates": {"users": {**GENERATED, "actions": ["Create"]}, "groups": {"actions": ["Create"]}},
    "only_updates": {"users": {**GENERATED, "actions": ["Update"]}, "groups": {"actions": ["Update", "Delete"]}},
    "without_groups": {"groups": {"enabled": False}},
}


async def leaving(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben", team=["ada", "ben"])
    yield "begun"
    day.people("ada", title="Lead")
    day.leaves("ben")
    await day.world.pass_time(30)
    yield "one changes, one leaves"
    day.leaves("team", kind=GROUP)
    day.people("ada", active=False)
    await to_the_next_sweep(day)
    yield "the group goes, and one is switched off"


for _name, _spec in REMOVALS.items():
    LIVES[f"a config that {_name.replace('_', ' ')}"] = leaving, lambda spec=_spec: Day(**spec)  # type: ignore[misc]


@life(
    LENIENT,
    service={
        "url": "https://tenant.example/scim/v2",
        "auth": {"bearer": {"secretRef": {"name": "vmware-scim", "key": "token"}}},
        "profile": "generic",
    },
)
async def nested_groups_and_managers(day: Day) -> AsyncIterator[str]:
    day.people("ada", manager={"userRef": {"name": "ben"}})
    day.world.apply(GROUP, "all", {"displayName": "all", "members": [{"groupRef": {"name": "team"}}]})
    await begun(day, "ben", team=["ada", "ben"])
    yield "begun"
    day.leaves("ben")
    await day.world.pass_time(20)
    yield "the manager leaves"
    day.leaves("team", kind=GROUP)
    await day.world.pass_time(20)
    yield "the inner group goes"


@life()
async def dates(day: Day) -> AsyncIterator[str]:
    day.people("ada", notBefore="2026-01-01T00:10:00Z", notAfter="2026-01-01T00:20:00Z")
    await begun(day, "ben", team=["ada", "ben"])
    yield "not yet"
    await day.world.pass_time(600)
    yield "begins"
    await day.world.pass_time(600)
    yield "ends"


@life()
async def suspended_objects(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben", team=["ada", "ben"])
    day.mark()
    day.people("ada", title="Lead", suspend=True)
    day.team("team", "ben")
    await day.world.pass_time(30)
    yield "one is suspended and stays in the group"
    day.people("ada", title="Lead")
    await day.world.pass_time(30)
    yield "resumed"


@life()
async def additive_groups(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben", "eve")
    day.team("team", "ada", membershipPolicy="Additive")
    await day.world.pass_time(20)
    day.mark()
    day.patch("/Groups/team", op="add", path="members", value=[{"value": (day.at_service("eve") or {})["id"]}])
    day.team("team", "ben", membershipPolicy="Additive")
    await to_the_next_sweep(day)
    yield "whom we put in leaves, others stay"


@life(Settings(immutable_external_id=False))
async def names_change_places(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben")
    day.mark()
    day.people("ada", userName="ben@corp.example")
    day.people("ben", userName="ada@corp.example")
    await day.world.pass_time(100)
    yield "two swap their names"


@life()
async def another_mapping(day: Day) -> AsyncIterator[str]:
    await begun(day, "ada", "ben")
    day.mark()
    mapping = {"target": "nickName", "expression": "user.name.givenName + '!'"}
    day.world.configure(users={**GENERATED, "mappings": [mapping]})
    await day.world.pass_time(30)
    yield "all get a nickname"
    day.world.configure(users={**GENERATED, "mappings": [{**mapping, "expression": "user.nothing.givenName"}]})
    await day.world.pass_time(30)
    yield "invalid"
    choice = {
        "target": "nickName",
        "expression": "SelectUniqueValue(user.title, user.title + '2')",
        "apply": "OnCreate",
    }
    day.world.configure(users={**GENERATED, "mappings": [choice]})
    day.people("eve", title="Duke")
    day.people("sam", title="Duke")
    await day.world.pass_time(30)
    yield "a free value is chosen"


@life(users={**GENERATED, "createDisabled": True})
async def created_disabled(day: Day) -> AsyncIterator[str]:
    day.people("ada", notBefore="2026-01-01T00:10:00Z")
    await begun(day, "ben", team=["ada", "ben"])
    yield "before it begins"
    await day.world.pass_time(620)
    yield "it has begun"
