"""Services that page in their own way are listed completely, and what they teach is used from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.rig import rig, service_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig

NAMES = ("ada", "bob", "carol", "dan", "eve")


@pytest.fixture
async def paged() -> AsyncIterator[Rig]:
    """A rig that asks for two resources a page, over a service that has five users already."""
    async with rig() as made:
        made.spec["service"] = {**made.spec["service"], "capabilities": {"pageSize": 2}}
        made.simulator.seed([service_user(name) for name in NAMES])
        yield made


async def listed(r: Rig) -> None:
    await r.start()
    await r.settle()
    assert r.condition("Ready") == ("True", "Provisioned")
    assert r.status["totals"]["users"]["unmanaged"] == len(NAMES)
    await r.check_quiet()


@pytest.mark.parametrize(
    "fault",
    [
        "cursor=only",
        "cursor=no-total",
        "cursor=default",
        "zero-index",
        "zero-index;path=/Users",
        "zero-index=no-total",
        "no-match=404",
    ],
)
async def test_every_kind_of_paging_is_read_to_its_end(paged: Rig, fault: str) -> None:
    paged.simulator.faults.add(fault)
    await listed(paged)


@pytest.mark.parametrize(
    "fault", ["cursor=only", "cursor=no-total", "zero-index", "zero-index=no-total", "no-match=404", "no-match=204"]
)
async def test_one_who_is_there_is_found_and_one_who_is_not_is_created(paged: Rig, fault: str) -> None:
    r = paged
    r.simulator.faults.add(fault)
    r.spec["users"] = {"adoption": "IfUnowned", **r.spec.get("users", {})}
    await r.start()
    await r.settle()
    r.user("ada")
    r.user("new")
    await r.until(lambda: {r.reason("ada"), r.reason("new")} == {"Provisioned"})
    assert "POST /Users" in r.writes()
    assert len(r.simulator.users) == len(NAMES) + 1


async def test_one_alone_at_index_zero_is_found_before_anyone_is_created(r: Rig) -> None:
    """Nothing is at index 1, and no total says that there is anyone."""
    r.simulator.faults.add("zero-index=no-total")
    r.simulator.seed([service_user("ada")])
    r.user("ada")
    await r.start()
    await r.until(lambda: r.reason("ada") == "Held")
    assert len(r.simulator.users) == 1


async def test_each_type_may_page_in_its_own_way(paged: Rig) -> None:
    r = paged
    r.simulator.faults.add("cursor=only;path=/Groups", "zero-index;path=/Users")
    for name in ("one", "two", "three"):
        r.group(name, [])
    await listed(r)
    await r.stop()
    await r.start()
    await r.settle()
    assert r.condition("Ready") == ("True", "Provisioned")
    assert len(r.simulator.groups) == 3


async def test_an_expired_cursor_is_a_listing_that_is_read_again(paged: Rig) -> None:
    paged.simulator.faults.add("cursor=only")
    paged.simulator.faults.add("status=400:expiredCursor;method=GET;path=/Users;every=5;times=1")
    await listed(paged)


async def test_an_index_from_zero_is_learned(paged: Rig) -> None:
    r = paged
    r.simulator.faults.add("zero-index")
    await listed(r)
    mark = r.mark()
    await r.sweep()
    starts = [e.query for e in r.entries(mark) if e.path.startswith("/Users") and "filter" not in e.query]
    assert len(starts) == 3, "each page once"


@pytest.mark.parametrize("fault", ["count-limit=20", "count-limit=20:422", "count-limit=1"])
@pytest.mark.parametrize("path", ["", ";path=/Users"])
async def test_a_count_over_the_limit_is_asked_for_again_smaller(r: Rig, fault: str, path: str) -> None:
    r.simulator.seed([service_user(f"user{number}") for number in range(60)])
    r.simulator.faults.add(fault + path)
    await r.start()
    await r.settle()
    assert r.condition("Ready") == ("True", "Provisioned")
    assert r.status["totals"]["users"]["unmanaged"] == 60
    size = r.status["service"]["capabilities"]["pageSize"]
    assert size["source"] == "Learned"
    assert size["value"] <= int(fault.removeprefix("count-limit=").partition(":")[0])


async def test_a_page_size_that_the_config_insists_on_is_named(r: Rig) -> None:
    r.spec["service"] = {**r.spec["service"], "capabilities": {"pageSize": 100}}
    r.user("ada")
    r.simulator.faults.add("count-limit=20")
    await r.start()
    await r.until(lambda: "spec.service.capabilities.pageSize" in str(r.status.get("conditions")))


async def test_equal_rows_of_one_complete_answer_are_one(r: Rig) -> None:
    r.simulator.seed([service_user(name) for name in NAMES])
    r.simulator.faults.add("duplicate-row;path=/Users")
    await listed(r)


async def test_404_to_a_filter_without_a_match_is_no_wrong_url(r: Rig) -> None:
    r.simulator.faults.add("no-match=404")
    r.user("ada")
    await r.start()
    await r.settle()
    assert r.condition("Connected") == ("True", "TestPassed")
    assert r.reason("ada") == "Provisioned"
    await r.check_quiet()


async def test_404_to_everything_is_a_wrong_url(r: Rig) -> None:
    r.simulator.faults.add("status=404")
    await r.start()
    await r.until(lambda: r.condition("Connected") == ("False", "WrongURL"))
