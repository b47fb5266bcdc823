"""Change limits as tests write them."""

from __future__ import annotations

from typing import Any

MOST = 1_000_000


def exactly(number: int) -> dict[str, int]:
    """A limit of so many, however many are owned."""
    return {"percent": 0, "min": number, "max": number}


def share(percent: int) -> dict[str, int]:
    """A limit by the share alone."""
    return {"percent": percent, "min": 0, "max": MOST}


def limits(
    disables: int = MOST,
    deletes: int = MOST,
    member_removals: int = MOST,
    renames: int = MOST,
    adoptions: int = MOST,
    recreations: int = MOST,
) -> dict[str, Any]:
    """Limits of so many of each class."""
    return {
        "disables": exactly(disables),
        "userDeletes": exactly(deletes),
        "groupDeletes": exactly(deletes),
        "memberRemovals": exactly(member_removals),
        "renames": exactly(renames),
        "adoptions": exactly(adoptions),
        "recreations": exactly(recreations),
    }


UNLIMITED = limits()
