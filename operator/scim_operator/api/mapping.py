"""Attribute mappings and scoping filters: Entra's words over SCIM's attribute paths."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field

from scim_operator.api.enums import INTEGER_OPERATORS, UNARY_OPERATORS, Apply, Operator
from scim_operator.api.model import ApiModel, rule, validated

__all__ = [
    "Apply",
    "AttributeMapping",
    "AttributePath",
    "Clause",
    "Operator",
    "ScopingFilter",
]

PATH_PATTERN = (
    r"^(urn:[A-Za-z0-9][A-Za-z0-9-]*(:[A-Za-z0-9._-]+)+:)?[A-Za-z$][A-Za-z0-9_$-]*"
    r'(\[[A-Za-z]+ eq "[^"\\]*"\])?(\.[A-Za-z$][A-Za-z0-9_$-]*)?$'
)
"""A SCIM attribute path (RFC 7644 section 3.5.2) with at most one `eq` in its value filter."""

AttributePath = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        json_schema_extra=validated(
            rule(
                f"self.matches(r'{PATH_PATTERN}')",
                'write a SCIM attribute path such as userName, name.givenName, emails[type eq "work"].value or '
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            ),
        ),
    ),
]
"""The path of an attribute."""


def _quoted(operators: frozenset[Operator]) -> str:
    """Operators as a CEL list, in the order of their declaration."""
    return "[" + ", ".join(f"'{operator}'" for operator in Operator if operator in operators) + "]"


def _as_text(value: object) -> object:
    """A number in a clause is a convenience of YAML; the attribute it is compared with is text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Clause(ApiModel):
    """One test of an attribute of the manifest."""

    model_config = ConfigDict(
        json_schema_extra=validated(
            rule(
                f"!(self.operator in {_quoted(UNARY_OPERATORS)}) || !has(self.value)",
                "IS TRUE, IS FALSE, IS NULL and IS NOT NULL take no value; remove it",
                fieldPath=".value",
            ),
            rule(
                f"self.operator in {_quoted(UNARY_OPERATORS)} || has(self.value)",
                "this operator compares with a value; add value",
            ),
            rule(
                f"!(self.operator in {_quoted(INTEGER_OPERATORS)}) || !has(self.value) || "
                "type(self.value) == int || self.value.matches('^-?[0-9]{1,18}$')",
                "Greater_Than and Greater_Than_OR_EQUALS compare integers; give an integer such as 10",
                fieldPath=".value",
            ),
        ),
    )

    attribute: AttributePath
    """The attribute of the manifest, as a SCIM path over its spec."""
    operator: Operator
    """How it is tested; false whenever the attribute is null or empty, except for IS NULL."""
    value: (
        Annotated[
            str,
            BeforeValidator(_as_text),
            Field(max_length=1024, json_schema_extra={"x-kubernetes-int-or-string": True}),
        ]
        | None
    ) = None
    """What it is compared with; case-sensitive."""


class ScopingFilter(ApiModel):
    """Clauses that must all hold."""

    title: Annotated[str, Field(min_length=1, max_length=128)]
    """A name for the filter, for status and explanations."""
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1, max_length=20)]
    """The clauses; the filter passes an object when all of them hold."""


class AttributeMapping(ApiModel):
    """Where one attribute at the service takes its value from."""

    target: AttributePath
    """The attribute at the service, as a SCIM path."""
    source: AttributePath | None = None
    """The attribute of the manifest that gives the value, as a SCIM path over its spec."""
    constant: Annotated[str, Field(max_length=1024)] | None = None
    """The value itself, the same for every object; true, false and numbers are written in quotes."""
    ignore: bool | None = None
    """True drops the profile's default mapping of this target: the attribute is not managed."""
    default: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    """The value that is sent when the source is empty and the resource is created."""
    apply: Apply = Apply.ALWAYS
    """Always, or OnCreate: only when the resource is created."""
    sensitive: bool = False
    """True keeps the value out of status, events, logs and metrics."""
