"""What change limits remember when a session begins, and what percentages are of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scim_operator.core.approval.ledger import Base, Ledger, ledger_to_json
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.plan.plan import Tally
from scim_operator.core.records.status import Reason
from scim_operator.core.wording import rfc3339
from scim_operator.job.gate.gate import Gate
from scim_operator.job.session.ledger import doubt, ledger_of, owned_by
from tests.support.around import Around
from tests.support.knowing import Known, group, user

RECORDED = {"services": [{"config": "vmware", "id": "1", "conditions": []}]}
FOREIGN = {"services": [{"config": "another", "id": "1", "conditions": []}, {"config": "vmware", "conditions": []}]}


class Bench(Around):
    """A config whose window is a day, with a gate over what the limits remember."""

    def __init__(self, status: dict[str, Any] | None = None) -> None:
        super().__init__(status, limits={"window": "24h"})
        self.gate = Gate(self.settings, self, self.clock, ledger_of(self.settings, self.reporter, self.clock))  # type: ignore[arg-type]

    def doubted(self, *records: Any) -> str:
        return doubt(self.gate, self.reporter, records, self.clock)


def saved(ledger: Ledger) -> dict[str, Any]:
    around = Around()
    return {"limits": ledger_to_json(ledger, around.seal, around.report.owner)}


def spent(bench: Bench) -> Tally:
    return bench.gate.accounts.ledger.spent(bench.clock.now(), timedelta(days=1))


def test_what_was_spent_is_remembered_over_a_restart_by_its_proof() -> None:
    before = Bench()
    ledger = Ledger().book(Tally(disables=2), before.clock.now(), timedelta(days=1))
    assert spent(Bench(saved(ledger))).disables == 2
    forged = saved(ledger)
    forged["limits"]["proof"] = "x"
    bench = Bench(forged)
    assert not spent(bench) or bench.gate.accounts.ledger.full_until is not None


def test_a_process_knows_itself() -> None:
    bench = Bench(saved(Ledger()))
    known = Ledger().book(Tally(disables=1), bench.clock.now(), timedelta(days=1))
    bench.report.ledger = known
    assert ledger_of(bench.settings, bench.reporter, bench.clock) is known


def test_a_config_for_which_objects_have_ids_is_not_new() -> None:
    bench = Bench()
    words = bench.doubted(user("bob"), user("ada", status=RECORDED))
    until = rfc3339(bench.clock.now() + timedelta(days=1))
    assert words == (
        "What change limits remember (status.limits) is gone or was not written by this operator: until "
        f"{until} all of them count as spent, so that whatever they count waits for spec.approvedPlan."
    )
    assert bench.gate.accounts.ledger.is_full(bench.clock.now())
    assert bench.report.ledger is bench.gate.accounts.ledger


@pytest.mark.parametrize("record", [user("ada"), user("ada", status=FOREIGN)])
def test_a_new_config_has_nothing_to_doubt(record: Any) -> None:
    bench = Bench()
    assert bench.doubted(record) == ""
    assert bench.gate.accounts.ledger.full_until is None


def test_what_was_reported_before_is_not_reported_again() -> None:
    before = Bench()
    assert before.doubted(user("ada", status=RECORDED))
    bench = Bench(saved(before.gate.accounts.ledger))
    assert bench.doubted(user("ada", status=RECORDED)) == ""
    assert bench.gate.accounts.ledger.is_full(bench.clock.now())


def owned() -> Known:
    known = Known(*(user(f"u{number}") for number in range(6)), group("team"), group("crew"))
    for number in range(5):
        known.there(str(number), active=number != 0)
        known.owns(f"u{number}", str(number), reason=Reason.DISABLED if number == 0 else Reason.PROVISIONED)
    known.there("99")
    for name, id, members in (("team", "1", ["1", "2", "3"]), ("crew", "h", ["1"])):
        known.there(id, "", Kind.GROUP, members=[{"value": each} for each in members])
        known.owns(name, id, Kind.GROUP)
    known.there("i", "", Kind.GROUP, members=[{"value": "4"}])
    return known


def test_percentages_are_of_the_active_users_the_groups_and_the_memberships_that_are_owned() -> None:
    assert owned_by(owned().knowledge) == Base(users=4, groups=2, memberships=4)


def test_of_what_could_not_be_listed_the_records_count() -> None:
    known = owned()
    known.owns("u5", "77")
    known.knowledge.index[ResourceType.USER].listed = False
    assert owned_by(known.knowledge) == Base(users=5, groups=2, memberships=4), "who was disabled has left"
    known.knowledge.index[ResourceType.GROUP].drop("h")
    assert owned_by(known.knowledge) == Base(users=5, groups=1, memberships=3)
    known.knowledge.index[ResourceType.GROUP].listed = False
    assert owned_by(known.knowledge) == Base(users=5, groups=2, memberships=3)
