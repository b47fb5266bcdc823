"""The origin of an externalId: the identity provider, so that the service finds who signs in, or the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import unassigned
from scim_operator.core.attributes.paths import EXTERNAL_ID
from scim_operator.core.records.marks import read_mark

if TYPE_CHECKING:
    from scim_operator.core.decision.facts import Rules
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.mapping.mapping import DesiredAttributes
    from scim_operator.core.resource import Document, JsonValue

UNSTATED = (
    "Set spec.externalId to the id that your identity provider sends when this person signs in (such as oid or sub): "
    "the service finds people by it and keeps it for good. If no one signs in with these accounts, set "
    "users.externalId: Generated in the ProvisioningConfig."
)


def stated(key: ObjectKey, document: Document) -> Document:
    """Return the manifest's document without an externalId of our making."""
    if not is_ours(key, document.get("externalId")):
        return document
    return {name: value for name, value in document.items() if name != "externalId"}


def unstated(key: ObjectKey, rules: Rules, desired: DesiredAttributes) -> str:
    """Return what to write, where a user has no externalId but is to have one; "" where all is well."""
    value = desired.get(EXTERNAL_ID)
    missing = rules.explicit_id and (unassigned(value) or is_ours(key, value))
    return UNSTATED if missing else ""


def is_ours(key: ObjectKey, value: JsonValue) -> bool:
    """Return whether an externalId is the one that we make for a manifest without one."""
    mark = read_mark(value.casefold()) if isinstance(value, str) else None
    return mark is not None and (mark.namespace, mark.name) == (key.namespace, key.name)
