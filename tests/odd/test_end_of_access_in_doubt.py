"""The end of access needs no answer that is not to be had: not the scope's, not the status's, not a read's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from tests.support.rig import Rig

OF_USERS = 'has(user.displayName) && user.displayName == "fails" ? user.emails[7].value == "x" : true'
OF_GROUPS = 'group.displayName == "fails" ? string(int(group.displayName)) == "x" : true'


async def begin(r: Rig) -> None:
    """Ada and Grace are in a group; the scope of who is called "fails" cannot be known."""
    r.spec["users"], r.spec["groups"] = {"expression": OF_USERS}, {"expression": OF_GROUPS}
    r.user("ada")
    r.user("grace")
    r.group("engineering", ["ada", "grace"])
    await r.start()
    await r.settle()


async def test_a_user_of_unknown_scope_and_lost_status_is_disabled(r: Rig) -> None:
    await begin(r)
    await r.stop()
    r.cluster.wipe_status(Kind.USER, "ada")
    r.user("ada", displayName="fails", active=False)
    await r.start()
    await r.settle()
    assert (r.at_service("ada") or {})["active"] is False
    assert r.reason("ada") == "InvalidSpec"


async def test_who_stays_active_is_left_alone(r: Rig) -> None:
    await begin(r)
    await r.stop()
    r.cluster.wipe_status(Kind.USER, "ada")
    r.user("ada", displayName="fails")
    mark = r.mark()
    await r.start()
    await r.settle()
    assert r.writes(mark) == []
    assert r.members("engineering") == {"ada", "grace"}


async def test_a_member_leaves_a_group_of_unknown_scope_and_lost_status(r: Rig) -> None:
    await begin(r)
    await r.stop()
    r.cluster.wipe_status(Kind.GROUP, "engineering")
    r.group("engineering", ["ada", "grace"], displayName="fails")
    r.cluster.delete(Kind.USER, "grace")
    await r.start()
    await r.until(lambda: r.members("engineering") == {"ada"})


async def test_a_member_leaves_a_group_of_unknown_scope(r: Rig) -> None:
    await begin(r)
    r.group("engineering", ["ada", "grace"], displayName="fails")
    await r.rest()
    r.cluster.delete(Kind.USER, "grace")
    await r.until(lambda: r.members("engineering") == {"ada"})


@pytest.mark.parametrize("fault", ["status=403", "status=401", "drop-before", "html"])
async def test_a_user_who_may_not_be_read_is_disabled(hurried: Rig, fault: str) -> None:
    """After a change that failed, the user is to be read again; where that is refused, what was known is enough."""
    r = hurried
    await begin(r)
    r.simulator.faults.add("refused-attribute=title:500")
    r.user("ada", title="Countess")
    await r.until(lambda: r.reason("ada") == "Retrying")
    r.simulator.faults.add(f"{fault};method=GET;path=/Users/{r.id_of('ada')}")
    r.user("ada", title="Countess", active=False)
    await r.until(lambda: (r.at_service("ada") or {})["active"] is False)
