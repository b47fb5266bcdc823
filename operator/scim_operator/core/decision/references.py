"""References to managers that lead to no one, or to another one than the manifest names: they are cleared.

| the manager whom the manifest names                     | the reference at the service                   |
|---------------------------------------------------------|------------------------------------------------|
| is at the service                                       | is that manager's id                           |
| is not, and the reference is what the manager may be    | stays, until that is known                     |
| is not, and it cannot be known what the manager may be  | stays, unless we had set it                    |
| is not                                                  | is cleared, also if not ours: it names another |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import MANAGER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.mapping.mapping import CompiledMapping, Mappings
    from scim_operator.core.resource import Document, JsonValue


def refers(mapping: CompiledMapping) -> bool:
    """Return whether a mapping takes the reference to the manager."""
    return mapping.source is not None and MANAGER.covers(mapping.source)


def to_clear(
    facts: Facts, mappings: Mappings, observed: Document, left_over: Iterable[AttributePath]
) -> tuple[AttributePath, ...]:
    """Return which of the attributes that were `left_over` are to be cleared, and which references beside."""
    awaited = facts.awaits
    if awaited is None:
        return tuple(left_over)
    references = [mapping.target for mapping in mappings if refers(mapping)]
    may_be = awaited.ids or frozenset()
    stay = {path for path in references if _id(path.read(observed)) in may_be}
    stale = references if facts.match.owned and awaited.ids is not None else ()
    return tuple(path for path in dict.fromkeys((*left_over, *stale)) if path not in stay)


def _id(reference: JsonValue) -> JsonValue:
    return reference.get("value") if isinstance(reference, dict) else reference
