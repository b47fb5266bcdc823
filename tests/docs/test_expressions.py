"""docs/expressions.md lists every function by its signature, and says of Entra what the tests of samples prove."""

from __future__ import annotations

import re
from pathlib import Path

from scim_operator.core.expressions import Root
from scim_operator.core.expressions.expression import MAX_LENGTH, MAX_RESULT
from scim_operator.core.expressions.frame import MAX_COST
from scim_operator.core.expressions.library import FUNCTIONS

TEXT = (Path(__file__).parents[2] / "docs" / "expressions.md").read_text()


def test_every_function_is_listed_by_its_signature() -> None:
    listed = re.findall(r"^\| `(\w+\(.*?\))` \|", TEXT, re.MULTILINE)
    assert listed == [each.signature for each in sorted(FUNCTIONS.values(), key=lambda each: each.name.lower())]


def test_every_variable_is_listed() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \| (?:users|groups|both|imports) \|", TEXT, re.MULTILINE))
    assert rows == {root.value for root in Root}


def test_the_limits_are_those_in_force() -> None:
    assert all(f"{limit:,}" in TEXT for limit in (MAX_LENGTH, MAX_COST, MAX_RESULT))
