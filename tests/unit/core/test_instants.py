"""An instant without a zone is one of UTC, in each place where people or services write one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import scim_operator
from scim_operator.core.instants import to_utc, zoned

PLAIN = datetime(2026, 11, 30, 12)  # noqa: DTZ001 - what this is about
AWAY = datetime(2026, 11, 30, 12, tzinfo=timezone(timedelta(hours=2)))


def test_an_instant_without_a_zone_is_one_of_utc() -> None:
    assert zoned(PLAIN) == to_utc(PLAIN) == datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert zoned(AWAY) is AWAY
    assert to_utc(AWAY).isoformat() == "2026-11-30T10:00:00+00:00"


def test_no_other_place_decides_it() -> None:
    """What is written out a second time may be decided otherwise one day."""
    rule = re.compile("tzinfo (is not None )?(or|else) ")
    sources = Path(scim_operator.__file__).parent.rglob("*.py")
    assert [file.name for file in sources if rule.search(file.read_text())] == ["instants.py"]
