"""The provisioner that a config names: the owner id, and the attribute of each resource that holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import ResourceType
from scim_operator.core.mapping.mapping import CompiledMapping
from scim_operator.core.ownership.owner import Owner
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.api.config import ProvisioningConfigSpec
    from scim_operator.api.mapping import AttributeMapping
    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.mapping.mapping import Mappings

_OTHER = {ResourceType.USER: ":Group:", ResourceType.GROUP: ":User:"}
"""The part of a URN that shows an extension of the other type."""


def owner_of(type: ResourceType, spec: ProvisioningConfigSpec, namespace: str) -> Owner:
    """Return who provisions resources of a type. An attribute that only the other type has says nothing of this one."""
    path = parse(spec.owner_attribute) if spec.owner_attribute else None
    return Owner(spec.owner or "", namespace, path if path is not None and _has(type, path) else None)


def _has(type: ResourceType, path: AttributePath) -> bool:
    """Return whether resources of a type have the attribute; those of no extension are taken to be of users."""
    return _OTHER[type].lower() not in f"{path.urn}:".lower() if path.urn else type is ResourceType.USER


def with_owner(mappings: Mappings, owner: Owner, asked: Iterable[AttributeMapping], field: str) -> Mappings:
    """Return the mappings with the one that writes the owner id, in place of a default mapping of that attribute.

    `asked` are the mappings of the config itself; raises InvalidSpec where one of them is of that attribute too.
    """
    path = owner.attribute
    if path is None or not owner.id:
        return mappings
    for each in asked:
        if not each.ignore and parse(each.target).overlaps(path):
            raise InvalidSpec(
                f"{field}: target '{each.target}' is spec.ownerAttribute and holds the owner id: map another"
            )
    others = tuple(each for each in mappings if not each.target.overlaps(path))
    return (*others, CompiledMapping(path, constant=owner.id))
