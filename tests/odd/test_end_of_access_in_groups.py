"""Who leaves a group leaves it, whatever becomes of those who are to join it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from scim_operator.simulator.catalogue import FaultName
from tests.support.limiting import UNLIMITED
from tests.support.rig import service_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.rig import Rig

SEATS = "status=400:invalidValue;method=POST;path=/Users"
AWAY = "status=503;method=POST;path=/Users"


async def two_in_a_group(r: Rig, policy: str = "Exclusive") -> None:
    """Ada and grace are in the group, and provisioned."""
    r.user("ada")
    r.user("grace")
    r.group("engineering", ["ada", "grace"], membershipPolicy=policy)
    await r.start()
    await r.settle()
    assert r.members("engineering") == {"ada", "grace"}


def leaves_the_group(_: Rig) -> None:
    """She stays provisioned, but is no member any more."""


def leaves_the_company(r: Rig) -> None:
    """Her manifest is deleted."""
    r.cluster.delete(Kind.USER, "grace")


def leaves_the_scope(r: Rig) -> None:
    """Her manifest stays, and says that her time is over."""
    r.user("grace", notAfter=r.soon(-60))


LEAVING = [leaves_the_group, leaves_the_company, leaves_the_scope]


@pytest.mark.parametrize("policy", ["Exclusive", "Additive"])
@pytest.mark.parametrize("joiner", [SEATS, AWAY], ids=["refused for good", "still tried"])
@pytest.mark.parametrize("leaves", LEAVING)
async def test_a_leaver_leaves_the_group_although_a_joiner_is_refused(
    r: Rig, leaves: Callable[[Rig], None], joiner: str, policy: str
) -> None:
    await two_in_a_group(r, policy)
    r.simulator.faults.add(joiner)
    leaves(r)
    r.user("joan")
    r.group("engineering", ["ada", "joan"], membershipPolicy=policy)
    await r.until(lambda: r.reason("joan") in {"Rejected", "Retrying"})
    await r.until(lambda: r.members("engineering") == {"ada"})
    await r.until(lambda: r.cluster.ready(Kind.GROUP, "engineering") == ("False", "Incomplete"))
    assert "still to be provisioned: 1 member" in r.message("engineering", Kind.GROUP)


@pytest.mark.parametrize("leaves", LEAVING)
async def test_so_does_one_who_left_while_the_operator_was_down(r: Rig, leaves: Callable[[Rig], None]) -> None:
    await two_in_a_group(r)
    await r.stop()
    r.simulator.faults.add(SEATS)
    leaves(r)
    r.user("joan")
    r.group("engineering", ["ada", "joan"])
    await r.start()
    await r.until(lambda: r.members("engineering") == {"ada"})


@pytest.mark.parametrize("hidden", [False, True], ids=["listed", "hidden once disabled"])
@pytest.mark.parametrize("after", ["0s", "720h"])
async def test_so_does_one_whose_removal_was_not_sent_before_a_restart(r: Rig, after: str, *, hidden: bool) -> None:
    """Her manifest is gone and her account is disabled: what is left of her is a member of a group."""
    r.spec["users"] = {"deleteAfter": after}
    await two_in_a_group(r)
    if hidden:
        r.simulator.faults.add("inactive")
    r.simulator.faults.add("status=500;method=PATCH;path=/Groups", "status=500;method=PUT;path=/Groups", SEATS)
    r.cluster.delete(Kind.USER, "grace")
    await r.until(lambda: r.cluster.get(Kind.USER, "grace") is None)
    r.user("joan")
    r.group("engineering", ["ada", "joan"])
    await r.until(lambda: r.reason("joan") == "Rejected")
    await r.stop()
    r.simulator.faults.clear(FaultName.STATUS)
    r.simulator.faults.add(SEATS)
    await r.start()
    await r.until(lambda: r.members("engineering") == {"ada"})


def inactive(r: Rig) -> None:
    """She is not to have access, and has no account."""
    r.user("joan", active=False)


def invalid(r: Rig) -> None:
    """She lacks what the service requires."""
    r.user("joan", name={"givenName": "Joan"})


def rejected(r: Rig) -> None:
    """The service refuses her for good."""
    r.simulator.faults.add(SEATS)
    r.user("joan")


def in_conflict(r: Rig) -> None:
    """Another manifest has the account that hers names."""
    r.user("joan", userName="rival@corp.example")


def not_owned(r: Rig) -> None:
    """Someone else's account has her name, and must not be taken over."""
    r.simulator.seed([service_user("joan")])
    r.user("joan", adoption="Never")


def suspended(r: Rig) -> None:
    """Nothing is sent for her."""
    r.user("joan", suspend=True)


NEVER = [inactive, invalid, rejected, in_conflict, not_owned, suspended]


@pytest.mark.parametrize("never", NEVER)
async def test_one_who_will_never_come_keeps_no_stranger_in(r: Rig, never: Callable[[Rig], None]) -> None:
    (stranger,), _ = r.simulator.seed([service_user("stranger")])
    r.user("ada")
    r.user("rival")
    r.group("engineering", ["ada", "joan"])
    await r.start()
    await r.settle()
    never(r)
    await r.rest()
    path = f"/Groups/{r.group_id('engineering')}"
    r.patch_by_hand(path, {"op": "add", "path": "members", "value": [{"value": stranger}]})
    await r.sweep()
    assert r.members("engineering") == {"ada"}


async def test_where_creating_is_off_no_stranger_stays(r: Rig) -> None:
    ids, _ = r.simulator.seed([service_user("stranger")])
    r.spec["users"] = {"actions": ["Update", "Delete"]}
    r.user("joan")
    r.group("engineering", [])
    await r.start()
    await r.settle()
    r.group("engineering", ["joan"])
    path = f"/Groups/{r.group_id('engineering')}"
    r.patch_by_hand(path, {"op": "add", "path": "members", "value": [{"value": ids[0]}]})
    await r.sweep()
    assert r.members("engineering") == set()


async def test_one_whose_account_cannot_be_known_keeps_a_stranger_in_and_the_group_says_so(r: Rig) -> None:
    """An expression fails for her, so that any account that no manifest names may be hers."""
    (stranger,), _ = r.simulator.seed([service_user("stranger")])
    failing = 'has(user.title) && user.title == "fails" ? user.emails[7].value : "Analyst"'
    r.spec["users"] = {"mappings": [{"target": "title", "expression": failing}]}
    await two_in_a_group(r)
    r.user("joan", title="fails")
    path = f"/Groups/{r.group_id('engineering')}"
    r.patch_by_hand(path, {"op": "add", "path": "members", "value": [{"value": stranger}]})
    r.group("engineering", ["ada", "joan"])
    await r.sweep()
    assert r.reason("joan") == "InvalidSpec"
    assert r.members("engineering") == {"ada", "stranger"}
    assert "one whom no manifest names (it may be that of scimuser/joan" in r.message("engineering", Kind.GROUP)


@pytest.mark.parametrize("why", ["suspended"])
async def test_who_is_kept_is_named_with_the_reason(r: Rig, why: str) -> None:
    await two_in_a_group(r)
    r.user("grace", suspend=True)
    await r.rest()
    r.group("engineering", ["ada"])
    await r.rest()
    assert r.members("engineering") == {"ada", "grace"}
    assert r.cluster.ready(Kind.GROUP, "engineering") == ("False", "Incomplete")
    assert f"scimuser/grace ({why})" in r.message("engineering", Kind.GROUP)


async def test_who_was_put_in_by_hand_and_suspended_leaves_though_the_group_turns_additive(r: Rig) -> None:
    """The removal was due while the group was Exclusive, when all members were its own: it is only late."""
    await two_in_a_group(r)
    r.user("joan")
    await r.rest()
    r.user("joan", suspend=True)
    await r.rest()
    r.patch_members(f"/Groups/{r.group_id('engineering')}", r.id_of("joan"))
    await r.sweep()
    assert "scimuser/joan (suspended)" in r.message("engineering", Kind.GROUP)
    r.group("engineering", ["ada", "grace"], membershipPolicy="Additive")
    await r.rest()
    assert r.members("engineering") == {"ada", "grace", "joan"}
    r.user("joan")
    await r.until(lambda: r.members("engineering") == {"ada", "grace"})


async def test_a_group_is_ready_once_everyone_in_it_is(r: Rig) -> None:
    await two_in_a_group(r)
    r.simulator.faults.add(SEATS)
    r.user("joan")
    r.group("engineering", ["ada", "joan"])
    await r.until(lambda: r.reason("joan") == "Rejected")
    await r.rest()
    assert r.cluster.ready(Kind.GROUP, "engineering") == ("False", "Incomplete")
    r.simulator.faults.clear()
    r.user("joan", title="Analyst")
    await r.until(lambda: r.cluster.ready(Kind.GROUP, "engineering") == ("True", "Provisioned"))
    assert r.members("engineering") == {"ada", "joan"}


MANY = 130


@pytest.mark.parametrize("left", [10, 0])
async def test_an_additive_group_takes_back_all_that_it_was_created_with(r: Rig, left: int) -> None:
    names = [f"user-{number}" for number in range(MANY)]
    for name in names:
        r.user(name)
    r.spec["limits"] = UNLIMITED
    r.group("engineering", names, membershipPolicy="Additive")
    await r.start()
    await r.settle()
    assert len(r.members("engineering")) == MANY
    r.group("engineering", names[:left], membershipPolicy="Additive")
    await r.rest()
    assert r.members("engineering") == set(names[:left])


async def test_so_it_does_where_a_later_request_was_refused(r: Rig) -> None:
    names = [f"user-{number}" for number in range(MANY)]
    for name in names:
        r.user(name)
    r.spec["limits"] = UNLIMITED
    r.group("engineering", [], membershipPolicy="Additive")
    await r.start()
    await r.settle()
    r.simulator.faults.add("drop-after;method=PATCH;path=/Groups;times=1")
    r.group("engineering", names, membershipPolicy="Additive")
    await r.until(lambda: len(r.members("engineering")) == MANY)
    await r.rest()
    r.group("engineering", names[:10], membershipPolicy="Additive")
    await r.rest()
    assert r.members("engineering") == set(names[:10])


@pytest.mark.parametrize("between", ["held", "planned", "terminating"])
async def test_an_additive_group_remembers_whom_it_could_not_remove_yet(r: Rig, between: str) -> None:
    """Who was added stays the operator's to take out, although the removal waits for a while."""
    for name in ("ada", "grace"):
        r.user(name)
    r.group("engineering", ["ada", "grace"], membershipPolicy="Additive")
    await r.start()
    await r.settle()
    waits = {"held": {"limits": {"memberRemovals": {"percent": 0, "min": 0, "max": 0}}}, "planned": {"mode": "Plan"}}
    await r.configure(**waits.get(between, {}))
    await r.settle()
    r.cluster.going = frozenset({Kind.USER}) if between == "terminating" else frozenset()
    r.group("engineering", ["ada"], membershipPolicy="Additive")
    reason = {"held": "Held", "planned": "Planned", "terminating": "Incomplete"}[between]
    await r.until(lambda: r.reason("engineering", Kind.GROUP) == reason)
    await r.sweep()
    assert r.reason("engineering", Kind.GROUP) == reason
    r.cluster.going = frozenset()
    await r.configure(mode="Apply", limits=UNLIMITED)
    await r.settle()
    await r.until(lambda: r.members("engineering") == {"ada"})


async def test_who_leaves_as_a_group_turns_additive_is_removed(r: Rig) -> None:
    for name in ("ada", "ben", "cleo"):
        r.user(name)
    r.group("team", ["ada", "ben"])
    await r.start()
    await r.settle()
    r.group("team", ["ada"], membershipPolicy="Additive")
    await r.rest()
    assert r.members("team") == {"ada"}
    r.patch_members(f"/Groups/{r.group_id('team')}", r.id_of("cleo"))
    await r.sweep()
    assert r.members("team") == {"ada", "cleo"}, "whom someone else adds from then on stays"
    await r.check_quiet()


async def test_a_group_that_turns_additive_and_is_deleted_leaves_no_one_in(r: Rig) -> None:
    for name in ("ada", "ben"):
        r.user(name)
    r.group("team", ["ada", "ben"])
    await r.start()
    await r.settle()
    await r.stop()
    r.group("team", ["ada"], membershipPolicy="Additive")
    r.cluster.delete(Kind.GROUP, "team")
    await r.start()
    await r.settle()
    assert r.members("team") == set()


async def test_whom_others_added_while_a_group_was_only_observed_stays_when_it_turns_additive(r: Rig) -> None:
    for name in ("ada", "ben"):
        r.user(name)
    r.group("team", ["ada"])
    await r.start()
    await r.settle()
    r.group("team", ["ada"], membershipPolicy="Observe")
    await r.rest()
    r.patch_members(f"/Groups/{r.group_id('team')}", r.id_of("ben"))
    r.group("team", ["ada"], membershipPolicy="Additive")
    await r.rest()
    await r.sweep()
    assert r.members("team") == {"ada", "ben"}
