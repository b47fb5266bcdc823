"""`users.expression` and `groups.expression`: a condition in CEL that an object must meet beside the filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.expressions import Result, expression
from scim_operator.core.mapping.compiler import CHANCE
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.expressions import Activation, Expression, Root


@dataclass(frozen=True, slots=True)
class ScopeExpression:
    """The compiled expression at `field` of the config."""

    field: str
    expression: Expression

    @property
    def reads(self) -> frozenset[str]:
        """Variables and attributes that it looks at, by dotted names."""
        return self.expression.reads

    @property
    def varies(self) -> bool:
        """Return whether it looks at the clock."""
        return self.expression.varies

    def passes(self, activation: Activation) -> bool:
        """Return whether it passes an object. Raises InvalidSpec, without a value, where it fails for this one."""
        try:
            return self.expression.evaluate(activation) is True
        except InvalidSpec as error:
            raise InvalidSpec(f"{self.field} fails for this object: {error}") from error


def compile_scope_expression(text: str | None, field: str, variables: Iterable[Root]) -> ScopeExpression | None:
    """Return the expression at `field`, None where there is none. Raises InvalidSpec naming line, column and fix."""
    if text is None:
        return None
    try:
        compiled = expression.compile(text, variables=variables, result=Result.BOOLEAN)
    except InvalidSpec as error:
        raise InvalidSpec(f"{field}: {error}") from error
    if drawn := sorted(compiled.functions & {*CHANCE, "SelectUniqueValue"}):
        raise InvalidSpec(f"{field}: {drawn[0]} would have objects come and go by chance; remove it")
    return ScopeExpression(field, compiled)
