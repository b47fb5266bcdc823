"""Attributes of which services may keep each value to one resource, beside those that a resource is known by.

RFC 7643 section 7 lets a schema say so (`uniqueness`), and few services that do so say it. Another attribute counts as
unique once a service has said of it alone that its value is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scim_operator.core.attributes.paths import AttributePath

_NAMES = frozenset({"employeenumber", "userprincipalname", "adsourceanchor"})
_ADDRESSES = frozenset({"emails", "phonenumbers"})


def may_be_unique(path: AttributePath) -> bool:
    """Return whether services may keep the attribute unique: addresses, and what the extensions have for identity."""
    if path.attribute.lower() in _ADDRESSES:
        return path.sub_attribute.lower() == "value"
    return path.attribute.lower() in _NAMES and not path.sub_attribute
