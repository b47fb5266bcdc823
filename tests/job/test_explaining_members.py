"""`explain scimgroup/NAME` lists who is in the group in effect, by which way, and who of them is not at the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from tests.support.explaining import explained, step

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def test_effective_members_come_with_their_ways(r: Rig) -> None:
    for name in ("ada", "bob", "eve"):
        r.user(name)
    r.group("platform", ["bob", "ghost"])
    r.group("engineering", ["ada", "@platform"])
    shown = step(await explained(r, Kind.GROUP, "engineering"), "Members")
    assert shown.outcome == "3 effective members, 1 by the group itself"
    assert shown.details == (
        "groups in it: platform",
        "scimuser/ada: by userRef; not at the service yet",
        "scimuser/bob: by userRef of scimgroup/platform; not at the service yet",
        "scimuser/ghost: by userRef of scimgroup/platform; there is no such manifest",
    )


async def test_who_is_at_the_service_has_no_remark_and_the_list_is_bounded(r: Rig) -> None:
    r.user("ada")
    r.user("bob")
    r.group("engineering", ["ada", "bob"])
    await r.start()
    await r.settle()
    shown = step(await explained(r, Kind.GROUP, "engineering", most=1), "Members")
    assert shown.details == ("scimuser/ada: by userRef", "and 1 more")
    whole = step(await explained(r, Kind.GROUP, "engineering", most=0), "Members")
    assert whole.details == ("scimuser/ada: by userRef", "scimuser/bob: by userRef")


async def test_a_user_has_no_such_step(r: Rig) -> None:
    r.user("ada")
    assert "Members" not in [each.name for each in (await explained(r, Kind.USER, "ada")).steps]
