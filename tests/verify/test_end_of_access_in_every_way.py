"""What takes access is tried in every way that there is, whatever the refusal of the first one says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from scim_operator.simulator.settings import Settings
from tests.support.day import Day, said_of
from verify.campaigns.outcome import outcome_of
from verify.manifests import UNLIMITED
from verify.tenant import names_of, ready
from verify.virtual import run
from verify.world import config_spec

if TYPE_CHECKING:
    from collections.abc import Callable

GROUPS, USERS = "status={};method=PATCH;path=/Groups", "status={};method=PATCH;path=/Users"
DELETE = {"externalId": "Generated", "whenDeleted": "Delete", "deleteAfter": "0s"}
HOUR = 3600.0
REFUSALS = [f"status={status}" for status in (403, 404, 409, 410, 412, 422, 423, 500, 503)]
NO_ANSWERS = ["redirect", "html", "drop-before", "expired-token"]
"""What no SCIM service answers, or no answer at all: of PATCH alone, which a proxy in between may not know."""
LATER = ["throttle=1", "throttle=none", "throttle=30", "throttle=200", "unavailable=30"]
"""What asks to wait, each time that it is asked for this."""


def members(day: Day) -> set[str]:
    """Return who is in the group, without the domain."""
    return {name.split("@")[0] for group in outcome_of(day.world).groups.values() for name in group}


def in_team(day: Day) -> set[str]:
    """Return who is in the group, disabled users too."""
    names = names_of(day.world)
    shown = (day.world.service.shown(id) or {} for id in day.world.service.groups)
    return {names[id].split("@")[0] for group in shown for id in group["members"]}


def said(day: Day) -> str:
    """Return what the group says: status and reason."""
    return ready(day.world.manifests(Kind.GROUP)["team"])


def words(day: Day, kind: Kind, name: str) -> str:
    """Return what a manifest says of why it is not ready."""
    return said_of(day.world.manifests(kind)[name]["status"], "Ready")[2]


async def begun(day: Day) -> Day:
    """Have two people in a group."""
    day.people("ada", "ben")
    day.team("team", "ada", "ben")
    day.world.start()
    await day.world.pass_time(60)
    assert members(day) == {"ada", "ben"}
    return day


@pytest.mark.parametrize("fault", [*REFUSALS, *NO_ANSWERS, *LATER])
def test_who_is_disabled_by_put_where_patch_is_refused(fault: str) -> None:
    async def life() -> None:
        day = await begun(Day(limits=UNLIMITED))
        day.fault(f"{fault};method=PATCH;path=/Users")
        day.leaves("ada")
        await day.world.pass_time(HOUR)
        assert (day.at_service("ada") or {})["active"] is False
        assert members(day) == {"ben"}
        await day.world.end()

    run(life())


@pytest.mark.parametrize("fault", [*REFUSALS, *NO_ANSWERS, *LATER])
def test_who_leaves_a_group_by_put_where_patch_is_refused(fault: str) -> None:
    async def life() -> None:
        day = await begun(Day(limits=UNLIMITED))
        day.fault(f"{fault};method=PATCH;path=/Groups")
        day.team("team", "ben")
        await day.world.pass_time(HOUR)
        assert members(day) == {"ben"}
        assert said(day) == "True Provisioned"
        await day.world.end()

    run(life())


@pytest.mark.parametrize("fault", ["drop-before", "status=502"])
def test_where_nothing_is_answered_it_is_tried_in_no_other_way(fault: str) -> None:
    """An outage asks no more of a service that comes back than it asks of any other."""

    async def life() -> None:
        day = await begun(Day(limits=UNLIMITED))
        day.fault(fault)
        day.team("team", "ben")
        day.mark()
        await day.world.pass_time(HOUR)
        lines = [line for line in day.story() if "/Groups/" in line]
        assert not any("PUT" in line for line in lines)
        assert len(lines) < 25
        day.fault()
        await day.world.pass_time(600)
        assert members(day) == {"ben"}
        await day.world.end()

    run(life())


@pytest.mark.parametrize("status", [400, 403, 500])
def test_so_is_who_cannot_be_deleted(status: int) -> None:
    async def life() -> None:
        day = await begun(Day(limits=UNLIMITED, users=DELETE))
        day.fault(USERS.format(status), f"status={status};method=DELETE;path=/Users")
        day.leaves("ada")
        await day.world.pass_time(HOUR)
        assert (day.at_service("ada") or {})["active"] is False
        await day.world.end()

    run(life())


def renamed(day: Day) -> None:
    """Change a group in another way than to take anyone out."""
    day.team("team", "ada", "ben", displayName="crew")


def joined(day: Day) -> None:
    """Add someone."""
    day.people("eve")
    day.team("team", "ada", "ben", "eve")


@pytest.mark.parametrize("changed", [renamed, joined])
def test_a_method_that_a_router_does_not_know_is_learned(changed: Callable[[Day], None]) -> None:
    """It answers 404, although the resource is there to be read."""

    async def life() -> None:
        day = await begun(Day(limits=UNLIMITED))
        day.fault(GROUPS.format(404))
        changed(day)
        await day.world.pass_time(HOUR)
        assert said(day) == "True Provisioned"
        learned = {"groups": {"patch": {"value": False, "source": "Learned"}}}
        known = {name: each for name, each in day.status["service"]["capabilities"].items() if name == "groups"}
        assert known == ({} if changed is joined else learned), "that 404 may be about the member"
        await day.world.end()

    run(life())


@pytest.mark.parametrize("status", [403, 409, 422, 500])
def test_a_refusal_that_speaks_of_something_else_is_no_lesson(status: int) -> None:
    async def life() -> None:
        day = await begun(Day(limits=UNLIMITED))
        day.fault(GROUPS.format(status))
        day.team("team", "ben")
        await day.world.pass_time(HOUR)
        assert "groups" not in day.status["service"]["capabilities"]
        day.fault()
        day.mark()
        day.team("team", "ada", "ben")
        await day.world.pass_time(60)
        assert [line for line in day.story() if "PUT /Groups" in line] == []
        assert members(day) == {"ada", "ben"}
        await day.world.end()

    run(life())


@pytest.mark.parametrize("fault", ["status=403", "status=404", "status=500", *NO_ANSWERS, *LATER])
@pytest.mark.parametrize("rule", [DELETE, {"externalId": "Generated"}], ids=["deleted", "disabled"])
def test_who_is_on_record_is_not_looked_for(fault: str, rule: dict[str, str]) -> None:
    """A list that is refused keeps no one from being deleted whose id is known."""

    async def life() -> None:
        day = await begun(Day(limits=UNLIMITED, users=rule))
        day.fault(f"{fault};method=GET;path=/Users")
        day.leaves("ada")
        await day.world.pass_time(60)
        assert not (day.at_service("ada") or {}).get("active")
        await day.world.end()

    run(life())


def unseen(day: Day) -> None:
    """Have the service show no longer who is active."""
    day.fault("unreturned=active")
    day.leaves("ada")


def undone(day: Day) -> None:
    """Have her put back by hand."""
    day.leaves("ada")


@pytest.mark.parametrize("leaves", [unseen, undone])
@pytest.mark.parametrize("policy", ["Exclusive", "Additive"])
def test_who_has_left_is_not_awaited_in_a_group_that_names_her_still(
    leaves: Callable[[Day], None], policy: str
) -> None:
    """She carries the mark of her manifest, which is gone, as in a rebuild from Git: but she was disabled."""

    async def life() -> None:
        day = Day(limits=UNLIMITED)
        day.people("ada", "ben")
        day.team("team", "ada", "ben", membershipPolicy=policy)
        day.world.start()
        await day.world.pass_time(60)
        ada = str((day.at_service("ada") or {})["id"])
        leaves(day)
        await day.world.pass_time(60)
        if leaves is undone:
            assert members(day) == {"ben"}
            day.patch("/Users/ada", op="replace", path="active", value=True)
            day.patch("/Groups/team", op="add", path="members", value=[{"value": ada}])
        await day.world.pass_time(HOUR)
        stays = {"ada"} if (leaves, policy) == (undone, "Additive") else set()
        assert in_team(day) == {"ben"} | stays
        await day.world.end()

    run(life())


@pytest.mark.parametrize("status", ["400", "400:invalidPath", "400:mutability", "403", "409", "422"])
def test_no_manifest_is_to_blame_for_a_refused_end(status: str) -> None:
    """There was "set ignore: true in its mapping", for `active` of all attributes."""

    async def life() -> None:
        day = await begun(Day(limits=UNLIMITED))
        for method in ("PATCH", "PUT"):
            day.world.service.faults.add(f"status={status};method={method}")
        day.people("ada", active=False)
        day.team("team", "ada")
        await day.world.pass_time(60)
        user, group = (words(day, kind, name) for kind, name in ((Kind.USER, "ada"), (Kind.GROUP, "team")))
        assert "set whenDeleted and whenOutOfScope to Delete." in user
        assert "Ask the service's administrator, or take it away there." in group
        assert not any(
            word in f"{user} {group}" for word in ("Correct", "ignore", "former value", "another value", "out of scope")
        )
        await day.world.end()

    run(life())


def test_a_user_who_is_too_large_is_no_full_group() -> None:
    async def life() -> None:
        day = await begun(Day(limits=UNLIMITED))
        day.fault("status=413;method=POST;path=/Users")
        day.people("eve")
        await day.world.pass_time(60)
        assert "shorten its values" in words(day, Kind.USER, "eve")
        await day.world.end()

    run(life())


@pytest.mark.parametrize("fault", ["drop-before", "throttle=30", "status=500", "html", "status=401"])
def test_a_part_that_is_only_nice_to_have_keeps_no_one_out_or_in(fault: str) -> None:
    """The ServiceProviderConfig was never answered, or throttled for ever, and no session ever began."""

    async def life() -> None:
        service = {**config_spec()["service"], "profile": "generic"}
        day = Day(Settings(discovery=True).lenient(), limits=UNLIMITED, service=service)
        day.fault(f"{fault};path=/ServiceProviderConfig")
        day.people("ada", "ben")
        day.team("team", "ada", "ben")
        day.world.start()
        await day.world.pass_time(600)
        assert members(day) == {"ada", "ben"}
        day.leaves("ada")
        await day.world.pass_time(60)
        assert members(day) == {"ben"}
        await day.world.end()

    run(life())


@pytest.mark.parametrize("fault", ["throttle=1", "throttle=30", "unavailable=30", "drop-before"])
def test_what_changes_besides_keeps_no_one_in(fault: str) -> None:
    """One leaves, and the group has another name and a member more; the user has another title."""

    async def life() -> None:
        day = await begun(Day(limits=UNLIMITED))
        day.fault(f"{fault};method=PATCH")
        day.people("eve")
        day.people("ada", active=False, title="Former")
        day.team("team", "ben", "eve", displayName="crew")
        await day.world.pass_time(HOUR)
        assert (day.at_service("ada") or {})["active"] is False
        assert "ada" not in members(day)
        await day.world.end()

    run(life())


@pytest.mark.parametrize("fault", [*NO_ANSWERS, *LATER])
@pytest.mark.parametrize("kind", list(Kind))
def test_who_cannot_be_deleted_is_out_of_everything(fault: str, kind: Kind) -> None:
    """Where DELETE alone has no answer, or is always to wait, it was sent again for ever, and nothing else."""

    async def life() -> None:
        day = await begun(Day(limits=UNLIMITED, users=DELETE, groups={"whenDeleted": "Delete"}))
        day.fault(f"{fault};method=DELETE;path={kind.resource_type.endpoint}")
        day.leaves("ada" if kind is Kind.USER else "team", kind=kind)
        await day.world.pass_time(HOUR)
        assert (day.at_service("ada") or {})["active"] is (kind is Kind.GROUP)
        assert members(day) == ({"ben"} if kind is Kind.USER else set())
        await day.world.end()

    run(life())


@pytest.mark.parametrize("fault", LATER)
@pytest.mark.parametrize("part", ["/Users", "/Groups"])
def test_who_cannot_be_read_again_leaves(fault: str, part: str) -> None:
    """After a failure the resource is read; where that is always to wait, access ended no more."""

    async def life() -> None:
        day = await begun(Day(limits=UNLIMITED))
        day.fault(f"{fault};method=GET;path={part}", "status=500;method=PATCH;times=2")
        day.leaves("ada")
        await day.world.pass_time(HOUR)
        assert (day.at_service("ada") or {})["active"] is False
        assert members(day) == {"ben"}
        await day.world.end()

    run(life())


@pytest.mark.parametrize("fault", ["status=403", "status=405", "status=500", *NO_ANSWERS, *LATER])
@pytest.mark.parametrize("change", [{}, {"displayName": "crew"}], ids=["alone", "and a name"])
@pytest.mark.parametrize("policy", ["Exclusive", "Additive"])
def test_who_leaves_a_group_that_cannot_be_read(fault: str, change: dict[str, str], policy: str) -> None:
    """It was read first, as others may be in it, and nothing was sent where that failed."""

    async def life() -> None:
        day = Day(limits=UNLIMITED)
        day.people("ada", "ben")
        day.team("team", "ada", "ben", membershipPolicy=policy)
        day.world.start()
        await day.world.pass_time(60)
        day.fault(f"{fault};method=GET;path=/Groups/")
        day.team("team", "ben", membershipPolicy=policy, **change)
        await day.world.pass_time(HOUR)
        assert members(day) == {"ben"}
        await day.world.end()

    run(life())


def test_who_asks_all_to_wait_is_asked_no_more() -> None:
    """A service that throttles everything is no service without PATCH."""

    async def life() -> None:
        day = await begun(Day(limits=UNLIMITED))
        day.fault("throttle=30")
        day.leaves("ada")
        day.mark()
        await day.world.pass_time(HOUR)
        sent = [line for line in day.story() if "/Users" in line and " 429" in line]
        assert not any("PUT" in line for line in sent)
        assert len(sent) <= HOUR / 30
        day.fault()
        await day.world.pass_time(600)
        assert (day.at_service("ada") or {})["active"] is False
        await day.world.end()

    run(life())
