"""What may be left out or empty, and why: an empty value that does not stand here must be refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.fields import ITEM, all_fields

if TYPE_CHECKING:
    from tests.support.fields import Field

EMPTY: dict[str | None, Any] = {"string": "", None: "", "array": [], "object": {}}
"""The empty value of a type that has one."""


def _of(kind: str, names: str) -> tuple[str, ...]:
    return tuple(f"{kind}.spec.{name}" for name in names.split())


_TEXTS = """
    name.formatted name.familyName name.givenName name.middleName name.honorificPrefix name.honorificSuffix displayName
    nickName profileUrl title userType preferredLanguage locale timezone emails[].display phoneNumbers[].display
    ims[].display photos[].display addresses[].formatted addresses[].streetAddress addresses[].locality
    addresses[].region addresses[].postalCode addresses[].country entitlements[].display roles[].display
    x509Certificates[].display enterprise.employeeNumber enterprise.costCenter enterprise.organization
    enterprise.division enterprise.department ws1b.adSourceAnchor ws1b.customAttribute1 ws1b.customAttribute2
    ws1b.customAttribute3 ws1b.customAttribute4 ws1b.customAttribute5 ws1b.distinguishedName ws1b.domain
    ws1b.userPrincipalName
"""
_LISTS = "emails phoneNumbers ims photos addresses entitlements roles x509Certificates"

ADMITTED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("an attribute that is empty is cleared at the service", _of("ScimUser", _TEXTS)),
    (
        "an attribute that is empty is cleared at the service",
        _of("ScimGroup", "ws1b.description ws1b.distinguishedName ws1b.domain"),
    ),
    ("no values: the attribute is cleared at the service", _of("ScimUser", _LISTS)),
    ("no members: the group is emptied", _of("ScimGroup", "members")),
    ("nothing inside is managed", _of("ScimUser", "name enterprise ws1b extensions extensions.*")),
    ("nothing inside is managed", _of("ScimGroup", "ws1b extensions extensions.*")),
    (
        "everything inside has its default",
        _of(
            "ProvisioningConfig",
            """service.tls service.budget service.capabilities
            service.capabilities.users service.capabilities.groups users groups limits quarantine approval protected
            limits.disables limits.userDeletes limits.groupDeletes limits.memberRemovals limits.renames
            limits.adoptions limits.recreations""",
        ),
    ),
    ("the endpoint's own scopes", _of("ProvisioningConfig", "service.auth.oauth2.scopes")),
    ("no header is set, and a token proves the operator", _of("ProvisioningConfig", "service.headers")),
    ("nobody is assigned yet", _of("ProvisioningConfig", "assignments")),
    ("no config is another service's", _of("ProvisioningConfig", "service.distinctFrom")),
    ("no roles are given", _of("ProvisioningConfig", "assignments[].roles")),
    ("nothing may be done at the service but reading", _of("ProvisioningConfig", "users.actions groups.actions")),
    ("no filter keeps anybody out", _of("ProvisioningConfig", "users.filters groups.filters")),
    ("the profile's mappings alone", _of("ProvisioningConfig", "users.mappings groups.mappings")),
    (
        "the attribute is cleared at the service",
        _of("ProvisioningConfig", "users.mappings[].constant groups.mappings[].constant"),
    ),
    ("no plan is approved", _of("ProvisioningConfig", "approvedPlan")),
    ("nothing is protected", _of("ProvisioningConfig", "protected.users protected.groups approvedProtected")),
    (
        "a label may have an empty value",
        _of(
            "ProvisioningConfig",
            "protected.users[].selector.matchLabels.* protected.groups[].selector.matchLabels.*",
        ),
    ),
    ("nobody is told", _of("ProvisioningConfig", "notifications")),
    ("a label may have an empty value", _of("ProvisioningConfig", "assignments[].userSelector.matchLabels.*")),
    ("a label may have an empty value", _of("ScimGroup", "members[].userSelector.matchLabels.*")),
)
"""Reason, and the fields that may be empty for it."""

NEEDED = frozenset(
    (
        *_of("ScimGroup", "members[].userRef members[].groupRef members[].userSelector members[].expression"),
        *_of("ScimGroup", "members[].userSelector.matchLabels.*"),
        *_of(
            "ProvisioningConfig",
            """service.auth.bearer service.auth.oauth2 assignments[].userRef assignments[].groupRef
            assignments[].userSelector assignments[].userSelector.matchLabels.* notifications[].webhook
            notifications[].email notifications[].apprise users.filters[].clauses[].value
            users.filters[].clauses[].values users.mappings[].constant users.mappings[].expression
            users.mappings[].ignore groups.filters[].clauses[].value groups.filters[].clauses[].values
            groups.mappings[].constant groups.mappings[].expression groups.mappings[].ignore
            owner protected.users[].userRef protected.users[].selector protected.users[].expression
            protected.users[].selector.matchLabels.* protected.groups[].groupRef protected.groups[].selector
            protected.groups[].expression protected.groups[].selector.matchLabels.*""",
        ),
    )
)
"""Fields that no schema requires, but the manifests of tests/data/every-field.yaml cannot do without: of several ways
they have this one, or it is the only entry of what must not be empty."""


def may_be_empty(field: Field) -> bool:
    """Whether the field takes the empty value of its type on purpose."""
    return any(str(field) in fields for _, fields in ADMITTED)


def may_be_absent(field: Field) -> bool:
    """Whether the manifest that has the field is right without it."""
    return not field.required and str(field) not in NEEDED


def emptiable() -> list[Field]:
    """Every field whose type has an empty value."""
    return [field for field in all_fields() if field.type in EMPTY]


def omissible() -> list[Field]:
    """Every field that has a name, so that it can be left out or null; what is left of a list is not the same."""
    return [field for field in all_fields() if field.path[-1] != ITEM]
