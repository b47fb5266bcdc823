"""From a manifest's spec to the SCIM document it describes. Runs for every object of a sweep, so it copies little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.api.urns import ENTERPRISE_USER, WS1B_GROUP, WS1B_USER

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any]
"""A SCIM resource, or what a manifest says of one, in RFC 7643's JSON form."""

_USER_URNS = {"enterprise": ENTERPRISE_USER, "ws1b": WS1B_USER}
_GROUP_URNS = {"ws1b": WS1B_GROUP}
_NOT_SCIM = frozenset({"extensions", "members", "membershipPolicy", "notBefore", "notAfter", "suspend", "manager"})


def user_document(spec: Mapping[str, Any]) -> Document:
    """Return what a ScimUser's spec says of its user, extensions under their URNs.

    Values are shared with `spec` and must not be changed. `""` and `[]` are kept: they clear an attribute. The manager
    is there by the name of the manifest, which the mapping replaces by an id.
    """
    document = _document(spec, _USER_URNS)
    if manager := manager_of(spec):
        document[ENTERPRISE_USER] = {**(document.get(ENTERPRISE_USER) or {}), "manager": {"value": manager}}
    document.setdefault("active", True)
    return document


def manager_of(spec: Mapping[str, Any]) -> str:
    """Return the name of the manager's manifest, "" without a manager."""
    name: str = ((spec.get("manager") or {}).get("userRef") or {}).get("name", "")
    return name


def group_document(spec: Mapping[str, Any]) -> Document:
    """Return what a ScimGroup's spec says of its group, without the members, which depend on other manifests.

    Values are shared with `spec` and must not be changed. `""` and `[]` are kept: they clear an attribute.
    """
    return _document(spec, _GROUP_URNS)


def _document(spec: Mapping[str, Any], urns: Mapping[str, str]) -> Document:
    document = {urns.get(field, field): value for field, value in spec.items() if field not in _NOT_SCIM}
    document.update(spec.get("extensions") or {})
    return document
