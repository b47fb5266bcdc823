"""Attribute mappings: what a manifest's document asks for at the service.

An attribute has three states, as in `kubectl apply`'s three-way merge. Absent (or null) in the manifest: not desired,
and so not managed, unless the mapping has a `default`; if it was applied before, `left_over` names it for
clearing. Set: desired. `""` or `[]`: desired CLEARED, and no default stands in for it.

A `default` stands in whenever the source has no value, at creation and later, so that the resource is the same whenever
it was created; with `apply: OnCreate` the mapping as a whole is for creation only, which is what Entra's default does.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from scim_operator.api.enums import Apply
from scim_operator.core.attributes import schema
from scim_operator.core.attributes.equality import equal, unassigned
from scim_operator.core.attributes.paths import CLEARED, KEPT, MISSING, AttributePath
from scim_operator.core.attributes.schema import Type
from scim_operator.core.expressions.frame import Activation
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from scim_operator.core.expressions.expression import Expression
    from scim_operator.core.resource import Document, JsonValue

DesiredAttributes = dict[AttributePath, "JsonValue"]
"""Values that the service is to hold, by target; a value may be CLEARED."""


_STRING, _ON_CREATE = Type.STRING, Apply.ON_CREATE
"""Asked for each value of each object: Python 3.11 is slow to find a member of an enum by its name."""


@dataclass(frozen=True, slots=True)
class CompiledMapping:
    """One attribute mapping, ready for use. With neither `source` nor `expression` it gives `constant`.

    `sensitive`: the value must not reach status, events, logs or metrics.
    """

    target: AttributePath
    source: AttributePath | None = None
    constant: JsonValue = MISSING
    default: JsonValue = MISSING
    apply: Apply = Apply.ALWAYS
    sensitive: bool = False
    expression: Expression | None = None

    @property
    def on_create(self) -> bool:
        """Return whether it is for creation only."""
        return self.apply is Apply.ON_CREATE

    @property
    def selects(self) -> bool:
        """Return whether the service is to be asked which of its values are taken (SelectUniqueValue)."""
        return self.expression is not None and self.expression.selects

    @property
    def moves(self) -> bool:
        """Return whether its value varies although nothing has changed: by chance, time, or what is free."""
        return self.expression is not None and self.on_create and (self.expression.varies or self.selects)

    @property
    def adapts(self) -> bool:
        """Return whether what it asks for depends on what the service has: see `fitted`."""
        ignores = self.expression is not None and "IgnoreFlowIfNullOrEmpty" in self.expression.functions
        return ignores or self.apply in (Apply.WHEN_EMPTY, Apply.ADD_ONLY)

    def value(self, document: Document, activation: Activation | None = None) -> JsonValue:
        """Return the value for the target: MISSING where there is none, CLEARED where it is empty, KEPT to leave it be.

        Raises InvalidSpec where its expression fails for this object.
        """
        if self.source is not None:
            value = self.source.read(document)
            if value is MISSING and self.source.comparisons and self.source.whole.read(document) == []:
                return CLEARED  # no values means: not this one either
        elif self.expression is not None:
            value = self._evaluated(activation or Activation())
        else:
            return self.constant
        if value is None or value is MISSING:
            return self.default
        if value is KEPT:
            return KEPT
        if isinstance(value, str) and value and self.target.characteristics.type is _STRING:
            return value
        return CLEARED if unassigned(value) else schema.typed(self.target.characteristics, value)

    def _evaluated(self, activation: Activation) -> JsonValue:
        assert self.expression is not None  # noqa: S101 - the caller has looked
        try:
            value = self.expression.evaluate(activation)
        except InvalidSpec as error:
            raise InvalidSpec(f"The mapping of {self.target} fails for this object: {error}") from error
        if isinstance(value, list | dict) and not _holds(self.target, value):
            what = "a list" if isinstance(value, list) else "an object"
            raise InvalidSpec(f"The mapping of {self.target} gives {what}; choose one value of it, as Item(…, 1)")
        return KEPT if value is MISSING else value


def _holds(target: AttributePath, value: JsonValue) -> bool:
    """Return whether the target can hold a list, or an object, as far as its schema is known."""
    kind = target.characteristics
    if not kind.known:
        return True
    several = kind.multi_valued and not target.comparisons
    return several if isinstance(value, list) else kind.type is Type.COMPLEX and not several


Mappings = tuple[CompiledMapping, ...]


def desired_attributes(
    document: Document,
    mappings: Mappings,
    *,
    creating: bool,
    activation: Activation | None = None,
    taken: Callable[[AttributePath, str], bool] | None = None,
) -> DesiredAttributes:
    """Return what the mappings ask for, given a manifest's document, in their order and without what is not managed.

    `activation` is what expressions look at; `taken` says whether a value of a target is someone else's already.
    Raises InvalidSpec where an expression fails for this object.
    """
    result: DesiredAttributes = {}
    members = {name.lower() for name in document}
    left_out = None if creating else _ON_CREATE
    for mapping in mappings:
        if mapping.apply is left_out:
            continue
        # This runs thirty times per object of a sweep: most mappings have no expression, and most sources no value.
        source = mapping.source
        if source is not None and source.member not in members:
            value = mapping.default
        else:
            looks = None if mapping.expression is None else _asking(mapping, activation, taken)
            value = mapping.value(document, looks)
        if value is not MISSING:
            result[mapping.target] = value
    return result


def _asking(
    mapping: CompiledMapping,
    activation: Activation | None,
    taken: Callable[[AttributePath, str], bool] | None,
) -> Activation | None:
    if not mapping.selects or activation is None or taken is None:
        return activation
    return replace(activation, taken=partial(taken, mapping.target))


def fitted(
    desired: DesiredAttributes, mappings: Mappings, observed: Document | None, applied: Container[str]
) -> DesiredAttributes:
    """Return what is finally asked for, given what the service has (None: nothing yet) and what we had applied.

    WhenEmpty asks for nothing where there is a value that is not ours, AddOnly for what is there and what is new, and
    KEPT for what is there.
    """
    result = dict(desired)
    for mapping in mappings:
        if mapping.adapts and mapping.target in result:
            value = _fit(mapping, result[mapping.target], mapping.target.read(observed or {}), applied)
            if value is MISSING:
                del result[mapping.target]
            else:
                result[mapping.target] = value
    return result


def _fit(mapping: CompiledMapping, value: JsonValue, there: JsonValue, applied: Container[str]) -> JsonValue:
    if value is KEPT:
        # What we applied stays ours, so that it can be cleared later.
        return there if str(mapping.target) in applied and not unassigned(there) else MISSING
    if mapping.apply is Apply.WHEN_EMPTY:
        return value if unassigned(there) and not unassigned(value) else MISSING
    if mapping.apply is Apply.ADD_ONLY:
        return union(mapping.target, there, value)
    return value


def union(path: AttributePath, there: JsonValue, more: JsonValue) -> JsonValue:
    """Return the values of a multi-valued attribute, then the values of `more` that it lacks; MISSING for none."""
    old, new = (each if isinstance(each, list) else [] if unassigned(each) else [each] for each in (there, more))
    added = [each for each in new if not any(equal(path, [each], [known]) for known in old)]
    return [*old, *added] or MISSING


def left_over(
    applied: Iterable[str], desired: Mapping[AttributePath, JsonValue], mappings: Mappings
) -> tuple[AttributePath, ...]:
    """Return what to clear: applied before (paths as in status) and still mapped, but absent in the manifest.

    A target that is not mapped any more, or only on creation, is not managed any more, and what it holds stays.
    """
    gone = set(applied).difference(map(str, desired))
    if not gone:
        return ()
    return tuple(
        mapping.target
        for mapping in mappings
        if mapping.apply is Apply.ALWAYS and mapping.target not in desired and str(mapping.target) in gone
    )


def to_document(attributes: Mapping[AttributePath, JsonValue], schemas: Iterable[str]) -> Document:
    """Return the body of a POST: the desired attributes, with the URNs of used extensions in `schemas`."""
    document: Document = {"schemas": []}
    for path, value in attributes.items():
        if value is not CLEARED:
            path.write(document, value if type(value) is str else copy.copy(value))
    used = {path.urn: None for path in attributes if path.urn and path.urn in document}
    document["schemas"] = [*schemas, *used]
    return document
