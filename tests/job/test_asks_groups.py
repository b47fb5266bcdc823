"""What users of other tools ask of groups: large ones, absent is not empty, pause and sync (peers' asks G, H, J)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.rig import Rig

LARGE = 2_000


async def test_g_one_change_in_a_large_group_is_one_small_patch(r: Rig) -> None:
    names = [f"user-{number}" for number in range(LARGE)]
    for name in names:
        r.user(name)
    r.group("everybody", names[1:])
    r.spec["service"]["budget"] = {"requestsPerSecond": 1000, "concurrency": 32}
    await r.start()
    await r.until(r.at_rest)
    assert len(r.members("everybody")) == LARGE - 1
    mark = r.mark()
    r.group("everybody", names)
    await r.until(lambda: len(r.members("everybody")) == LARGE)
    await r.rest()
    writes = [entry for entry in r.entries(mark) if entry.method != "GET"]
    assert [(entry.method, entry.path.split("/")[1]) for entry in writes] == [("PATCH", "Groups")]


async def test_h_absent_members_are_not_managed_and_empty_ones_are_none(r: Rig) -> None:
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    mark = r.mark()
    r.group("engineering", None)
    await r.rest()
    await r.sweep()
    assert (r.writes(mark), r.members("engineering")) == ([], {"ada"})
    r.group("engineering", [])
    await r.until(lambda: r.members("engineering") == set())


async def test_h_an_additive_group_keeps_whom_others_added(r: Rig) -> None:
    r.user("ada")
    r.user("bob")
    r.group("engineering", ["ada"], membershipPolicy="Additive")
    await r.start()
    await r.settle()
    added = [{"value": r.id_of("bob")}]
    r.patch_by_hand(f"/Groups/{r.group_id('engineering')}", {"op": "add", "path": "members", "value": added})
    await r.sweep()
    assert r.members("engineering") == {"ada", "bob"}
    r.group("engineering", [], membershipPolicy="Additive")
    await r.until(lambda: r.members("engineering") == {"bob"})


async def test_j_pause_one_sync_one(r: Rig) -> None:
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    mark = r.mark()
    r.user("ada", title="Countess", suspend=True)
    await r.until(lambda: r.reason("ada") == "Suspended")
    r.cluster.annotate(Kind.USER, "ada", **{"reconcile.fluxcd.io/requestedAt": "now"})
    status = "lastHandledReconcileAt"
    await r.until(lambda: present(r.cluster.get(Kind.USER, "ada"))["status"].get(status) == "now")
    assert r.writes(mark) == [], "a request does not end a pause"
