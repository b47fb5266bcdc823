"""Windows, their edges, and the agenda of what begins or ends next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.dates import Agenda, Window, instant_of, next_turn, window_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ADA, BEN = (ObjectKey(Kind.USER, "identity", name) for name in ("ada", "ben"))

EDGES = [
    (Window(begin=NOON), NOON - SECOND, (True, False, False)),
    (Window(begin=NOON), NOON, (False, False, True)),
    (Window(end=NOON), NOON - SECOND, (False, False, True)),
    (Window(end=NOON), NOON, (False, True, False)),
    (Window(), NOON, (False, False, True)),
    (Window(NOON, NOON + SECOND), NOON + SECOND, (False, True, False)),
]


@pytest.mark.parametrize(("window", "now", "expected"), EDGES)
def test_the_beginning_belongs_to_a_window_and_the_end_does_not(window: Window, now: datetime, expected: tuple) -> None:
    assert (window.is_early(now), window.is_late(now), window.holds(now)) == expected


def test_a_window_is_read_from_either_bound() -> None:
    assert window_of({}) is None
    assert window_of({"notBefore": "2026-03-01T12:00:00Z"}) == Window(begin=NOON)
    assert window_of({"notAfter": "2026-03-01T13:00:00+01:00"}) == Window(end=NOON)
    assert window_of({"notBefore": "2026-03-01T12:00:00", "notAfter": "2026-03-01T12:00:01"}) == Window(
        NOON, NOON + SECOND
    )


INSTANTS = [
    ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
    ("2026-03-01T12:00:00Z", NOON),
    ("2026-03-01t12:00:00z", NOON),
    ("2026-03-01 12:00:00", NOON),
    ("2026-03-01T12:00:00.5+02:00", NOON.replace(microsecond=500_000, tzinfo=timezone(timedelta(hours=2)))),
    ("20260301", None),
    ("2026-02-30", None),
    ("2026-03-01T12:00", None),
    ("2026-W10-1", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "instant"), INSTANTS)
def test_only_rfc_3339_is_an_instant(text: str, instant: datetime | None) -> None:
    assert instant_of(text) == instant


def test_the_next_turn_is_the_first_edge_that_is_still_to_come() -> None:
    windows = [Window(NOON, NOON + 5 * SECOND), Window(end=NOON + 3 * SECOND), Window()]
    assert next_turn(windows, NOON - SECOND) == NOON
    assert next_turn(windows, NOON) == NOON + 3 * SECOND
    assert next_turn(windows, NOON + 3 * SECOND) == NOON + 5 * SECOND
    assert next_turn(windows, NOON + 5 * SECOND) is None


def test_the_agenda_has_the_first_of_all() -> None:
    agenda = Agenda()
    assert (agenda.next, agenda.first) == (None, None)
    agenda.put(ADA, NOON)
    agenda.put(BEN, NOON + SECOND)
    agenda.put(BEN, NOON + SECOND)
    assert (agenda.next, agenda.first) == (NOON, ADA)
    agenda.put(ADA, NOON + 2 * SECOND)
    assert (agenda.next, agenda.first) == (NOON + SECOND, BEN)
    agenda.put(BEN, None)
    agenda.put(BEN, None)
    assert (agenda.next, agenda.first) == (NOON + 2 * SECOND, ADA)
    agenda.put(ADA, None)
    assert (agenda.next, agenda.first) == (None, None)
