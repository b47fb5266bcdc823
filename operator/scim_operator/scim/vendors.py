"""Profiles of other services, from their public documents alone: none was at hand (docs/profiles.md has the sources).

Each begins with the generic profile and says what differs. What a service teaches overlays all of it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from scim_operator.api.enums import ExternalIds, MemberRemoval
from scim_operator.core.keys import ResourceType
from scim_operator.core.resource import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from scim_operator.scim.profile import GENERIC, VMWARE_IDENTITY_SERVICE, Profile

_WORK_MAIL = 'emails[type eq "work"].value'
_WORK_PHONE = 'phoneNumbers[type eq "work"].value'
_NAMES = ("name.givenName", "name.familyName")
_ENTERPRISE = ("employeeNumber", "costCenter", "organization", "division", "department")
_GROUP = ("displayName", "externalId")
_ALONE = {ResourceType.USER: (CORE_USER,), ResourceType.GROUP: (CORE_GROUP,)}
_BASIC = ("userName", "active", "externalId", *_NAMES, "displayName", _WORK_MAIL)
_CONTACT = (*_BASIC, "nickName", _WORK_PHONE, "title")
_FLAT = replace(GENERIC.capabilities, nested_groups=False)


def _enterprise(*names: str) -> tuple[str, ...]:
    return tuple(f"{ENTERPRISE_USER}:{name}" for name in names)


def _attributes(*user: str, group: tuple[str, ...] = _GROUP) -> dict[ResourceType, tuple[str, ...]]:
    return {ResourceType.USER: user, ResourceType.GROUP: group}


_required = partial(_attributes, group=("displayName",))

WORKSPACE_ONE_ACCESS = replace(VMWARE_IDENTITY_SERVICE, name="workspace-one-access")
"""Its cloud directory speaks SCIM 2.0 as VMware Identity Service does; the older API below /SAAS is SCIM 1.1."""

AWS_IDENTITY_CENTER = replace(
    GENERIC,
    name="aws-identity-center",
    # PatchGroup takes 100 members a request and no `replace`; a page has 50 resources, and lists no members.
    capabilities=replace(_FLAT, page_size=50, member_removal=MemberRemoval.VALUE_LIST),
    # One value each of e-mails, telephone numbers and addresses.
    attributes=_attributes(*_CONTACT, "profileUrl", *_enterprise(*_ENTERPRISE, "manager")),
    required=_required("userName", *_NAMES, "displayName"),
)

GITHUB_ENTERPRISE = replace(
    GENERIC,
    name="github-enterprise",
    capabilities=_FLAT,
    discovery=False,
    # userName is normalised to the handle that GitHub makes of it.
    attributes=_attributes(*_BASIC),
    required=_required("userName", "externalId", "displayName", _WORK_MAIL, "active", group=_GROUP),
    schemas=_ALONE,
    # It is what the assertion of the sign-in carries, so that a made-up one locks the person out.
    external_ids=ExternalIds.REQUIRED,
)

GITLAB = replace(
    GENERIC,
    name="gitlab",
    capabilities=replace(_FLAT, page_size=20),
    discovery=False,
    attributes=_attributes("userName", "active", "externalId", *_NAMES, _WORK_MAIL),
    required=_required("userName", "externalId", _WORK_MAIL),
    schemas=_ALONE,
    external_ids=ExternalIds.REQUIRED,
)

SLACK = replace(
    GENERIC,
    name="slack",
    capabilities=_FLAT,
    attributes=_attributes(*_CONTACT, "profileUrl", *_enterprise(*_ENTERPRISE, "manager"), group=("displayName",)),
    required=_required("userName", _WORK_MAIL),
)

ATLASSIAN = replace(
    GENERIC,
    name="atlassian",
    capabilities=_FLAT,
    attributes=_attributes(*_CONTACT, *_enterprise("department", "organization")),
    required=_required("userName", _WORK_MAIL),
)

DATABRICKS = replace(
    GENERIC,
    name="databricks",
    discovery=False,
    # A group may be a member of a group. Ids are numbers in quotes.
    attributes=_attributes(*_BASIC),
    immutable={ResourceType.USER: frozenset({"userName"}), ResourceType.GROUP: frozenset()},
    schemas=_ALONE,
)

SNOWFLAKE = replace(
    GENERIC,
    name="snowflake",
    capabilities=_FLAT,
    discovery=False,
    # No attribute has several values. Groups are roles.
    attributes=_attributes(*_BASIC, group=("displayName",)),
    schemas=_ALONE,
)

OKTA = replace(
    GENERIC,
    name="okta",
    # Okta provisions; this is a service built to its reference, which needs no discovery and one filter, `eq`.
    capabilities=_FLAT,
    discovery=False,
    attributes=_attributes(*_BASIC),
    required=_required("userName", *_NAMES, _WORK_MAIL),
    schemas=_ALONE,
)

KEYCLOAK = replace(
    GENERIC,
    name="keycloak",
    # Members change by PATCH; PUT of a group answers 501. Its one e-mail is `work` and primary.
    capabilities=_FLAT,
    attributes=_attributes(*_BASIC, group=("displayName",)),
    schemas=_ALONE,
)

VENDORS: tuple[Profile, ...] = (
    WORKSPACE_ONE_ACCESS,
    AWS_IDENTITY_CENTER,
    GITHUB_ENTERPRISE,
    GITLAB,
    SLACK,
    ATLASSIAN,
    DATABRICKS,
    SNOWFLAKE,
    OKTA,
    KEYCLOAK,
)
