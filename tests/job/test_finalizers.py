"""A manifest that is being deleted waits for every config that has something of it, and for no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings
from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def test_a_manifest_deleted_while_suspended_is_done_afterwards(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    await r.configure(suspend=True)
    await r.until(lambda: r.condition("Ready") == ("False", "Suspended"))
    r.cluster.delete(Kind.USER, "ada")
    assert r.cluster.get(Kind.USER, "ada") is not None
    await r.configure(suspend=False)
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert present(r.at_service("ada"))["active"] is False


async def test_a_manifest_deleted_while_disconnected_is_done_afterwards(hurried: Rig) -> None:
    r = hurried
    r.user("ada")
    await r.start()
    await r.settle()
    r.simulator.faults.add("expired-token")
    r.user("charles")
    await r.until(lambda: r.condition("Connected")[0] == "False")
    r.cluster.delete(Kind.USER, "ada")
    assert r.cluster.get(Kind.USER, "ada") is not None
    r.simulator.faults.clear()
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert present(r.at_service("ada"))["active"] is False


async def test_a_manifest_deleted_while_no_one_runs_is_done_afterwards(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    await r.stop()
    r.cluster.delete(Kind.USER, "ada")
    await r.start()
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert present(r.at_service("ada"))["active"] is False


async def test_the_finalizer_goes_when_both_configs_are_done(r: Rig) -> None:
    async with Simulator(Settings(token="rig-token")) as second:
        service = {**r.spec["service"], "url": second.url}
        r.user("ada")
        await r.start()
        await r.configure_other("second", 1, service=service)
        await r.settle()
        await r.until(lambda: second.user("ada@corp.example") is not None and r.entry("ada", config="second") != {})
        assert {body["config"] for body in (r.cluster.get(Kind.USER, "ada") or {})["status"]["services"]} == {
            "vmware",
            "second",
        }
        await r.configure_other("second", 2, service=service, suspend=True)
        await r.until(lambda: r.cluster.config_status["second"]["observedGeneration"] == 2)
        r.cluster.delete(Kind.USER, "ada")
        await r.until(lambda: present(r.at_service("ada"))["active"] is False)
        await r.rest()
        mark = r.mark()
        await r.sweep()
        assert r.cluster.get(Kind.USER, "ada") is not None, "the second has not looked yet"
        assert [e.query for e in r.entries(mark) if "externalId" in e.query.get("filter", "")] == [], "done is done"
        await r.configure_other("second", 3, service=service)
        await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
        user = second.user("ada@corp.example")
        assert user is not None
        assert user["active"] is False


async def test_a_config_that_never_had_it_holds_nothing_up(r: Rig) -> None:
    async with Simulator(Settings(token="rig-token")) as second:
        service = {**r.spec["service"], "url": second.url}
        r.user("ada")
        await r.start()
        await r.configure_other("second", 1, service=service, suspend=True)
        await r.settle()
        await r.configure_other("third", 1, service=service, scope="Assigned")
        await r.until(lambda: "third" in r.cluster.config_status)
        r.cluster.delete(Kind.USER, "ada")
        await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
        assert second.users == {}


async def test_a_config_that_is_removed_holds_nothing_up_and_changes_nothing(r: Rig) -> None:
    async with Simulator(Settings(token="rig-token")) as second:
        service = {**r.spec["service"], "url": second.url}
        r.user("ada")
        await r.start()
        await r.configure_other("second", 1, service=service)
        await r.settle()
        await r.until(lambda: r.entry("ada", config="second").get("id") is not None)
        await r.configure_other("second", 2, service=service, suspend=True)
        await r.until(lambda: r.cluster.config_status["second"]["observedGeneration"] == 2)
        r.cluster.delete(Kind.USER, "ada")
        await r.until(lambda: present(r.at_service("ada"))["active"] is False)
        await r.rest()
        await r.remove_config("second")
        await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
        user = second.user("ada@corp.example")
        assert user is not None
        assert user["active"] is True, "removing a config leaves its tenant as it is"


async def test_what_waited_for_a_config_that_is_gone_goes_when_the_api_server_takes_it(hurried: Rig) -> None:
    r = hurried
    async with Simulator(Settings(token="rig-token")) as other:
        r.user("ada")
        await r.start()
        await r.configure_other("second", 1, service={**r.spec["service"], "url": other.url})
        await r.settle()
        await r.until(lambda: r.entry("ada", config="second").get("id") is not None)
        await r.configure_other("second", 2, service={**r.spec["service"], "url": other.url}, suspend=True)
        await r.until(lambda: r.cluster.config_status["second"]["observedGeneration"] == 2)
        r.cluster.delete(Kind.USER, "ada")
        await r.until(lambda: present(r.at_service("ada"))["active"] is False)
        await r.rest()
        with r.cluster.away() as refused:
            await r.remove_config("second")
            await r.until(lambda: len(refused) > 1)
        await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)


async def test_an_unanswered_create_is_looked_for_before_the_manifest_goes(hurried: Rig) -> None:
    """The create took effect, its answer was lost, and the manifest is deleted before it was found."""
    r = hurried
    await r.start()
    await r.settle()
    r.simulator.faults.add("drop-after;method=POST;times=1", "stale-list=60000")
    r.user("ada")
    await r.until(lambda: r.reason("ada") in ("Retrying", "Rejected"))
    assert present(r.at_service("ada"))["active"] is True
    r.cluster.delete(Kind.USER, "ada")
    r.simulator.faults.clear()
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert present(r.at_service("ada"))["active"] is False


async def test_a_disabled_user_is_deleted_when_its_time_has_come(hurried: Rig) -> None:
    r = hurried
    r.spec["users"] = {"deleteAfter": "30s"}
    r.user("ada")
    r.user("charles")
    await r.start()
    await r.settle()
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert [each["name"] for each in r.status["tombstones"]] == ["ada"], "durable before the manifest goes"
    await r.crash()
    await r.start()
    await r.until(lambda: r.at_service("ada") is None)
    assert r.at_service("charles") is not None
    await r.until(lambda: r.job.session is not None and r.job.session.knowledge.memory.tombstones.to_json() == [])


async def test_a_return_lifts_the_tombstone(hurried: Rig) -> None:
    r = hurried
    r.spec["users"] = {"deleteAfter": "30s"}
    r.user("ada")
    await r.start()
    await r.settle()
    before = r.id_of("ada")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    r.user("ada")
    await r.rest()
    assert r.job.session.knowledge.memory.tombstones.to_json() == []
    await r.sweep()
    assert r.status["tombstones"] == []
    assert r.id_of("ada") == before


async def test_a_tombstone_that_a_crash_lost_is_set_again(hurried: Rig) -> None:
    r = hurried
    r.spec |= {"scope": "Assigned", "assignments": [{"userRef": {"name": "ada"}}], "users": {"deleteAfter": "60s"}}
    r.user("ada")
    await r.start()
    await r.settle()
    await r.configure(assignments=[])
    await r.settle()
    await r.crash()
    r.cluster.config_status["vmware"]["tombstones"] = []
    await r.start()
    await r.until(lambda: r.at_service("ada") is None)


async def test_who_was_enabled_again_is_not_deleted_when_the_time_has_come(hurried: Rig) -> None:
    r = hurried
    r.spec["users"] = {"deleteAfter": "40s"}
    r.user("ada")
    await r.start()
    await r.settle()
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "replace", "path": "active", "value": True})
    await r.until(lambda: r.job.session.knowledge.memory.tombstones.to_json() == [])
    await r.rest()
    assert present(r.at_service("ada"))["active"] is True


async def test_a_hidden_user_is_deleted_when_its_time_has_come(hurried: Rig) -> None:
    r = hurried
    r.simulator.faults.add("inactive")
    r.spec["users"] = {"deleteAfter": "40s"}
    r.user("ada")
    await r.start()
    await r.settle()
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    await r.sweep()
    await r.until(lambda: not r.simulator.users)


async def test_a_deletion_that_is_refused_is_tried_less_and_less_often(hurried: Rig) -> None:
    r = hurried
    r.spec["users"] = {"deleteAfter": "10s"}
    r.user("ada")
    await r.start()
    await r.settle()
    r.simulator.faults.add("status=400;method=DELETE")
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.writes().count("DELETE /Users") >= 6)
    tries = r.times("DELETE /Users")
    assert tries[5] - tries[4] > 10, "the sixth attempt waits longer than the look at what is due"
    fifth = [e for e in r.entries() if e.method == "DELETE"][4].sequence
    assert sum(e.method == "GET" and e.sequence < fifth for e in r.entries()) < 20
    r.simulator.faults.clear()


async def test_a_plan_counts_what_is_overdue(hurried: Rig) -> None:
    r = hurried
    r.spec["users"] = {"deleteAfter": "20s"}
    r.user("ada")
    await r.start()
    await r.settle()
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    await r.configure(mode="Plan")
    await r.pass_time(30)
    await r.sweep()
    assert r.status["plan"]["deletes"] == 1
    assert [(each["object"], each["verb"]) for each in r.status["plan"]["first"]] == [("scimuser/ada", "Delete")]
    mark = r.mark()
    await r.configure(mode="Apply")
    await r.until(lambda: r.at_service("ada") is None)
    assert r.writes(mark) == ["DELETE /Users"]


@pytest.mark.parametrize(
    "change", [{"actions": ["Create", "Update"]}, {"whenDeleted": "Retain"}, {"deleteAfter": "0s"}], ids=str
)
async def test_who_waits_stays_when_the_config_deletes_no_one_any_more(hurried: Rig, change: dict[str, Any]) -> None:
    r = hurried
    r.spec["users"] = {"deleteAfter": "60s"}
    r.user("ada")
    await r.start()
    await r.settle()
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    await r.configure(users={"deleteAfter": "60s", **change})
    await r.settle()
    await r.pass_time(90)
    assert r.at_service("ada") is not None
    await r.configure(users={"deleteAfter": "60s"})
    await r.until(lambda: r.at_service("ada") is None)
