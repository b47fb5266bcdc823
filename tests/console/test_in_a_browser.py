"""The pages in a real Chromium: policy, keyboard, screen readers, narrow windows, live parts, hostile names."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.console.cluster import ClusterSource, Commands
from scim_operator.console.reach import Reach
from tests.console.test_hostile_names import MARKUP, manifest
from tests.console.test_pages_of_a_cluster import DIGEST, PLAN, explained, logged, planned
from tests.support.lists import NAMESPACE, Lists, config, group, user
from tests.support.surfing import Surfer, surfing
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tools.browser.found import Browser

PAGES = (
    "/", "/people", "/people?q=nothing-has-this", "/people/user/user-000003", "/people/group/outer", "/plan",
    "/plan/vmware", "/access", "/log", "/log?user=ada&asked=yes", "/people/user/absent",
)  # fmt: skip


def lists() -> Lists:
    made = Lists()
    progress = {"phase": "Users", "done": 5, "total": 10, "percent": 50}
    sweep = {"startedAt": "2026-11-30T01:00:00Z", "duration": "12s", "requests": {"read": 9, "write": 3}, "drift": 1}
    totals = {"inScope": 7, "users": {"inScope": 5, "provisioned": 2}, "groups": {"inScope": 2, "provisioned": 2}}
    told = {
        "plan": {**PLAN, "protected": ["scimuser/boss"]},
        "progress": progress,
        "lastSweep": sweep,
        "totals": totals,
    }
    expiry = {"time": "2026-12-24T00:00:00Z", "field": "spec.service.auth.bearer.secretRef"}
    made.put("provisioningconfigs", [config(**told, tokenExpiry=expiry)])
    made.put("scimusers", [user(1), user(2), *(user(each, "Held") for each in range(3, 60))])
    named = [{"userRef": {"name": "user-000003"}}]
    made.put("scimgroups", [group("inner", *named), group("outer", {"groupRef": {"name": "inner"}})])
    return made


@asynccontextmanager
async def browsing(made: Lists, browser: Browser, **context: Any) -> AsyncIterator[Surfer]:
    async with made.running() as client:
        source = ClusterSource(client, Reach((NAMESPACE,)), "Namespace identity", Commands(explained, planned, logged))
        async with source.running():
            await until(lambda: not source.reading, "the first list")
            async with surfing(source, browser, **context) as surfer:
                yield surfer


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_and_the_policy_refuses_nothing(chromium: Browser, scheme: str) -> None:
    async with browsing(lists(), chromium, color_scheme=scheme) as surfer:
        for path in PAGES:
            await surfer.open(path)
            assert await surfer.barriers() == [], path
            assert await surfer.refusals() == [], path
        await surfer.open("/people")
        await surfer.picture(f"people-{scheme}")
        assert [each for each in surfer.complaints if "404" not in each] == []


@pytest.mark.parametrize("width", [320, 768, 2560])
async def test_no_page_scrolls_sideways(chromium: Browser, width: int) -> None:
    async with browsing(lists(), chromium, viewport={"width": width, "height": 700}) as surfer:
        for path in PAGES:
            await surfer.open(path)
            assert not await surfer.is_too_wide(), path
        if width == 320:
            await surfer.open("/people/user/user-000003")
            await surfer.picture("narrow")


async def test_a_search_narrows_while_one_types(chromium: Browser) -> None:
    async with browsing(lists(), chromium) as surfer:
        await surfer.open("/people")
        await surfer.page.get_by_label("Search", exact=True).press_sequentially("user-00004")
        await surfer.page.get_by_text("10 objects found.").wait_for()
        await surfer.page.get_by_label("State").select_option("Ready")
        await surfer.page.get_by_text("0 objects found.").wait_for()
        assert surfer.complaints == []


async def test_every_link_of_the_first_page_is_reached_by_the_keyboard(chromium: Browser) -> None:
    async with browsing(lists(), chromium) as surfer:
        await surfer.open("/")
        await surfer.page.keyboard.press("Tab")
        assert await focused(surfer) == "Skip to the content"
        await surfer.page.keyboard.press("Enter")
        assert surfer.page.url.endswith("#content")
        await surfer.open("/")
        reached = []
        for _ in range(7):
            await surfer.page.keyboard.press("Tab")
            reached.append(await focused(surfer))
        assert reached[1:] == ["Overview", "People and groups", "Plan", "Access", "Log", "Review the plan"]


async def focused(surfer: Surfer) -> str:
    text: str = await surfer.page.evaluate("() => document.activeElement.textContent")
    return text


async def test_the_overview_moves_by_itself(chromium: Browser) -> None:
    made = lists()
    async with browsing(made, chromium) as surfer:
        await surfer.picture("overview")
        moved = config(progress={"phase": "Groups", "done": 1, "total": 2, "percent": 50})
        made.put("provisioningconfigs", [{**moved, "metadata": {"name": "vmware", "resourceVersion": "2"}}])
        await surfer.page.get_by_text("Groups 50%, 1 of 2").wait_for()
        assert surfer.complaints == []


async def test_dates_are_in_the_zone_of_who_reads(chromium: Browser) -> None:
    zones = {"Europe/Berlin": "30 Nov 2026, 02:00:00", "America/New_York": "29 Nov 2026, 20:00:00"}
    for zone, wanted in zones.items():
        async with browsing(lists(), chromium, timezone_id=zone, locale="en-GB") as surfer:
            assert wanted in await surfer.page.locator("time").all_text_contents(), zone


async def test_the_log_is_filtered_by_times_in_the_zone_of_who_types(chromium: Browser) -> None:
    async with browsing(lists(), chromium, timezone_id="America/New_York", locale="en-GB") as surfer:
        await surfer.open("/log")
        await surfer.page.get_by_label("User").fill("ada")
        await surfer.page.get_by_label("Since (America/New_York)").fill("2026-11-29T20:00:00")
        await surfer.page.get_by_label("Action").select_option("disable")
        await surfer.page.get_by_role("button", name="Ask the log").click()
        await surfer.page.get_by_text("Steps of ada").click()
        await surfer.page.get_by_text("title: Analyst → Countess").wait_for()
        assert await surfer.page.get_by_label("Since (America/New_York)").input_value() == "2026-11-29T20:00"
        assert await surfer.barriers() == []
        await surfer.picture("log")
        async with surfer.page.expect_download() as begun:
            await surfer.page.get_by_role("link", name="Download as CSV").click()
        assert (await begun.value).url.endswith(
            "/log.csv?user=ada&action=disable&since=2026-11-30T01%3A00%3A00%2B00%3A00"
        )
        assert surfer.complaints == []


async def test_from_the_overview_to_a_person_and_to_an_approval(chromium: Browser) -> None:
    made = lists()
    async with browsing(made, chromium) as surfer:
        await surfer.page.get_by_role("link", name="Review the plan").click()
        await surfer.page.get_by_role("heading", name="57 objects held").wait_for()
        await surfer.picture("plan")
        await surfer.page.get_by_role("link", name="scimuser/user-000003").click()
        await surfer.page.get_by_text("nested outer > inner, direct").wait_for()
        await surfer.page.get_by_text("nothing was asked").wait_for()
        await surfer.page.get_by_role("button", name="Ask the service now").click()
        await surfer.page.get_by_text("the service was asked").wait_for()
        await surfer.picture("person")
        await surfer.open("/plan/vmware")
        await surfer.page.get_by_label("may be touched").check()
        await surfer.page.get_by_role("button", name="Approve this plan").click()
        await until(lambda: made.patches, "the approval")
        assert surfer.complaints == []
    assert made.patches[0][2]["spec"] == {"approvedPlan": DIGEST, "approvedProtected": ["scimuser/boss"]}


async def test_hostile_names_run_nothing(chromium: Browser) -> None:
    for text in MARKUP.values():
        made = lists()
        made.put("scimusers", [manifest(text)])
        async with browsing(made, chromium) as surfer:
            for path in ("/people", "/people/user/user-000001"):
                await surfer.open(path)
                assert await surfer.refusals() == [], text
            assert surfer.complaints == [], text
