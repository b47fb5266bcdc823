"""Objects that were never in scope say so, at the cost of one write of their status for each, and for each change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from tests.support.rig import present

if TYPE_CHECKING:
    from tests.support.rig import Rig

PEOPLE = 40


@pytest.fixture
def apart(r: Rig) -> Rig:
    """A config that assigns ada alone, beside many others and their group."""
    r.spec |= {"scope": "Assigned", "assignments": [{"userRef": {"name": "ada"}}]}
    r.user("ada")
    for number in range(PEOPLE):
        r.user(f"apart-{number}")
    r.group("team", [f"apart-{number}" for number in range(PEOPLE)])
    return r


def ready(r: Rig, name: str, kind: Kind = Kind.USER) -> tuple[str, str]:
    return r.cluster.ready(kind, name)


async def test_each_says_so_and_why_by_one_write(apart: Rig) -> None:
    await apart.start()
    await apart.settle()
    assert ready(apart, "ada") == ("True", "Provisioned")
    assert {ready(apart, f"apart-{number}") for number in range(PEOPLE)} == {("True", "OutOfScope")}
    assert ready(apart, "team", Kind.GROUP) == ("True", "OutOfScope")
    assert apart.message("apart-1") == "Not assigned: no entry of spec.assignments names it."
    ours = 2  # ada's finalizer and status
    assert apart.cluster.object_writes == PEOPLE + 1 + ours
    await apart.check_quiet()
    manifest = present(apart.cluster.get(Kind.USER, "apart-1"))
    assert "finalizers" not in manifest["metadata"]


async def test_an_edit_is_one_write_and_a_restart_none(apart: Rig) -> None:
    await apart.start()
    await apart.settle()
    before = apart.cluster.object_writes
    apart.user("apart-1", title="Analyst")
    await apart.until(lambda: apart.cluster.object_writes > before)
    await apart.rest()
    assert apart.cluster.object_writes == before + 1
    await apart.stop()
    await apart.start()
    await apart.settle()
    assert apart.cluster.object_writes == before + 1


async def test_it_can_be_turned_off_and_on_again(apart: Rig) -> None:
    apart.spec["reportOutOfScope"] = False
    await apart.start()
    await apart.settle()
    assert apart.cluster.object_writes == 2, "ada's"
    assert "status" not in present(apart.cluster.get(Kind.USER, "apart-1"))
    await apart.check_quiet()
    await apart.configure(reportOutOfScope=True)
    await apart.settle()
    assert ready(apart, "apart-1") == ("True", "OutOfScope")
    assert apart.cluster.object_writes >= PEOPLE + 1 + 2


async def test_who_leaves_says_so_also_where_it_is_turned_off(apart: Rig) -> None:
    apart.spec["reportOutOfScope"] = False
    await apart.start()
    await apart.settle()
    await apart.configure(assignments=[])
    await apart.until(lambda: ready(apart, "ada") == ("True", "Disabled"))
    assert "status" not in present(apart.cluster.get(Kind.USER, "apart-1"))


async def test_a_request_to_look_is_answered_also_where_it_is_turned_off(apart: Rig) -> None:
    apart.spec["reportOutOfScope"] = False
    await apart.start()
    await apart.settle()
    apart.cluster.annotate(Kind.USER, "apart-1", **{"scim-operator.io/reconcile-requested-at": "one"})
    await apart.until(lambda: "status" in present(apart.cluster.get(Kind.USER, "apart-1")))
    assert ready(apart, "apart-1") == ("True", "OutOfScope")
