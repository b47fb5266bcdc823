"""CEL's own functions and operators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.expressions.standard.conversions import CONVERSIONS
from scim_operator.core.expressions.standard.lists import LISTS
from scim_operator.core.expressions.standard.operators import OPERATORS
from scim_operator.core.expressions.standard.strings import STRINGS

if TYPE_CHECKING:
    from scim_operator.core.expressions.standard.values import Standard

STANDARD: dict[str, Standard] = {**OPERATORS, **CONVERSIONS, **STRINGS, **LISTS}
"""By CEL's name; an operator's is written with underscores for its operands."""
