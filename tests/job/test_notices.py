"""Who is told of what a job meets: each thing once, by a webhook that a real receiver takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from scim_operator.core.keys import Kind
from tests.job.test_limits import NAMES, delete_all
from tests.support.limiting import limits
from tests.support.rig import rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig

HASTE = 150


class Inbox:
    """What was told."""

    def __init__(self, r: Rig) -> None:
        self.rig = r
        self.reported: list[dict[str, Any]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.reported.append(json.loads(await request.read())["data"])
        return web.Response()

    @property
    def topics(self) -> list[str]:
        return [one["topic"] for one in self.reported]

    async def until(self, *topics: str) -> None:
        """Wait until just these were told, in this order."""
        await self.rig.until(lambda: len(self.reported) >= len(topics))
        assert self.topics == list(topics)


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    """A job that moves fast, with a receiver that is told everything."""
    async with rig(haste=HASTE) as r:
        made, app = Inbox(r), web.Application()
        app.router.add_post("/hook", made.take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        r.cluster.secrets["hook", "url"] = url.encode()
        r.cluster.bind("hook", url)
        r.spec["notifications"] = [{"webhook": {"urlSecretRef": {"name": "hook"}, "allowInsecure": True}}]
        yield made
        await r.stop()
        await runner.cleanup()


async def test_objects_that_fail_are_reported_in_one_message_and_so_is_the_fix(inbox: Inbox) -> None:
    r = inbox.rig
    for name in NAMES:
        r.user(name, userName="the.same@corp.example")
    await r.start()
    await inbox.until("Failure")
    assert inbox.reported[0]["counts"] == {"Conflict": 6}
    assert inbox.reported[0]["objects"] == [f"scimuser/{name}" for name in NAMES]
    assert "the.same" not in str(inbox.reported), "no attribute value leaves"
    await r.crash()
    await r.start()
    await r.settle()
    for name in NAMES:
        r.user(name)
    await inbox.until("Failure", "Recovered")


async def test_held_changes_are_reported_with_their_digest_and_so_is_their_release(inbox: Inbox) -> None:
    r = inbox.rig
    r.spec["limits"] = limits(disables=1)
    for name in NAMES:
        r.user(name)
    await r.start()
    await r.settle()
    delete_all(r)
    await inbox.until("ApprovalRequired")
    assert inbox.reported[0]["digest"] == r.status["plan"]["digest"]
    assert "6 disables" in inbox.reported[0]["message"]
    await r.configure(approvedPlan=inbox.reported[0]["digest"])
    await inbox.until("ApprovalRequired", "Recovered")
    await r.until(lambda: r.cluster.get(Kind.USER, NAMES[0]) is None)


async def quarantined(inbox: Inbox) -> Rig:
    """The rig once a token that the service takes no more has brought quarantine, and that was told."""
    r = inbox.rig
    r.user("ada")
    await r.start()
    await r.settle()
    r.rotate("new-token")
    r.job.connections.hurry()
    await inbox.until("Quarantine")
    return r


async def test_an_expired_token_is_reported_once_and_so_is_its_successor(inbox: Inbox) -> None:
    r = await quarantined(inbox)
    assert inbox.reported[0]["reason"] == "CredentialsRefused"
    r.job.connections.hurry()
    await r.until(lambda: r.status["quarantine"]["seriesCount"] == 1)
    r.cluster.secrets["vmware-scim", "token"] = b"new-token"
    await inbox.until("Quarantine", "Recovered")
    assert "token" not in str(inbox.reported)


async def test_an_outage_that_lasts_is_reported_once_and_so_is_its_end(inbox: Inbox) -> None:
    r = inbox.rig
    r.user("ada")
    await r.start()
    await r.settle()
    r.simulator.faults.add("status=503")
    r.job.connections.hurry()
    began = r.clock.monotonic()
    await inbox.until("Connection")
    assert r.clock.monotonic() - began >= 600, "a restart of the service is told to nobody"
    assert (inbox.reported[0]["reason"], r.condition("Connected")[1]) == ("Unavailable", "Unavailable")
    assert inbox.reported[0]["message"].startswith("Not connected for 1")
    r.simulator.faults.clear()
    await inbox.until("Connection", "Recovered")
    assert inbox.reported[1]["ends"] == "Connection"


async def test_a_service_that_takes_no_write_is_reported_although_it_answers(inbox: Inbox) -> None:
    """The connection passes its test, and each object is tried ten times."""
    r = inbox.rig
    for name in ("ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal", "ida", "jon"):
        r.user(name)
    r.simulator.faults.add("status=500;method=POST")
    await r.start()
    await r.until(lambda: inbox.topics[:1] == ["Failure"])
    assert inbox.reported[0]["counts"] == {"Retrying": len(inbox.reported[0]["objects"])}
    r.simulator.faults.clear()
    await r.until(lambda: inbox.topics[-1] == "Recovered")
    assert set(inbox.topics[:-1]) == {"Failure"}
    assert len(r.simulator.users) == 10


async def test_a_secret_that_is_missing_is_reported(inbox: Inbox) -> None:
    r = inbox.rig
    del r.cluster.secrets["vmware-scim", "token"]
    await r.start()
    await inbox.until("Connection")
    assert inbox.reported[0]["reason"] == "SecretNotFound"


async def test_a_config_that_is_gone_reports_nothing_more(inbox: Inbox) -> None:
    r = inbox.rig
    for name in NAMES:
        r.user(name, userName="the.same@corp.example")
    await r.start()
    await r.settle()
    await r.remove_config()
    await r.pass_time(60)
    assert inbox.reported == []


async def test_a_quarantine_is_not_forgotten_while_the_config_is_suspended(inbox: Inbox) -> None:
    r = await quarantined(inbox)
    await r.configure(suspend=True)
    await r.until(lambda: r.condition("Ready")[1] == "Suspended")
    await r.crash()
    reports = r.cluster.reports
    await r.start()
    await r.until(lambda: r.cluster.reports > reports)
    assert r.status["quarantine"]["reason"] == "CredentialsRefused"
    r.cluster.secrets["vmware-scim", "token"] = b"new-token"
    await r.configure(suspend=False)
    await inbox.until("Quarantine", "Recovered")
