"""What users of other provisioners ask for most, about safety: each scenario as they told it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from tests.job.test_limits import NAMES, active, delete_all, six_users
from tests.support.limiting import limits
from tests.support.rig import rig

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def test_b_a_mass_deletion_by_accident_deletes_no_one(r: Rig) -> None:
    """The directory of manifests was emptied by a mistaken merge, and is restored."""
    await six_users(r, limits=limits(disables=2))
    mark = r.mark()
    delete_all(r)
    await r.until(lambda: r.condition("ApprovalRequired")[0] == "True")
    for _ in range(3):
        await r.sweep()
    await r.crash()
    await r.start()
    await r.settle()
    assert r.writes(mark) == []
    assert active(r) == 6


async def test_b_a_listing_that_lacks_most_and_calls_itself_complete_ends_no_one(r: Rig) -> None:
    """A list that came back short was taken for the truth elsewhere; here each that is missing is asked for by id."""
    await six_users(r)
    r.simulator.faults.add("ignore-paging=2")
    mark = r.mark()
    await r.sweep()
    assert any(entry.faults for entry in r.entries(mark)), "the list was cut"
    assert r.writes(mark) == []
    assert active(r) == 6
    assert r.condition("Ready") == ("True", "Provisioned")


async def test_f_nothing_is_sent_while_the_service_asks_for_patience() -> None:
    """A throttled tenant is left in peace for as long as Retry-After says, by all workers together."""
    async with rig() as r:
        r.simulator.faults.grace = 1.0  # what was under way when the answer came is no violation
        r.simulator.faults.add("throttle=2;method=POST;times=1")
        for name in NAMES:
            r.user(name)
        await r.start()
        await r.settle()
        throttled = [entry for entry in r.entries() if entry.status == 429]
        assert len(throttled) == 1
        after = [entry for entry in r.entries() if entry.sequence > throttled[0].sequence]
        assert not [entry for entry in r.entries() if entry.violation]
        assert len(after) >= 6
        assert len(r.simulator.users) == 6


async def test_i_one_bad_object_stops_no_one_else_and_says_why(r: Rig) -> None:
    """One user lacks a name that the service requires, and one group has that user in it."""
    r.user("bad", name={"familyName": "Example"})
    for name in NAMES:
        r.user(name)
    r.group("engineering", ["bad", *NAMES])
    await r.start()
    await r.settle()
    assert len(r.simulator.users) == 6
    assert r.members("engineering") == set(NAMES)
    assert r.reason("bad") == "InvalidSpec"
    assert "givenName" in r.message("bad")
    assert r.entry("engineering", Kind.GROUP)["pendingMembers"] == ["scimuser/bad"]
    assert r.status["failures"] == [{"reason": "InvalidSpec", "count": 1}]
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == [], "what failed for good is not tried until it changes"


async def test_a_bearer_token_that_expires_unnoticed_is_reported_and_its_successor_taken_up_at_once() -> None:
    """Entra's tokens expire after six months and provisioning just stops."""
    async with rig(haste=200) as r:
        r.user("ada")
        await r.start()
        await r.settle()
        r.rotate("new-token")
        await r.sweep_and_lose()
        await r.until(lambda: r.condition("Quarantined") == ("True", "CredentialsRefused"))
        assert "Quarantined" in dict(r.events())
        r.user("charles")
        r.cluster.secrets["vmware-scim", "token"] = b"new-token"
        changed = r.clock.monotonic()
        await r.until(lambda: r.at_service("charles") is not None)
        assert r.times("POST /Users")[-1] - changed < 600, "not the six hours of the retry"
        await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"))
