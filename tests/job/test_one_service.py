"""Two configs of one namespace that name one service: one serves, the other waits and sends nothing (ADR 0017)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings

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
    assert r.at_service("ada")["active"] is True  # type: ignore[index]


async def test_however_the_url_is_written(r: Rig) -> None:
    await with_ada(r)
    url = r.spec["service"]["url"]
    await r.configure_other(
        "second", 1, **NOBODY, service={**r.spec["service"], "url": url.upper().replace("HTTP", "http") + "/"}
    )
    await waits(r, "second")


async def test_whoever_is_suspended_or_refused_keeps_the_service(r: Rig) -> None:
    """Somebody who stops provisioning during an incident must not let another one loose."""
    await with_ada(r)
    await r.configure(suspend=True)
    await r.until(lambda: r.condition("Ready")[1] == "Suspended")
    await r.configure_other("second", 1, **NOBODY, suspend=False)
    await waits(r, "second")
    await r.configure(suspend=False, users={"matching": ["no path"]})
    await r.until(lambda: r.condition("Ready")[1] == "InvalidSpec")
    assert standing(r, "second") == ("False", "ServiceTaken")
    assert r.at_service("ada")["active"] is True  # type: ignore[index]


async def test_a_restart_changes_nothing_whoever_is_seen_first(r: Rig) -> None:
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


async def test_nobody_begins_before_all_configs_are_known(r: Rig) -> None:
    """The watch tells of one after the other, in any order, and the one that serves may come last."""
    await r.start_without_config()
    await r.configure()
    await r.until(lambda: r.job._serving == "")
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
        assert other.user("ada@corp.example")["active"] is True  # type: ignore[index]
        assert r.writes(mark) == []
        await r.stop()
        await r.start_without_config()
        await r.configure()
        await r.configure_other("second", 1, service=theirs)
        r.listed()
        await r.until(lambda: r.condition("Ready") == ("False", "ServiceTaken"))
        await r.until(lambda: standing(r, "second")[0] == "True")
        assert other.user("ada@corp.example")["active"] is True  # type: ignore[index]


async def test_a_plan_beside_it_is_no_rival(r: Rig) -> None:
    await with_ada(r)
    await r.configure_other("preview", 1, mode="Plan", **NOBODY)
    await r.until(lambda: r.cluster.config_status.get("preview", {}).get("plan", {}).get("disables") == 1)
    assert r.at_service("ada")["active"] is True  # type: ignore[index]
    await r.check_quiet()
