"""A life of four people and a group on a service with each fault of the catalogue, and with pairs of them.

Whatever the service does: who is to come comes, who is to lose access loses it, the group has whom it is to have, and
then nothing more is written, to the service or to Kubernetes. Where a step cannot succeed, the status says why.
"""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.simulator.catalogue import CATALOGUE
from scim_operator.simulator.faults import Fault
from tests.support.rig import rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig

LENIENT = {"strict": False, "immutable_external_id": False, "string_booleans": False, "group_bodies": True}
SERVICES: dict[str, dict[str, Any]] = {
    "vmware-identity-service": {},
    "generic": {**LENIENT, "discovery": True, "nested_groups": True},
}
PEOPLE = ("ada", "bob", "carol", "dan")

NOW_AND_THEN = (
    "throttle=0;every=3",
    "throttle-after=0;every=5",
    "unavailable=0;every=4",
    "status=500;every=7",
    "status=500;method=PATCH;every=2",
    "drop-before;every=7",
    "drop-after;every=3",
    "html;every=11",
    "redirect;every=11",
    "expired-token;every=11",
    "not-found;every=7",
    "lost-update=5;times=3",
)
"""Faults of single requests, which are repeated."""

ALWAYS = (
    "rate-limit=200/5",
    "latency=1-5",
    "slash",
    "discovery=incomplete",
    "discovery=array",
    "discovery=null",
    "discovery=no-patch",
    "discovery=501",
    "error-body=vmware",
    "error-body=html",
    "error-body=empty",
    "content-type",
    "content-type=text/plain",
    "accept-type",
    "accept-type=application/json",
    "string-booleans",
    "string-numbers",
    "short-pages",
    "past-end",
    "empty-list",
    "stale-list=500",
    "count-limit=2",
    "count-limit=2:422",
    "cursor=only",
    "cursor=no-total",
    "cursor=default",
    "zero-index",
    "no-match=404",
    "no-match=410",
    "no-match=204",
    "hidden=someone.else@corp.example",
    "unknown-id=400",
    "unknown-id=410",
    "numeric-ids",
    "young-id=500",
    "young-member=500",
    "filter=refused",
    "filter=loose",
    "filter-and",
    "filter-quotes",
    "filter-attributes",
    "inactive",
    "delete",
    "null-members",
    "member-refs=absolute",
    "member-refs=relative",
    "member-removal=ignored",
    "member-removal=clears",
    "member-removal=refused",
    "member-list-removal=ignored",
    "member-list-removal=clears",
    "member-list-removal=refused",
    "member-add=replaces",
    "member-add=fails",
    "member-add=duplicates",
    "empty-members",
    "member-cap=2",
    "member-cap=1:413",
    "group-size=3",
    "inactive-member",
    "write-body=empty",
    "write-body=without-members",
    "write-body=stale",
    "multi-value=refused",
    "multi-value=work-only",
    "extension-path",
    "dotted-keys",
    "ignored-attribute",
    "refused-attribute",
    "patch-limited=active",
    "dropped-attributes",
    "unreturned=title",
    "unreturned=externalId",
    "put-id=required",
    "put-id=refused",
    "member-form=typed",
    "member-form=named",
    "lost-members",
    "reformat=phone",
    "reformat=lower",
    "reformat=trim",
    "required=name.givenName;path=/Users",
    "duplicate-allowed",
    "unique-attribute",
)
"""Faults with which the whole life succeeds, and the config is Ready."""

UNSWEPT = (
    "unfiltered",
    "unfiltered=500",
    "broken-page=lacks:1",
    "broken-page=shift:1",
    "broken-page=error",
    "ignore-paging=2;path=/Users",
    "unstable-order",
    "duplicate-row",
)
"""Faults with which no list can be trusted: the config may say NotSwept, and the life succeeds all the same."""

ELSEWHERE = ("bulk",)
"""Faults of what these services do not have: tests/odd/test_bulk.py lives with them."""

LACKING = ("inactive", "stale-list=500", *UNSWEPT)
"""Faults of lists that lack what is there: each sweep looks for it, and shows that it does."""

CLOSED = {
    "html": ("NotScim", "what answers is a web page"),
    "redirect": ("Redirected", "the token is carried nowhere else"),
    "expired-token": ("Unauthorized", "no request is taken"),
    "client-certificate": ("TLSFailed", "the service does not know it"),
    "base-query": ("WrongURL", "the flag of the tenant URL is part of spec.service.url"),
    "filter=ignored": ("FilterIgnored", "capabilities.filter: false says that this is the right service"),
    "no-match=410+unfiltered": ("Unauthorized", "only a list tells a filter without a match from a wrong address"),
}
"""Faults with which there is no connection: the reason of `Connected=False`, and why nothing may be sent."""

REFUSED = {
    "ignored-attribute=active": ("ada", Kind.USER, "Rejected", "`active` is not as sent"),
    "refused-attribute=active": ("ada", Kind.USER, "Rejected", "answered 400"),
    "required=nickName;path=/Users": ("ada", Kind.USER, "Rejected", "nickName"),
    "group-size=2": ("engineering", Kind.GROUP, "Rejected", "A group has at most 2 members"),
    "hide-members": ("engineering", Kind.GROUP, "Retrying", "verifyMembers"),
}
"""Faults with which a step cannot succeed, and what the object says that is concerned."""


@asynccontextmanager
async def life(profile: str, *faults: str) -> AsyncIterator[Rig]:
    async with rig(haste=20, page_cap=3, **SERVICES[profile]) as r:
        r.simulator.store.clock = r.clock.monotonic
        r.simulator.faults.add(*faults)
        r.spec["service"]["profile"] = profile
        for name in PEOPLE:
            person(r, name)
        team(r, "ada", "bob", "carol")
        await r.start()
        yield r


def person(r: Rig, name: str, **spec: Any) -> None:
    phone = [{"type": "work", "value": "+44 20 0000"}]
    r.user(name, displayName=name.title(), title="Analyst", phoneNumbers=phone, externalId=f"idp-{name}", **spec)


def team(r: Rig, *names: str) -> None:
    r.group("engineering", list(names), externalId="idp-engineering")


async def come_and_go(r: Rig) -> None:
    """One is disabled, one manifest is deleted, the group changes, and is emptied; a first sweep would hold that."""
    await r.settle()
    await r.until(lambda: r.members("engineering") == {"ada", "bob", "carol"} and len(r.simulator.users) == len(PEOPLE))
    person(r, "ada", active=False)
    await r.until(lambda: has_lost_access(r, "ada"))
    r.cluster.delete(Kind.USER, "bob")
    team(r, "carol", "dan")
    await r.until(lambda: r.cluster.get(Kind.USER, "bob") is None)
    assert has_lost_access(r, "bob")
    await r.until(lambda: r.members("engineering") == {"carol", "dan"})
    team(r)
    await r.until(lambda: r.members("engineering") == set())


async def rest(r: Rig, *faults: str) -> None:
    """Everything is provisioned, also after a restart, and nothing more is written."""
    await r.until(lambda: all(reason == "Provisioned" for reason in reasons(r)))
    await r.rest()
    if any(each in LACKING for each in faults):
        await r.sweep()
    else:
        await r.check_quiet()
    mark, written = r.mark(), r.cluster.object_writes
    await r.sweep()
    assert r.cluster.object_writes == written
    await r.stop()
    await r.start()
    await r.settle()
    await r.rest()
    assert r.writes(mark) == []
    assert len(r.simulator.users) == len(PEOPLE), "no one is there twice"
    assert len(r.simulator.groups) == 1


def reasons(r: Rig) -> list[str]:
    return [*(r.reason(name) for name in ("ada", "carol", "dan")), r.reason("engineering", Kind.GROUP)]


def has_lost_access(r: Rig, name: str) -> bool:
    found = r.at_service(name)
    return found is None or str(found.get("active", False)) == "False"


@pytest.mark.parametrize("fault", NOW_AND_THEN)
@pytest.mark.parametrize("profile", SERVICES)
async def test_a_life_with_a_fault_now_and_then(profile: str, fault: str) -> None:
    async with life(profile, fault) as r:
        await come_and_go(r)
        r.simulator.faults.clear()
        await rest(r)


@pytest.mark.parametrize("fault", ALWAYS)
@pytest.mark.parametrize("profile", SERVICES)
async def test_a_life_with_a_fault(profile: str, fault: str) -> None:
    async with life(profile, fault) as r:
        await come_and_go(r)
        await rest(r, fault)
        await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"))


@pytest.mark.parametrize("fault", UNSWEPT)
@pytest.mark.parametrize("profile", SERVICES)
async def test_a_life_without_a_list_to_be_trusted(profile: str, fault: str) -> None:
    async with life(profile, fault) as r:
        await come_and_go(r)
        await rest(r, fault)
        assert r.condition("Ready")[1] in ("NotSwept", "Provisioned")


@pytest.mark.parametrize("faults", CLOSED)
async def test_without_a_connection_the_status_says_why(faults: str) -> None:
    async with life("vmware-identity-service", *faults.split("+")) as r:
        if faults == "filter=ignored":  # an empty service answers with nothing, as to a filter that it heeds
            r.simulator.seed([{"userName": "someone"}])
        await r.until(lambda: r.condition("Connected") == ("False", CLOSED[faults][0]))
        assert r.condition("Ready")[0] == "False"
        assert r.writes() == []


@pytest.mark.parametrize("fault", REFUSED)
@pytest.mark.parametrize("profile", SERVICES)
async def test_what_cannot_succeed_is_said_and_the_end_of_access_goes_on(profile: str, fault: str) -> None:
    name, kind, reason, words = REFUSED[fault]
    async with life(profile, fault) as r:
        await r.settle()
        if "active" in fault:
            person(r, "ada", active=False)
        await r.until(lambda: r.reason(name, kind) == reason and words in r.message(name, kind))
        await r.until(lambda: r.condition("Ready")[0] == "False")
        team(r)
        await r.until(lambda: r.simulator.group("engineering") is None or r.members("engineering") == set())


def leaves_a_way(pair: tuple[str, str]) -> bool:
    """Whether who is there can be found out: by a list, or by a filter for each matching attribute."""
    return not (any(each.startswith("unfiltered") for each in pair) and any("filter" in each[:6] for each in pair))


DRAWN = random.Random(12).sample([*filter(leaves_a_way, combinations((*ALWAYS, *UNSWEPT), 2))], 40)
PAIRS = [pair for pair in DRAWN if "+".join(pair) not in CLOSED]


@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
async def test_a_life_with_two_faults(pair: tuple[str, str]) -> None:
    profile = list(SERVICES)[DRAWN.index(pair) % len(SERVICES)]
    async with life(profile, *pair) as r:
        await come_and_go(r)
        await rest(r, *pair)


def test_every_fault_of_the_catalogue_is_lived_with() -> None:
    texts = (*NOW_AND_THEN, *ALWAYS, *UNSWEPT, *CLOSED, *REFUSED, *ELSEWHERE)
    assert {Fault.parse(each).name for text in texts for each in text.split("+")} == set(CATALOGUE)
