"""A directory that was deleted by mistake, whose deletion the limits hold, and that is taken back (ADR 0037)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from tests.support.limiting import limits
from tests.support.present import present

if TYPE_CHECKING:
    from typing import Any

    from tests.support.rig import Rig

NAMES = ("ada", "bob", "cid", "dan")
ALL = [(Kind.USER, name) for name in NAMES] + [(Kind.GROUP, "engine")]


async def held(r: Rig, **spec: Any) -> int:
    """All users and their group are deleted, and held; who signs in has the identity provider's own id."""
    r.spec |= {"limits": limits(disables=1, member_removals=1), **spec}
    for name in NAMES:
        r.user(name, externalId=f"oid-{name}")
    r.group("engine", list(NAMES))
    r.group("all", [*NAMES, "@engine"])
    await r.start()
    await r.settle()
    mark = r.mark()
    for kind, name in ALL:
        r.cluster.delete(kind, name)
    await r.until(lambda: r.condition("ApprovalRequired")[0] == "True")
    await r.rest()
    return mark


async def taken_back(r: Rig) -> None:
    """The operator has answered that no deletion is meant."""
    for kind, name in ALL:
        r.cluster.take_back(kind, name)
    await r.until(lambda: all(r.entry(name, kind).get("undelete") for kind, name in ALL))
    await r.rest()


def ids(r: Rig) -> dict[str, str]:
    return {name: str(present(r.at_service(name))["id"]) for name in NAMES}
