"""What became of a config's objects is counted as they move: it is right, and costs the same at any size."""

from __future__ import annotations

import random

import pytest

from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.records.status import Reason, Reformatted
from scim_operator.core.report.config_status import failures_by_reason
from scim_operator.core.report.tally import Counted, needs_person, tally
from scim_operator.job.report.stock import Stock
from tests.support.knowing import Known, group, key, user

REASONS = (
    Reason.PROVISIONED,
    Reason.RETRYING,
    Reason.REJECTED,
    Reason.CONFLICT,
    Reason.HELD,
    Reason.DISABLED,
    Reason.SUSPENDED,
    Reason.INTERNAL_ERROR,
)


def stock_of(known: Known) -> Stock:
    stock = Stock(known.knowledge, lambda key: key.name.endswith("7"))
    for _ in stock.recounting():
        pass
    return stock


def people(number: int) -> list[str]:
    return [f"u{one}" for one in range(number)]


@pytest.mark.parametrize("seed", range(20))
def test_it_is_what_counting_all_of_them_gives(seed: int) -> None:
    chance = random.Random(seed)
    names = people(30)
    known = Known(*map(user, names), *(group(f"g{one}") for one in range(5)))
    stock = stock_of(known)
    for step in range(60):
        name, kind = (chance.choice(names), Kind.USER) if chance.random() < 0.8 else ("g1", Kind.GROUP)
        record = known.namespace.get(kind, name)
        if record is None:
            known.namespace.put(user(name, version=step + 100))
        elif chance.random() < 0.2 and kind is Kind.USER:
            known.namespace.drop(record.key, record.uid)
            if chance.random() < 0.5:
                known.knowledge.forget(record.key)
        elif chance.random() < 0.3 and kind is Kind.USER:
            known.namespace.put(user(name, version=step + 100, deleting=True, finalized=True))
        else:
            known.owns(name, f"id-{name}", kind=kind, reason=chance.choice(REASONS))
        stock.moved([key(name, kind)])
        if chance.random() < 0.5:
            check(known, stock)


def check(known: Known, stock: Stock) -> None:
    stock.settle()
    for kind in Kind:
        type = ResourceType(kind.resource_type)
        found = [_counted(known, record) for record in known.namespace.records(kind)]
        assert stock.tallied(kind) == tally(found, known.knowledge.unmanaged(type), 0)
    entries = list(known.knowledge.entries.all())
    assert stock.failures == failures_by_reason(entry for _, entry in entries)
    needed = {key for key, entry in entries if needs_person(entry.verdict.reason, lasts=key.name.endswith("7"))}
    assert stock.in_need == needed


def _counted(known: Known, record: object) -> Counted:
    entry = known.knowledge.entries.known(record.key)  # type: ignore[attr-defined]
    in_scope = known.knowledge.desired.scopes.of(record).in_scope  # type: ignore[arg-type]
    lasts = record.key.name.endswith("7")  # type: ignore[attr-defined]
    return Counted(entry.verdict.reason if entry else None, in_scope, lasts)


@pytest.mark.parametrize("size", [100, 1000])
def test_one_that_moved_is_all_that_is_looked_at(size: int) -> None:
    known = Known(*map(user, people(size)))
    for name in people(size):
        known.owns(name, f"id-{name}")
    stock = stock_of(known)
    before = stock.looked_at
    known.owns("u7", "id-u7", reason=Reason.REJECTED)
    stock.settle()
    assert stock.looked_at - before == 1
    assert stock.tallied(Kind.USER).failed == 1
    assert stock.tallied(Kind.USER).provisioned == size - 1


def test_the_forms_of_values_are_counted() -> None:
    known = Known(*map(user, people(3)))
    stock = stock_of(known)
    form = Reformatted("title", "lead", "Lead")
    for name in people(2):
        known.owns(name, f"id-{name}", reformatted=(form,))
    stock.settle()
    assert +stock.forms == {(ResourceType.USER, "title"): 2}
    known.owns("u0", "id-u0")
    stock.settle()
    assert +stock.forms == {(ResourceType.USER, "title"): 1}
