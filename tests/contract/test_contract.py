"""The contract suite: every operation that the operator sends, against every service that can be had."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.operations import GROUPS, OPERATIONS
from tests.contract.services import SERVICES, WITHOUT_GROUPS, service

DOCUMENT = Path(__file__).parents[2] / "docs" / "profiles.md"

UNSUPPORTED: dict[tuple[str, str], str] = {
    **{(name, operation): "it has no `/Groups`" for name in sorted(WITHOUT_GROUPS) for operation in GROUPS},
}
"""What a service has not, by service and operation, with the reason."""

CASES = [(name, operation) for name in SERVICES for operation in OPERATIONS if (name, operation) not in UNSUPPORTED]


@pytest.mark.parametrize(("name", "operation"), CASES)
async def test_operation(name: str, operation: str) -> None:
    async with service(name) as r:
        await OPERATIONS[operation](r)
        await r.check_quiet()


def table() -> str:
    """The table of operations and services as the documentation has it."""
    head = ["Operation", *SERVICES]
    rows = ([operation, *(_cell(name, operation) for name in SERVICES)] for operation in OPERATIONS)
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows))


def _cell(name: str, operation: str) -> str:
    return "no" if (name, operation) in UNSUPPORTED else "yes"


def test_the_documentation_has_the_table() -> None:
    page = DOCUMENT.read_text()
    assert table() in page, f"put this there:\n{table()}"
    assert {reason for reason in UNSUPPORTED.values() if reason not in " ".join(page.split())} == set()
