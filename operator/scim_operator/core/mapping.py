"""Attribute mappings: what a manifest's document asks for at the service.

An attribute has three states, as in `kubectl apply`'s three-way merge. Absent (or null) in the manifest: not desired,
and so not managed, unless the mapping has a `default`; if it was applied before, `left_over` tells it and it is to be
cleared. Set: desired. `""` or `[]`: desired CLEARED, and no default stands in for it.

A `default` stands in whenever the source has no value, at creation and later, so that the resource is the same whenever
it was created; with `apply: OnCreate` the mapping as a whole is for creation only, which is what Entra's default does.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.api.enums import Apply
from scim_operator.core import schema
from scim_operator.core.equality import unassigned
from scim_operator.core.paths import CLEARED, MISSING, AttributePath, parse
from scim_operator.core.schema import Mutability, Type
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scim_operator.api.mapping import AttributeMapping
    from scim_operator.core.expressions.frame import Activation
    from scim_operator.core.resource import Document, JsonValue

DesiredAttributes = dict[AttributePath, "JsonValue"]
"""What the service is to hold, by target; a value may be CLEARED."""


@dataclass(frozen=True, slots=True)
class CompiledMapping:
    """One attribute mapping, ready for use. Without a `source` it gives `constant`.

    `sensitive`: the value must not reach status, events, logs or metrics.
    """

    target: AttributePath
    source: AttributePath | None = None
    constant: JsonValue = MISSING
    default: JsonValue = MISSING
    on_create: bool = False
    sensitive: bool = False

    def value(self, document: Document) -> JsonValue:
        """The value for the target: MISSING where the document does not have it, CLEARED where it has it empty."""
        if self.source is None:
            return self.constant
        value = self.source.read(document)
        if value is None or value is MISSING:
            return self.default
        if isinstance(value, str) and value and self.target.characteristics.type is Type.STRING:
            return value
        return CLEARED if unassigned(value) else schema.typed(self.target.characteristics, value)


Mappings = tuple[CompiledMapping, ...]


def desired_attributes(
    document: Document, mappings: Mappings, *, creating: bool, activation: Activation | None = None
) -> DesiredAttributes:
    """What the mappings ask for, given a manifest's document, in their order and without what is not managed.

    `activation` is what expressions look at; without it there must be none among the mappings.
    """
    result: DesiredAttributes = {}
    for mapping in mappings:
        if creating or not mapping.on_create:
            value = mapping.value(document)
            if value is not MISSING:
                result[mapping.target] = value
    return result


def left_over(
    applied: Iterable[str], desired: Mapping[AttributePath, JsonValue], mappings: Mappings
) -> tuple[AttributePath, ...]:
    """What was applied before (paths as in status) and is mapped still, but absent in the manifest now: to be cleared.

    A target that is not mapped any more, or only on creation, is not managed any more, and what it holds stays.
    """
    before = set(applied)
    return tuple(
        mapping.target
        for mapping in mappings
        if not mapping.on_create and mapping.target not in desired and str(mapping.target) in before
    )


def to_document(attributes: Mapping[AttributePath, JsonValue], schemas: Iterable[str]) -> Document:
    """The body of a POST: the desired attributes as a resource, `schemas` followed by the URNs of extensions in use."""
    document: Document = {"schemas": []}
    for path, value in attributes.items():
        if value is not CLEARED:
            path.write(document, copy.copy(value))
    used = {path.urn: None for path in attributes if path.urn and path.urn in document}
    document["schemas"] = [*schemas, *used]
    return document


def missing_required(document: Document, required: Iterable[AttributePath]) -> tuple[str, ...]:
    """The required attributes that the document lacks or has empty, all of them at once."""
    return tuple(str(path) for path in required if unassigned(path.read(document)))


def compile_mappings(
    mappings: Sequence[AttributeMapping], defaults: Iterable[str], *, field: str = "spec.users.mappings"
) -> Mappings:
    """Lay the mappings that stand at `field` of the config over the profile's defaults, by target.

    `defaults` are paths that map to themselves. Raises InvalidSpec naming the target and the mend.
    """
    own = _by_target(mappings, field)
    result = {target: CompiledMapping(target, source=target) for target in map(parse, defaults)}
    for target, mapping in own.items():
        if mapping.ignore:
            result.pop(target, None)
        else:
            result[target] = _compiled(target, mapping, f"{field}: target '{target}'")
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


def _compiled(target: AttributePath, mapping: AttributeMapping, where: str) -> CompiledMapping:
    if (mapping.source is None) is (mapping.constant is None):
        raise InvalidSpec(f"{where}: give exactly one of source, constant and ignore: true")
    return CompiledMapping(
        target,
        source=None if mapping.source is None else _parse(mapping.source, f"{where}: source"),
        constant=_literal(target, mapping.constant, f"{where}: constant"),
        default=_literal(target, mapping.default, f"{where}: default"),
        on_create=mapping.apply == Apply.ON_CREATE,
        sensitive=mapping.sensitive,
    )


def _parse(text: str, where: str) -> AttributePath:
    try:
        return parse(text)
    except InvalidSpec as error:
        raise InvalidSpec(f"{where}: {error}") from error


def _literal(target: AttributePath, text: str | None, where: str) -> JsonValue:
    """A constant or default, in the type that the target asks for; an empty one clears."""
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
    if target.sub_attribute.lower() in {each.sub_attribute.name.lower() for each in target.comparisons}:
        raise InvalidSpec(f"{where} writes what its own filter selects by; map another sub-attribute")
    return mapping


def _chosen(target: AttributePath) -> str:
    return f'{target.whole}[type eq "work"].{target.sub_attribute}'


def _refuse_overlaps(targets: Sequence[AttributePath], field: str) -> None:
    """Two mappings for one attribute, one for the whole and one for a part, would overwrite each other for ever."""
    for whole in targets:
        part = next((other for other in targets if other is not whole and whole.covers(other)), None)
        if part is not None:
            raise InvalidSpec(f"{field}: target '{whole}' covers target '{part}'; drop one of them with ignore: true")
