"""A directory is emptied, a group is deleted, everybody is renamed: small tenants were under every limit (S4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_operator.api.limits import Limits
from scim_operator.core.approval.judge import CLASSES, Allowances, judge
from scim_operator.core.approval.ledger import Base, Ledger
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.plan.plan import Member, Plan, Tally
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from tests.support.rig import rig
from tests.unit.core.approval.test_judge import spec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TENANTS = (20, 300, 5_000, 100_000)
DOC = Path(__file__).parents[2] / "docs" / "concepts.md"


@pytest.fixture
async def r() -> AsyncIterator[Rig]:
    """A rig that has not started."""
    async with rig() as made:
        made.spec["service"]["budget"] = {"requestsPerSecond": 1000, "concurrency": 32}
        yield made


def owned(users: int) -> Base:
    """What a tenant of so many has: a group for ten users, and three groups for each user."""
    return Base(users, max(1, users // 10), 3 * users)


def passing(users: int) -> list[int]:
    """What the default limits let pass in a day, by class."""
    base = owned(users)
    ledger = Ledger().observe(base, NOW - timedelta(days=30), timedelta(days=1))
    allowances = Allowances(ledger, Limits(), base, NOW)
    return [allowances.allowed(each) for each in CLASSES]


def test_what_passes_in_a_day_is_as_the_docs_say() -> None:
    rows = [f"| {size:,} | {' | '.join(f'{each:,}' for each in passing(size))} |" for size in TENANTS]
    text = DOC.read_text()
    missing = [row for row in rows if row not in text]
    assert not missing, "docs/concepts.md, Change limits: the table is\n" + "\n".join(rows)


def leaving(users: int, verb: Verb) -> list[Plan]:
    verdict = Verdict(Reason.DISABLED, ".")
    keys = [ObjectKey(Kind.USER, "identity", f"user{each}") for each in range(users)]
    return [Plan(key, verdict, verb, id=key.name) for key in keys]


@pytest.mark.parametrize("size", TENANTS)
@pytest.mark.parametrize("verb", [Verb.DISABLE, Verb.DELETE])
def test_at_no_size_does_an_emptied_directory_end_anyones_access(size: int, verb: Verb) -> None:
    ledger = Ledger().observe(owned(size), NOW - timedelta(days=30), timedelta(days=1))
    assert judge(leaving(size, verb), ledger, spec(), owned(size), NOW).waiting
    members = tuple(Member(str(each)) for each in range(3 * size))
    group = Plan(ObjectKey(Kind.GROUP, "identity", "all"), Verdict(Reason.EMPTIED, "."), Verb.UPDATE, id="g")
    emptied = [Plan(group.key, group.verdict, group.verb, id="g", member_removals=members)]
    assert judge(emptied, ledger, spec(), owned(size), NOW).waiting


@given(st.integers(4, 100_000), st.integers(20, 90))
def test_more_than_a_small_share_never_goes_at_once(size: int, percent: int) -> None:
    """Whatever the size: a fifth of the people, and more than three, are never disabled without a person."""
    number = max(4, size * percent // 100)
    ledger = Ledger().observe(owned(size), NOW - timedelta(days=30), timedelta(days=1))
    beside = Tally(disables=number - 1)
    assert judge(leaving(1, Verb.DISABLE), ledger, spec(), owned(size), NOW, beside=beside).waiting


def test_no_one_gets_a_larger_allowance_by_adding_cheap_users_first() -> None:
    day = timedelta(days=1)
    ledger = Ledger().observe(owned(300), NOW - timedelta(days=30), day).observe(owned(5300), NOW, day)
    soon = NOW + timedelta(hours=1)
    assert judge(leaving(31, Verb.DISABLE), ledger, spec(), owned(5300), soon).waiting


def test_taking_away_a_tenth_again_and_again_ends_with_the_first_tenth() -> None:
    day, left, ledger = (
        timedelta(days=1),
        300,
        Ledger().observe(owned(300), NOW - timedelta(days=30), timedelta(days=1)),
    )
    for hour in range(20):
        now = NOW + timedelta(hours=hour)
        found = judge(leaving(left // 10, Verb.DISABLE), ledger, spec(), owned(left), now)
        if not found.waiting:
            ledger, left = ledger.book(found.tally, now, day).observe(owned(left), now, day), left - left // 10
    assert left == 270


async def people(r: Rig, number: int) -> list[str]:
    """So many users, provisioned, all in one group."""
    names = [f"user{each:03}" for each in range(number)]
    for name in names:
        r.user(name)
    r.group("everybody", names)
    await r.start()
    await r.until(r.at_rest, 60)
    return names


def active(r: Rig) -> int:
    return sum(user["active"] for user in r.simulator.users.values())


@pytest.mark.parametrize("number", [20, 300])
async def test_a_directory_that_is_emptied_by_mistake_ends_no_ones_access(r: Rig, number: int) -> None:
    names = await people(r, number)
    for name in names:
        r.cluster.delete(Kind.USER, name)
    r.cluster.delete(Kind.GROUP, "everybody")
    await r.until(lambda: r.status.get("plan", {}).get("disables") == number and r.rested, 60)
    assert (active(r), len(r.members("everybody"))) == (number, number)
    assert "disables" in r.status["plan"]["reason"]


async def test_a_group_of_120_that_is_deleted_counts_its_members(r: Rig) -> None:
    r.spec["groups"] = {"whenDeleted": "Delete"}
    await people(r, 120)
    r.cluster.delete(Kind.GROUP, "everybody")
    await r.until(lambda: r.condition("ApprovalRequired")[0] == "True", 30)
    assert len(r.members("everybody")) == 120
    assert r.status["plan"]["memberRemovals"] == 120


async def test_renaming_all_120_people_is_held(r: Rig) -> None:
    names = await people(r, 120)
    before = {user["userName"] for user in r.simulator.users.values()}
    for name in names:
        r.user(name, userName=f"other-{name}@corp.example", title="Renamed")
    await r.until(lambda: r.status.get("plan", {}).get("renames") == 120 and r.rested, 60)
    assert {user["userName"] for user in r.simulator.users.values()} == before
    assert {user.get("title") for user in r.simulator.users.values()} == {"Renamed"}, "what renames no one goes on"


async def test_a_quickstart_applied_over_a_running_config_is_held(r: Rig) -> None:
    """Its scope falls back to Assigned, and no one is assigned: 200 of 209 people were disabled in seconds."""
    names = await people(r, 40)
    await r.configure(scope="Assigned", assignments=[{"userRef": {"name": names[0]}}])
    await r.until(lambda: r.condition("ApprovalRequired")[0] == "True", 30)
    await r.rest()
    assert (active(r), len(r.members("everybody"))) == (40, 40)
