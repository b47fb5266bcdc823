"""Resource types, and the overview of each, fail alone: the others go on, and the config says what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from scim_operator.simulator.catalogue import FaultName
from tests.support.explaining import explained, step
from tests.support.rig import service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig

REFUSALS = ["404", "403", "500", "405", "400"]


def ready_message(r: Rig) -> str:
    return next(c["message"] for c in r.status["conditions"] if c["type"] == "Ready")


@pytest.mark.parametrize("status", REFUSALS)
async def test_a_service_without_groups_keeps_its_users(hurried: Rig, status: str) -> None:
    r = hurried
    r.simulator.faults.add(f"status={status};path=/Groups")
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.until(lambda: r.reason("ada") == "Provisioned")
    await r.until(lambda: r.condition("Ready") == ("False", "NotSwept"))
    assert "/Groups" in ready_message(r)
    assert r.condition("Connected")[0] == "True"
    r.user("ada", title="Analyst")
    await r.until(lambda: (r.at_service("ada") or {}).get("title") == "Analyst")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: (r.at_service("ada") or {}).get("active") is False)
    assert r.cluster.ready(Kind.GROUP, "engineering")[0] != "True"


@pytest.mark.parametrize("status", REFUSALS)
async def test_a_service_without_users_keeps_its_groups(hurried: Rig, status: str) -> None:
    r = hurried
    r.simulator.faults.add(f"status={status};path=/Users")
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.until(lambda: r.condition("Ready") == ("False", "NotSwept"))
    assert "/Users" in ready_message(r)
    await r.until(lambda: r.simulator.group("engineering") is not None)
    assert r.cluster.ready(Kind.USER, "ada")[0] != "True"


UNSEEN = ("unfiltered=400", "filter=refused")


async def test_a_service_that_shows_neither_lists_nor_filters_is_served_by_recorded_ids(hurried: Rig) -> None:
    r = hurried
    for name in ("ada", "bob"):
        r.user(name)
    r.group("engineering", ["ada", "bob"])
    await r.start()
    await r.settle()
    await r.stop()
    r.simulator.faults.add(*UNSEEN)
    r.user("ada", title="Analyst")
    r.cluster.delete(Kind.USER, "bob")
    await r.start()
    await r.until(lambda: (r.at_service("ada") or {}).get("title") == "Analyst")
    await r.until(lambda: (r.at_service("bob") or {}).get("active") is False and r.members("engineering") == {"ada"})
    await r.until(lambda: r.condition("Ready") == ("False", "NotSwept"))
    assert r.condition("Connected") == ("True", "TestPassed")
    assert "/Users" in ready_message(r)
    assert "/Groups" in ready_message(r)


async def test_there_nothing_is_created_unseen_and_the_status_says_what_to_do(hurried: Rig) -> None:
    r = hurried
    r.simulator.seed([service_user("bob")])
    r.simulator.faults.add(*UNSEEN, "duplicate-allowed")
    for name in ("ada", "bob"):
        r.user(name)
    r.group("engineering", ["ada"])
    await r.start()
    await r.until(lambda: r.reason("bob") == r.reason("ada") == r.reason("engineering", Kind.GROUP) == "Rejected")
    for said in (r.message("ada"), r.message("bob"), r.message("engineering", Kind.GROUP)):
        assert "cannot be known whether the resource is there already, and it is not created" in said
        assert "have the service's administrator allow one of the two" in said
    assert (len(r.simulator.users), r.simulator.groups) == (1, {})
    r.simulator.faults.clear(FaultName.FILTER)
    r.job.session.hurry()
    await r.until(lambda: r.reason("ada") == "Provisioned")


@pytest.mark.parametrize("lost", ["", "drop-after;method=POST;path=/Users;times=1"])
async def test_a_rebuilt_cluster_creates_no_one_again_there(hurried: Rig, lost: str) -> None:
    """Statuses and finalizers are gone, and the service takes a second resource of the same name (promise S2)."""
    r = hurried
    r.simulator.faults.add("duplicate-allowed", *filter(None, [lost]))
    r.user("ada")
    await r.start()
    await r.until(lambda: len(r.simulator.users) == 1)
    await r.crash()
    if "status" in (r.cluster.get(Kind.USER, "ada") or {}):
        r.cluster.wipe_status(Kind.USER, "ada")
    r.cluster.replace_finalizers(Kind.USER, "ada", [])
    r.simulator.faults.add(*UNSEEN)
    await r.start()
    await r.until(lambda: r.reason("ada") == "Rejected")
    assert len(r.simulator.users) == 1
    r.simulator.faults.clear()
    await r.until(lambda: r.reason("ada") == "Provisioned")
    assert len(r.simulator.users) == 1


@pytest.mark.parametrize(("kind", "other"), [("groups", "Users"), ("users", "Groups")])
@pytest.mark.parametrize("status", REFUSALS)
async def test_of_a_kind_that_is_switched_off_nothing_is_asked(r: Rig, kind: str, other: str, status: str) -> None:
    path = f"/{kind.title()}"
    r.simulator.faults.add(f"status={status};path={path}")
    r.spec[kind] = {**r.spec.get(kind, {}), "enabled": False}
    r.user("ada")
    r.group("engineering", [])
    await r.start()
    await r.settle()
    assert r.condition("Ready") == ("True", "Provisioned")
    assert not [e for e in r.entries() if e.path.startswith(path)]
    assert r.writes() == [f"POST /{other}"]


async def without(r: Rig, kind: Kind, *, restart: bool) -> None:
    """Two people and two groups are provisioned; then one kind is switched off."""
    for name in ("ada", "bob"):
        r.user(name)
    r.group("engineering", ["ada", "bob"])
    r.group("sales", [])
    await r.start()
    await r.settle()
    if restart:
        await r.stop()
    rules = f"{kind.resource_type.value.lower()}s"
    r.spec = {**r.spec, rules: {**r.spec.get(rules, {}), "enabled": False}}
    await (r.start() if restart else r.configure())
    await r.settle()


@pytest.mark.parametrize("kind", [Kind.USER, Kind.GROUP])
@pytest.mark.parametrize("restart", [False, True])
async def test_of_a_kind_that_is_switched_off_later_nothing_is_asked_either(r: Rig, kind: Kind, restart: bool) -> None:
    """What is there stays as it is and on record, although manifests leave, and goes on when switched on again."""
    rules, path, name = ("users", "/Users", "ada") if kind is Kind.USER else ("groups", "/Groups", "engineering")
    leaver = "bob" if kind is Kind.USER else "sales"
    await without(r, kind, restart=restart)
    id, mark = r.entry(name, kind)["id"], r.mark()
    assert r.cluster.ready(kind, name) == ("True", "Retained")
    assert f"spec.{rules}.enabled is false" in r.message(name, kind)
    r.user("ada", title="Countess", active=False)
    r.group("engineering", ["bob"])
    r.cluster.delete(kind, leaver)
    await r.until(lambda: r.cluster.get(kind, leaver) is None)
    await r.sweep()
    assert step(await explained(r, kind, name), "Match").outcome == "not asked, as no request is sent for this kind"
    assert not [entry for entry in r.entries(mark) if entry.path.startswith(path)]
    assert r.condition("Ready") == ("True", "Provisioned")
    await r.configure(**{rules: {**r.spec[rules], "enabled": True}})
    await r.settle()
    assert r.cluster.ready(kind, name) == ("True", "Provisioned")
    assert r.entry(name, kind)["id"] == id
    assert r.at_service("ada")["active"] is False
    assert r.members("engineering") <= {"bob"}


async def test_what_waits_to_be_deleted_waits_while_its_kind_is_off(hurried: Rig) -> None:
    r = hurried
    r.spec["groups"] = {"deleteAfter": "60s"}
    r.group("engineering", [])
    await r.start()
    await r.settle()
    r.cluster.delete(Kind.GROUP, "engineering")
    await r.until(lambda: bool(r.status.get("tombstones")))
    mark = r.mark()
    await r.configure(groups={"deleteAfter": "60s", "enabled": False})
    await r.settle()
    await r.pass_time(120)
    assert not [entry for entry in r.entries(mark) if entry.path.startswith("/Groups/")]
    assert len(r.simulator.groups) == 1
    await r.configure(groups={"deleteAfter": "60s", "enabled": True})
    await r.until(lambda: r.simulator.groups == {})


async def test_what_comes_back_is_provisioned_without_a_person(hurried: Rig) -> None:
    r = hurried
    r.simulator.faults.add("status=403;path=/Groups")
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.until(lambda: r.condition("Ready") == ("False", "NotSwept"))
    r.simulator.faults.clear()
    await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"))
    assert r.members("engineering") == {"ada"}


@pytest.mark.parametrize("status", ["404", "410"])
async def test_groups_that_are_missing_for_a_while_are_not_forgotten(hurried: Rig, status: str) -> None:
    """404 to everything below an endpoint that is gone says nothing of a resource (promise S1)."""
    r = hurried
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    id = r.entry("engineering", Kind.GROUP)["id"]
    r.simulator.faults.add(f"status={status};path=/Groups")
    await r.stop()
    await r.start()
    await r.until(lambda: r.condition("Ready") == ("False", "NotSwept"))
    r.group("engineering", [])
    await r.until(lambda: r.reason("engineering", Kind.GROUP) == "Retrying")
    assert r.entry("engineering", Kind.GROUP)["id"] == id
    r.simulator.faults.clear()
    await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"))
    assert r.members("engineering") == set()
    assert len(r.simulator.groups) == 1


@pytest.mark.parametrize(
    "fault",
    [
        "unfiltered=403",
        "unfiltered=400",
        "unfiltered=405",
        "unfiltered=500",
        "broken-page=error:2",
        "broken-page=lacks:2",
    ],
)
async def test_a_restart_without_an_overview_ends_access_and_takes_up_edits(hurried: Rig, fault: str) -> None:
    r = hurried
    r.spec["service"] = {**r.spec["service"], "capabilities": {"pageSize": 2}}
    names = ("ada", "bob", "carol", "dan")
    for name in names:
        r.user(name)
    r.group("engineering", list(names))
    await r.start()
    await r.settle()
    await r.stop()
    r.simulator.faults.add(f"{fault};path=/Users")
    r.simulator.faults.add(f"{fault};path=/Groups")
    r.user("ada", active=False)
    r.cluster.delete(Kind.USER, "bob")
    r.user("carol", title="Analyst")
    r.user("eve")
    r.group("engineering", ["carol", "dan", "eve"])
    await r.start()
    await r.until(lambda: (r.at_service("ada") or {}).get("active") is False)
    await r.until(lambda: (r.at_service("bob") or {}).get("active") is False)
    await r.until(lambda: (r.at_service("carol") or {}).get("title") == "Analyst")
    await r.until(lambda: r.members("engineering") == {"carol", "dan", "eve"})
    await r.until(lambda: r.condition("Ready") == ("False", "NotSwept"))
    assert len(r.simulator.users) == 5
    assert len(r.simulator.groups) == 1
    r.simulator.faults.clear()
    await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"))
    await r.check_quiet()


async def test_strangers_stay_where_no_one_knows_who_they_are(hurried: Rig) -> None:
    """An incomplete listing ends no one's access (S10): only recorded ids are enough."""
    r = hurried
    r.user("ada")
    r.user("bob")
    r.group("engineering", ["ada", "bob"])
    await r.start()
    await r.settle()
    await r.stop()
    (stranger,), _ = r.simulator.seed([service_user("stranger")])
    r.patch_by_hand(
        f"/Groups/{r.group_id('engineering')}", {"op": "add", "path": "members", "value": [{"value": stranger}]}
    )
    r.simulator.faults.add("unfiltered=403;path=/Users")
    r.group("engineering", ["ada"])
    await r.start()
    await r.until(lambda: r.condition("Ready") == ("False", "NotSwept"))
    await r.until(lambda: r.members("engineering") == {"ada", "stranger"})
    await r.rest()
    assert r.members("engineering") == {"ada", "stranger"}
    r.simulator.faults.clear()
    await r.until(lambda: r.members("engineering") == {"ada"})


async def test_limits_hold_without_an_overview(hurried: Rig) -> None:
    """Who is to leave is read by id first, and judged as a whole."""
    r = hurried
    names = [f"user{number}" for number in range(30)]
    for name in names:
        r.user(name)
    await r.start()
    await r.settle()
    await r.stop()
    r.simulator.faults.add("unfiltered=403;path=/Users")
    for name in names[:20]:
        r.cluster.delete(Kind.USER, name)
    await r.start()
    await r.until(lambda: r.condition("ApprovalRequired")[0] == "True")
    await r.rest()
    assert all(user["active"] for user in r.simulator.users.values())
