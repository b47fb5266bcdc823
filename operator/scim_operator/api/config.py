"""ProvisioningConfig: one service, who is provisioned to it, how, and within which limits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema

from scim_operator.api.admission import GROUP, MATCHING_NOT_IGNORED, MATCHING_ONCE, TARGETS_ONCE, USER
from scim_operator.api.auth import Auth, BearerAuth, SecretKeyRef
from scim_operator.api.common import Duration, LabelSelector, ObjectRef, duration_between, identifying
from scim_operator.api.enums import (
    Action,
    Adoption,
    ApprovalPolicy,
    AuthScheme,
    BundleKind,
    ExternalIds,
    MemberRemoval,
    Mode,
    ProfileName,
    Removal,
    ScopeMode,
)
from scim_operator.api.group import ONE_SUBJECT
from scim_operator.api.limits import Limit, Limits, Quarantine
from scim_operator.api.mapping import (
    AttributeMapping,
    AttributePath,
    GroupFilter,
    GroupMapping,
    ScopingFilter,
    UserFilter,
    UserMapping,
)
from scim_operator.api.model import LIST_TYPE, ApiModel, keyed_by, rule, validated, without_default
from scim_operator.api.notifications import Notification
from scim_operator.api.protection import ApprovedProtected, Protected
from scim_operator.api.service import (
    Budget,
    CaBundleRef,
    CapabilityOverrides,
    ServiceSpec,
    Tls,
)

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

__all__ = [
    "Action",
    "Adoption",
    "Approval",
    "ApprovalPolicy",
    "Assignment",
    "Auth",
    "AuthScheme",
    "BearerAuth",
    "Budget",
    "BundleKind",
    "CaBundleRef",
    "CapabilityOverrides",
    "ExternalIds",
    "GroupRules",
    "Limit",
    "Limits",
    "MemberRemoval",
    "Mode",
    "ObjectRules",
    "ProfileName",
    "Protected",
    "ProvisioningConfigSpec",
    "Quarantine",
    "Removal",
    "ScopeMode",
    "SecretKeyRef",
    "ServiceSpec",
    "Tls",
    "UserRules",
]


_UNSEEN = r"\\p{C}"
"""Everything without a shape; short, for a hundred thousand roles have to stay within the API server's cost budget."""


class Assignment(ApiModel):
    """Who is provisioned: a user, a group with its members, or users by label; exactly one of the three."""

    model_config = ConfigDict(json_schema_extra=validated(ONE_SUBJECT))

    user_ref: ObjectRef | None = None
    """A ScimUser of the same namespace."""
    group_ref: ObjectRef | None = None
    """A ScimGroup of the same namespace, with its members, nested ones too."""
    user_selector: LabelSelector | None = None
    """Every ScimUser of the same namespace with these labels."""
    roles: Annotated[
        tuple[Annotated[str, identifying("a role", 120, _UNSEEN)], ...],
        Field(max_length=100, json_schema_extra={LIST_TYPE: "set"}),
    ] = ()
    """The app roles that this gives, for expressions of the mappings to read as roles."""


_MATCHING: FieldInfo = Field(min_length=1, max_length=4, json_schema_extra=validated(MATCHING_ONCE))
_FILTERS: FieldInfo = Field(max_length=20, json_schema_extra=keyed_by("title"))
_MAPPINGS: FieldInfo = Field(max_length=100, json_schema_extra=keyed_by("target") | validated(TARGETS_ONCE))

_DELETE_AFTER_RULE = rule(
    "!has(self.deleteAfter) || self.whenOutOfScope == 'Disable' || self.whenDeleted == 'Disable'",
    "deleteAfter counts from a disable; remove it, or set whenOutOfScope or whenDeleted to Disable",
    fieldPath=".deleteAfter",
)
_DELETE_GROUP_AFTER_RULE = rule(
    "!has(self.deleteAfter) || self.whenOutOfScope == 'Empty' || self.whenDeleted == 'Empty'",
    "deleteAfter counts from when the group was emptied; remove it, or set whenOutOfScope or whenDeleted to Empty",
    fieldPath=".deleteAfter",
)

_ALL_ACTIONS = (Action.CREATE, Action.UPDATE, Action.DELETE)


class ObjectRules(ApiModel):
    """How one kind of object is provisioned; `UserRules` and `GroupRules` set their own defaults."""

    enabled: bool = True
    """Whether objects of this kind are provisioned at all; if not, no request is sent for them, be it to end access."""
    actions: Annotated[tuple[Action, ...], Field(max_length=3, json_schema_extra={LIST_TYPE: "set"})] = _ALL_ACTIONS
    """What may be done at the service (Entra's target object actions); Delete covers disabling."""
    matching: tuple[AttributePath, ...]
    """The attributes at the service by which an existing resource is found, by precedence."""
    filters: tuple[ScopingFilter, ...] = ()
    """The scoping filters; an object is in scope when one of them passes it, or when there is none."""
    expression: Annotated[str, Field(min_length=1, max_length=10_000)] | None = None
    """A condition in CEL that an object must meet beside the filters, over user, groups, roles and config \
(of a group: group and config)."""
    mappings: tuple[AttributeMapping, ...] = ()
    """Attribute mappings, laid over the profile's default mappings by target."""
    adoption: Adoption = Adoption.APPROVE
    """What to do with a match that is not ours yet, by whatever attribute: take it over once the plan is approved \
(Approve), at once (IfUnowned), or never (Never)."""
    when_out_of_scope: Removal
    """What becomes of an owned resource whose manifest leaves the scope."""
    when_deleted: Removal
    """What becomes of an owned resource whose manifest is deleted."""
    delete_after: Duration
    """With Disable or Empty: delete when it has stayed away this long; 0 means never."""


def _one_of(*options: Removal, instead: str) -> tuple[Any, ...]:
    """Return what may become of one kind; `instead` is what to say of the rest."""

    def check(value: Removal) -> Removal:
        if value not in options:
            raise ValueError(instead)
        return value

    schema = WithJsonSchema({"type": "string", "enum": [option.value for option in options]})
    return AfterValidator(check), schema


UserRemoval = Annotated[
    Removal,
    *_one_of(
        Removal.DISABLE,
        Removal.DELETE,
        Removal.RETAIN,
        instead="a user has no members to take out; use Disable, Delete or Retain",
    ),
]
"""What may become of a user."""

GroupRemoval = Annotated[
    Removal,
    *_one_of(
        Removal.EMPTY,
        Removal.DELETE,
        Removal.RETAIN,
        instead="a SCIM group has no attribute active and cannot be disabled; use Empty, Delete or Retain",
    ),
]
"""What may become of a group: it has no attribute `active` that would disable it (RFC 7643 section 4.2)."""


class UserRules(ObjectRules):
    """How users are provisioned."""

    model_config = ConfigDict(json_schema_extra=validated(MATCHING_NOT_IGNORED, _DELETE_AFTER_RULE))

    matching: Annotated[tuple[Annotated[str, USER.matching()], ...], _MATCHING] = ("externalId", "userName")
    """The attributes at the service by which an existing user is found, by precedence."""
    filters: Annotated[tuple[UserFilter, ...], _FILTERS] = ()
    """The scoping filters; a user is in scope when one of them passes it, or when there is none."""
    mappings: Annotated[tuple[UserMapping, ...], _MAPPINGS] = ()
    """Attribute mappings, laid over the profile's default mappings by target."""
    when_out_of_scope: UserRemoval = Removal.DISABLE
    """What becomes of an owned user whose manifest leaves the scope: Disable, Delete or Retain."""
    when_deleted: UserRemoval = Removal.DISABLE
    """What becomes of an owned user whose manifest is deleted: Disable, Delete or Retain."""
    delete_after: Annotated[Duration, Field(json_schema_extra=without_default)] = timedelta(hours=720)
    """With Disable: delete the user when it has stayed away this long (720h unless given); 0 means never."""
    create_disabled: bool | None = None
    """Whether users who may not log in yet are created, disabled: before their notBefore, and with active: false."""
    external_id: ExternalIds | None = None
    """Required: refuse a user without an externalId, by which the service finds who signs in; Generated: make one \
where no one signs in. Unless set, Required for vmware-identity-service and Generated for generic."""


class GroupRules(ObjectRules):
    """How groups are provisioned. A SCIM group has no attribute `active`: what ends its access is to empty it."""

    model_config = ConfigDict(json_schema_extra=validated(MATCHING_NOT_IGNORED, _DELETE_GROUP_AFTER_RULE))

    matching: Annotated[tuple[Annotated[str, GROUP.matching()], ...], _MATCHING] = ("externalId", "displayName")
    """The attributes at the service by which an existing group is found, by precedence."""
    filters: Annotated[tuple[GroupFilter, ...], _FILTERS] = ()
    """The scoping filters; a group is in scope when one of them passes it, or when there is none."""
    mappings: Annotated[tuple[GroupMapping, ...], _MAPPINGS] = ()
    """Attribute mappings, laid over the profile's default mappings by target."""
    when_out_of_scope: GroupRemoval = Removal.EMPTY
    """What becomes of an owned group whose manifest leaves the scope: Empty, Delete or Retain."""
    when_deleted: GroupRemoval = Removal.EMPTY
    """What becomes of an owned group whose manifest is deleted: Empty, Delete or Retain."""
    delete_after: Annotated[Duration, Field(json_schema_extra=without_default)] = timedelta(hours=720)
    """With Empty: delete the group when it has stayed away this long (720h unless given); 0 means never. A group that \
someone has added members to meanwhile stays."""


def _as_object(value: object) -> object:
    if isinstance(value, str):
        raise ValueError(f"approval is an object now: write approval: {{policy: {value[:40]}}}")  # noqa: TRY004
    return value


class Approval(ApiModel):
    """Which plans wait for approvedPlan, and who may write it."""

    policy: ApprovalPolicy = ApprovalPolicy.ON_LIMIT
    """OnLimit: a plan that exceeds the limits, or takes over what is not ours, waits; Manual: every plan does."""
    separation: bool = False
    """True: the person who last changed the spec may not approve (checked at admission, by the chart's policies)."""


OWNER: FieldInfo = Field(
    min_length=1,
    max_length=63,
    json_schema_extra=validated(
        rule(
            "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
            "write lower-case letters, digits and hyphens, with a letter or digit at both ends, such as corp-eu",
        ),
    ),
)
"""An owner id: a DNS label, so that it can begin a mark."""


class ProvisioningConfigSpec(ApiModel):
    """What is provisioned where: serves the ScimUsers and ScimGroups of its own namespace."""

    model_config = ConfigDict(
        json_schema_extra=validated(
            rule(
                "self.scope == 'Assigned' || !has(self.assignments) || self.assignments.size() == 0",
                "assignments are used by scope: Assigned alone; remove them, or set scope: Assigned",
                fieldPath=".assignments",
            ),
            rule(
                "!has(self.ownerAttribute) || has(self.owner)",
                "ownerAttribute holds the owner id; set owner too",
            ),
            rule(
                "!has(self.transferTo) || !has(self.owner) || self.transferTo != self.owner",
                "transferTo is another owner than owner; write the id of the one that takes over",
                fieldPath=".transferTo",
            ),
        ),
    )

    service: ServiceSpec
    """The SCIM service and how it is reached."""
    suspend: bool = False
    """True stops provisioning (Entra's provisioning status Off): nothing is changed at the service."""
    mode: Mode = Mode.APPLY
    """Apply, or Plan: a dry run that shows in status.plan what would be changed."""
    scope: ScopeMode = ScopeMode.ASSIGNED
    """Assigned: only what assignments name; All: everything of the namespace. Scoping filters apply to both."""
    assignments: Annotated[tuple[Assignment, ...], Field(max_length=1000)] = ()
    """Who is provisioned, with scope Assigned."""
    report_out_of_scope: bool = True
    """Whether what never was in scope says so in its status, by one write. kubectl wait and Argo CD ask for that."""
    users: Annotated[UserRules, Field(json_schema_extra={"default": {}})] = UserRules()
    """How users are provisioned."""
    groups: Annotated[GroupRules, Field(json_schema_extra={"default": {}})] = GroupRules()
    """How groups are provisioned."""
    owner: Annotated[str, OWNER] | None = None
    """Who provisions, as an id that no other cluster or tool has at the same service: it begins each mark."""
    owner_attribute: Annotated[str, USER.target()] | None = None
    """The attribute at the service that holds the owner id, such as one of an extension; what holds another stays."""
    transfer_to: Annotated[str, OWNER] | None = None
    """The owner to whom all that this config owns is handed over; nothing else is sent any more."""
    interval: Annotated[Duration, duration_between("10s", "24h")] = timedelta(minutes=40)
    """The time between two sweeps, which compare everything with the service and repair drift."""
    limits: Limits = Limits()
    """How much may be taken away without an approval."""
    approval: Annotated[Approval, BeforeValidator(_as_object)] = Approval()
    """Which plans wait for approvedPlan, and who may write it."""
    protected: Annotated[Protected, Field(json_schema_extra=without_default)] = Protected()
    """Whom no plan touches without an approval that names them."""
    approved_plan: Annotated[
        str,
        Field(
            max_length=71,
            json_schema_extra=validated(
                rule(
                    "self.matches('^(sha256:[0-9a-f]{64})?$')",
                    "copy the whole digest from status.plan.digest (sha256: and 64 hexadecimal digits)",
                ),
            ),
        ),
    ] = ""
    """The digest from status.plan.digest of the plan that may be carried out, once."""
    approved_protected: ApprovedProtected = ()
    """The protected objects that this plan may touch; status.plan.protected lists those that it does."""
    quarantine: Quarantine = Quarantine()
    """When the service is left alone, because it refuses us or most of what is sent, and when it is tried again."""
    notifications: Annotated[tuple[Notification, ...], Field(max_length=16)] = ()
    """Who is notified of failures, quarantine, held changes and recovery."""

    @property
    def approves_everything(self) -> bool:
        """Return whether every plan waits for approval."""
        return self.approval.policy is ApprovalPolicy.MANUAL
