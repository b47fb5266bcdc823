"""Members by a condition: an expression over `user` that decides for each user whether it is a member.

An expression that fails, for one user or altogether, decides nothing: anyone it had selected stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.expressions import Result, compile  # noqa: A004
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from scim_operator.core.expressions import Expression
    from scim_operator.core.expressions.frame import Frame
    from scim_operator.core.expressions.meter import Meter


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled expression, or the `fault` that prevents one."""

    expression: Expression | None
    fault: str = ""
    text: str = ""

    @property
    def varies(self) -> bool:
        """Return whether it may say otherwise of the same user at another time."""
        return self.expression is not None and self.expression.varies

    def holds(self, looks: Frame, meter: Meter | None = None, account: str = "") -> bool:
        """Return whether the user whom `looks` sees is a member; `meter` books the cost on the account.

        Raises InvalidSpec where that is unknown.
        """
        if self.expression is None:
            raise InvalidSpec(self.fault)
        return self.expression.evaluate_in(looks, meter, account) is True


def condition(text: str) -> Condition:
    """Compile a member's expression; a text that was compiled before costs nothing."""
    try:
        return Condition(compile(text, variables=("user",), result=Result.BOOLEAN), text=text)
    except InvalidSpec as error:
        return Condition(None, str(error), text)
