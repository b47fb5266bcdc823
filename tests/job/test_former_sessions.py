"""What a session knew when it ends: the next one goes on with it, and nothing of it is held twice or for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind, ObjectKey, ResourceType
from tests.support.cluster import NAMESPACE

if TYPE_CHECKING:
    from scim_operator.job.gather.knowledge import Knowledge
    from tests.support.rig import Rig


def held(knowledge: Knowledge) -> list[int]:
    """Return how many resources, entries and claims are held."""
    claims = sum(len(list(each)) for each in knowledge.claims.values())
    return [len(knowledge.index[ResourceType.USER]), len(list(knowledge.entries.all())), claims]


async def two_users(r: Rig) -> Any:
    for name in ("ada", "bob"):
        r.user(name)
    await r.start()
    await r.settle()
    return r.job.session.knowledge


async def edited(r: Rig) -> Any:
    """Edit the config; return what the next session knows in the end."""
    former = r.job.session
    await r.configure(interval="7m")
    await r.until(lambda: r.job.session not in (None, former) and r.job.session.resting)
    return r.job.session.knowledge


async def test_after_an_edit_of_the_config_a_listing_is_held_once(r: Rig) -> None:
    before = await two_users(r)
    assert held(before) == [2, 2, 2]
    after = await edited(r)
    assert after is not before
    assert held(after) == [2, 2, 2]
    assert len(before.index[ResourceType.USER]) == 0


async def test_a_config_that_is_gone_holds_nothing(r: Rig) -> None:
    known = await two_users(r)
    await r.remove_config()
    assert held(known) == [0, 0, 0]


async def test_who_went_while_the_config_was_suspended_claims_nothing(r: Rig) -> None:
    for name in ("ada", "bob"):
        r.user(name, userName="shared@corp.example")
    await r.start()
    await r.settle()
    assert r.reason("ada") == r.reason("bob") == "Conflict"
    await r.configure(suspend=True)
    r.cluster.vanish(Kind.USER, "ada")
    await r.configure(suspend=False)
    await r.until(lambda: r.reason("bob") == "Provisioned" and r.job.session is not None)
    assert list(r.job.session.knowledge.claims[Kind.USER]) == [ObjectKey(Kind.USER, NAMESPACE, "bob")]


async def test_a_claim_of_which_nothing_was_concluded_ends_with_its_manifest_too(r: Rig) -> None:
    known = await two_users(r)
    gone = ObjectKey(Kind.USER, NAMESPACE, "gone")
    known.claims[Kind.USER].stake(gone, ["as the first part of a sweep leaves it, when the config is edited then"])
    assert held(await edited(r)) == [2, 2, 2]
