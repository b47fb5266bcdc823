"""Joining and leaving dates take effect at their time, without an event and without a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.rig import Rig

FUTURE, PAST = "2999-01-01T00:00:00Z", "2001-01-01T00:00:00+02:00"


async def test_a_joiner_is_created_when_the_day_has_come(hurried: Rig) -> None:
    hurried.user("ada", notBefore=hurried.soon(20))
    hurried.group("engineering", ["ada"])
    await hurried.start()
    await hurried.settle()
    assert hurried.at_service("ada") is None, "not before"
    await hurried.until(lambda: hurried.members("engineering") == {"ada"})
    assert present(hurried.at_service("ada"))["active"] is True
    assert hurried.job.session.sweeps.finished == 1, "no sweep was needed"


async def test_a_leaver_is_disabled_and_leaves_the_groups_when_the_day_has_come(hurried: Rig) -> None:
    hurried.user("ada", notAfter=hurried.soon(40))
    hurried.user("bob")
    hurried.group("engineering", ["ada", "bob"])
    await hurried.start()
    await hurried.settle()
    assert hurried.members("engineering") == {"ada", "bob"}
    await hurried.until(lambda: hurried.reason("ada") == "Disabled")
    assert hurried.message("ada") == "Disabled at the service. spec.notAfter has passed."
    assert present(hurried.at_service("ada"))["active"] is False
    await hurried.until(lambda: hurried.members("engineering") == {"bob"})
    assert hurried.job.session.sweeps.finished == 1, "no sweep was needed"


async def test_dates_outlive_a_restart(hurried: Rig) -> None:
    hurried.user("ada", notAfter=hurried.soon(30))
    await hurried.start()
    await hurried.settle()
    await hurried.crash()
    await hurried.start()
    await hurried.until(lambda: hurried.reason("ada") == "Disabled")


async def test_a_date_that_passed_while_no_one_was_running_counts(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    await r.stop()
    r.user("ada", notAfter=PAST)
    await r.start()
    await r.until(lambda: r.reason("ada") == "Disabled")


async def test_moving_the_leaving_date_brings_the_same_user_back_to_the_groups(r: Rig) -> None:
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    id = r.id_of("ada")
    r.user("ada", notAfter=PAST)
    await r.until(lambda: r.reason("ada") == "Disabled" and r.members("engineering") == set())
    r.user("ada", notAfter=FUTURE)
    await r.until(lambda: r.members("engineering") == {"ada"})
    assert (r.id_of("ada"), present(r.at_service("ada"))["active"]) == (id, True)


async def test_a_joiner_may_be_created_disabled_and_is_enabled_in_time(hurried: Rig) -> None:
    hurried.user("ada", notBefore=hurried.soon(30))
    hurried.user("bob", active=False)
    hurried.spec["users"] = {"createDisabled": True}
    await hurried.start()
    await hurried.settle()
    assert [present(hurried.at_service(name))["active"] for name in ("ada", "bob")] == [False, False]
    id = hurried.id_of("ada")
    await hurried.until(lambda: present(hurried.at_service("ada"))["active"] is True)
    assert hurried.id_of("ada") == id


async def test_a_membership_has_dates_of_its_own(hurried: Rig) -> None:
    for name in ("ada", "bob", "eve"):
        hurried.user(name, labels={"team": "red"} if name == "eve" else {})
    hurried.group("nested", ["bob"])
    members = [
        {"userRef": {"name": "ada"}, "notBefore": hurried.soon(30)},
        {"groupRef": {"name": "nested"}, "notAfter": hurried.soon(60)},
        {"userSelector": {"matchLabels": {"team": "red"}}, "notAfter": PAST},
    ]
    hurried.cluster.apply(Kind.GROUP, "project", {"displayName": "project", "members": members})
    await hurried.start()
    await hurried.settle()
    assert hurried.members("project") == {"bob"}
    await hurried.until(lambda: hurried.members("project") == {"ada", "bob"})
    await hurried.until(lambda: hurried.members("project") == {"ada"})
    assert hurried.job.session.sweeps.finished == 1, "no sweep was needed"


async def test_dates_far_away_cost_no_request(r: Rig) -> None:
    r.user("ada", notBefore=PAST, notAfter=FUTURE)
    r.user("bob", notBefore=FUTURE)
    await r.start()
    await r.settle()
    assert r.writes() == ["POST /Users"]
    assert (r.reason("bob"), r.message("bob")) in {("", ""), ("OutOfScope", "spec.notBefore is still to come.")}
    mark, writes = r.mark(), r.cluster.writes
    await r.sweep()
    assert (r.writes(mark), r.cluster.writes) == ([], writes)
