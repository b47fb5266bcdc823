"""Changes that hand a resource to someone else: they change who signs in as it, or what it is known by.

A user is renamed by another userName, externalId or primary e-mail, a group by another displayName or externalId. A
first value renames no one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import unassigned
from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.resource import JsonValue

_MAIL = "emails"
_NAMES = {
    Kind.USER: frozenset({"username", "externalid", _MAIL}),
    Kind.GROUP: frozenset({"displayname", "externalid"}),
}


def is_name(kind: Kind, path: AttributePath) -> bool:
    """Return whether resources of this kind are known by an attribute, or by a part of it."""
    return not path.urn and path.attribute.lower() in _NAMES[kind]


def is_rename(kind: Kind, change: AttributeChange) -> bool:
    """Return whether the change renames a resource of this kind."""
    path = change.path
    if not is_name(kind, path):
        return False
    if path.attribute.lower() == _MAIL:
        return _moves_mail(path.sub_attribute.lower(), change)
    return not unassigned(change.old)


def _moves_mail(sub_attribute: str, change: AttributeChange) -> bool:
    """Return whether mail goes elsewhere. Any address counts, because the service decides which is primary."""
    if sub_attribute == "primary":
        return change.new is True
    if unassigned(change.old):
        return False
    if sub_attribute == "value":
        return True
    return not sub_attribute and not _addresses(change.old) <= _addresses(change.new)


def _addresses(value: JsonValue) -> set[tuple[str, bool]]:
    """Each address, and whether it is the primary one."""
    listed = value if isinstance(value, list) else [value]
    return {
        (str(each.get("value", "")).lower(), each.get("primary") is True) for each in listed if isinstance(each, dict)
    }
