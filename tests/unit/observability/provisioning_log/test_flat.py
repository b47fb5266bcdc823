"""What is taken for a record, and its fields side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.records.status import Reason, Verdict
from scim_operator.observability.provisioning_log.flat import COLUMNS, flattened, is_record
from scim_operator.observability.provisioning_log.record import record_of
from tests.support.noted import processed

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILED = processed("ada", verdict=Verdict(Reason.REJECTED, "The service refuses it."), sent=False)
OTHERS: tuple[Any, ...] = (None, 7, "\x1b[2J", [], {}, [1])


def damaged(value: Any) -> Iterator[Any]:
    """The same with one part, at any depth, gone or of another type."""
    for name in value if isinstance(value, dict) else ():
        yield {key: each for key, each in value.items() if key != name}
        for part in (*OTHERS, *damaged(value[name])):
            yield {**value, name: part}
    for number, each in enumerate(value if isinstance(value, list) else ()):
        for part in (*OTHERS, *damaged(each)):
            yield [*value[:number], part, *value[number + 1 :]]


@pytest.mark.parametrize("written", [processed("ada"), FAILED])
def test_what_the_operator_writes_is_a_record_with_each_column(written: Any) -> None:
    record = record_of(written)
    assert is_record(record)
    assert flattened(record).keys() == {*COLUMNS}
    assert flattened(record)["name"] == "ada"


def test_whatever_else_is_taken_for_a_record_can_be_shown() -> None:
    """A pod that only pretends to be the operator's may give anything."""
    taken = [one for one in damaged(record_of(FAILED)) if is_record(one)]
    assert len(taken) > 20, "what no one reads may be missing"
    for one in taken:
        assert all(isinstance(value, str) for value in flattened(one).values())
    assert not any(map(is_record, OTHERS))
