"""What fails for days is tried once an hour and less: nothing in between makes it begin again."""

from __future__ import annotations

from scim_operator.core.keys import Kind
from verify.history import Exchange
from verify.manifests import user
from verify.virtual import run
from verify.world import World

DAY = 24 * 3600


async def deletions() -> list[int]:
    """Return how often a group is deleted on each of three days whose service answers 404 and keeps it."""
    world = World(3)
    world.configure(groups={"whenDeleted": "Delete"})
    world.apply(Kind.USER, "anna", user("anna"))
    members = [{"userRef": {"name": "anna"}}]
    world.apply(Kind.GROUP, "team", {"displayName": "team", "members": members})
    world.start()
    await world.rest()
    world.service.faults.add("delete=unknown;method=DELETE;path=/Groups")
    world.delete(Kind.GROUP, "team")
    counts = []
    for _ in range(3):
        mark = len(world.history.entries)
        await world.pass_time(DAY)
        sent = [each for each in world.history.entries[mark:] if isinstance(each, Exchange) and each.to_service]
        counts.append(sum(each.method == "DELETE" for each in sent))
    await world.end()
    return counts


def test_a_group_that_is_never_deleted_is_asked_for_once_an_hour_at_most() -> None:
    first, *later = run(deletions())
    assert 10 <= first <= 34, "ten tries, then one an hour"
    assert all(10 <= each <= 24 for each in later)
