"""When a mapping is applied: Graph's flow types, and Entra's mapping of type None."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.present import present
from tests.support.rig import service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def started(r: Rig, *mappings: dict[str, Any]) -> None:
    r.spec["users"] = {"mappings": list(mappings)}
    await r.start()
    await r.settle()


async def test_when_empty_fills_and_never_overwrites(r: Rig) -> None:
    r.simulator.seed([service_user("ada", externalId="identity/ada", nickName="Al")])
    r.user("ada", nickName="Countess", title="Analyst")
    r.user("charles", nickName="Charlie")
    await started(r, {"target": "nickName", "source": "nickName", "apply": "WhenEmpty"})
    assert present(r.at_service("ada"))["nickName"] == "Al"
    assert present(r.at_service("ada"))["title"] == "Analyst"
    assert present(r.at_service("charles"))["nickName"] == "Charlie"
    mark = r.mark()
    r.user("charles", nickName="Chuck")
    await r.rest()
    await r.sweep()
    assert r.writes(mark) == []
    r.user("charles")
    await r.rest()
    assert r.writes(mark) == [], "what was filled once is not taken away"


async def test_a_default_alone_fills_what_is_empty(r: Rig) -> None:
    r.simulator.seed([service_user("ada", externalId="identity/ada", userType="Employee")])
    r.user("ada")
    r.user("charles")
    await started(r, {"target": "userType", "default": "Guest"})
    assert present(r.at_service("ada"))["userType"] == "Employee"
    assert present(r.at_service("charles"))["userType"] == "Guest"
    r.patch_by_hand(f"/Users/{r.id_of('charles')}", {"op": "remove", "path": "userType"})
    await r.sweep()
    assert present(r.at_service("charles"))["userType"] == "Guest"


def values(r: Rig, name: str) -> set[str]:
    return {each["value"] for each in (r.at_service(name) or {}).get("roles", ())}


async def test_add_only_takes_nothing_away(r: Rig) -> None:
    r.simulator.seed([service_user("ada", externalId="identity/ada", roles=[{"value": "by-hand"}])])
    r.user("ada", roles=[{"value": "reader", "type": "app"}])
    await started(r, {"target": "roles", "source": "roles", "apply": "AddOnly"})
    assert values(r, "ada") == {"by-hand", "reader"}
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []
    r.user("ada", roles=[{"value": "writer"}])
    await r.rest()
    assert values(r, "ada") == {"by-hand", "reader", "writer"}
    r.user("ada")
    await r.rest()
    assert values(r, "ada") == {"by-hand", "reader", "writer"}


async def test_a_list_from_an_expression_is_the_whole_attribute(r: Rig) -> None:
    r.user("ada", title="Analyst", nickName="Al")
    roles = '[{"value": user.title, "type": "job"}, {"value": user.nickName, "type": "name", "primary": false}]'
    await started(r, {"target": "roles", "expression": roles})
    assert values(r, "ada") == {"Analyst", "Al"}
    r.user("ada", title="Countess", nickName="Al")
    await r.rest()
    assert values(r, "ada") == {"Countess", "Al"}
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []
