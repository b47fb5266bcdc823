"""Attribute mappings, compiled: laid over the profile's defaults, checked, and their expressions type-checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.api.enums import Apply
from scim_operator.core.attributes import schema
from scim_operator.core.attributes.paths import CLEARED, MANAGER, MISSING, AttributePath, parse
from scim_operator.core.attributes.schema import Mutability, Type
from scim_operator.core.expressions import Root, expression
from scim_operator.core.mapping.mapping import CompiledMapping, Mappings
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scim_operator.api.mapping import AttributeMapping
    from scim_operator.core.expressions import Expression
    from scim_operator.core.resource import JsonValue

USER_VARIABLES = (Root.USER, Root.GROUPS, Root.ROLES, Root.CONFIG)
"""The variables that an expression of a user's mapping may read."""
GROUP_VARIABLES = (Root.GROUP, Root.CONFIG)
"""The variables that an expression of a group's mapping may read."""
CHANCE = frozenset({"Guid", "RandomString"})
"""The functions that give another value each time."""


def compile_mappings(
    mappings: Sequence[AttributeMapping],
    defaults: Iterable[str],
    *,
    field: str = "spec.users.mappings",
    variables: Iterable[Root] = USER_VARIABLES,
) -> Mappings:
    """Lay the mappings that stand at `field` of the config over the profile's defaults, by target.

    `defaults` are paths that map to themselves; `variables` is what expressions may look at. Raises InvalidSpec naming
    the target and the fix.
    """
    own = _by_target(mappings, field)
    result = {target: CompiledMapping(target, source=target) for target in map(parse, defaults)}
    for target, mapping in own.items():
        if mapping.ignore:
            result.pop(target, None)
        else:
            result[target] = _compiled(target, mapping, f"{field}: target '{target}'", variables)
    _refuse_overlaps(list(result), field)
    return tuple(_checked(mapping, field) for mapping in result.values())


def _by_target(mappings: Sequence[AttributeMapping], field: str) -> dict[AttributePath, AttributeMapping]:
    found: dict[AttributePath, AttributeMapping] = {}
    for number, mapping in enumerate(mappings):
        target = _parse(mapping.target, f"{field}[{number}].target")
        if str(target.whole) == "members":
            raise InvalidSpec(
                f"{field}[{number}].target: members are no mapping; they follow spec.members of the manifest"
            )
        if target in found:
            raise InvalidSpec(f"{field}[{number}].target: '{target}' is mapped twice; keep one of the two")
        found[target] = mapping
    return found


def _compiled(
    target: AttributePath, mapping: AttributeMapping, where: str, variables: Iterable[Root]
) -> CompiledMapping:
    given = [each for each in (mapping.source, mapping.constant, mapping.expression) if each is not None]
    if len(given) > 1 or (not given and mapping.default is None):
        raise InvalidSpec(f"{where}: give exactly one of source, constant, expression and ignore: true")
    computed = None if mapping.expression is None else _expression(mapping, where, variables)
    default = _literal(target, mapping.default, f"{where}: default")
    return CompiledMapping(
        target,
        source=None if mapping.source is None else _parse(mapping.source, f"{where}: source"),
        constant=_literal(target, mapping.constant, f"{where}: constant") if given else default,
        default=default,
        # Entra's None: the target is left as it is, except for a default where it is empty.
        apply=Apply(mapping.apply) if given else Apply.WHEN_EMPTY,
        sensitive=mapping.sensitive or (computed is not None and computed.sensitive),
        expression=computed,
    )


def _expression(mapping: AttributeMapping, where: str, variables: Iterable[Root]) -> Expression:
    assert mapping.expression is not None  # noqa: S101 - the caller has looked
    try:
        compiled = expression.compile(mapping.expression, variables=variables)
    except InvalidSpec as error:
        raise InvalidSpec(f"{where}: expression: {error}") from error
    if mapping.apply != Apply.ON_CREATE:
        if compiled.selects:
            raise InvalidSpec(f"{where}: SelectUniqueValue chooses once; set apply: OnCreate")
        if drawn := sorted(compiled.functions & CHANCE):
            raise InvalidSpec(f"{where}: {drawn[0]} gives another value each time; set apply: OnCreate")
    return compiled


def _parse(text: str, where: str) -> AttributePath:
    try:
        return parse(text)
    except InvalidSpec as error:
        raise InvalidSpec(f"{where}: {error}") from error


def _literal(target: AttributePath, text: str | None, where: str) -> JsonValue:
    """Return a constant or default, in the type that the target asks for; an empty one clears."""
    if text is None:
        return MISSING
    value = schema.typed(target.characteristics, text)
    if target.characteristics.type is Type.BOOLEAN and not isinstance(value, bool) and text:
        raise InvalidSpec(f"{where}: {target} is a boolean; write 'true' or 'false'")
    return value if text else CLEARED


def _checked(mapping: CompiledMapping, field: str) -> CompiledMapping:
    target = mapping.target
    where = f"{field}: target '{target}'"
    whole = schema.attribute_of(target.urn, target.attribute)
    if Mutability.READ_ONLY in (whole.mutability, target.characteristics.mutability):
        raise InvalidSpec(f"{where} is set by the service alone (readOnly); remove the mapping")
    if whole.multi_valued and target.sub_attribute and not target.comparisons:
        raise InvalidSpec(f"{where} has several values; say which, as {_chosen(target)}")
    if mapping.source is None and MANAGER.covers(target):
        raise InvalidSpec(f"{where} is a reference, whose id at the service only source: manager knows; map it so")
    if mapping.apply is Apply.ADD_ONLY and not _is_list(target):
        raise InvalidSpec(f"{where} has no list of values that AddOnly could add to; map the attribute as a whole")
    if target.sub_attribute.lower() in {each.sub_attribute.name.lower() for each in target.comparisons}:
        raise InvalidSpec(f"{where} writes what its own filter selects by; map another sub-attribute")
    return mapping


def _is_list(target: AttributePath) -> bool:
    whole = schema.attribute_of(target.urn, target.attribute)
    return target == target.whole and (whole.multi_valued or not whole.known)


def _chosen(target: AttributePath) -> str:
    return f'{target.whole}[type eq "work"].{target.sub_attribute}'


def _refuse_overlaps(targets: Sequence[AttributePath], field: str) -> None:
    """Two mappings for one attribute, one for the whole and one for a part, would overwrite each other forever."""
    for whole in targets:
        part = next((other for other in targets if other is not whole and whole.covers(other)), None)
        if part is not None:
            raise InvalidSpec(f"{field}: target '{whole}' covers target '{part}'; drop one of them with ignore: true")
