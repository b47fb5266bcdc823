"""The end of access needs only what it needs: no other trouble of the same object keeps anyone in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.resource import ENTERPRISE_USER
from tests.support.explaining import explained
from tests.support.limiting import limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.rig import Rig

FAILING = 'has(user.title) && user.title == "fails" ? user.emails[7].value : "Analyst"'


def config(r: Rig) -> None:
    """A config in which much can go wrong with one user."""
    r.spec["users"] = {
        "mappings": [
            {"target": "nickName", "expression": FAILING},
            {"target": f"{ENTERPRISE_USER}:manager", "source": "manager"},
        ],
        "expression": 'has(user.displayName) && user.displayName == "fails" ? user.emails[7].value == "x" : true',
    }


TROUBLES: dict[str, tuple[dict[str, Any], str]] = {
    "a mapping fails": ({"title": "fails"}, "InvalidSpec"),
    "the scope cannot be known": ({"displayName": "fails"}, "InvalidSpec"),
    "another has the name": ({"userName": "rival@corp.example"}, "Conflict"),
    "a required attribute is missing": ({"name": {"givenName": "Ada", "familyName": ""}}, ""),
    "the manager is missing": ({"manager": {"userRef": {"name": "nobody"}}}, ""),
    "an immutable attribute is to change": ({"externalId": "another"}, ""),
    "a value is refused": ({"userType": "refused"}, "Rejected"),
}


@pytest.fixture(params=list(TROUBLES))
def trouble(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What of the manifest is in trouble."""
    found: dict[str, Any] = TROUBLES[request.param][0]
    return found


async def begin(r: Rig) -> None:
    """Ada and a rival are provisioned."""
    config(r)
    r.user("ada")
    r.user("rival")
    r.group("engineering", ["ada", "rival"])
    await r.start()
    await r.settle()
    r.simulator.faults.add("refused-attribute=userType")


async def test_a_user_is_disabled_by_the_edit_that_brings_the_trouble(r: Rig, trouble: dict[str, Any]) -> None:
    await begin(r)
    r.user("ada", active=False, **trouble)
    await r.rest()
    assert (r.at_service("ada") or {})["active"] is False


async def test_a_user_is_disabled_while_the_trouble_lasts(r: Rig, trouble: dict[str, Any]) -> None:
    await begin(r)
    r.user("ada", **trouble)
    await r.rest()
    r.user("ada", active=False, **trouble)
    await r.rest()
    assert (r.at_service("ada") or {})["active"] is False


@pytest.mark.parametrize("leaves", ["deleted", "dated"])
async def test_a_user_leaves_while_the_trouble_lasts(r: Rig, trouble: dict[str, Any], leaves: str) -> None:
    await begin(r)
    r.user("ada", **trouble)
    await r.rest()
    if leaves == "deleted":
        r.cluster.delete(Kind.USER, "ada")
    else:
        r.user("ada", notAfter=r.soon(-60), **trouble)
    await r.until(lambda: (r.at_service("ada") or {})["active"] is False)
    await r.until(lambda: r.members("engineering") == {"rival"})


async def test_after_a_restart_too(r: Rig, trouble: dict[str, Any]) -> None:
    await begin(r)
    r.user("ada", **trouble)
    await r.rest()
    await r.stop()
    r.user("ada", active=False, **trouble)
    await r.start()
    await r.until(lambda: (r.at_service("ada") or {})["active"] is False)


async def test_a_user_whose_sign_in_id_is_missing_is_disabled(r: Rig) -> None:
    await begin(r)
    await r.configure(users={**r.spec["users"], "externalId": "Required"})
    await r.settle()
    r.user("ada", active=False)
    await r.rest()
    assert (r.at_service("ada") or {})["active"] is False


@pytest.mark.parametrize("name", ["new@corp.example"])
async def test_a_held_rename_keeps_no_one_active(r: Rig, name: str) -> None:
    r.spec["limits"] = limits(renames=0)
    await begin(r)
    r.user("ada", userName=name)
    await r.until(lambda: r.reason("ada") == "Held")
    r.user("ada", userName=name, active=False)
    await r.until(lambda: (r.at_service("ada") or {})["active"] is False)
    await r.until(lambda: r.reason("ada") == "Held")
    assert (r.at_service("ada") or {})["userName"] == "ada@corp.example"
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.until(lambda: r.simulator.user(name) is not None)


async def test_an_explanation_says_what_of_it_waits(r: Rig) -> None:
    r.spec["limits"] = limits(renames=0)
    await begin(r)
    await r.stop()
    r.user("ada", userName="new@corp.example", active=False)
    reported = await explained(r, Kind.USER, "ada")
    expected = "Disable would be sent, but the change of userName only after approval."
    assert reported.conclusion.startswith(expected)


async def test_held_renames_keep_no_one_else_active(r: Rig) -> None:
    r.spec["limits"] = limits(renames=0)
    await begin(r)
    await r.stop()
    r.user("ada", userName="new@corp.example")
    r.user("rival", active=False)
    await r.start()
    await r.until(lambda: (r.at_service("rival") or {})["active"] is False)
    await r.until(lambda: r.reason("ada") == "Held")


async def test_a_held_disabling_still_waits(r: Rig) -> None:
    r.spec["limits"] = limits(disables=0)
    await begin(r)
    r.user("ada", userName="new@corp.example", active=False)
    await r.until(lambda: r.reason("ada") == "Held")
    assert (r.at_service("ada") or {})["active"] is True


def displayed(r: Rig) -> None:
    """The mapping of the group's displayName fails."""
    r.group("engineering", ["ada"], displayName="fails")


def taken(r: Rig) -> None:
    """Another group has the name."""
    r.group("engineering", ["ada"], displayName="operations")


def refused(r: Rig) -> None:
    """The service refuses the name."""
    r.simulator.faults.add("refused-attribute=displayName")
    r.group("engineering", ["ada"], displayName="refused")


def many(r: Rig) -> None:
    """The rename is held."""
    r.group("engineering", ["ada"], displayName="renamed")


@pytest.mark.parametrize("trouble_of_the_group", [displayed, taken, refused, many])
async def test_a_member_leaves_a_group_that_is_in_trouble(r: Rig, trouble_of_the_group: Callable[[Rig], None]) -> None:
    r.spec["limits"] = limits(renames=0 if trouble_of_the_group is many else 1000)
    failing = 'group.displayName == "fails" ? string(int(group.displayName)) : group.displayName'
    r.spec["groups"] = {"mappings": [{"target": "displayName", "expression": failing}]}
    await begin(r)
    r.group("operations", [])
    await r.rest()
    trouble_of_the_group(r)
    await r.until(lambda: r.members("engineering") == {"ada"})


async def test_who_has_left_leaves_a_group_whose_expression_fails(r: Rig) -> None:
    r.spec["users"] = {}
    r.user("ada")
    r.user("grace")
    r.cluster.apply(
        Kind.GROUP,
        "engineering",
        {"displayName": "engineering", "members": [{"expression": "user.active && size(user.emails) > 0"}]},
    )
    await r.start()
    await r.settle()
    assert r.members("engineering") == {"ada", "grace"}
    r.cluster.apply(
        Kind.GROUP, "engineering", {"displayName": "engineering", "members": [{"expression": "user.emails[7].primary"}]}
    )
    await r.until(lambda: r.reason("engineering", Kind.GROUP) == "InvalidSpec")
    assert r.members("engineering") == {"ada", "grace"}
    r.cluster.delete(Kind.USER, "grace")
    await r.until(lambda: r.members("engineering") == {"ada"})


async def test_without_update_a_user_is_disabled_and_not_changed(r: Rig) -> None:
    r.spec["users"] = {"actions": ["Create", "Delete"]}
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    r.user("ada", title="Countess", active=False)
    await r.until(lambda: r.reason("ada") == "ActionOff")
    ada = r.at_service("ada") or {}
    assert (ada["active"], ada["title"]) == (False, "Analyst")


async def test_a_user_who_cannot_be_read_is_disabled(r: Rig) -> None:
    """After a failed change the service is asked what it has; where it does not say, what it had is enough."""
    await begin(r)
    r.simulator.faults.clear()
    path = f"/Users/{r.id_of('ada')}"
    r.simulator.faults.add(f"status=500;method=GET;path={path}", "refused-attribute=title:500")
    r.user("ada", title="Countess")
    await r.until(lambda: r.reason("ada") == "Retrying")
    r.user("ada", title="Countess", active=False)
    await r.until(lambda: (r.at_service("ada") or {})["active"] is False)
