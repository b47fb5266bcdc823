"""`plan` and `apply` with unique values that two exchange: one of them has a value in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
from scim_operator.core.ownership.between import Between
from scim_operator.core.seal import Seal
from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.desk import Desk

ADA, BOB = "ada@corp.example", "bob@corp.example"


async def exchanged(at: Desk) -> dict[str, str]:
    """Ada and Bob are at the service, and their manifests exchange their userNames; their ids."""
    for name in ("ada", "bob"):
        at.user(name)
    await at.applied()
    at.user("ada", userName=BOB)
    at.user("bob", userName=ADA)
    return {name: present(at.simulator.user(f"{name}@corp.example"))["id"] for name in ("ada", "bob")}


async def test_apply_exchanges_what_a_plan_shows_as_two_renames(at: Desk) -> None:
    ids = await exchanged(at)
    plan = await at.plan()
    assert sorted((step["object"], step["verb"]) for step in plan["steps"]) == [
        ("scimuser/ada", "Update"),
        ("scimuser/bob", "Update"),
    ]
    result = await at.applied()
    assert "Done: 2 steps" in result.stdout
    assert {name: at.simulator.users[id]["userName"] for name, id in ids.items()} == {"ada": BOB, "bob": ADA}
    mark = at.mark()
    assert "No changes" in (await at.applied()).stdout
    assert at.writes(mark) == []


async def test_a_run_that_was_killed_in_between_is_finished_by_the_next(at: Desk) -> None:
    ids = await exchanged(at)
    key = ObjectKey(Kind.USER, "identity", "ada")
    between = Between(Seal(b"of that run"), ConfigKey("identity", "vmware")).of(ADA, key, parse("userName"))
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "userName", "value": between}],
    }
    at.simulator.by_hand("PATCH", f"/Users/{ids['ada']}", body)
    plan = await at.plan()
    assert sorted(step["object"] for step in plan["steps"]) == ["scimuser/ada", "scimuser/bob"]
    await at.applied()
    assert {name: at.simulator.users[id]["userName"] for name, id in ids.items()} == {"ada": BOB, "bob": ADA}
