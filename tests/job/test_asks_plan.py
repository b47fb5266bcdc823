"""Ask A, C, D and E of the peers' users: a plan first, what is not mine left alone, adoption and drift made visible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from scim_operator.core.decision.decision import decide
from scim_operator.core.keys import Kind
from scim_operator.job.apply.requests import requests
from tests.support.edits import ADA, EDITS, Edit
from tests.support.present import present
from tests.support.rig import WRITES, service_group, service_user
from tools.measure.tenant import EXTRA

if TYPE_CHECKING:
    from tests.support.rig import Rig

Sent = tuple[str, str, Any]


def ada(r: Rig, **changes: Any) -> None:
    """Apply Ada's manifest with these changes; None takes a field out."""
    spec = {"userName": "ada@corp.example", "active": True, **ADA, **changes}
    r.cluster.apply(Kind.USER, "ada", {name: value for name, value in spec.items() if value is not None})


def would_send(r: Rig) -> list[Sent]:
    """The requests of every plan, as the job in mode Plan holds them."""
    session = r.job.session
    knowledge, found = session.knowledge, []
    for record in knowledge.namespace.all_records():
        facts = knowledge.facts(record)
        plan = decide(facts, knowledge.rules(record.key.kind))
        found += requests(plan, facts.match.document, session.service.capabilities)
    r.simulator.log.with_bodies = True
    return [(each.method.value, each.path, each.body) for each in found]


def sent(r: Rig, mark: int) -> list[Sent]:
    """The writes that the service got, with their bodies."""
    return [(e.method, e.path, orjson.loads(e.body) if e.body else None) for e in r.entries(mark) if e.method in WRITES]


@pytest.mark.parametrize("patch", [True, False], ids=["PATCH", "PUT"])
@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.what)
async def test_ask_a_mode_plan_shows_exactly_what_apply_sends(r: Rig, edit: Edit, patch: bool) -> None:
    r.spec["service"] = {**r.spec["service"], "profile": "generic", "capabilities": {"patch": patch}}
    r.spec["users"] = {"mappings": [{"target": path, "source": path} for path in EXTRA]}
    ada(r, **edit.before)
    await r.start()
    await r.settle()
    await r.configure(mode="Plan")
    await r.settle()
    ada(r, **edit.after)
    await r.rest()
    planned, mark = would_send(r), r.mark()
    assert planned, "the edit means something"
    assert r.reason("ada") == "Planned"
    assert all(path.partition("[")[0] in r.message("ada") for _, path in edit.operations), "its condition names them"
    await r.configure(mode="Apply")
    await r.settle()
    assert sent(r, mark) == planned


async def test_ask_a_so_it_is_for_creates_members_disables_and_deletes(r: Rig) -> None:
    r.spec["groups"] = {"whenDeleted": "Delete"}
    for name in ("ada", "charles", "grace"):
        r.user(name)
    r.group("engineering", ["ada", "charles"])
    r.group("sales", [])
    await r.start()
    await r.settle()
    await r.configure(mode="Plan")
    await r.settle()
    r.user("edsger")
    r.group("engineering", ["ada", "grace"])
    r.cluster.delete(Kind.USER, "charles")
    r.cluster.delete(Kind.GROUP, "sales")
    await r.rest()
    planned, mark = would_send(r), r.mark()
    assert {method for method, *_ in planned} == {"POST", "PATCH", "DELETE"}
    await r.configure(mode="Apply")
    await r.settle()
    known = {orjson.dumps(each, option=orjson.OPT_SORT_KEYS) for each in sent(r, mark)}
    assert known == {orjson.dumps(each, option=orjson.OPT_SORT_KEYS) for each in planned}, "in whatever order"


async def test_ask_c_what_is_not_mine_is_left_alone_and_counted(r: Rig) -> None:
    r.simulator.seed([service_user("foreign")], [service_group("theirs")])
    before = (r.at_service("foreign"), r.simulator.group("theirs"))
    r.user("ada")
    await r.start()
    await r.settle()
    await r.sweep()
    assert (r.at_service("foreign"), r.simulator.group("theirs")) == before
    assert r.status["totals"]["users"]["unmanaged"] == 1
    assert r.status["totals"]["groups"]["unmanaged"] == 1


async def test_ask_d_adoption_is_seen_before_it_happens(r: Rig) -> None:
    r.simulator.seed([service_user("ada", title="By hand")])
    r.spec["mode"] = "Plan"
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Planned"
    assert r.status["plan"]["updates"] == 1
    assert r.status["plan"]["creates"] == 0, "a match, and no second Ada"
    assert present(r.at_service("ada"))["title"] == "By hand"
    await r.configure(mode="Apply", users={"adoption": "Never"})
    await r.settle()
    assert r.reason("ada") == "NotOwned"
    assert present(r.at_service("ada"))["title"] == "By hand"


async def test_ask_e_in_mode_plan_drift_is_reported_and_not_fixed(r: Rig) -> None:
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    await r.configure(mode="Plan")
    await r.settle()
    mark = r.mark()
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": "title", "value": "Drifted"})
    await r.sweep()
    assert [each for each in r.writes(mark) if each != "PATCH /Users"] == []
    assert r.reason("ada") == "Planned"
    assert "title" in r.message("ada")
    assert r.status["plan"]["updates"] == 1
    await r.configure(mode="Apply")
    await r.settle()
    assert present(r.at_service("ada"))["title"] == "Analyst"
