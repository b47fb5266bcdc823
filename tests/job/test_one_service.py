"""Two configs of one namespace that name one service: one serves, the other waits and sends nothing (ADR 0017)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.api.limits import Quarantine
from scim_operator.core.connection.quarantine import Cause, entered, quarantine_to_json
from scim_operator.core.keys import Kind
from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings
from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.rig import Rig

NOBODY: dict[str, Any] = {"scope": "Assigned", "assignments": []}
"""A config that, were it to serve, would disable everybody and delete every group."""


def standing(r: Rig, name: str) -> tuple[str, str]:
    """Ready's status and reason at a config."""
    conditions = r.cluster.config_status.get(name, {}).get("conditions", ())
    return next(((each["status"], each["reason"]) for each in conditions if each["type"] == "Ready"), ("", ""))


async def waits(r: Rig, name: str) -> None:
    await r.until(lambda: standing(r, name) == ("False", "ServiceTaken"))


async def with_ada(r: Rig) -> None:
    r.user("ada")
    r.group("crew", "ada")
    await r.start()
    await r.settle()


async def test_the_second_waits_says_so_and_sends_nothing(r: Rig) -> None:
    await with_ada(r)
    mark = r.mark()
    await r.configure_other("second", 1, **NOBODY)
    await waits(r, "second")
    conditions = {each["type"]: each for each in r.cluster.config_status["second"]["conditions"]}
    assert conditions["Stalled"]["reason"] == "ServiceTaken"
    assert conditions["Ready"]["message"] == (
        "ProvisioningConfig vmware of this namespace serves spec.service.url, and two would undo each other's work: "
        "nothing is sent. Delete one of them, give one another service or namespace, or set its spec.mode to Plan."
    )
    assert [reason for reason, _ in r.cluster.events].count("ServiceTaken") == 1
    await r.check_quiet()
    assert r.writes(mark) == []
    assert present(r.at_service("ada"))["active"] is True


async def test_however_the_url_is_written(r: Rig) -> None:
    await with_ada(r)
    url = r.spec["service"]["url"]
    await r.configure_other(
        "second", 1, **NOBODY, service={**r.spec["service"], "url": url.upper().replace("HTTP", "http") + "/"}
    )
    await waits(r, "second")


async def test_anyone_who_is_suspended_or_refused_keeps_the_service(r: Rig) -> None:
    """Somebody who stops provisioning during an incident must not let another one loose."""
    await with_ada(r)
    await r.configure(suspend=True)
    await r.until(lambda: r.condition("Ready")[1] == "Suspended")
    await r.configure_other("second", 1, **NOBODY, suspend=False)
    await waits(r, "second")
    await r.configure(suspend=False, users={"matching": ["no path"]})
    await r.until(lambda: r.condition("Ready")[1] == "InvalidSpec")
    assert standing(r, "second") == ("False", "ServiceTaken")
    assert present(r.at_service("ada"))["active"] is True


@pytest.mark.parametrize("kept", [{"suspend": True}, {"users": {"expression": "user.title =="}}], ids=str)
async def test_anyone_who_has_not_begun_and_cannot_stops_no_one(r: Rig, kept: dict[str, Any]) -> None:
    r.user("ada")
    await r.start_without_config()
    await r.configure_other("another", 1, **kept)
    await r.configure()
    r.listed()
    await r.settle()
    assert present(r.at_service("ada"))["active"] is True
    assert standing(r, "another")[1] in ("Suspended", "InvalidSpec")
    await r.configure_other("another", 2)
    await waits(r, "another")


async def test_a_restart_changes_nothing_no_matter_who_is_seen_first(r: Rig) -> None:
    await with_ada(r)
    await r.configure_other("another", 1, **NOBODY)
    await waits(r, "another")
    await r.stop()
    events = len(r.cluster.events)
    await r.start_without_config()
    await r.configure_other("another", 1, **NOBODY)
    mark = r.mark()
    await r.configure()
    await r.settle()
    r.listed()
    await r.check_quiet()
    assert r.writes(mark) == []
    assert standing(r, "another") == ("False", "ServiceTaken")
    assert "ServiceTaken" not in {reason for reason, _ in r.cluster.events[events:]}, "that is no news"


async def test_no_one_begins_before_all_configs_are_known(r: Rig) -> None:
    """The watch tells of one after the other, in any order, and the one that serves may come last."""
    await r.start_without_config()
    await r.configure()
    await r.pass_time(1)
    assert r.cluster.config_status == {}
    r.listed()
    await r.settle()


async def test_the_next_takes_over_when_the_first_is_deleted(r: Rig) -> None:
    await with_ada(r)
    await r.configure_other("second", 1)
    await waits(r, "second")
    mark = r.mark()
    await r.remove_config()
    await r.until(lambda: standing(r, "second")[0] == "True")
    assert r.cluster.config_status["second"]["claimedUrl"] == r.spec["service"]["url"]
    assert r.writes(mark) == [], "it asks for the same, and takes the resources as they are"


async def test_the_next_takes_over_when_the_first_moves_away_or_only_plans(r: Rig) -> None:
    await with_ada(r)
    await r.configure_other("second", 1)
    await waits(r, "second")
    await r.configure(mode="Plan")
    await r.until(lambda: standing(r, "second")[0] == "True")
    assert r.status["claimedUrl"] is None
    await r.configure(mode="Apply")
    await r.until(lambda: r.condition("Ready") == ("False", "ServiceTaken"))
    assert standing(r, "second")[0] == "True", "whoever has it keeps it"
    async with Simulator(Settings(token="rig-token")) as other:
        await r.configure(service={**r.spec["service"], "url": other.url})
        await r.settle()
        assert other.user("ada@corp.example") is not None


async def test_an_edit_takes_no_service_away(r: Rig) -> None:
    """The first moves to the service of the second, which is younger and has been at work there."""
    async with Simulator(Settings(token="rig-token")) as other:
        await with_ada(r)
        theirs = {**r.spec["service"], "url": other.url}
        await r.configure_other("second", 1, service=theirs)
        await r.until(lambda: standing(r, "second")[0] == "True")
        mark = r.mark()
        await r.configure(service=theirs, **NOBODY)
        await r.until(lambda: r.condition("Ready") == ("False", "ServiceTaken"))
        assert present(other.user("ada@corp.example"))["active"] is True
        assert r.writes(mark) == []
        await r.stop()
        await r.start_without_config()
        await r.configure()
        await r.configure_other("second", 1, service=theirs)
        r.listed()
        await r.until(lambda: r.condition("Ready") == ("False", "ServiceTaken"))
        await r.until(lambda: standing(r, "second")[0] == "True")
        assert present(other.user("ada@corp.example"))["active"] is True


async def test_a_plan_beside_it_is_no_rival(r: Rig) -> None:
    await with_ada(r)
    await r.configure_other("preview", 1, mode="Plan", **NOBODY)
    await r.until(lambda: r.cluster.config_status.get("preview", {}).get("plan", {}).get("disables") == 1)
    assert present(r.at_service("ada"))["active"] is True
    await r.check_quiet()


async def test_anyone_who_is_at_work_goes_on_when_another_says_the_same(r: Rig) -> None:
    """A status that somebody edited, or a backup of it: that one is seen while the first is at work."""
    await with_ada(r)
    await r.configure_other("another", 1, **NOBODY)
    await waits(r, "another")
    await r.stop()
    r.cluster.config_status["another"]["claimedUrl"] = r.spec["service"]["url"]
    await r.start_without_config()
    await r.configure()
    await r.settle()
    await r.configure_other("another", 1, **NOBODY)
    r.listed()
    await r.until(lambda: r.cluster.config_status["another"]["claimedUrl"] is None)
    assert standing(r, "another") == ("False", "ServiceTaken")
    await r.check_quiet()
    assert present(r.at_service("ada"))["active"] is True


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_config_that_waits_holds_no_deletion_up(r: Rig, *, restarted: bool) -> None:
    """It served before, so that manifests tell of it; whoever serves now does what is to be done there."""
    await with_ada(r)
    await r.configure_other("second", 1)
    await waits(r, "second")
    await r.configure(mode="Plan")
    await r.until(lambda: standing(r, "second")[0] == "True" and r.entry("ada", config="second").get("id") is not None)
    await r.configure(mode="Apply")
    await waits(r, "vmware")
    assert r.entry("ada").get("id") is not None
    if restarted:
        await r.stop()
        await r.start_without_config()
        await r.configure()
        await r.configure_other("second", 1, mode="Apply")
        r.listed()
    r.cluster.delete(Kind.USER, "ada")
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert present(r.at_service("ada"))["active"] is False


async def test_it_holds_up_none_that_was_deleted_before_it_waited(r: Rig) -> None:
    async with Simulator(Settings(token="rig-token")) as other:
        await with_ada(r)
        theirs = {**r.spec["service"], "url": other.url}
        await r.configure_other("second", 1, service=theirs)
        await r.until(lambda: r.entry("ada", config="second").get("id") is not None)
        await r.configure_other("second", 2, service=theirs, suspend=True)
        await r.until(lambda: standing(r, "second") == ("False", "Suspended"))
        r.cluster.delete(Kind.USER, "ada")
        await r.until(lambda: present(r.at_service("ada"))["active"] is False)
        await r.rest()
        assert r.cluster.get(Kind.USER, "ada") is not None
        await r.configure_other("second", 3)
        await waits(r, "second")
        await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)


async def test_anyone_who_takes_over_looks_at_what_was_left_undone(r: Rig) -> None:
    """A leaver whom the first could not disable any more must not keep their access."""
    await with_ada(r)
    await r.configure_other("second", 1)
    await waits(r, "second")
    await r.configure(suspend=True)
    await r.until(lambda: r.condition("Ready")[1] == "Suspended")
    r.cluster.delete(Kind.USER, "ada")
    await r.remove_config()
    await r.until(lambda: standing(r, "second") == ("False", "ApprovalRequired"))
    held = r.cluster.config_status["second"]["plan"]
    assert "the first sweep of a config has no allowance" in held["reason"], "it is new here"
    await r.configure_other("second", 2, suspend=False, approvedPlan=held["digest"])
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert present(r.at_service("ada"))["active"] is False


@pytest.mark.parametrize(("changes", "reason"), [({}, "ServiceTaken"), ({"suspend": True}, "Suspended")])
async def test_why_it_stands_still_is_reported_when_the_api_server_takes_it_again(
    hurried: Rig, changes: dict[str, Any], reason: str
) -> None:
    r = hurried
    await with_ada(r)
    with r.cluster.away() as refused:
        await r.configure_other("second", 1, **changes)
        await r.until(lambda: len(refused) > 0)
    await r.until(lambda: standing(r, "second") == ("False", reason))


async def test_anyone_who_waited_is_not_bound_by_an_old_quarantine(r: Rig) -> None:
    """It was moved here from a service that refused it, and tries this one as soon as it may, after a restart too."""
    await with_ada(r)
    known = await r.job.connections.quarantine_keeper.fingerprint(r.job.session.settings)
    await r.stop()
    refused = entered(None, Cause.CREDENTIALS, "401.", datetime.now(UTC), Quarantine(), 1.0)
    quarantine = quarantine_to_json(replace(refused, credentials=known))
    taken = {"type": "Ready", "status": "False", "reason": "ServiceTaken", "message": "", "lastTransitionTime": ""}
    r.status.update(quarantine=quarantine, conditions=[taken], observedGeneration=2, claimedUrl=None)
    await r.start()
    await r.until(lambda: r.condition("Ready")[0] == "True")


async def test_what_is_under_way_ends_before_another_takes_over(r: Rig) -> None:
    await with_ada(r)
    await r.configure_other("second", 1)
    await waits(r, "second")
    mark = r.mark()
    r.simulator.faults.add("latency=800;method=POST;times=1")
    r.user("bob")
    await r.until(lambda: r.simulator.faults.idle)
    await r.remove_config()
    await r.until(lambda: standing(r, "second")[0] == "True" and r.entry("bob", config="second").get("id") is not None)
    assert r.writes(mark) == ["POST /Users"]


async def test_two_that_change_places_both_go_on(r: Rig) -> None:
    async with Simulator(Settings(token="rig-token")) as other:
        await with_ada(r)
        mine, theirs = r.spec["service"], {**r.spec["service"], "url": other.url}
        await r.configure_other("second", 1, service=theirs)
        await r.until(lambda: standing(r, "second")[0] == "True")
        await r.configure(service=theirs)
        await waits(r, "vmware")
        await r.configure_other("second", 2, service=mine)
        await r.until(lambda: r.cluster.config_status["second"]["claimedUrl"] == mine["url"])
        await r.until(lambda: standing(r, "second")[0] == "True" and r.condition("Ready")[0] == "True")
        assert r.status["claimedUrl"] == other.url


async def test_an_edit_there_and_back_in_one_moment_keeps_the_service(r: Rig) -> None:
    async with Simulator(Settings(token="rig-token")) as other:
        await with_ada(r)
        await r.configure_other("another", 1, **NOBODY)
        await waits(r, "another")
        mine = r.spec["service"]
        r.simulator.faults.add("latency=2000;method=POST;times=1")
        r.user("bob")
        await r.until(lambda: r.simulator.faults.idle)
        await r.configure(service={**mine, "url": other.url})
        await r.pass_time(0.05)
        await r.configure(service=mine)
        await r.settle()
        assert standing(r, "another") == ("False", "ServiceTaken")
        assert present(r.at_service("ada"))["active"] is True


async def test_a_config_that_waits_alarms_no_one(r: Rig) -> None:
    """It was refused at its own service, and is not tried any more: its gauges would stand still for ever."""
    await with_ada(r)
    async with Simulator(Settings(token="another-token")) as other:
        await r.configure_other("second", 1, service={**r.spec["service"], "url": other.url})
        await r.until(lambda: standing(r, "second")[1] == "NotConnected")
        assert b'scim_connected{config="identity/second"} 0.0' in r.metrics.render()
        await r.configure_other("second", 2)
        await waits(r, "second")
        assert b'config="identity/second"' not in r.metrics.render()
        assert b'scim_connected{config="identity/vmware"} 1.0' in r.metrics.render()
