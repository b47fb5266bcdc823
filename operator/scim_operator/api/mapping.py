"""Attribute mappings and scoping filters: Entra's words over SCIM's attribute paths."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field

from scim_operator.api.admission import GROUP, USER, path_field
from scim_operator.api.enums import (
    DATE_OPERATORS,
    INTEGER_OPERATORS,
    LIST_OPERATORS,
    REGEX_OPERATORS,
    UNARY_OPERATORS,
    Apply,
    Operator,
    Quantifier,
)
from scim_operator.api.model import LIST_TYPE, ApiModel, rule, validated

__all__ = [
    "Apply",
    "AttributeMapping",
    "AttributePath",
    "Clause",
    "GroupFilter",
    "GroupMapping",
    "Operator",
    "ScopingFilter",
    "UserFilter",
    "UserMapping",
]

AttributePath = Annotated[str, path_field()]
"""The path of an attribute."""

UserSource = Annotated[str, USER.source()]
UserTarget = Annotated[str, USER.target()]
GroupSource = Annotated[str, GROUP.source()]
GroupTarget = Annotated[str, GROUP.target()]


def _quoted(operators: frozenset[Operator]) -> str:
    """Operators as a CEL list, in the order of their declaration."""
    return "[" + ", ".join(f"'{operator}'" for operator in Operator if operator in operators) + "]"


def _as_text(value: object) -> object:
    """Return the value as text: a number in a clause is a convenience of YAML, and attributes are text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


ListedText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        json_schema_extra={
            # The type alone would refuse a number too, without saying how to fix it.
            "x-kubernetes-int-or-string": True,
            **validated(
                rule("type(self) == string", "IN and NOT IN compare texts; put quotes around the number, such as '10'")
            ),
        },
    ),
]
"""One value of a list. A number is refused: YAML has turned 010 into 8 before it could be compared with a text."""


class Clause(ApiModel):
    """One test of an attribute of the manifest."""

    model_config = ConfigDict(
        json_schema_extra=validated(
            rule(
                f"!(self.operator in {_quoted(REGEX_OPERATORS)}) || !has(self.value) || type(self.value) == int || "
                # Either side of || may fail; a pattern that RE2 cannot compile makes both fail.
                "''.matches(self.value) || !''.matches(self.value)",
                "value must be a regular expression in RE2's syntax (no look-around, no back-references)",
                fieldPath=".value",
            ),
            rule(
                f"!(self.operator in {_quoted(UNARY_OPERATORS)}) || !has(self.value)",
                "IS TRUE, IS FALSE, IS NULL and IS NOT NULL take no value; remove it",
                fieldPath=".value",
            ),
            rule(
                f"self.operator in {_quoted(UNARY_OPERATORS | LIST_OPERATORS)} || has(self.value)",
                "this operator compares with a value; add value",
            ),
            rule(
                f"(self.operator in {_quoted(LIST_OPERATORS)}) == has(self.values) && "
                f"!(self.operator in {_quoted(LIST_OPERATORS)} && has(self.value))",
                "IN and NOT IN compare with values, and no other operator does; give a list in values",
            ),
            rule(
                f"!(self.operator in {_quoted(DATE_OPERATORS)}) || !has(self.value) || (type(self.value) == string && "
                "self.value.matches('^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9:]+))?$'))",
                "BEFORE and AFTER compare with a date such as 2026-12-31, or an instant such as 2026-12-31T09:00:00Z",
                fieldPath=".value",
            ),
            rule(
                "!has(self.whenNull) || !(self.operator in ['IS NULL', 'IS NOT NULL'])",
                "IS NULL and IS NOT NULL say themselves what null means; remove whenNull",
                fieldPath=".whenNull",
            ),
            rule(
                f"!(self.operator in {_quoted(INTEGER_OPERATORS)}) || !has(self.value) || "
                "type(self.value) == int || self.value.matches('^-?[0-9]{1,18}$')",
                "this operator compares integers; give an integer such as 10",
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
            Field(min_length=1, max_length=1024, json_schema_extra={"x-kubernetes-int-or-string": True}),
        ]
        | None
    ) = None
    """What it is compared with; case-sensitive."""
    values: (
        Annotated[
            tuple[ListedText, ...],
            Field(min_length=1, max_length=50, json_schema_extra={LIST_TYPE: "set"}),
        ]
        | None
    ) = None
    """What IN and NOT IN compare with; case-sensitive."""
    when_null: bool | None = None
    """Whether it holds when the attribute is null or empty; false unless given."""
    quantifier: Quantifier | None = None
    """Of how many values of a multi-valued attribute it must hold: Any, All or None; Any unless given, and for a \
negated operator None of its opposite."""


class ScopingFilter(ApiModel):
    """Clauses that must all hold."""

    title: Annotated[str, Field(min_length=1, max_length=128)]
    """A name for the filter, for status and explanations."""
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1, max_length=20)]
    """The clauses; the filter passes an object when all of them hold."""


_LISTS = "['emails', 'phonenumbers', 'ims', 'photos', 'addresses', 'entitlements', 'roles', 'x509certificates']"

_MAPPING_RULES = (
    rule(
        "(has(self.source) ? 1 : 0) + (has(self.constant) ? 1 : 0) + (has(self.expression) ? 1 : 0) + "
        "(has(self.ignore) ? 1 : 0) == 1 || (has(self.default) && !has(self.source) && !has(self.constant) && "
        "!has(self.expression) && !has(self.ignore))",
        "give exactly one of source, constant, expression and ignore: true; or default alone, to fill an empty target",
    ),
    rule(
        "!has(self.ignore) || self.ignore",
        "ignore is true or left out; remove ignore: false",
        fieldPath=".ignore",
    ),
    rule(
        "!has(self.default) || (!has(self.constant) && !has(self.ignore))",
        "default stands in for an empty source or expression; give one of these, or constant with apply: OnCreate",
        fieldPath=".default",
    ),
    rule(
        "!has(self.ignore) || (!has(self.apply) && !has(self.sensitive))",
        "an attribute that is ignored is never sent; remove apply and sensitive",
    ),
    rule(
        f"!has(self.apply) || self.apply != 'AddOnly' || self.target.startsWith('urn:') || "
        f"self.target.lowerAscii() in {_LISTS}",
        "AddOnly adds to the values of an attribute that has several; name such an attribute as a whole, as roles",
        fieldPath=".apply",
    ),
    rule(
        "self.target.lowerAscii() != 'active' || ((!has(self.constant) || "
        "self.constant.lowerAscii() in ['', 'true', 'false']) && "
        "(!has(self.default) || self.default.lowerAscii() in ['true', 'false']))",
        "active is a boolean; write 'true' or 'false'",
    ),
)


class AttributeMapping(ApiModel):
    """Where one attribute at the service takes its value from."""

    model_config = ConfigDict(json_schema_extra=validated(*_MAPPING_RULES))

    target: AttributePath
    """The attribute at the service, as a SCIM path."""
    source: AttributePath | None = None
    """The attribute of the manifest that gives the value, as a SCIM path over its spec."""
    constant: Annotated[str, Field(max_length=1024)] | None = None
    """The value itself, the same for every object; true, false and numbers are written in quotes."""
    expression: Annotated[str, Field(min_length=1, max_length=10_000)] | None = None
    """A CEL expression that gives the value, over user, groups, roles and config (of a group: group and config)."""
    ignore: bool | None = None
    """True drops the profile's default mapping of this target: the attribute is not managed."""
    default: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    """The value that is sent when source or expression gives none; alone, what an empty target is filled with."""
    apply: Apply = Apply.ALWAYS
    """Always; OnCreate: only when the resource is created; WhenEmpty: only where the service has no value; \
AddOnly: values are added to those that the service has."""
    sensitive: bool = False
    """True keeps the value out of status, events, logs and metrics."""


class UserClause(Clause):
    """One test of an attribute of a ScimUser."""

    attribute: UserSource
    """The attribute of the ScimUser, as a SCIM path over its spec."""


class UserFilter(ScopingFilter):
    """Clauses that must all hold of a ScimUser."""

    clauses: Annotated[tuple[UserClause, ...], Field(min_length=1, max_length=20)]
    """The clauses; the filter passes a user when all of them hold."""


class UserMapping(AttributeMapping):
    """Where one attribute of a user at the service takes its value from."""

    model_config = ConfigDict(json_schema_extra=validated(*_MAPPING_RULES, USER.kept()))

    target: UserTarget
    """The attribute at the service, as a SCIM path."""
    source: UserSource | None = None
    """The attribute of the ScimUser that gives the value, as a SCIM path over its spec."""


class GroupClause(Clause):
    """One test of an attribute of a ScimGroup."""

    attribute: GroupSource
    """The attribute of the ScimGroup, as a SCIM path over its spec."""


class GroupFilter(ScopingFilter):
    """Clauses that must all hold of a ScimGroup."""

    clauses: Annotated[tuple[GroupClause, ...], Field(min_length=1, max_length=20)]
    """The clauses; the filter passes a group when all of them hold."""


class GroupMapping(AttributeMapping):
    """Where one attribute of a group at the service takes its value from."""

    model_config = ConfigDict(json_schema_extra=validated(*_MAPPING_RULES, GROUP.kept()))

    target: GroupTarget
    """The attribute at the service, as a SCIM path."""
    source: GroupSource | None = None
    """The attribute of the ScimGroup that gives the value, as a SCIM path over its spec."""
