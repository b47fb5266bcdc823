"""Which disabled resources lack a tombstone, and what a tombstone leads to when its time has come."""

from __future__ import annotations

import random
from typing import Any

import pytest

from scim_operator.core.approval.ledger import Base, Ledger
from scim_operator.core.keys import ResourceType
from scim_operator.core.plan.plan import Plan
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.core.records.tombstones import Tombstone
from scim_operator.job.apply.overdue import Overdue
from scim_operator.job.gate.gate import Gate
from scim_operator.job.report.provisioning_log import ProvisioningLog
from tests.support.knowing import Known, key, user

ADA = key("ada")
HOUR = 3600.0


class Bench:
    """The tombstones of a config that deletes after an hour, at a service that notes what is deleted."""

    def __init__(self, *records: Any, grace: str = "1h", **spec: Any) -> None:
        users = {"externalId": "Generated", "deleteAfter": grace, "whenDeleted": "Disable"}
        self.known = Known(*records, **{"users": users, **spec})
        self.deleted: list[str] = []
        knowledge, clock = self.known.knowledge, self.known.clock
        self.gate = Gate(self.known.settings, self, clock, Ledger())  # type: ignore[arg-type] # what it asks
        log = ProvisioningLog(knowledge, self, clock, random.Random(1))
        self.overdue = Overdue(knowledge, self, self.gate, log)  # type: ignore[arg-type] # what it has an executor do
        self.tombstones = knowledge.memory.tombstones

    def base(self) -> Base:
        return Base(100, 10, 100)

    async def book(self, ledger: Ledger) -> None:
        """Have it durable."""

    def judged(self, keys: Any, *, held: bool) -> None:
        """Look at these again."""

    def note(self, processed: Any) -> None:
        """Take a record."""

    async def refresh(self, type: ResourceType, id: str) -> None:
        """Read it again: it is as it was."""

    async def delete(self, plan: Plan) -> None:
        self.deleted.append(plan.id)

    def bury(self, after: float = HOUR) -> None:
        due = self.known.clock.now() + (self.known.settings.rules[ResourceType.USER].delete_after or 0)
        notary = self.known.knowledge.memory.notary
        self.tombstones.place(notary.engraved(Tombstone(ADA, "1", due)))
        self.known.there("1", "ada", active=False)
        self.known.clock.advance(after)


def reported(reason: Reason, id: str = "1") -> Plan:
    return Plan(ADA, Verdict(reason, ""), id=id)


@pytest.mark.parametrize(
    ("plan", "missing"),
    [
        (reported(Reason.DISABLED), True),
        (reported(Reason.DISABLED, ""), False),
        (reported(Reason.PROVISIONED), False),
        (reported(Reason.RETAINED), False),
    ],
)
def test_what_was_disabled_is_to_have_a_tombstone(plan: Plan, missing: bool) -> None:
    assert Bench().overdue.is_missing(plan) is missing
    assert not Bench(grace="0s").overdue.is_missing(plan), "nothing is deleted"


def test_what_has_one_is_missing_none() -> None:
    bench = Bench()
    bench.bury()
    assert not bench.overdue.is_missing(reported(Reason.DISABLED))
    assert bench.overdue.is_missing(reported(Reason.DISABLED, "2"))


@pytest.mark.parametrize(("after", "due"), [(HOUR - 1, False), (HOUR, True)])
async def test_it_is_deleted_when_its_time_has_come(after: float, due: bool) -> None:
    bench = Bench()
    bench.bury(after)
    assert bench.overdue.expected() == ([ADA] if due else [])
    assert await bench.overdue.settle(ADA) == ""
    assert bench.deleted == [], "it is judged first"
    await bench.gate.judge()
    assert await bench.overdue.settle(ADA) == ("1" if due else "")
    assert (bench.deleted, len(bench.tombstones)) == ((["1"], 0) if due else ([], 1))


async def test_who_was_enabled_since_or_has_a_manifest_again_is_spared() -> None:
    for bench in (Bench(), Bench(user("bob"))):
        bench.bury()
        if bench.known.namespace.all_records():
            bench.known.owns("bob", "1")
        else:
            bench.known.there("1", "ada", active=True)
        assert bench.overdue.join_sweep() == []
        assert await bench.overdue.settle(ADA) == "1"
        assert (bench.deleted, len(bench.tombstones)) == ([], 0)


def test_what_is_overdue_joins_the_plan_of_a_sweep() -> None:
    bench, planning = Bench(), Bench(mode="Plan")
    for each in (bench, planning):
        each.bury()
        assert [plan.id for plan in each.overdue.join_sweep()] == ["1"]
    assert (bench.gate.settled, planning.gate.settled) == (False, True)
    assert (bench.overdue.expected(), planning.overdue.expected()) == ([ADA], [])
    there = Bench(user("ada"))
    there.bury()
    assert there.overdue.join_sweep() == [], "its manifest is planned by itself"
