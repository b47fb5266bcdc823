"""Keys as types: they name a manifest, a config, and a kind of resource at the service.

Named tuples, because each object is looked up a hundred times in a first sweep: a tuple is hashed and compared in C, in
a sixth of the time of a dataclass.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """Kinds whose objects are provisioned."""

    USER = "ScimUser"
    GROUP = "ScimGroup"

    @property
    def resource_type(self) -> ResourceType:
        """Return what an object of this kind becomes at the service."""
        return _TYPES[self]


class ResourceType(StrEnum):
    """SCIM's resource types (RFC 7643 section 4) that are provisioned."""

    USER = "User"
    GROUP = "Group"

    @property
    def endpoint(self) -> str:
        """Path below the service's base URL (RFC 7644 section 3.2)."""
        return f"/{self.value}s"

    @property
    def kind(self) -> Kind:
        """Kind of manifest that describes such a resource."""
        return _KINDS[self]


_TYPES = {Kind.USER: ResourceType.USER, Kind.GROUP: ResourceType.GROUP}
"""Asked dozens of times for each object: Python 3.11 takes five times as long to find a member of an enum by name."""
_KINDS = {type: kind for kind, type in _TYPES.items()}
_PREFIXES = {kind: f"{kind.value.lower()}/" for kind in Kind}


class ObjectKey(NamedTuple):
    """Names one ScimUser or ScimGroup of the cluster."""

    kind: Kind
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{_PREFIXES[self.kind]}{self.name}"


class ConfigKey(NamedTuple):
    """Names one ProvisioningConfig of the cluster."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"
