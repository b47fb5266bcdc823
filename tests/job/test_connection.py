"""Test Connection: what is wrong with URL, token and service is told, and nothing is changed until it is mended."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.rig import rig

if TYPE_CHECKING:
    from tests.support.rig import Rig


def message(r: Rig) -> str:
    """What the condition Connected says."""
    return next(c["message"] for c in r.status["conditions"] if c["type"] == "Connected")


WRONG: list[Any] = [
    pytest.param("html", "NotScim", id="a web page"),
    pytest.param("redirect", "Redirected", id="a login page elsewhere"),
    pytest.param("expired-token", "Unauthorized", id="an expired token"),
    pytest.param("filter=ignored", "FilterIgnored", id="filters that are ignored"),
    pytest.param("base-query=aadOptscim062020", "WrongURL", id="a flag of the URL that is missing"),
]


@pytest.mark.parametrize(("fault", "reason"), WRONG)
async def test_a_wrong_service_is_reported_and_nothing_is_changed(fault: str, reason: str) -> None:
    async with rig(haste=20) as r:
        r.simulator.seed([{"userName": "someone"}])
        r.simulator.faults.add(fault)
        r.user("ada")
        await r.start()
        await r.until(lambda: r.condition("Connected")[0] == "False")
        assert r.condition("Connected") == ("False", reason)
        assert r.condition("Ready") == ("False", "NotConnected")
        assert r.writes() == []
        assert r.events()[-1][0] == reason
        r.simulator.faults.clear()
        await r.until(lambda: r.condition("Connected")[0] == "True")
        await r.settle()
        assert r.writes() == ["POST /Users"]


async def test_a_wrong_path_is_reported(r: Rig) -> None:
    r.spec["service"] = {**r.spec["service"], "url": r.simulator.url.replace("/scim/v2", "/scim/v9")}
    r.user("ada")
    await r.start()
    await r.until(lambda: r.condition("Connected")[0] == "False")
    assert r.condition("Connected")[1] in ("WrongURL", "NotScim")
    await r.configure(service={**r.spec["service"], "url": r.simulator.url})
    await r.settle()
    assert r.condition("Connected")[0] == "True"


async def test_a_service_that_is_away_is_reported(r: Rig) -> None:
    r.spec["service"] = {**r.spec["service"], "url": "http://127.0.0.1:9/scim/v2"}
    await r.start()
    await r.until(lambda: r.condition("Connected") == ("False", "Unreachable"))


async def test_a_missing_secret_is_named_and_waited_for(hurried: Rig) -> None:
    r = hurried
    token = r.cluster.secrets.pop(("vmware-scim", "token"))
    r.user("ada")
    await r.start()
    await r.until(lambda: r.condition("Connected") == ("False", "SecretNotFound"))
    assert "vmware-scim" in message(r)
    r.cluster.secrets["vmware-scim", "token"] = token
    await r.settle()
    assert r.writes() == ["POST /Users"]


async def test_a_token_that_is_no_text_is_reported_and_fixed(hurried: Rig) -> None:
    r = hurried
    token = r.cluster.secrets["vmware-scim", "token"]
    r.cluster.secrets["vmware-scim", "token"] = b"\xff\xfe"
    await r.start()
    await r.until(lambda: r.condition("Ready") == ("False", "InvalidSpec"))
    r.cluster.secrets["vmware-scim", "token"] = token
    await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"))
    assert r.condition("Stalled") == ("", "")


async def test_a_rotated_secret_is_taken_up_at_once(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    r.rotate("new-token")
    r.cluster.secrets["vmware-scim", "token"] = b"new-token"
    r.user("charles")
    await r.until(lambda: r.at_service("charles") is not None)
    assert r.condition("Connected") == ("True", "TestPassed")
    await r.rest()
    assert r.reason("charles") == "Provisioned"


async def test_a_token_that_expires_before_its_successor_comes_is_waited_for(hurried: Rig) -> None:
    r = hurried
    r.user("ada")
    await r.start()
    await r.settle()
    r.rotate("new-token")
    mark = r.mark()
    r.user("charles")
    await r.until(lambda: r.condition("Connected") == ("False", "Unauthorized"))
    assert r.reason("ada") == "Provisioned"
    r.cluster.secrets["vmware-scim", "token"] = b"new-token"
    await r.until(lambda: r.at_service("charles") is not None)
    await r.until(lambda: r.condition("Connected") == ("True", "TestPassed"))
    assert [e.method for e in r.entries(mark) if e.status < 300 and e.method != "GET"] == ["POST"]


async def test_no_token_reaches_status_or_events(hurried: Rig) -> None:
    r = hurried
    r.simulator.faults.add("expired-token")
    r.user("ada")
    await r.start()
    await r.until(lambda: r.condition("Connected")[0] == "False")
    assert "rig-token" not in str(r.status)
    assert "rig-token" not in str(r.events())


async def test_a_service_that_fails_for_long_is_reported_and_comes_back(hurried: Rig) -> None:
    r = hurried
    for number in range(20):
        r.user(f"user{number}")
    await r.start()
    await r.settle()
    r.simulator.faults.add("unavailable=none")
    for number in range(20):
        r.user(f"user{number}", title="New")
    await r.until(lambda: r.condition("Connected")[0] == "False")
    r.simulator.faults.clear()
    await r.until(lambda: all(u.get("title") == "New" for u in r.simulator.users.values()))
    await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"))


async def test_an_outage_between_sweeps_is_shown_and_its_end_too(hurried: Rig) -> None:
    r = hurried
    r.user("ada")
    await r.start()
    await r.settle()
    r.simulator.faults.add("status=503")
    r.job.connections.hurry()
    await r.until(lambda: r.condition("Connected") == ("False", "Unavailable"))
    assert r.condition("Ready") == ("False", "NotConnected")
    r.simulator.faults.clear()
    await r.until(lambda: r.condition("Ready")[0] == "True")
    assert r.condition("Connected")[0] == "True"


async def test_a_listing_that_stays_broken_holds_up_no_edit(hurried: Rig) -> None:
    """The test of the connection passes, and what changes is asked for one by one."""
    r = hurried
    for name in ("ada", "bob"):
        r.user(name)
    await r.start()
    await r.settle()
    session = r.job.session
    r.simulator.faults.add("status=503;path=/Groups")
    r.job.connections.hurry()
    await r.until(lambda: session.sweeps.begun >= 6)
    r.user("ada", title="Analyst")
    await r.until(lambda: (r.at_service("ada") or {}).get("title") == "Analyst")
    assert r.job.session is session
    assert r.condition("Connected")[0] == "True"
    assert r.condition("Ready") == ("False", "NotSwept")
    assert r.job.connections.overdue() == "", "a restart of the operator mends no service"
    r.simulator.faults.clear()
    await r.until(lambda: r.condition("Ready")[0] == "True")


async def test_what_a_former_session_has_listed_is_not_held_beside_the_next(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    former = weakref.ref(r.job.connections.session)
    await r.configure(interval="2h")
    await r.settle()
    gc.collect()
    assert former() is None
    assert r.writes() == ["POST /Users"], "what it remembered is still known"
