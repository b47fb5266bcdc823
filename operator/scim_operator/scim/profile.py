"""Service profiles: how a kind of service behaves, before it was asked anything.

VMware Identity Service documents Users, Groups and Me only (no discovery), keeps `externalId` as it was created, takes
the list form of member removal, and may answer a group write without its members, so those are read back.
The attributes are the 30 user and 6 group attributes of Microsoft's provisioning tutorial for it; `members` is not
among the mappings, since membership has its own rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.api.enums import ExternalIds
from scim_operator.core.keys import ResourceType
from scim_operator.core.resource import CORE_GROUP, CORE_USER, ENTERPRISE_USER, WS1B_GROUP, WS1B_USER
from scim_operator.core.service.capabilities import Capabilities, MemberRemoval

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_USER_ATTRIBUTES = (
    "userName",
    "active",
    "externalId",
    'emails[type eq "work"].value',
    "name.givenName",
    "name.familyName",
    'phoneNumbers[type eq "work"].value',
    f"{ENTERPRISE_USER}:department",
    f"{ENTERPRISE_USER}:employeeNumber",
    'addresses[type eq "work"].country',
    'addresses[type eq "work"].postalCode',
    'addresses[type eq "work"].region',
    'addresses[type eq "work"].locality',
    'addresses[type eq "work"].streetAddress',
    "profileUrl",
    "title",
    "nickName",
    "displayName",
    f"{ENTERPRISE_USER}:costCenter",
    f"{ENTERPRISE_USER}:division",
    f"{ENTERPRISE_USER}:organization",
    f"{WS1B_USER}:adSourceAnchor",
    f"{WS1B_USER}:customAttribute1",
    f"{WS1B_USER}:customAttribute2",
    f"{WS1B_USER}:customAttribute3",
    f"{WS1B_USER}:customAttribute4",
    f"{WS1B_USER}:customAttribute5",
    f"{WS1B_USER}:distinguishedName",
    f"{WS1B_USER}:domain",
    f"{WS1B_USER}:userPrincipalName",
)
"""The seed's user attributes, in its order. Each is mapped from the same path of the manifest."""

DEFAULT_GROUP_ATTRIBUTES = (
    "displayName",
    "externalId",
    f"{WS1B_GROUP}:description",
    f"{WS1B_GROUP}:distinguishedName",
    f"{WS1B_GROUP}:domain",
)
"""The seed's group attributes without `members`, in its order."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of service."""

    name: str
    """The value of `spec.service.profile`."""
    capabilities: Capabilities
    """In force until something overlays them."""
    discovery: bool
    """Whether to ask for its ServiceProviderConfig."""
    attributes: Mapping[ResourceType, tuple[str, ...]]
    """The target paths that are mapped by default, each from the same path of the manifest."""
    required: Mapping[ResourceType, tuple[str, ...]]
    """The paths without which it refuses a resource."""
    immutable: Mapping[ResourceType, frozenset[str]]
    """The paths that keep their first value."""
    schemas: Mapping[ResourceType, tuple[str, ...]]
    """The URNs that it understands."""
    members: bool = True
    """Whether groups have members there."""
    external_ids: ExternalIds = ExternalIds.GENERATED
    """Where the externalId of users comes from, unless the config says."""


VMWARE_IDENTITY_SERVICE = Profile(
    name="vmware-identity-service",
    capabilities=Capabilities(
        patch=True,
        filter=True,
        etag=False,
        page_size=100,
        member_chunk=100,
        member_removal=MemberRemoval.VALUE_LIST,
        nested_groups=False,
        verify_members=True,
    ),
    discovery=False,
    attributes={ResourceType.USER: DEFAULT_USER_ATTRIBUTES, ResourceType.GROUP: DEFAULT_GROUP_ATTRIBUTES},
    required={
        ResourceType.USER: (
            "userName",
            "externalId",
            'emails[type eq "work"].value',
            "name.givenName",
            "name.familyName",
            "active",
        ),
        ResourceType.GROUP: ("displayName", "externalId"),
    },
    immutable={ResourceType.USER: frozenset({"externalId"}), ResourceType.GROUP: frozenset({"externalId"})},
    schemas={
        ResourceType.USER: (CORE_USER, ENTERPRISE_USER, WS1B_USER),
        ResourceType.GROUP: (CORE_GROUP, WS1B_GROUP),
    },
    external_ids=ExternalIds.REQUIRED,
)

GENERIC = Profile(
    name="generic",
    capabilities=Capabilities(
        patch=True,
        filter=True,
        etag=False,
        page_size=100,
        member_chunk=100,
        member_removal=MemberRemoval.PATH_FILTER,
        nested_groups=True,
        verify_members=False,
    ),
    discovery=True,
    attributes={
        ResourceType.USER: (
            *(path for path in DEFAULT_USER_ATTRIBUTES if not path.startswith(WS1B_USER)),
            f"{ENTERPRISE_USER}:manager",
        ),
        ResourceType.GROUP: tuple(path for path in DEFAULT_GROUP_ATTRIBUTES if not path.startswith(WS1B_GROUP)),
    },
    required={ResourceType.USER: ("userName",), ResourceType.GROUP: ("displayName",)},
    immutable={ResourceType.USER: frozenset(), ResourceType.GROUP: frozenset()},
    schemas={ResourceType.USER: (CORE_USER, ENTERPRISE_USER), ResourceType.GROUP: (CORE_GROUP,)},
)
