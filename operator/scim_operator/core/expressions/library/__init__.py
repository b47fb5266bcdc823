"""Entra's mapping functions, 44 of them, under their names and with their documented results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.expressions.library.chance import CHANCE
from scim_operator.core.expressions.library.dates import DATES
from scim_operator.core.expressions.library.lists import LISTS
from scim_operator.core.expressions.library.logic import LOGIC
from scim_operator.core.expressions.library.replace import REPLACE
from scim_operator.core.expressions.library.text import BINARY_COMPARE, TEXT, TEXT_COMPARE

if TYPE_CHECKING:
    from scim_operator.core.expressions.library.registry import Function

FUNCTIONS: dict[str, Function] = {each.name: each for each in [*TEXT, *REPLACE, *LOGIC, *LISTS, *DATES, *CHANCE]}
"""By name."""

CONSTANTS = {"vbBinaryCompare": BINARY_COMPARE, "vbTextCompare": TEXT_COMPARE}
"""What InStr's compareType may be."""
