"""A token's end is said before it comes: metric, condition, and one notification each at 30, 7 and 1 days."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.connection.expiry import expires
from scim_operator.errors import InvalidSpec
from tests.support.told import Told

if TYPE_CHECKING:
    from tests.support.rig import Rig

ANNOTATION = "scim-operator.io/expires"


def jwt(**claims: Any) -> str:
    """A token as services hand them out; its signature is of no account here."""
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{body}.c2ln"


def in_days(days: float) -> datetime:
    return (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0)


async def begun(r: Rig, at: datetime | None) -> Told:
    """A process of the operator whose token ends then; what it tells people."""
    if at is not None:
        r.cluster.secrets["vmware-scim", ANNOTATION] = at.isoformat().encode()
    reported = Told()
    r.notifier = reported
    await r.start()
    await r.settle()
    return reported


def message(r: Rig) -> str:
    return next(c["message"] for c in r.status["conditions"] if c["type"] == "Connected")


async def test_an_end_that_is_near_is_in_the_metric_the_condition_and_one_message(r: Rig) -> None:
    at = in_days(5)
    reported = await begun(r, at)
    assert reported.topics == ["Expiring"]
    assert "in less than 7 days" in reported.notices[0].text
    assert f"ends at {at.isoformat().replace('+00:00', 'Z')}" in message(r)
    labels = {"config": "identity/vmware"}
    assert r.metrics.registry.get_sample_value("scim_token_expires_timestamp_seconds", labels) == at.timestamp()
    await r.sweep()
    assert reported.topics == ["Expiring"], "once"


async def test_a_restart_repeats_nothing_and_the_next_step_is_reported(r: Rig) -> None:
    await begun(r, in_days(20))
    assert r.status["tokenExpiry"]["reported"] == 30
    await r.stop()
    again = await begun(r, None)
    assert again.topics == []
    await r.stop()
    r.cluster.config_status["vmware"]["tokenExpiry"]["time"] = (near := in_days(0.5)).isoformat()
    assert (await begun(r, near)).topics == ["Expiring"]
    assert r.status["tokenExpiry"]["reported"] == 1


async def test_a_new_token_ends_it(r: Rig) -> None:
    reported = await begun(r, in_days(5))
    r.cluster.secrets["vmware-scim", ANNOTATION] = in_days(90).isoformat().encode()
    await r.sweep()
    await r.until(lambda: reported.topics == ["Expiring", "Recovered"])
    assert "The service answered Test Connection." in message(r)
    assert "ends at" not in message(r)


async def test_far_away_or_unknown_nothing_is_said(r: Rig) -> None:
    reported = await begun(r, None)
    assert (reported.topics, "tokenExpiry" in r.status) == ([], False)
    r.cluster.secrets["vmware-scim", ANNOTATION] = in_days(31).isoformat().encode()
    await r.sweep()
    assert reported.topics == []


@pytest.mark.parametrize(
    ("token", "annotation", "end", "why"),
    [
        (jwt(exp=1798761600), "", "2027-01-01T00:00:00+00:00", "a JWT says so itself"),
        (jwt(exp=1798761600.5), "", "2027-01-01T00:00:00.500000+00:00", "a part of a second"),
        (jwt(exp=1798761600), "2026-12-31", "2026-12-31T00:00:00+00:00", "who answers for the Secret knows better"),
        ("opaque", "2026-12-31T09:00:00+02:00", "2026-12-31T07:00:00+00:00", "a date and time"),
        ("opaque", "", None, "nothing says so"),
        ("a.b.c", "", None, "no JSON"),
        (jwt(sub="x"), "", None, "no exp"),
        (jwt(exp="1798761600"), "", None, "no number"),
        (jwt(exp=True), "", None, "no number either"),
        (jwt(exp=10**400), "", None, "beyond all calendars"),
        (f"a.{base64.urlsafe_b64encode(b'[' * 9000).decode()}.c", "", None, "nested without end"),
        (jwt(exp=1798761600, pad="x" * 20_000), "", None, "larger than a header"),
    ],
)
def test_when_a_token_ends(token: str, annotation: str, end: str | None, why: str) -> None:
    found = expires(token, annotation)
    assert (found and found.isoformat()) == end, why


@pytest.mark.parametrize("annotation", ["tomorrow", "2026-13-01", "2026-12-31T09:00:00", "31.12.2026"])
def test_an_annotation_that_is_no_date_is_said(annotation: str) -> None:
    with pytest.raises(InvalidSpec, match="no date such as"):
        expires("opaque", annotation)
