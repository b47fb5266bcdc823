"""Deleting a namespace or a CRD deletes manifests of which nobody has decided anything: the service stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.rig import Rig

ALL = frozenset(Kind)


async def provisioned(r: Rig) -> int:
    """Two users in a group, all at rest; a mark in the service's log."""
    r.user("ada")
    r.user("charles")
    r.group("engine", ["ada", "charles"])
    await r.start()
    await r.settle()
    return r.mark()


@pytest.mark.parametrize("rule", ["Disable", "Delete"])
async def test_a_deleted_namespace_empties_no_tenant(r: Rig, rule: str) -> None:
    r.spec["users"] = {"whenDeleted": rule}
    mark = await provisioned(r)
    r.cluster.going = ALL
    for kind, name in ((Kind.USER, "ada"), (Kind.USER, "charles"), (Kind.GROUP, "engine")):
        r.cluster.delete(kind, name)
        await r.until(lambda kind=kind, name=name: r.cluster.get(kind, name) is None)  # type: ignore[misc]
    await r.rest()
    assert r.writes(mark) == []


async def test_groups_keep_their_members_while_the_crd_of_users_goes(r: Rig) -> None:
    """By name she is a member still; by label she is none, and nobody has decided that."""
    r.user("grace", labels={"team": "engine"})
    r.group("chosen", ["team=engine"])
    mark = await provisioned(r)
    r.cluster.going = frozenset({Kind.USER})
    for name in ("ada", "grace"):
        r.cluster.delete(Kind.USER, name)
        await r.until(lambda name=name: r.cluster.get(Kind.USER, name) is None)  # type: ignore[misc]
    await r.until(lambda: r.cluster.ready(Kind.GROUP, "chosen") == ("False", "Incomplete"))
    message = "Still in it: 1 member, while the namespace or the CustomResourceDefinition is being deleted"
    assert message in r.message("chosen", Kind.GROUP)
    await r.rest()
    assert r.writes(mark) == []
    await r.until(lambda: r.status["totals"]["groups"]["pending"] == 1)
    assert r.condition("Ready")[0] == "False"


async def test_users_are_deprovisioned_while_the_crd_of_groups_goes(r: Rig) -> None:
    mark = await provisioned(r)
    r.cluster.going = frozenset({Kind.GROUP})
    r.cluster.delete(Kind.GROUP, "engine")
    await r.until(lambda: r.cluster.get(Kind.GROUP, "engine") is None)
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert r.writes(mark) == ["PATCH /Users"]


async def test_what_was_held_is_let_go_by_the_next_sweep(r: Rig) -> None:
    """The limits held a deletion; then the namespace is deleted too, and must not wait for an approval for ever."""
    r.spec["limits"] = {"disables": {"percent": 0, "min": 0, "max": 0}}
    mark = await provisioned(r)
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.ready(Kind.USER, "ada") == ("False", "Held"))
    r.cluster.going = ALL
    await r.sweep()
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert r.writes(mark) == []


async def test_removals_go_on_once_nothing_terminates_any_more(r: Rig) -> None:
    await provisioned(r)
    r.cluster.going = frozenset({Kind.USER})
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    r.cluster.going = frozenset()
    r.cluster.delete(Kind.USER, "charles")
    await r.until(lambda: r.cluster.get(Kind.USER, "charles") is None)
    assert present(r.at_service("charles"))["active"] is False
