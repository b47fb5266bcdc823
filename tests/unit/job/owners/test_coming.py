"""Who claims nothing yet and is about to: what may be theirs too is not taken meanwhile, and for no longer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.job.owners.inventory import PATIENCE, SHORT_PATIENCE
from tests.support.present import present
from tests.unit.job.owners.test_registry import OTHER_URL, RANDOM, Company, Config, key, value


async def not_held(**spec: Any) -> tuple[Company, Config]:
    """A config whose Lease is not held, and is expected; what its manifests have on record is known."""
    company = Company()
    company.listed()
    for namespace in ("identity", "payroll"):
        company.synced(namespace, "ada")
    theirs = company.config("payroll", **spec)
    theirs.view.rests(for_good=True)
    company.expected.add(theirs.key)
    return company, theirs


@pytest.mark.parametrize(("has", "patience"), [(True, SHORT_PATIENCE), (False, PATIENCE)])
async def test_who_is_about_to_be_worked_on_is_waited_for_and_not_for_ever(has: bool, patience: float) -> None:
    company, _ = await not_held()
    assert await company.config("identity", has=has).survey() == patience


async def test_who_begins_to_be_worked_on_is_waited_for_until_its_claims_are_known() -> None:
    company, theirs = await not_held()
    mine = company.config("identity")

    async def soon() -> None:
        await company.clock.sleep(3.0)
        company.expected.clear()
        theirs.view.begins(theirs.manifest)
        await company.clock.sleep(4.0)
        theirs.knowledge.identities.claim(present(company.namespaces.get(key("payroll"))))
        company.serving.take(theirs.key)
        await theirs.view.surveyed(theirs.knowledge)

    other = asyncio.ensure_future(soon())
    assert await mine.survey() == 7.0
    assert mine.view.claimants(Kind.USER, [value()]) == {key("payroll"): False}
    await other


async def test_who_is_not_expected_any_more_is_not_waited_for() -> None:
    company, _ = await not_held()

    async def soon() -> None:
        await company.clock.sleep(2.5)
        company.expected.clear()

    other = asyncio.ensure_future(soon())
    assert await company.config("identity").survey() == 3.0
    await other


@pytest.mark.parametrize("spec", [{"mode": "Plan"}, {"url": OTHER_URL}], ids=["it only plans", "another service"])
async def test_who_is_expected_and_claims_nothing_there_is_not_waited_for(spec: dict[str, Any]) -> None:
    company, _ = await not_held(**spec)
    assert await company.config("identity").survey() == 0


COMING = (
    "Namespace payroll shares the service, and what it claims there is known in a moment: nothing is created or taken "
    "over until then, and it is tried again."
)


async def at_work(**spec: Any) -> tuple[Company, Config, Config]:
    """A config at work, and another of its service that has just lost its Lease."""
    company, theirs = await not_held(**spec)
    company.expected.clear()
    mine = company.config("identity")
    assert await mine.survey() == 0
    assert mine.view.coming == ""
    company.expected.add(theirs.key)
    return company, mine, theirs


async def test_what_may_be_claimed_in_a_moment_is_no_ones_yet_and_not_for_ever() -> None:
    company, mine, theirs = await at_work()
    assert mine.view.coming == COMING
    await company.clock.run(company.clock.sleep(SHORT_PATIENCE - 1))
    assert mine.view.coming == COMING
    theirs.view.begins(theirs.manifest)
    company.expected.clear()
    assert mine.view.coming == COMING, "it is to list its service now"
    await company.clock.run(company.clock.sleep(SHORT_PATIENCE))
    assert mine.view.coming == "", "it has not in time"


async def test_no_one_waits_for_who_is_not_expected_any_more_or_works_again() -> None:
    company, mine, theirs = await at_work()
    assert mine.view.coming == COMING
    company.expected.clear()
    assert mine.view.coming == ""
    theirs.view.begins(theirs.manifest)
    assert mine.view.coming == COMING
    await theirs.survey()
    assert mine.view.coming == ""


@pytest.mark.parametrize(
    "spec",
    [{"mode": "Plan"}, {"url": OTHER_URL}, {"has": False}],
    ids=["it only plans", "another service", "it is new"],
)
async def test_no_one_who_works_waits_for_who_claims_nothing_there_or_is_new(spec: dict[str, Any]) -> None:
    _, mine, _ = await at_work(**spec)
    assert mine.view.coming == ""


async def test_a_first_plan_and_what_follows_it_wait_no_longer_than_one_of_them() -> None:
    company, _ = await not_held()
    mine = company.config("identity")
    assert await mine.survey() == SHORT_PATIENCE
    assert mine.view.coming == ""


async def test_who_turns_out_to_share_the_service_by_another_address_is_waited_for_too() -> None:
    company = Company()
    company.listed()
    for namespace in ("identity", "payroll"):
        company.synced(namespace, "ada")
    mine, theirs = company.config("identity"), company.config("payroll", url=OTHER_URL)
    mine.owns(RANDOM)
    company.registry.holdings[theirs.key].read = {(Kind.USER, RANDOM): key("payroll")}
    theirs.view.rests(for_good=True)
    company.expected.add(theirs.key)
    assert await mine.survey() == 0, "nothing says that it is the same service, until that is listed"
    assert mine.view.coming == COMING
