"""Quarantine: a service that refuses us, or most of what is sent, is left alone, and taken up again when that helps."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.rig import rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig


@asynccontextmanager
async def refused(fault: str = "expired-token", haste: int = 1000, **spec: Any) -> AsyncIterator[Rig]:
    """A rig with one user, whose service has refused us for long enough; its clock runs fast."""
    async with rig(haste=haste) as r:
        r.spec |= spec
        r.user("ada")
        await r.start()
        await r.settle()
        r.simulator.faults.add(fault)
        await r.sweep_and_lose()
        await r.until(lambda: r.condition("Quarantined")[0] == "True")
        yield r


async def passed(r: Rig, seconds: float) -> None:
    """Wait until so many seconds of the job's time have passed."""
    await r.pass_time(seconds)


REFUSALS: list[Any] = [
    pytest.param("expired-token", "CredentialsRefused", id="a token that has expired"),
    pytest.param("html", "ServiceIncompatible", id="a web page where SCIM was"),
    pytest.param("base-query=flag", "ServiceIncompatible", id="404 where users were"),
]


@pytest.mark.parametrize(("fault", "reason"), REFUSALS)
async def test_a_service_that_refuses_us_for_long_is_left_alone(fault: str, reason: str) -> None:
    async with refused(fault) as r:
        assert r.condition("Quarantined") == ("True", reason)
        assert r.condition("Ready") == ("False", "Quarantined")
        assert r.condition("Stalled") == ("True", "Quarantined")
        assert r.condition("Reconciling") == ("", "")
        assert r.status["quarantine"]["reason"] == reason
        assert r.status["quarantine"]["seriesCount"] == 0
        mark = r.mark()
        r.user("ada", title="New")
        await passed(r, 3600)
        assert list(r.entries(mark)) == [], "an hour passed, and nothing was sent"


async def test_an_outage_is_no_reason_for_quarantine() -> None:
    async with rig(haste=1000) as r:
        r.user("ada")
        await r.start()
        await r.settle()
        r.simulator.faults.add("unavailable=none")
        r.job.connections.hurry()
        await passed(r, 4000)
        assert r.condition("Quarantined") == ("", "")
        r.simulator.faults.clear()
        await r.until(lambda: r.condition("Connected")[0] == "True")


async def test_it_is_tried_again_after_six_twelve_and_twenty_four_hours() -> None:
    """Entra's series, here twenty thousand times as fast."""
    async with refused(haste=20_000) as r:
        for number, hours in enumerate((12, 24, 24, 24), start=1):
            due = instant(r, "nextAttempt")
            await r.until(lambda number=number: r.status["quarantine"]["seriesCount"] == number)  # type: ignore[misc]
            seen, after = r.clock.now(), instant(r, "nextAttempt")
            # The attempt was made between the two, by how busy the machine is; the pause is within a tenth.
            assert (after - due) / timedelta(hours=1) > 0.89 * hours
            assert (after - seen) / timedelta(hours=1) < 1.11 * hours
        assert [reason for reason, _ in r.events()].count("Quarantined") == 1
        assert instant(r, "began") == instant(r, "seriesBegan")
        r.simulator.faults.clear()
        await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"))
        assert r.condition("Quarantined") == ("", "")
        assert r.status["quarantine"] is None
        assert [reason for reason, _ in r.events()].count("QuarantineLifted") == 1


async def test_after_long_enough_nothing_is_tried_until_something_changes() -> None:
    async with refused(haste=20_000, quarantine={"retries": ["1h"], "disableAfter": "3h"}) as r:
        await r.until(lambda: r.status["quarantine"]["nextAttempt"] is None)
        mark = r.mark()
        await passed(r, 24 * 3600)
        assert list(r.entries(mark)) == []
        r.simulator.faults.clear()
        await r.configure(interval="20m")
        await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"))


@pytest.mark.parametrize("change", ["Secret", "spec", "request"])
async def test_what_may_help_is_tried_at_once(change: str) -> None:
    async with refused(haste=600) as r:
        r.simulator.faults.clear()
        if change == "Secret":
            r.rotate("new-token")
            r.cluster.secrets["vmware-scim", "token"] = b"new-token"
        elif change == "spec":
            await r.configure(interval="20m")
        else:
            r.job.connections.hurry()
        await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"))
        assert r.condition("Quarantined") == ("", "")


async def test_a_restart_neither_ends_a_quarantine_nor_reports_it_again() -> None:
    async with refused(haste=600) as r:
        mark, reported, kept = r.mark(), len(r.events()), dict(r.status["quarantine"])
        await r.crash()
        r.generation -= 1  # the manifest is as it was
        await r.start()
        await passed(r, 600)
        assert list(r.entries(mark)) == []
        assert len(r.events()) == reported
        assert r.status["quarantine"] == kept
        assert r.condition("Quarantined") == ("True", "CredentialsRefused")


async def test_a_token_that_was_changed_while_we_were_away_is_tried_at_once() -> None:
    async with refused(haste=600) as r:
        await r.crash()
        r.generation -= 1
        r.simulator.faults.clear()
        r.rotate("new-token")
        r.cluster.secrets["vmware-scim", "token"] = b"new-token"
        await r.start()
        await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"))


async def test_the_status_reports_nothing_of_the_token() -> None:
    async with refused() as r:
        assert "rig-token" not in str(r.status)
        assert len(r.status["quarantine"]["credentials"]) == 8


async def test_a_service_that_refuses_most_objects_is_left_alone() -> None:
    async with rig(haste=100) as r:
        r.simulator.faults.add("status=400;method=POST")
        for number in range(20):
            r.user(f"user{number}")
        await r.start()
        await r.until(lambda: r.condition("Quarantined") == ("True", "TooManyFailures"))
        assert r.condition("Connected")[0] == "True", "Test Connection passes"
        assert r.status["failures"] == [{"reason": "Rejected", "count": 20}]
        await r.until(lambda: bool(r.job.session and r.job.session.resting))
        mark = r.mark()
        r.user("user1", title="New")
        await passed(r, 120)
        assert list(r.entries(mark)) == []
        assert r.reason("user1") == "Quarantined"
        r.simulator.faults.clear()
        r.job.connections.hurry()
        await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"))
        assert r.status["failures"] == []


async def test_a_few_objects_that_fail_are_no_reason() -> None:
    async with rig() as r:
        r.simulator.faults.add("status=400;method=POST;times=9")
        for number in range(20):
            r.user(f"user{number}")
        await r.start()
        await r.settle()
        assert len(r.simulator.users) == 11
        assert r.condition("Quarantined") == ("", "")


def instant(r: Rig, name: str) -> datetime:
    """A time in status.quarantine."""
    return datetime.fromisoformat(r.status["quarantine"][name]).astimezone(UTC)
