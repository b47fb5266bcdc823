"""Someone who is deleted on leaving, for tests of services that refuse deletions, or lie about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def leaver(r: Rig) -> None:
    """Ada is to be deleted when she leaves, and is in a group that is to be deleted too."""
    r.spec["users"] = {"whenDeleted": "Delete", "whenOutOfScope": "Delete"}
    r.spec["groups"] = {"whenDeleted": "Delete"}
    r.user("ada")
    r.user("grace")
    r.group("engineering", ["ada", "grace"])
    await r.start()
    await r.settle()
