"""The attributes whose values give access: which change takes rights away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import unassigned

if TYPE_CHECKING:
    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.resource import JsonValue

_RIGHTS = frozenset({"roles", "entitlements"})
"""RFC 7643 section 4.1.2."""


def revokes(change: AttributeChange) -> bool:
    """Return whether a change takes rights away: that is never given up, whatever the service did with it before."""
    is_right = change.path.attribute.lower() in _RIGHTS
    return is_right and bool(_granted(change.old) - _granted(change.new))


def is_still_granted(before: JsonValue, left: AttributeChange) -> bool:
    """Return whether something that was there `before`, and was just revoked, is among what is left to be changed."""
    return revokes(left) and bool(_granted(before) & _granted(left.old) - _granted(left.new))


def _granted(value: JsonValue) -> frozenset[str]:
    """Return the rights that a value of an attribute names."""
    each = value if isinstance(value, list) else [] if unassigned(value) else [value]
    named = (one.get("value") if isinstance(one, dict) else one for one in each)
    return frozenset(str(name).casefold() for name in named if not unassigned(name))
