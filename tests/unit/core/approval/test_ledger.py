"""What change limits remember: the window that ages, what was owned, and the proof."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_operator.core.approval.ledger import (
    SLOTS,
    Base,
    Begun,
    Ledger,
    Window,
    is_proven,
    ledger_from_json,
    ledger_to_json,
    remembered_ledger,
)
from scim_operator.core.plan.plan import Tally
from scim_operator.core.seal import Seal

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
SEAL, OWNER = Seal(b"a key"), "identity/vmware uid"


def through_status(ledger: Ledger) -> dict[str, Any]:
    """The ledger as an API server gives it back: what is empty is left out."""
    written = orjson.loads(orjson.dumps(ledger_to_json(ledger, SEAL, OWNER)))
    return {name: value for name, value in written.items() if value is not None}


def test_what_is_booked_is_spent_until_it_leaves_the_window() -> None:
    ledger = Ledger().book(Tally(disables=2), NOW, DAY)
    assert ledger.spent(NOW + timedelta(hours=23), DAY) == Tally(disables=2)
    assert ledger.spent(NOW + DAY + DAY / SLOTS, DAY) == Tally(), "and not for ever"


def test_a_slot_is_remembered_until_its_last_change_has_left() -> None:
    late = NOW + DAY / SLOTS - timedelta(seconds=1)
    ledger = Ledger().book(Tally(disables=1), NOW, DAY).book(Tally(disables=1), late, DAY)
    assert len(ledger.bookings) == 1, "one slot"
    assert ledger.spent(late + DAY - timedelta(seconds=1), DAY) == Tally(disables=2)


def test_the_ledger_stays_small() -> None:
    ledger = Ledger()
    for minutes in range(0, 3 * 24 * 60, 5):
        now = NOW + timedelta(minutes=minutes)
        ledger = ledger.book(Tally(disables=1), now, DAY).observe(Base(users=minutes), now, DAY)
    assert len(ledger.bookings) <= SLOTS + 2
    assert len(ledger.owned) <= SLOTS + 3


@given(st.lists(st.tuples(st.integers(0, 60 * 30), st.integers(1, 9)), max_size=60))
def test_the_window_never_forgets_too_early(steps: list[tuple[int, int]]) -> None:
    """Whatever is booked when, across a round trip through the status: nothing younger than the window is missing."""
    ledger, now, booked = Ledger(), NOW, []
    for seconds, number in steps:
        now += timedelta(seconds=seconds * 10)
        ledger = ledger_from_json(through_status(ledger.book(Tally(number), now, DAY)))
        booked.append((now, number))
        young = sum(count for when, count in booked if now - when < DAY)
        assert ledger.spent(now, DAY).disables >= young


LEDGER = (
    Ledger(used="sha256:a", released=frozenset({"abcdefghijkl"}), begun=(Begun(NOW, frozenset({"b" * 24, "c" * 24})),))
    .book(Tally(1, 2, 3, 4, 5, 6, 7, 8), NOW, DAY)
    .book(Tally(8, 9), NOW + timedelta(hours=3), DAY)
    .observe(Base(20, 3, 60), NOW, DAY)
)


def test_several_released_effects_survive_the_status() -> None:
    several = Ledger(used="sha256:b", released=frozenset({"abcdefghijkl", "mnopqrstuvwx", "0123456789ab"}))
    assert ledger_from_json(through_status(several)) == several


def test_the_ledger_survives_the_status() -> None:
    written = through_status(LEDGER)
    assert written["spent"][0] == {
        "since": "2026-06-01T12:00:00Z",
        "disables": 1,
        "userDeletes": 2,
        "groupDeletes": 3,
        "memberRemovals": 4,
        "userRenames": 5,
        "groupRenames": 6,
        "adoptions": 7,
        "recreations": 8,
    }
    assert ledger_from_json(written) == LEDGER
    assert is_proven(written, SEAL, OWNER)


# what somebody does to it, why
FORGERIES: list[tuple[dict[str, Any], str]] = [
    ({"spent": []}, "nothing was spent"),
    ({"spent": [{"since": "2026-06-01T12:00:00Z", "disables": 0}]}, "less was spent"),
    ({"released": "abcdefghijklmnopqrstuvwx"}, "more was approved"),
    ({"usedPlan": None}, "the approval was not used"),
    ({"begun": [{"since": "2026-06-01T12:00:00Z", "marks": "a" * 24}]}, "more was booked"),
    ({"owned": [{"since": "2026-01-01T00:00:00Z", "users": 1_000_000}]}, "much was owned"),
    ({"proof": None}, "as the version before wrote it"),
    ({"proof": "AAAAAAAAAAAAAAAAAAAAAA"}, "a guess"),
]


@pytest.mark.parametrize(("forged", "why"), FORGERIES, ids=[why for _, why in FORGERIES])
def test_a_forged_ledger_is_a_full_window_and_releases_nothing(forged: dict[str, Any], why: str) -> None:
    limits = {**through_status(LEDGER), **forged}
    assert not is_proven(limits, SEAL, OWNER)
    window = Window(NOW, DAY, "sha256:a")
    found = remembered_ledger({"limits": limits}, window, proven=is_proven(limits, SEAL, OWNER))
    assert found == Ledger(used="sha256:a", full_until=NOW + DAY), why


def test_lists_in_lists_without_end_prove_nothing() -> None:
    nested: list[Any] = []
    for _ in range(400):
        nested = [nested]
    assert not is_proven({**through_status(LEDGER), "owned": nested}, SEAL, OWNER)


def test_another_configs_ledger_proves_nothing() -> None:
    written = through_status(LEDGER)
    assert not is_proven(written, SEAL, "identity/other uid")
    assert not is_proven(written, Seal(b"another key"), OWNER)


# a status without a believable ledger, whether the config is taken for new, why
FRESH: list[tuple[dict[str, Any], bool, str]] = [
    ({}, True, "a config that was just made"),
    ({"observedGeneration": 1, "conditions": []}, True, "it crashed before it had done anything"),
    ({"service": {"url": "https://x.example"}}, False, "it has swept"),
    ({"lastSweep": {"drift": 1}}, False, "it has swept"),
    ({"tombstones": [{"id": "1"}]}, False, "it has disabled"),
]


@pytest.mark.parametrize(("status", "first", "why"), FRESH)
def test_without_a_ledger_a_new_config_differs_from_one_that_worked(
    status: dict[str, Any], first: bool, why: str
) -> None:
    found = remembered_ledger(status, Window(NOW, DAY), proven=False)
    assert found.first is first, why
    assert found.is_full(NOW) is not first
    assert not found.is_full(NOW + DAY), "and not for ever"


def test_percentages_are_of_what_was_owned_when_the_window_began() -> None:
    ledger = Ledger().observe(Base(100, 10, 200), NOW, DAY)
    inflated = Base(5100, 10, 200)
    later = ledger.observe(inflated, NOW + timedelta(hours=1), DAY)
    assert later.base(inflated, NOW + timedelta(hours=2), DAY).users == 100, "newcomers raise nothing yet"
    assert later.base(inflated, NOW + timedelta(hours=27), DAY).users == 5100, "a window later they do"


def test_what_was_lost_in_the_window_lowers_no_allowance_and_what_was_left_alone_does() -> None:
    ledger = Ledger().observe(Base(100, 10, 200), NOW, DAY).book(Tally(disables=10), NOW, DAY)
    assert ledger.base(Base(90, 10, 200), NOW, DAY).users == 100
    assert ledger.base(Base(20, 10, 200), NOW, DAY).users == 30, "70 went without us"


def test_without_history_it_is_what_is_owned_and_was_spent() -> None:
    assert Ledger().book(Tally(1, 2, 3, 4), NOW, DAY).base(Base(10, 10, 10), NOW, DAY) == Base(13, 13, 14)
