"""What the pages show of a cluster, over a real client and an API server below the transport; and what they write."""

from __future__ import annotations

import csv
import io
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.console.cluster import MANAGER, ClusterSource, Commands
from scim_operator.console.pages.log import MOST_IN_CSV
from scim_operator.console.reach import Reach
from scim_operator.console.source import Asked
from scim_operator.core.explain.explanation import Beside, Explanation, Step
from scim_operator.core.plan.verb import Verb
from scim_operator.core.wording import REDACTED
from scim_operator.errors import DependencyNotReady
from scim_operator.observability.provisioning_log.record import record_of
from tests.support.lists import NAMESPACE, Lists, config, group, user
from tests.support.noted import processed
from tests.support.visitor import Visitor, visiting
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scim_operator.core.keys import ConfigKey, ObjectKey
    from scim_operator.review.plan_review import Review

DIGEST = "sha256:" + "a" * 64
PLAN = {"held": True, "digest": DIGEST, "disables": 3, "reason": "limits.disables is 2 a day, and this is 3"}


async def explained(key: ObjectKey, name: str, ask: bool) -> Explanation:
    said = "the service was asked" if ask else "nothing was asked"
    known = (Beside("title", "'Countess'", "'Analyst'", "differs"), Beside("nickName", REDACTED, REDACTED, "equal"))
    steps = (Step("Scope", "in scope", ("pass  filter 'staff'",)),)
    return Explanation(str(key), name, steps, said, known if ask else ())


async def planned(name: ConfigKey) -> Review:
    raise DependencyNotReady(f"You may not get secrets for {name.name}.")


ASKED: list[Asked] = []
"""What the log was asked for."""


async def logged(asked: Asked) -> list[dict[str, Any]]:
    ASKED.append(asked)
    number = asked.most if asked.user == "many" else 1
    return [record_of(processed(asked.user, each, verb=Verb.DISABLE)) for each in range(number)]


@asynccontextmanager
async def console(lists: Lists) -> AsyncIterator[Visitor]:
    """A console over these objects, all of them read, and a visitor who has entered."""
    async with lists.running() as client:
        source = ClusterSource(client, Reach((NAMESPACE,)), "Namespace identity", Commands(explained, planned, logged))
        async with source.running(), visiting(source) as visitor:
            await until(lambda: not source.reading or source.trouble, "the first list")
            yield visitor


@pytest.fixture
def lists() -> Lists:
    made = Lists()
    made.put(
        "provisioningconfigs", [config(plan=PLAN, progress={"phase": "Users", "done": 5, "total": 10, "percent": 50})]
    )
    made.put("scimusers", [user(1), user(2), *(user(each, "Held") for each in range(3, 6))])
    named = [{"userRef": {"name": "user-000001"}}]
    made.put("scimgroups", [group("inner", *named), group("outer", {"groupRef": {"name": "inner"}})])
    return made


async def test_the_overview_says_health_progress_and_what_is_held(lists: Lists) -> None:
    async with console(lists) as visitor:
        seen = (await visitor.get("/")).seen
    assert "5 users, 2 groups" in seen
    assert "Users 50%, 5 of 10" in seen
    assert "TestPassed" in seen
    assert PLAN["reason"] in seen


async def test_the_events_say_when_something_has_moved(lists: Lists) -> None:
    async with console(lists) as visitor, visitor.streaming("/events") as stream:
        assert b"still here" in await stream.readany()
        lists.put("provisioningconfigs", [{**config(), "metadata": {"name": "vmware", "resourceVersion": "2"}}])
        await until(lambda: _has(stream, b"event: changed"), "the event")


async def _has(stream: Any, wanted: bytes) -> bool:
    return wanted in await stream.readany()


async def test_a_search_finds_by_name_address_and_family_name(lists: Lists) -> None:
    async with console(lists) as visitor:
        for text in ("000003", "USER-000003@corp", "family3 given"):
            answer = await visitor.get(f"/people/results?q={text}")
            assert "1 object found" in answer.seen, text
            assert "user-000003" in answer.seen


async def test_filters_narrow_by_state_reason_kind_and_config(lists: Lists) -> None:
    wanted = {
        "state=Stalled": 3, "reason=Held": 3, "kind=ScimGroup": 2, "config=vmware": 7, "config=other": 0,
        "config=vmware&reason=Held": 3, "state=Ready&kind=ScimUser": 2,
    }  # fmt: skip
    async with console(lists) as visitor:
        found = {each: (await visitor.get(f"/people/results?{each}")).seen for each in wanted}
    assert {each: int(seen.split(" object")[0]) for each, seen in found.items()} == wanted


async def test_a_person_has_groups_by_their_ways_outcomes_and_why(lists: Lists) -> None:
    async with console(lists) as visitor:
        seen = (await visitor.get("/people/user/user-000001")).seen
        why = (await visitor.get("/people/user/user-000001/why?config=vmware")).seen
        now = (await visitor.submit("/people/user/user-000001/why", config="vmware")).seen
    assert "In 2 groups" in seen
    assert "nested outer > inner, direct" in seen
    assert "Provisioned, as a sentence." in seen
    assert "pass filter 'staff'" in why
    assert "nothing was asked" in why
    assert "the service was asked" in now
    assert "title 'Countess' 'Analyst' differs" in now
    assert f"nickName {REDACTED} {REDACTED} equal" in now
    assert "Countess" not in why


async def test_a_group_has_the_members_of_nested_ones(lists: Lists) -> None:
    async with console(lists) as visitor:
        seen = (await visitor.get("/people/group/outer")).seen
        listed = (await visitor.get("/access")).seen
    assert "1 member" in seen
    assert "user-000001 user-000001@corp.example nested outer > inner, direct" in seen
    assert "outer Outer 1 Ready" in listed


async def test_an_approval_writes_the_digest_with_the_rights_of_the_person(lists: Lists) -> None:
    async with console(lists) as visitor:
        shown = await visitor.get("/plan/vmware")
        answer = await visitor.submit("/plan/vmware/approve", digest=DIGEST)
    assert "3 objects held" in shown.seen
    assert f"approvedPlan: {DIGEST}" in shown.seen
    assert (answer.status, answer.headers["Location"]) == (303, "/plan/vmware")
    assert lists.patches == [("vmware", MANAGER, {"spec": {"approvedPlan": DIGEST, "approvedProtected": None}})]


async def test_another_plan_than_the_one_that_was_shown_is_not_approved(lists: Lists) -> None:
    async with console(lists) as visitor:
        answer = await visitor.submit("/plan/vmware/approve", digest="sha256:" + "b" * 64)
    assert "The plan has changed since the page was loaded" in answer.seen
    assert lists.patches == []


async def test_protected_objects_are_approved_only_when_ticked(lists: Lists) -> None:
    lists.put("provisioningconfigs", [config(plan={**PLAN, "protected": ["scimuser/boss"]})])
    async with console(lists) as visitor:
        shown = (await visitor.get("/plan/vmware")).seen
        missing = await visitor.submit("/plan/vmware/approve", digest=DIGEST)
        assert lists.patches == []
        await visitor.submit("/plan/vmware/approve", digest=DIGEST, protected="yes", touched="scimuser/boss")
    assert "scimuser/boss" in shown
    assert "touches protected objects" in missing.seen
    assert lists.patches[0][2]["spec"]["approvedProtected"] == ["scimuser/boss"]


async def test_what_became_protected_since_the_page_was_loaded_is_not_approved(lists: Lists) -> None:
    """The digest names the changes alone: of the same plan more may be protected by now."""
    lists.put("provisioningconfigs", [config(plan={**PLAN, "protected": ["scimuser/boss", "scimuser/chief"]})])
    async with console(lists) as visitor:
        stale = {"digest": DIGEST, "protected": "yes", "touched": "scimuser/boss"}
        answer = await visitor.submit("/plan/vmware/approve", **stale)
    assert "The plan has changed since the page was loaded" in answer.seen
    assert lists.patches == []


async def test_an_approval_that_is_refused_says_why(lists: Lists) -> None:
    lists.refused = "eve may not approve: ask someone who has the verb approve"
    async with console(lists) as visitor:
        answer = await visitor.submit("/plan/vmware/approve", digest=DIGEST)
    assert answer.status == 502
    assert lists.refused in answer.seen


async def test_what_a_person_may_not_do_is_said_and_the_page_stays(lists: Lists) -> None:
    async with console(lists) as visitor:
        answer = await visitor.submit("/plan/vmware/make")
        again = await visitor.get("/plan/vmware")
    assert "You may not get secrets for vmware." in answer.seen
    assert again.status == 200


async def test_the_log_is_asked_only_when_someone_asks(lists: Lists) -> None:
    async with console(lists) as visitor:
        before = (await visitor.get("/log")).seen
        after = (await visitor.get("/log?user=ada&asked=yes")).seen
    assert "scimuser/" not in before
    assert "scimuser/ada ada@corp.example disable Kubernetes, namespace identity" in after


async def test_the_log_has_each_step_and_what_was_changed(lists: Lists) -> None:
    async with console(lists) as visitor:
        seen = (await visitor.get("/log?user=ada&asked=yes")).seen
    steps = ("import: success", "scoping: success", "matching: success", "export: success")
    for each in (*steps, "title: Analyst → Countess", "Because of change", "Took 250 ms"):
        assert each in seen, each


async def test_the_log_is_asked_for_what_the_filters_say(lists: Lists) -> None:
    filters = "config=vmware&action=disable&status=failure&since=2026-11-29T20:00&until=2026-11-30T06:00:00%2B01:00"
    async with console(lists) as visitor:
        page = await visitor.get(f"/log?group=eng&held=yes&{filters}&asked=yes")
        answer = await visitor.get(f"/log.csv?group=eng&held=yes&{filters}")
    since, until = (datetime(2026, 11, day, hour, tzinfo=UTC) for day, hour in ((29, 20), (30, 5)))
    wanted = Asked(NAMESPACE, "", "eng", "vmware", "disable", "failure", since, until, held=True)
    assert ASKED[-2:] == [wanted, replace(wanted, most=MOST_IN_CSV)]
    fields = {each["name"]: each.get("value") for tag, each in page.elements if tag == "input" and "name" in each}
    assert fields["since"] == "2026-11-29T20:00:00"
    assert fields["until"] == "2026-11-30T05:00:00"
    assert answer.status == 200


async def test_the_csv_of_the_log_is_a_file_in_which_nothing_is_a_formula(lists: Lists) -> None:
    async with console(lists) as visitor:
        answer = await visitor.get("/log.csv?user=%3DHYPERLINK(1)")
        page = await visitor.get("/log?user=ada&asked=yes")
    (line,) = csv.DictReader(io.StringIO(answer.text))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="provisioning-log.csv"'
    assert answer.headers["Content-Security-Policy"]
    assert (line["name"], line["status"]) == ("'=HYPERLINK(1)", "success")
    assert ("a", {"href": "/log.csv?user=ada"}) in page.elements


async def test_where_there_are_more_records_the_page_leads_to_older_ones(lists: Lists) -> None:
    async with console(lists) as visitor:
        few = await visitor.get("/log?user=ada&asked=yes")
        many = await visitor.get("/log?user=many&asked=yes")
    assert "Older" not in few.seen
    links = [each["href"] for tag, each in many.elements if tag == "a"]
    assert "/log?user=many&until=2026-11-25T22%3A30%3A05.123Z&asked=yes" in links


@pytest.mark.parametrize("given", ["since=x", "until=2026-13-01", "since=99999-01-01", "action=x", "status=%00"])
async def test_a_filter_that_is_none_is_said_and_nothing_is_asked(lists: Lists, given: str) -> None:
    before = len(ASKED)
    async with console(lists) as visitor:
        page, file = await visitor.get(f"/log?{given}&asked=yes"), await visitor.get(f"/log.csv?{given}")
    assert page.status == 200
    assert any(each in page.seen for each in ("is no date and time", "is none that the log has"))
    assert file.status == 502
    assert len(ASKED) == before


async def test_names_that_are_not_there_are_said_to_be_absent(lists: Lists) -> None:
    async with console(lists) as visitor:
        for path in ("/people/user/absent", "/plan/absent", "/people/other/x", "/nowhere"):
            assert (await visitor.get(path)).status == 404, path


@pytest.mark.parametrize("begin", ["-1", "x", "9" * 30, "\u0663", "1e3", "0x1", "999999999", ""])
async def test_a_part_that_is_not_there_is_empty_and_no_error(lists: Lists, begin: str) -> None:
    async with console(lists) as visitor:
        for path in ("/people", "/people/results", "/plan/vmware", "/access", "/people/group/outer"):
            assert (await visitor.get(f"{path}?begin={begin}")).status == 200, path
