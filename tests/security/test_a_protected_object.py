"""Those whom a tenant cannot be without are never ended by a plan that does not name them (S4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.limiting import UNLIMITED
from tests.support.present import present
from tests.support.rig import rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig


@pytest.fixture
async def r() -> AsyncIterator[Rig]:
    """A rig in which no limit holds anything, and ada and the administrators are protected by name."""
    async with rig() as made:
        made.spec |= {
            "limits": UNLIMITED,
            "protected": {
                "users": [{"userRef": {"name": "ada"}}, {"selector": {"matchLabels": {"tier": "admin"}}}],
                "groups": [{"groupRef": {"name": "admins"}, "minMembers": 2}],
            },
        }
        yield made


async def provisioned(r: Rig) -> None:
    for name in ("ada", "bob", "cyd"):
        r.user(name)
    r.user("root", labels={"tier": "admin"})
    r.group("admins", ["ada", "bob", "cyd"])
    await r.start()
    await r.settle()


def apply(r: Rig, kind: Kind, name: str, **spec: Any) -> None:
    if kind is Kind.USER:
        r.user(name, **spec)
    else:
        r.group(name, **spec)


# what is done, which object the approval must name, why
TOUCHES: list[tuple[Any, str, str]] = [
    (lambda r: r.cluster.delete(Kind.USER, "ada"), "scimuser/ada", "her manifest is deleted"),
    (lambda r: r.user("ada", active=False), "scimuser/ada", "she is disabled"),
    (lambda r: r.user("ada", userName="eve@corp.example"), "scimuser/ada", "she is renamed"),
    (lambda r: r.cluster.delete(Kind.GROUP, "admins"), "scimgroup/admins", "the group is deleted"),
    (lambda r: r.group("admins", ["ada"]), "scimgroup/admins", "one member would be left"),
    (lambda r: r.group("admins", []), "scimgroup/admins", "it is emptied"),
    (lambda r: r.group("admins", ["ada", "bob", "cyd"], displayName="x"), "scimgroup/admins", "it is renamed"),
    (lambda r: r.cluster.delete(Kind.USER, "root"), "scimuser/root", "protected by label"),
]


@pytest.mark.parametrize(("touch", "name", "why"), TOUCHES, ids=[why for *_, why in TOUCHES])
async def test_it_waits_for_an_approval_that_names_it(r: Rig, touch: Any, name: str, why: str) -> None:
    await provisioned(r)
    mark = r.mark()
    touch(r)
    await r.until(lambda: r.condition("ApprovalRequired")[0] == "True")
    await r.rest()
    assert r.writes(mark) == [], why
    assert name in r.status["plan"]["protected"]
    assert r.status["plan"]["first"][0]["protected"] is True
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.settle()
    assert r.writes(mark) == [], "the digest alone is not enough"
    assert "spec.approvedProtected" in r.status["plan"]["reason"]
    await r.configure(approvedProtected=r.status["plan"]["protected"])
    await r.until(lambda: bool(r.writes(mark)))


async def test_what_leaves_enough_members_and_other_attributes_go_on(r: Rig) -> None:
    await provisioned(r)
    r.group("admins", ["ada", "bob"])
    r.user("ada", title="Countess")
    await r.until(lambda: r.members("admins") == {"ada", "bob"})
    await r.until(lambda: present(r.at_service("ada"))["title"] == "Countess")


async def test_a_label_that_is_taken_off_just_before_protects_on(r: Rig) -> None:
    await provisioned(r)
    r.user("root", labels={})
    await r.rest()
    r.cluster.delete(Kind.USER, "root")
    await r.until(lambda: r.condition("ApprovalRequired")[0] == "True")
    assert present(r.at_service("root"))["active"] is True


async def test_a_floor_for_every_group(r: Rig) -> None:
    r.spec["protected"] = {"minMembers": 1}
    await provisioned(r)
    r.group("admins", [])
    await r.until(lambda: r.condition("ApprovalRequired")[0] == "True")
    assert r.members("admins") == {"ada", "bob", "cyd"}
