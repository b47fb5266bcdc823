"""Tombstones: found by id and by manifest, and no more of them than a status has room for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.tombstones import MOST_BYTES, Tombstone, Tombstones, tombstones_from_json
from scim_operator.core.seal import PROOF

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


def grave(name: str, id: str, due: datetime = NOW) -> Tombstone:
    """A tombstone of a user."""
    return Tombstone(ObjectKey(Kind.USER, "identity", name), id, due)


def test_a_manifest_has_left_what_is_not_lifted() -> None:
    first, second = grave("ada", "1", LATER), grave("ada", "2")
    yard = Tombstones([first])
    yard.place(second)
    assert yard.of(first.key, NOW) == second, "the time of the other has not come"
    yard.lift(Kind.USER, "2")
    assert yard.of(first.key, NOW) is None
    assert yard.left_by(first.key) == first
    yard.lift(Kind.USER, "1")
    assert (yard.left_by(first.key), yard.version) == (None, 3)


def test_however_long_the_names_are_the_tombstones_fit_into_a_status() -> None:
    yard = Tombstones()
    for number in range(10_000):
        stone = grave(f"{'n' * 240}{number}", f"2819c223-7f76-453a-919d-{number:012d}")
        yard.place(replace(stone, proof="p" * PROOF))
    assert not yard.has_room
    written = orjson.dumps(yard.to_json())
    assert MOST_BYTES * 0.9 < len(written) <= MOST_BYTES
    again = tombstones_from_json("identity", orjson.loads(written))
    assert not again.has_room
    again.lift(Kind.USER, "2819c223-7f76-453a-919d-000000000000")
    again.lift(Kind.USER, "2819c223-7f76-453a-919d-000000000001")
    assert again.has_room


def test_a_user_and_a_group_of_one_id_have_a_tombstone_each() -> None:
    user = grave("ada", "1", LATER)
    group = Tombstone(ObjectKey(Kind.GROUP, "identity", "crew"), "1", NOW)
    yard = Tombstones([user, group])
    assert (yard.is_due(Kind.USER, "1", NOW), yard.is_due(Kind.GROUP, "1", NOW)) == (False, True)
    yard.lift(Kind.GROUP, "1")
    assert yard.date_of(Kind.USER, "1") == LATER
    assert not yard.has(Kind.GROUP, "1")
