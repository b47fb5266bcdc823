"""Rules at work on one row: whether it is imported, and what of it is changed. In CEL, over `row`."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import MISSING, parse
from scim_operator.core.expressions import Activation, Result, compile  # noqa: A004
from scim_operator.core.keys import Kind
from scim_operator.core.wording import some
from scim_operator.errors import InvalidSpec
from scim_operator.sources.targets import Draft, target

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.core.expressions import Expression
    from scim_operator.core.resource import JsonValue
    from scim_operator.sources.row import SourceRow
    from scim_operator.sources.rules import ImportRules
    from scim_operator.sources.targets import Target

    Value = Callable[[SourceRow, Draft], JsonValue]

_PATH = re.compile(r"[A-Za-z0-9:._-]+")
_MOST_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Transform:
    """The compiled rules of one kind."""

    sets: tuple[tuple[Target, Expression], ...] = ()
    condition: Expression | None = None
    name: Value | None = None
    team: Value | None = None

    def takes(self, row: SourceRow) -> bool:
        """Return whether the row is imported. Errors: InvalidSpec, where that cannot be said."""
        return self.condition is None or self.condition.evaluate(Activation(row=row.values)) is True

    def draft(self, row: SourceRow) -> Draft:
        """Return the row as it is to be imported. Errors: InvalidSpec."""
        if not self.sets:
            return Draft(row.document, row.manager, row.groups)
        draft = Draft(copy.deepcopy(row.document), row.manager, row.groups)
        looks = Activation(row=row.values)
        for each, expression in self.sets:
            try:
                value = expression.evaluate(looks)
                if value is not MISSING:
                    each.write(draft, value)
            except InvalidSpec as error:
                raise InvalidSpec(f"set {each.text}: {error}") from None
        return draft


def transforms(rules: ImportRules, columns: frozenset[str] | None) -> dict[Kind, Transform]:
    """Return the compiled rules by kind; `columns` are the names that rows have. Errors: InvalidSpec."""
    made = {}
    for kind, part, field in ((Kind.USER, rules.users, "users"), (Kind.GROUP, rules.groups, "groups")):
        known = columns if kind is Kind.USER else None
        compiled = partial(_compiled, columns=known)
        sets = [(_target(each, kind, field), compiled(text, f"{field}.set {each}")) for each, text in part.set.items()]
        where = compiled(part.where, f"{field}.where", result=Result.BOOLEAN) if part.where else None
        name = _value(part.name, f"{field}.name", known) if part.name else None
        team = _value(rules.team, "team", known) if rules.team and kind is Kind.USER else None
        made[kind] = Transform(tuple(sets), where, name, team)
    return made


def _target(text: str, kind: Kind, field: str) -> Target:
    try:
        return target(text, kind)
    except InvalidSpec as error:
        raise InvalidSpec(f"{field}.set: {error}") from None


def _compiled(text: str, field: str, *, columns: frozenset[str] | None, result: Result = Result.ANY) -> Expression:
    try:
        found = compile(text, variables=("row",), result=result)
    except InvalidSpec as error:
        raise InvalidSpec(f"{field}: {error}") from None
    unknown = {each.removeprefix("row.") for each in found.reads if each.startswith("row.")} - (columns or frozenset())
    if unknown and columns is not None:
        raise InvalidSpec(f"{field}: there is no column {min(unknown)[:100]}; {named(columns)}")
    return found


def named(columns: frozenset[str]) -> str:
    """Return the columns there are, as a clause."""
    return f"the columns are {some(sorted(columns), _MOST_SHOWN, lambda each: each[:60])}"


def _value(text: str, field: str, columns: frozenset[str] | None) -> Value:
    """Return what reads a column, an attribute, or what an expression gives."""
    if columns is not None and text in columns:
        return lambda row, _: row.values.get(text)
    if _PATH.fullmatch(text) and not text.startswith("row."):
        found = _attribute(text)
        if found is not None:
            return found
    expression = _compiled(text, field, columns=columns)
    return lambda row, _: expression.evaluate(Activation(row=row.values))


def _attribute(text: str) -> Value | None:
    try:
        path = target(text, Kind.USER).path or parse(text)
    except InvalidSpec:
        return None

    def read(_: SourceRow, draft: Draft) -> JsonValue:
        value = path.read(draft.document)
        return None if value is MISSING else value

    return read
