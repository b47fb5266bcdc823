"""Entra's mapping functions on multi-valued attributes and application roles.

An element that is an object, as those of `emails`, counts as its `value` where a text is wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.expressions.faults import Fault
from scim_operator.core.expressions.library.registry import Style, declare
from scim_operator.core.expressions.library.text import as_text
from scim_operator.core.expressions.standard.lists import distinct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scim_operator.core.expressions.frame import Frame
    from scim_operator.core.expressions.library.registry import Code
    from scim_operator.core.expressions.syntax import Node
    from scim_operator.core.resource import JsonValue


def _values(value: JsonValue) -> Sequence[JsonValue]:
    """Return the elements of a multi-valued attribute; a single value is its only element."""
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


def count(_: Frame, attribute: JsonValue) -> int:
    """Count(attribute): how many values it has."""
    return len(_values(attribute))


def item(_: Frame, attribute: JsonValue, index: int) -> JsonValue:
    """Item(attribute, index): the value at that place, counted from 1; null where there are fewer."""
    if index < 1:
        raise Fault("Item: index counts from 1; write 1 or more")
    values = _values(attribute)
    return values[index - 1] if index <= len(values) else None


def join(frame: Frame, separator: JsonValue, *sources: JsonValue) -> str | None:
    """Join(separator, source1, …): the values with the separator between them, those of lists one by one.

    Sources that are empty or absent are left out, as in the reference's `Join(", ", "", [surname], [givenName])`;
    where all are, there is no value.
    """
    between = as_text(separator, "Join: separator") or ""
    parts = [part for source in sources for part in _parts(source)]
    frame.charge(len(parts))
    frame.charge_text(sum(map(len, parts)) + len(between) * len(parts))
    return between.join(parts) if parts else None


def _parts(source: JsonValue) -> Iterator[str]:
    return (text for value in _values(source) if (text := as_text(value, "Join")))


def split(frame: Frame, source: str | None, delimiter: str | None) -> list[str] | None:
    """Split(source, delimiter): the parts between delimiters, without blanks around them and without empty ones."""
    if source is None:
        return None
    frame.charge(1 + (source.count(delimiter) if delimiter else 0))
    parts = source.split(delimiter) if delimiter else [source]
    return [part.strip() for part in parts if part.strip()]


def remove_duplicates(frame: Frame, attribute: JsonValue) -> JsonValue:
    """RemoveDuplicates(attribute): its values, each once, in the order of their first appearance."""
    return None if attribute is None else distinct(frame, _values(attribute))


_ROLE_TYPE = "WindowsAzureActiveDirectoryRole"


def _role(role: JsonValue) -> tuple[str, str]:
    """Return a role's value and its name."""
    name = as_text(role, "roles") or ""
    display = role.get("displayName") or role.get("display") if isinstance(role, dict) else None
    return name, display if isinstance(display, str) else name


def single_role(_: Frame, roles: JsonValue) -> str | None:
    """SingleAppRoleAssignment(roles): the name of the one role.

    Entra picks any where there are several; here that is refused, because no one could say which access was given.
    """
    values = _values(roles)
    if len(values) > 1:
        raise Fault(
            f"SingleAppRoleAssignment takes one role, and there are {len(values)}; assign one, or map roles with "
            "AssertiveAppRoleAssignmentsComplex(roles)"
        )
    return _role(values[0])[0] if values else None


def complex_roles(_: Frame, roles: JsonValue) -> list[dict[str, JsonValue]]:
    """AppRoleAssignmentsComplex(roles), AssertiveAppRoleAssignmentsComplex(roles): values for SCIM's `roles`.

    Entra's two differ in the request: the first adds and never revokes. Which one an expression uses shows in
    `Expression.functions`.
    """
    named = map(_role, _values(roles))
    return [{"primary": False, "type": _ROLE_TYPE, "display": name, "value": value} for value, name in named]


def select_unique(frame: Frame, *rules: Code) -> JsonValue:
    """SelectUniqueValue(rule1, rule2, …): the first value that the service does not have yet.

    Raises Fault where all are taken. Entra offers it for Active Directory alone; here it asks any service.
    """
    taken = frame.activation.taken
    for rule in rules:
        value = as_text(rule(frame), "SelectUniqueValue")
        if value and not (taken is not None and taken(value)):
            return value
    raise Fault("SelectUniqueValue: each of its values is taken; add a rule that gives another one")


def _two(arguments: Sequence[Node]) -> None:
    if len(arguments) < 2:
        raise Fault("SelectUniqueValue chooses among values; give at least two rules")


LISTS = [
    declare("Count(attribute: any): int", count),
    declare("Item(attribute: any, index: int): any", item),
    declare("Join(separator: any, sources...: any): text", join),
    declare("Split(source: text, delimiter: text): any", split),
    declare("RemoveDuplicates(attribute: any): any", remove_duplicates),
    declare("SingleAppRoleAssignment(roles: any): text", single_role),
    declare("AppRoleAssignmentsComplex(roles: any): any", complex_roles),
    declare("AssertiveAppRoleAssignmentsComplex(roles: any): any", complex_roles),
    declare("SelectUniqueValue(rules...: any): any", select_unique, style=Style.LAZY, check=_two),
]
