"""The memory that memberships may take."""

from __future__ import annotations

import pytest

from scim_operator.core.members.selection import Room, room_in

MIB = 1 << 20
ROOMS = [
    (None, 10_000_000, "unlimited memory"),
    (512 * MIB, 512 * MIB // 4 // 128, "a quarter, at 128 bytes each"),
    (1024 * MIB, 1024 * MIB // 4 // 128, "twice as much"),
    (64 * MIB, 250_000, "the least"),
    (0, 250_000, "no memory known"),
    (100_000 * MIB, 10_000_000, "the most"),
]


@pytest.mark.parametrize(("memory", "memberships", "why"), ROOMS, ids=[why for *_, why in ROOMS])
def test_room(memory: int | None, memberships: int, why: str) -> None:
    assert room_in(memory) == memberships, why


def test_what_was_there_before_makes_room() -> None:
    room = Room(10)
    assert room.takes(0, 6)
    assert not room.takes(0, 5), "eleven"
    assert room.takes(0, 4), "ten"
    assert not room.takes(6, 7)
    assert room.takes(6, 2)
    assert room.takes(0, 4)
    assert not room.takes(0, 1)


def test_what_shrinks_is_always_taken() -> None:
    room = Room(1)
    assert not room.takes(0, 2)
    assert room.takes(5, 5)
    assert room.takes(5, 3)
    assert room.takes(0, 3), "two had gone"
