"""Scoping filters: which manifests are provisioned (Entra's model: clauses are ANDed, filters are ORed).

A clause is false when the attribute is null or empty, `IS NULL` excepted. Comparing is case-sensitive, whatever the
attribute's caseExact. Entra cannot filter on multi-valued attributes; here a clause holds for one when it holds for any
of its values, and a negated one when its opposite holds for none. A regular expression must match the whole value, as
the samples in Entra's documentation read, and runs in linear time (RE2).
"""

from __future__ import annotations

import operator as operator_module
from dataclasses import dataclass
from typing import TYPE_CHECKING

import re2

from scim_operator.api.enums import (
    DATE_OPERATORS,
    INTEGER_OPERATORS,
    LIST_OPERATORS,
    REGEX_OPERATORS,
    UNARY_OPERATORS,
    Operator,
    Quantifier,
)
from scim_operator.core.attributes.equality import unassigned
from scim_operator.core.attributes.paths import AttributePath, parse
from scim_operator.core.attributes.schema import Type, is_integer
from scim_operator.core.expressions.frame import Activation
from scim_operator.core.records.dates import instant_of
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scim_operator.api.mapping import Clause, ScopingFilter
    from scim_operator.core.resource import Document, JsonValue
    from scim_operator.core.scope.expression import ScopeExpression


@dataclass(frozen=True, slots=True)
class ScopeDecision:
    """The scoping filters' result for an object. `message` names filters and clauses, never a value of the object.

    `undecided`: unknown, because an expression fails for this object; the message says why.
    """

    in_scope: bool
    reason: str
    message: str
    undecided: bool = False


@dataclass(frozen=True, slots=True)
class ClauseTrace:
    """The result of one clause. `operand` is the config's value; `assigned`: whether the object has the attribute."""

    attribute: str
    operator: Operator
    operand: str
    assigned: bool
    passed: bool


@dataclass(frozen=True, slots=True)
class FilterTrace:
    """The result of one filter; it passed when all its clauses did."""

    title: str
    clauses: tuple[ClauseTrace, ...]

    @property
    def passed(self) -> bool:
        """Return whether every clause passed."""
        return all(clause.passed for clause in self.clauses)


@dataclass(frozen=True, slots=True)
class _Clause:
    path: AttributePath
    operator: Operator
    operand: str
    test: Callable[[str], bool]
    negated: bool
    when_null: bool
    quantifier: Quantifier | None

    def holds(self, document: Document) -> bool:
        value = self.path.read(document)
        if unassigned(value):
            return self.when_null
        if self.operator is Operator.IS_NULL:
            return False
        if self.quantifier is None:
            return self._tests(value) is not self.negated
        holding = [self._tests(each) is not self.negated for each in _elements(value)]
        return _QUANTIFIED[self.quantifier](holding)

    def _tests(self, value: JsonValue) -> bool:
        if isinstance(value, list):
            return any(self._tests(each) for each in value if not unassigned(each))
        return any(self.test(text) for text in _spellings(value))

    def trace(self, document: Document) -> ClauseTrace:
        assigned = not unassigned(self.path.read(document))
        return ClauseTrace(str(self.path), self.operator, self.operand, assigned, self.holds(document))

    def __str__(self) -> str:
        return f"{self.path} {self.operator} {self.operand}".rstrip()


@dataclass(frozen=True, slots=True)
class _Filter:
    title: str
    clauses: tuple[_Clause, ...]
    passes: ScopeDecision

    def failed(self, document: Document) -> _Clause | None:
        """Return the first clause that does not hold."""
        return next((clause for clause in self.clauses if not clause.holds(document)), None)


EVERYTHING = ScopeDecision(
    in_scope=True, reason="NoFilters", message="There are no scoping filters: everything passes."
)


@dataclass(frozen=True, slots=True)
class Scoping:
    """Compiled scoping filters, none of which pass everything, and an expression that must hold beside them."""

    filters: tuple[_Filter, ...]
    expression: ScopeExpression | None = None

    @property
    def is_open(self) -> bool:
        """Return whether everything passes, whatever it is."""
        return not self.filters and self.expression is None

    def decide(self, document: Document, activation: Activation | None = None) -> ScopeDecision:
        """Return whether the SCIM document of a manifest passes, by the first filter of which every clause holds.

        `activation` is what the expression looks at.
        """
        decision = self._filtered(document)
        if self.expression is None or not decision.in_scope:
            return decision
        try:
            passed = self.expression.passes(activation or Activation())
        except InvalidSpec as error:
            return ScopeDecision(in_scope=False, reason="Undecided", message=str(error), undecided=True)
        return decision if passed else self._expression_failed(self.expression)

    def _filtered(self, document: Document) -> ScopeDecision:
        missed = []
        for each in self.filters:
            clause = each.failed(document)
            if clause is None:
                return each.passes
            missed.append((each.title, clause))
        return _out_of_scope(missed) if missed else EVERYTHING

    @staticmethod
    def _expression_failed(expression: ScopeExpression) -> ScopeDecision:
        return ScopeDecision(in_scope=False, reason="FilteredOut", message=f"{expression.field} does not pass it.")

    def explain(self, document: Document) -> tuple[FilterTrace, ...]:
        """Return how every clause of every filter went, for a person who asks."""
        return tuple(
            FilterTrace(each.title, tuple(clause.trace(document) for clause in each.clauses)) for each in self.filters
        )


def compile_scoping(
    filters: Iterable[ScopingFilter],
    *,
    field: str = "spec.users.filters",
    expression: ScopeExpression | None = None,
) -> Scoping:
    """Compile the filters that stand at `field` of the config; raises InvalidSpec naming filter, clause and fix."""
    return Scoping(tuple(_filter(each, field) for each in filters), expression)


def _out_of_scope(missed: list[tuple[str, _Clause]]) -> ScopeDecision:
    each = "; ".join(f"'{title}' fails at: {clause}" for title, clause in missed)
    return ScopeDecision(in_scope=False, reason="FilteredOut", message=f"No scoping filter passes it. {each}.")


def _filter(scoping_filter: ScopingFilter, field: str) -> _Filter:
    title = scoping_filter.title
    clauses = [
        _clause(clause, f"{field}: filter '{title}', clause {number}")
        for number, clause in enumerate(scoping_filter.clauses, start=1)
    ]
    passes = ScopeDecision(in_scope=True, reason="FilterPassed", message=f"Scoping filter '{title}' passes it.")
    return _Filter(title, tuple(clauses), passes)


def _clause(clause: Clause, where: str) -> _Clause:
    operator, operand = Operator(clause.operator), clause.value or ""
    try:
        path = parse(clause.attribute)
    except InvalidSpec as error:
        raise InvalidSpec(f"{where}: {error}") from error
    if path.characteristics.type is Type.COMPLEX and operator not in (Operator.IS_NULL, Operator.IS_NOT_NULL):
        raise InvalidSpec(f"{where}: {path} has sub-attributes; name one of them, as {path}.{_some_part(path)}")
    test = _test(operator, operand, clause.values or (), where)
    when_null = operator is Operator.IS_NULL or bool(clause.when_null)
    shown = ", ".join(clause.values) if clause.values else operand
    return _Clause(path, operator, shown, test, operator in _NEGATED, when_null, clause.quantifier)


def _elements(value: JsonValue) -> list[JsonValue]:
    return [each for each in value if not unassigned(each)] if isinstance(value, list) else [value]


_QUANTIFIED: dict[Quantifier, Callable[[list[bool]], bool]] = {
    Quantifier.ANY: any,
    Quantifier.ALL: all,
    Quantifier.NONE: lambda holding: not any(holding),
}


def _some_part(path: AttributePath) -> str:
    subs = path.characteristics.sub_attributes
    return (subs.get("value") or next(iter(subs.values()))).name


_NEGATED = frozenset(
    {
        Operator.NOT_EQUALS,
        Operator.NOT_REGEX_MATCH,
        Operator.NOT_IN_STRING,
        Operator.NOT_EQUALS_IGNORE_CASE,
        Operator.NOT_IN,
        Operator.NOT_STARTS_WITH,
        Operator.NOT_ENDS_WITH,
        Operator.NOT_INCLUDES,
    }
)


def _test(operator: Operator, operand: str, values: tuple[str, ...], where: str) -> Callable[[str], bool]:
    """Return what the operator asks of one value's text; of its opposite for a negated operator."""
    if operator in LIST_OPERATORS:
        if not values:
            raise InvalidSpec(f"{where}: {operator} compares with a list; give one in values")
        return frozenset(values).__contains__
    if operator not in UNARY_OPERATORS and operand == "":
        raise InvalidSpec(f"{where}: {operator} compares with a value; give one in value")
    if operator in DATE_OPERATORS:
        return _dated(operator, operand, where)
    if operator in REGEX_OPERATORS:
        return _regex(operand, where)
    if operator in INTEGER_OPERATORS:
        return _compared(operator, operand, where)
    return _TESTS[operator](operand)


_TESTS: dict[Operator, Callable[[str], Callable[[str], bool]]] = {
    Operator.EQUALS: lambda operand: lambda text: text == operand,
    Operator.NOT_EQUALS: lambda operand: lambda text: text == operand,
    Operator.IS_TRUE: lambda _: lambda text: text.lower() == "true",
    Operator.IS_FALSE: lambda _: lambda text: text.lower() == "false",
    Operator.IS_NULL: lambda _: lambda _text: False,
    Operator.IS_NOT_NULL: lambda _: lambda _text: True,
    Operator.INCLUDES: lambda operand: lambda text: operand in text,
    Operator.NOT_INCLUDES: lambda operand: lambda text: operand in text,
    Operator.STARTS_WITH: lambda operand: lambda text: text.startswith(operand),
    Operator.NOT_STARTS_WITH: lambda operand: lambda text: text.startswith(operand),
    Operator.ENDS_WITH: lambda operand: lambda text: text.endswith(operand),
    Operator.NOT_ENDS_WITH: lambda operand: lambda text: text.endswith(operand),
    Operator.EQUALS_IGNORE_CASE: lambda operand: lambda text: text.casefold() == operand.casefold(),
    Operator.NOT_EQUALS_IGNORE_CASE: lambda operand: lambda text: text.casefold() == operand.casefold(),
    Operator.IN_STRING: lambda operand: lambda text: text in operand,
    Operator.NOT_IN_STRING: lambda operand: lambda text: text in operand,
}


def _regex(pattern: str, where: str) -> Callable[[str], bool]:
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        detail = error.args[0].decode() if isinstance(error.args[0], bytes) else error
        raise InvalidSpec(
            f"{where}: value is no regular expression: {detail}; write it in RE2's syntax, which has no look-around "
            "and no back-references"
        ) from error
    return lambda text: compiled.fullmatch(text) is not None


_COMPARISONS: dict[Operator, Callable[[int, int], bool]] = {
    Operator.GREATER_THAN: operator_module.gt,
    Operator.GREATER_THAN_OR_EQUALS: operator_module.ge,
    Operator.LESS_THAN: operator_module.lt,
    Operator.LESS_THAN_OR_EQUALS: operator_module.le,
}


def _compared(operator: Operator, operand: str, where: str) -> Callable[[str], bool]:
    if not is_integer(operand):
        raise InvalidSpec(f"{where}: {operator} compares integers; give an integer in value, as 10")
    compare, bound = _COMPARISONS[operator], int(operand)
    return lambda text: is_integer(text) and compare(int(text), bound)


def _dated(operator: Operator, operand: str, where: str) -> Callable[[str], bool]:
    bound = instant_of(operand)
    if bound is None:
        raise InvalidSpec(f"{where}: {operator} compares dates; give one in value, as 2026-12-31")
    before = operator is Operator.BEFORE

    def holds(text: str) -> bool:
        instant = instant_of(text)
        return instant is not None and (instant < bound if before else instant > bound)

    return holds


def _spellings(value: JsonValue) -> tuple[str, ...]:
    """Return the value as a clause may spell it: of a boolean, Entra writes True and YAML true."""
    if isinstance(value, bool):
        return (str(value), str(value).lower())
    return (value if isinstance(value, str) else str(value),)
