"""Expressions in CEL over users and groups, with Entra's mapping functions. Pure, bounded in cost, without eval.

expression = compile('Join(" ", user.name.givenName, user.name.familyName)', variables=["user"])
expression.evaluate(Activation(user=document))
"""

from __future__ import annotations

from scim_operator.core.attributes.paths import MISSING
from scim_operator.core.expressions.attributes import Root
from scim_operator.core.expressions.expression import Activation, Expression, Result, compile  # noqa: A004

__all__ = ["MISSING", "Activation", "Expression", "Result", "Root", "compile"]
