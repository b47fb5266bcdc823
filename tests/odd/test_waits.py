"""Whoever waits for something is looked at when that moves: every kind of wait, each event that ends it, no sweep."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.resource import ENTERPRISE_USER
from scim_operator.simulator.faults import FaultName
from tests.support.limiting import UNLIMITED
from tests.support.neighbour import Neighbour, start_all
from tests.support.present import present

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.rig import Rig

MANAGER = f"{ENTERPRISE_USER}:manager"
DELETES = {"users": {"whenDeleted": "Delete", "externalId": "Generated"}}


@dataclass(frozen=True, slots=True)
class Case:
    """`before` is applied before the start, `waits` holds then, `event` happens, and `woken` comes about."""

    id: str
    before: Callable[[Rig], object]
    waits: Callable[[Rig], object]
    event: Callable[[Rig], object]
    woken: Callable[[Rig], object]
    spec: dict[str, Any] = field(default_factory=dict)


def all_of(*results: object) -> None:
    """Several things happen, in this order."""


def same(r: Rig, *names: str) -> None:
    """These have one externalId."""
    for name in names:
        r.user(name, externalId="one")


def provisioned(*names: str) -> Callable[[Rig], bool]:
    return lambda r: all(r.reason(name) == "Provisioned" for name in names)


def conflicting(*names: str) -> Callable[[Rig], bool]:
    return lambda r: all(r.reason(name) == "Conflict" for name in names)


def delete(name: str, kind: Kind = Kind.USER) -> Callable[[Rig], None]:
    return lambda r: r.cluster.delete(kind, name)


def manager_of(r: Rig, name: str) -> str:
    extension = (r.at_service(name) or {}).get(ENTERPRISE_USER) or {}
    return str((extension.get("manager") or {}).get("value") or "")


def reports_to(name: str) -> dict[str, Any]:
    return {"manager": {"userRef": {"name": name}}}


def mapped(**more: Any) -> dict[str, Any]:
    return {"users": {"mappings": [{"target": MANAGER, "source": "manager"}], "externalId": "Generated", **more}}


def suspended_leaver(r: Rig) -> bool:
    r.user("ada", suspend=True)
    if r.reason("ada") == "Suspended":
        r.group("team", ["bob"])
    return r.reason("ada") == "Suspended" and r.rested and r.members("team") == {"ada", "bob"}


def suspended_joiner(r: Rig) -> bool:
    r.user("ada", suspend=True)
    if r.reason("ada") == "Suspended":
        r.group("team", ["ada", "bob"])
    return r.reason("ada") == "Suspended" and r.rested and r.members("team") == {"bob"}


SCOPED: dict[str, Any] = {
    "users": {
        "externalId": "Generated",
        "filters": [{"title": "In", "clauses": [{"attribute": "title", "operator": "EQUALS", "value": "in"}]}],
    }
}

CASES = [
    Case(
        "a claim, and its rival is deleted",
        lambda r: same(r, "ada", "bob"),
        conflicting("ada", "bob"),
        delete("ada"),
        provisioned("bob"),
    ),
    Case(
        "a claim, and its rival claims something else",
        lambda r: same(r, "ada", "bob"),
        conflicting("ada", "bob"),
        lambda r: r.user("ada", externalId="two"),
        provisioned("ada", "bob"),
    ),
    Case(
        "a claim, and its rival leaves the scope",
        lambda r: all_of(r.user("ada", externalId="one", title="in"), r.user("bob", externalId="one", title="in")),
        conflicting("ada", "bob"),
        lambda r: r.user("ada", externalId="one", title="out"),
        provisioned("bob"),
        SCOPED,
    ),
    Case(
        "an owner's resource, and the owner is deleted",
        lambda r: same(r, "ada"),
        lambda r: (same(r, "bob"), r.reason("bob") == "Conflict")[1],
        delete("ada"),
        lambda r: provisioned("bob")(r) and present(r.at_service("bob"))["externalId"] == "one",
        DELETES,
    ),
    Case(
        "an owner's resource, and the owner is renamed",
        lambda r: r.user("ada"),
        lambda r: (r.user("bob", userName="ada@corp.example"), r.reason("bob") == "Conflict")[1],
        lambda r: r.user("ada", userName="countess@corp.example"),
        provisioned("ada", "bob"),
    ),
    Case(
        "a member, and it is created",
        lambda r: r.group("team", ["ada"]),
        lambda r: r.reason("team", Kind.GROUP) == "Pending" or r.simulator.group("team") is not None,
        lambda r: r.user("ada"),
        lambda r: r.members("team") == {"ada"},
    ),
    Case(
        "a member in conflict, and its rival is deleted",
        lambda r: all_of(same(r, "ada", "bob"), r.group("team", ["bob"])),
        conflicting("ada", "bob"),
        delete("ada"),
        lambda r: r.members("team") == {"bob"},
    ),
    Case(
        "a member out of scope, and it comes into it",
        lambda r: all_of(r.user("ada", title="out"), r.group("team", ["ada"])),
        lambda r: r.simulator.group("team") is not None,
        lambda r: r.user("ada", title="in"),
        lambda r: r.members("team") == {"ada"},
        SCOPED,
    ),
    Case(
        "a suspended member that is to leave, and it is resumed",
        lambda r: all_of(r.user("ada"), r.user("bob"), r.group("team", ["ada", "bob"])),
        suspended_leaver,
        lambda r: r.user("ada"),
        lambda r: r.members("team") == {"bob"},
    ),
    Case(
        "a suspended member that is to come, and it is resumed",
        lambda r: all_of(r.user("ada"), r.user("bob"), r.group("team", ["bob"])),
        suspended_joiner,
        lambda r: r.user("ada"),
        lambda r: r.members("team") == {"ada", "bob"},
    ),
    Case(
        "a manager, and he is created",
        lambda r: r.user("ada", **reports_to("bob")),
        lambda r: "still to be provisioned" in r.message("ada"),
        lambda r: r.user("bob"),
        lambda r: manager_of(r, "ada") == (r.at_service("bob") or {}).get("id"),
        mapped(),
    ),
    Case(
        "a manager in conflict, and his rival is deleted",
        lambda r: all_of(same(r, "bob", "eve"), r.user("ada", **reports_to("bob"))),
        conflicting("bob", "eve"),
        delete("eve"),
        lambda r: manager_of(r, "ada") == (r.at_service("bob") or {}).get("id"),
        mapped(),
    ),
    Case(
        "an assignment, and a member of the assigned group comes",
        lambda r: all_of(r.user("ada"), r.group("team", [])),
        lambda r: r.simulator.group("team") is not None and r.at_service("ada") is None,
        lambda r: r.group("team", ["ada"]),
        provisioned("ada"),
        {"scope": "Assigned", "assignments": [{"groupRef": {"name": "team"}}]},
    ),
    Case(
        "a value that is to be unique, and who has it is deleted",
        lambda r: r.user("ada", title="one"),
        lambda r: (r.user("bob", title="one"), r.reason("bob") not in ("", "Provisioned", "Pending"))[1],
        delete("ada"),
        provisioned("bob"),
        {
            "users": {
                "externalId": "Generated",
                "whenDeleted": "Delete",
                "mappings": [
                    {
                        "target": "nickName",
                        "expression": "SelectUniqueValue(user.title, user.title)",
                        "apply": "OnCreate",
                    }
                ],
            }
        },
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_who_waits_is_looked_at_when_that_moves(r: Rig, case: Case) -> None:
    r.spec |= {"interval": "24h", **case.spec}
    case.before(r)
    await r.start()
    await r.settle()
    await r.until(lambda: case.waits(r))
    await r.rest()
    sweeps = r.job.session.sweeps.begun
    case.event(r)
    await r.until(lambda: case.woken(r))
    assert r.job.session.sweeps.begun == sweeps


async def test_a_claim_in_another_namespace_that_is_freed(r: Rig) -> None:
    r.spec |= {"interval": "24h", **DELETES}
    other = Neighbour(r)
    r.user("ada", externalId="one")
    await start_all(r, other)
    await r.settle()
    await other.until(other.at_rest)
    other.user("ada", externalId="one")
    await other.until(lambda: other.reason("ada") == "Conflict")
    r.cluster.delete(Kind.USER, "ada")
    await other.until(lambda: other.reason("ada") == "Provisioned")


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("names", [("a-new", "z-old"), ("z-new", "a-old")])
@pytest.mark.parametrize("number", [1, 12])
async def test_renamed_while_the_service_is_away(
    hurried: Rig, names: tuple[str, str], number: int, *, restart: bool
) -> None:
    """The old name is deleted, and the new one created, before the service is back."""
    r, (new, old) = hurried, names
    r.spec |= {"interval": "24h", "limits": UNLIMITED}
    for each in range(number):
        r.user(f"{old}{each}", externalId=f"one{each}", userName=f"p{each}@corp.example")
    await r.start()
    await r.settle()
    r.simulator.faults.add("unavailable=none")
    session = r.job.session
    session.sweeps.sweep_now()
    await r.until(lambda: r.job.session is not session)
    for each in range(number):
        r.cluster.delete(Kind.USER, f"{old}{each}")
        r.user(f"{new}{each}", externalId=f"one{each}", userName=f"p{each}@corp.example")
    if restart:
        await r.crash()
        r.generation -= 1
        await r.start()
    r.simulator.faults.clear(FaultName.UNAVAILABLE)
    r.job.connections.hurry()
    await r.settle()
    await r.until(lambda: all(r.cluster.get(Kind.USER, f"{old}{each}") is None for each in range(number)))
    await r.rest()
    waiting = {r.reason(f"{new}{each}") for each in range(number)}
    assert "Conflict" not in waiting, r.message(f"{new}0")


REFUSED = ("status=500;method=PATCH", "status=500;method=PUT")


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("away", [REFUSED, ("status=503;path=/Users/",)], ids=["to change", "by id"])
@pytest.mark.parametrize("names", [("a-new", "z-old"), ("z-new", "a-old")], ids=["a-new", "z-new"])
async def test_renamed_while_nothing_can_be_changed(
    hurried: Rig, names: tuple[str, str], away: tuple[str, ...], *, restart: bool
) -> None:
    """The service can be listed, so that a restart sees both names before the old one can be let go."""
    r, (new, old) = hurried, names
    r.spec |= {"interval": "24h", "limits": UNLIMITED, "users": {"adoption": "IfUnowned", "externalId": "Generated"}}
    each = range(6)
    for number in each:
        r.user(f"{old}{number}", externalId=f"one{number}", userName=f"p{number}@corp.example")
    r.group("team", [f"{old}{number}" for number in each])
    await r.start()
    await r.settle()
    r.simulator.faults.add(*away)
    for number in each:
        r.cluster.delete(Kind.USER, f"{old}{number}")
        r.user(f"{new}{number}", externalId=f"one{number}", userName=f"p{number}@corp.example")
    r.group("team", [f"{new}{number}" for number in each])
    await r.until(lambda: all(r.reason(f"{new}{number}") == "Conflict" for number in each))
    if restart:
        await r.crash()
        r.generation -= 1
        await r.start()
        await r.settle()
    sweeps = r.job.session.sweeps.begun
    r.simulator.faults.clear()
    await r.until(lambda: all(r.reason(f"{new}{number}") == "Provisioned" for number in each))
    assert all(user["active"] for user in r.simulator.users.values())
    await r.until(lambda: r.members("team") == {f"p{number}" for number in each})
    assert r.job.session.sweeps.begun == sweeps
