"""What the gate let through, what it spent and what of an approved plan is still to come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scim_operator.core.approval.effects import effects_of
from scim_operator.core.approval.ledger import Base, Ledger
from scim_operator.core.keys import Kind
from scim_operator.core.plan.plan import Member, Plan
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.job.gate.accounts import Accounts
from tests.scim.virtual import VirtualClock
from tests.support.knowing import key, settings

HOUR = 3600.0


def delete(name: str = "ada", id: str = "1") -> Plan:
    return Plan(key(name), Verdict(Reason.DISABLED, ""), Verb.DELETE, id)


def leave(*ids: str) -> Plan:
    verdict = Verdict(Reason.PROVISIONED, "")
    return Plan(key("team", Kind.GROUP), verdict, Verb.UPDATE, "g", member_removals=tuple(map(Member, ids)))


class Bench:
    """The accounts of one config whose window is an hour."""

    def __init__(self, ledger: Ledger | None = None, **spec: Any) -> None:
        self.clock = VirtualClock()
        self.settings = settings(limits={"window": "1h"}, **spec)
        self.accounts = Accounts(self.settings, self.clock, ledger or Ledger())


@pytest.mark.parametrize(("seconds", "cleared"), [(0, True), (HOUR - 1, True), (HOUR, False)])
def test_what_was_let_through_is_not_judged_again_within_the_window(seconds: float, cleared: bool) -> None:
    bench = Bench()
    assert not bench.accounts.is_cleared(delete())
    bench.accounts.clear([delete(), leave("7")])
    bench.clock.advance(seconds)
    assert bench.accounts.is_cleared(delete()) is bench.accounts.is_cleared(leave("7")) is cleared
    assert not bench.accounts.is_cleared(delete(id="2")), "another plan of the same object"
    assert not bench.accounts.is_cleared(delete("bob"))


def test_who_is_protected_by_now_is_judged_again() -> None:
    """A disable that was let through and failed went on after its user was protected."""
    bench = Bench()
    protected = replace(delete(), asks=True, protected=True)
    bench.accounts.clear([delete()])
    assert not bench.accounts.is_cleared(protected)
    bench.accounts.clear([protected])
    assert bench.accounts.is_cleared(protected)


def test_what_is_no_longer_due_is_judged_when_it_comes_again() -> None:
    bench = Bench()
    bench.accounts.clear([delete(), delete("bob")])
    bench.accounts.withdraw(key("ada"))
    bench.accounts.withdraw(key("ada"))
    assert (bench.accounts.is_cleared(delete()), bench.accounts.is_cleared(delete("bob"))) == (False, True)


def test_a_new_session_of_the_same_spec_knows_what_was_let_through() -> None:
    former, bench, other = Bench(), Bench(), Bench()
    former.accounts.clear([delete()])
    bench.accounts.inherit(former.accounts)
    assert bench.accounts.is_cleared(delete())
    object.__setattr__(other.settings, "generation", 2)
    other.accounts.inherit(former.accounts)
    assert not other.accounts.is_cleared(delete())


def released(*plans: Plan) -> Ledger:
    effects = frozenset().union(*(effects_of(plan, everything=False) for plan in plans))
    return Ledger(released=effects)


def test_what_was_approved_is_released_until_it_is_done() -> None:
    bench = Bench(released(delete(), leave("7", "8")))
    accounts = bench.accounts
    assert accounts.was_released(delete())
    assert not accounts.was_released(delete("bob"))
    assert accounts.is_released(leave("7", "8"))
    assert (accounts.unsaved, accounts.ledger.released) == (False, released(delete(), leave("7", "8")).released)
    assert accounts.is_released(leave("8")), "what it no longer asks for is done"
    assert accounts.unsaved
    assert accounts.ledger.released == released(delete(), leave("8")).released
    assert not accounts.was_released(leave("7"))
    accounts.keep(accounts.ledger)
    assert not accounts.unsaved
    accounts.withdraw(key("team", Kind.GROUP))
    assert accounts.ledger.released == released(delete()).released


def test_a_plan_with_more_than_was_approved_is_not_released() -> None:
    bench = Bench(released(leave("7")))
    assert not bench.accounts.is_released(leave("7", "9"))
    assert not bench.accounts.unsaved


def test_released_changes_that_two_sweeps_did_not_ask_for_are_dropped() -> None:
    bench = Bench(released(delete(), delete("bob")))
    accounts = bench.accounts
    accounts.is_released(delete("bob"))
    accounts.forget_unasked()
    assert accounts.ledger.released == released(delete(), delete("bob")).released
    accounts.forget_unasked()
    assert accounts.ledger.released == released(delete("bob")).released
    accounts.forget_unasked()
    assert accounts.ledger.released == released(delete("bob")).released


def test_one_that_is_asked_for_in_between_stays() -> None:
    bench = Bench(released(delete()))
    bench.accounts.forget_unasked()
    bench.accounts.is_released(delete())
    bench.accounts.forget_unasked()
    bench.accounts.forget_unasked()
    assert bench.accounts.was_released(delete())


def test_a_ledger_that_is_not_trusted_is_replaced() -> None:
    bench = Bench(released(delete()))
    bench.accounts.distrust(Ledger(full_until=bench.clock.now() + timedelta(hours=1)))
    assert (bench.accounts.was_released(delete()), bench.accounts.unsaved) == (False, False)
    assert bench.accounts.ledger.full_until is not None


def test_what_the_config_owns_is_seen_at_the_end_of_a_sweep() -> None:
    bench = Bench(Ledger(first=True))
    assert bench.accounts.ledger.first
    bench.accounts.observe(Base(10, 2, 30))
    assert not bench.accounts.ledger.first
    assert bench.accounts.ledger != Ledger(first=False), "it knows what is owned now"


def test_what_must_be_judged() -> None:
    title = Plan(key("ada"), Verdict(Reason.PROVISIONED, ""), Verb.CREATE, document={})
    bench, manual = Bench(), Bench(approval={"policy": "Manual"})
    assert (bench.accounts.concerns(delete()), bench.accounts.concerns(title)) == (True, False)
    assert (manual.accounts.concerns(delete()), manual.accounts.concerns(title)) == (True, True)
