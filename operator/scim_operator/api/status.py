"""The status of the three kinds. The operator writes plain JSON of this shape; the CRDs are generated from here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from scim_operator.api.common import Conditions, ObjectName
from scim_operator.api.enums import ProfileName
from scim_operator.api.limits_status import LimitsStatus
from scim_operator.api.model import ApiModel, keyed_by
from scim_operator.api.settings import (
    BooleanSetting,
    Count,
    MemberFormSetting,
    MemberRemovalSetting,
    NumberSetting,
    QuirkStatus,
    StatusText,
    TypeCapabilitiesStatus,
)

NOT_OBSERVED = -1
"""What the API server fills in for `observedGeneration`: kstatus takes an object without a status for Current."""

Generation = Annotated[int, Field(ge=NOT_OBSERVED)]


class Reformatted(ApiModel):
    """A value that the service stores in its own format, so that it is not sent again and again."""

    path: StatusText
    """The attribute, as a SCIM path."""
    sent: StatusText
    """A digest of what was sent."""
    got: StatusText
    """A digest of what the service made of it."""
    kept: bool | None = None
    """Whether that is what the service had before: it answered success, and changed nothing."""


class LostResource(ApiModel):
    """What was on record of a resource that the service no longer has: if it has it again, it goes on as that."""

    service: StatusText | None = None
    """A digest of the URL of the service that gave the id."""
    id: StatusText | None = None
    """The id that the service gave the resource."""
    identity: StatusText | None = None
    """What the resource was known by when it was last written, as keyed digests."""
    applied: Annotated[tuple[StatusText, ...], Field(max_length=256)] = ()
    """The attributes that were applied, as SCIM paths."""
    reformatted: Annotated[tuple[Reformatted, ...], Field(max_length=64)] = ()
    """Values that the service stored in a format of its own."""
    members: Annotated[tuple[StatusText, ...], Field(max_length=20000)] = ()
    """The ids of the members that were the operator's to remove."""


class ServiceStatus(ApiModel):
    """What became of the object at the service of one ProvisioningConfig."""

    config: ObjectName
    """The ProvisioningConfig's metadata.name."""
    service: StatusText | None = None
    """A digest of the URL of the service that gave the id: an id is not believed at another service."""
    id: StatusText | None = None
    """The id that the service gave the resource."""
    identity: StatusText | None = None
    """What the resource was known by when it was last written, as keyed digests."""
    creating: StatusText | None = None
    """What a resource that was about to be created is known by, as keyed digests; gone once the id is here."""
    proof: StatusText | None = None
    """Shows that the operator wrote this entry; without it, id and what is applied are not believed."""
    unproven_id: StatusText | None = None
    """An id that stood here without a proof: it is not believed, and ending what it names takes an approval."""
    conditions: Conditions = ()
    """Ready always, with its reason; while it is False also Reconciling (goes on by itself) or Stalled (does not)."""
    applied: Annotated[tuple[StatusText, ...], Field(max_length=256)] = ()
    """The attributes that were applied, as SCIM paths: what is then left out of the manifest is cleared."""
    reformatted: Annotated[tuple[Reformatted, ...], Field(max_length=64)] = ()
    """Values that the service stores in a format of its own."""
    members: Annotated[tuple[StatusText, ...], Field(max_length=20000)] = ()
    """The ids of the members that are the operator's to remove: those that it added to a group whose membershipPolicy \
is Additive; "*", all of them, where it is Exclusive."""
    pending_members: Annotated[tuple[StatusText, ...], Field(max_length=20000)] = ()
    """Members of a group that are not provisioned yet, as scimuser/<name> or scimgroup/<name>."""
    last_handled_reconcile_at: StatusText | None = None
    """The last request to look now (annotation scim-operator.io/reconcile-requested-at) that was done."""
    lost: LostResource | None = None
    """What was on record of a resource that its service no longer has; gone once there is one again."""
    undelete: StatusText | None = None
    """The answer to the annotation scim-operator.io/undelete: for an hour, it may be created again by this."""


class ScimUserStatus(ApiModel):
    """What became of the user, over all configs and at each service."""

    observed_generation: Generation | None = None
    """The generation of the manifest that this status speaks of; -1 until the operator has looked at it."""
    last_handled_reconcile_at: StatusText | None = None
    """The last request to look now (annotation scim-operator.io/reconcile-requested-at) that was done."""
    conditions: Conditions = ()
    """Ready over all configs."""
    services: Annotated[tuple[ServiceStatus, ...], Field(max_length=64, json_schema_extra=keyed_by("config"))] = ()
    """One entry for each ProvisioningConfig that has the user, or had it."""


class ScimGroupStatus(ApiModel):
    """What became of the group, over all configs and at each service."""

    observed_generation: Generation | None = None
    """The generation of the manifest that this status speaks of; -1 until the operator has looked at it."""
    last_handled_reconcile_at: StatusText | None = None
    """The last request to look now (annotation scim-operator.io/reconcile-requested-at) that was done."""
    conditions: Conditions = ()
    """Ready over all configs."""
    services: Annotated[tuple[ServiceStatus, ...], Field(max_length=64, json_schema_extra=keyed_by("config"))] = ()
    """One entry for each ProvisioningConfig that has the group, or had it."""


class CapabilitiesStatus(ApiModel):
    """What is in force of the service's capabilities, and where each came from."""

    patch: BooleanSetting | None = None
    """Whether PATCH is used."""
    filter: BooleanSetting | None = None
    """Whether filters are used."""
    etag: BooleanSetting | None = None
    """Whether If-Match is sent."""
    page_size: NumberSetting | None = None
    """Resources asked for in one page of a listing."""
    member_chunk: NumberSetting | None = None
    """Members added or removed in one PATCH."""
    member_removal: MemberRemovalSetting | None = None
    """How a PATCH names the members to remove."""
    nested_groups: BooleanSetting | None = None
    """Whether groups are sent as members of groups."""
    verify_members: BooleanSetting | None = None
    """Whether the members are read back after a change of membership, also where the answer shows them."""
    member_form: MemberFormSetting | None = None
    """What a request says of a member."""
    put_id: BooleanSetting | None = None
    """Whether a PUT carries the id in its body."""
    bulk: BooleanSetting | None = None
    """Whether writes that wait at the same time go in one request; absent where the service does not offer it."""
    bulk_operations: NumberSetting | None = None
    """Writes in one such request, at most."""
    bulk_payload: NumberSetting | None = None
    """Bytes of one such request, at most."""
    users: TypeCapabilitiesStatus | None = None
    """What differs for users."""
    groups: TypeCapabilitiesStatus | None = None
    """What differs for groups."""


class ServiceInForce(ApiModel):
    """The service as the operator treats it."""

    url: Annotated[str, Field(max_length=2048)] | None = None
    """The base URL of the last complete sweep: the ids in the objects' status are that service's."""
    profile: ProfileName | None = None
    """The profile in force."""
    capabilities: CapabilitiesStatus | None = None
    """The capabilities in force, and where each came from."""
    quirks: Annotated[tuple[QuirkStatus, ...], Field(max_length=64)] = ()
    """What was found out about the service that no capability says; what does not hold any more goes."""


class Progress(ApiModel):
    """How far the sweep is."""

    phase: Annotated[str, Field(max_length=64)] | None = None
    """What is being done, such as Listing, Users, Groups or Done."""
    done: Count | None = None
    """Objects done."""
    total: Count | None = None
    """Objects to do."""
    percent: Annotated[int, Field(ge=0, le=100)] | None = None
    """Done of total, of a hundred."""


class PlannedChange(ApiModel):
    """What would be changed of one object: names, and no values."""

    object: StatusText
    """Kind and name of the manifest, such as scimuser/ada."""
    verb: StatusText
    """Create, Update, Disable, Delete, or Adopt: a resource that is there already is taken over."""
    attributes: Annotated[tuple[StatusText, ...], Field(max_length=20)] = ()
    """The first of the attributes that an update changes."""
    member_adds: Count = 0
    """Members to add."""
    member_removals: Count = 0
    """Members to remove."""
    protected: bool = False
    """Whether spec.protected names it."""
    id: StatusText | None = None
    """Which resource is taken over."""
    matched_by: StatusText | None = None
    """The attribute by which it was found, or id."""


class PlanSummary(ApiModel):
    """What would be changed, or waits for approval."""

    digest: Annotated[str, Field(max_length=71)] | None = None
    """Names this plan and no other; write it to spec.approvedPlan to approve it."""
    creates: Count = 0
    """Resources to create."""
    updates: Count = 0
    """Resources to modify."""
    disables: Count = 0
    """Users to disable."""
    deletes: Count = 0
    """Users and groups to delete."""
    member_adds: Count = 0
    """Members to add to groups."""
    member_removals: Count = 0
    """Members to remove from groups, those of groups to delete too."""
    group_deletes: Count = 0
    """Of the resources to delete, the groups."""
    renames: Count = 0
    """Users and groups to rename: another userName, primary e-mail, externalId or, of a group, displayName."""
    adoptions: Count = 0
    """Resources to take over."""
    recreations: Count = 0
    """Of the resources to create, those that are on record and that the service no longer has."""
    held: bool = False
    """Whether it waits for approval."""
    reason: Annotated[str, Field(max_length=2048)] | None = None
    """Why it waits."""
    protected: Annotated[tuple[StatusText, ...], Field(max_length=1000)] = ()
    """Protected objects that it touches, for spec.approvedProtected, the first thousand."""
    first: Annotated[tuple[PlannedChange, ...], Field(max_length=20)] = ()
    """The first objects of it, those from whom most is taken away before others."""


class ApprovalStatus(ApiModel):
    """A plan that was approved and released."""

    plan: Annotated[str, Field(max_length=71)]
    """Its digest."""
    by: StatusText | None = None
    """The field manager that wrote spec.approvedPlan and, where approvals are separated, who changed the spec last."""
    released_at: datetime | None = None
    """When it was released."""
    released: StatusText | None = None
    """What it does, counted."""


class RequestCounts(ApiModel):
    """Requests sent to the service."""

    read: Count = 0
    """Requests that only read."""
    write: Count = 0
    """Requests that changed something."""


class SweepSummary(ApiModel):
    """The last sweep that found something to do; one that finds nothing writes nothing, here neither."""

    started_at: datetime | None = None
    """When it began."""
    duration: Annotated[str, Field(max_length=32)] | None = None
    """How long it took, such as 12s."""
    requests: RequestCounts | None = None
    """Requests it sent to the service."""
    drift: Count | None = None
    """Resources found changed by others."""


class Totals(ApiModel):
    """Objects of one kind, by what became of them."""

    in_scope: Count | None = None
    """Manifests in scope."""
    provisioned: Count | None = None
    """Those that are at the service as mapped."""
    pending: Count | None = None
    """Those for which something is still to be sent, leavers included."""
    retrying: Count | None = None
    """Those that the service did not take, for a reason that may pass; after ten tries they count as failed."""
    failed: Count | None = None
    """Those that need a person: see the object's conditions."""
    unmanaged: Count | None = None
    """Resources at the service that no manifest claims; they are left alone."""
    foreign: Count | None = None
    """Resources at the service that carry another owner's mark; they are never touched."""


class AllTotals(ApiModel):
    """Objects of both kinds, by what became of them."""

    in_scope: Count | None = None
    """Users and groups in scope."""
    retrying: Count | None = None
    """Users and groups that the service did not take, for a reason that may pass."""
    failed: Count | None = None
    """Users and groups that need a person."""
    users: Totals | None = None
    """The users."""
    groups: Totals | None = None
    """The groups."""


class FailureCount(ApiModel):
    """How many objects fail for one reason."""

    reason: StatusText
    """The reason of their condition Ready."""
    count: Count
    """How many objects."""


class QuarantineStatus(ApiModel):
    """Why the service is left alone, since when, and until when."""

    reason: StatusText
    """CredentialsRefused, ServiceIncompatible, TooManyFailures or TooManyFailuresInAll."""
    error: StatusText | None = None
    """What happened, as a sentence."""
    began: datetime
    """When it was put into quarantine for this reason."""
    series_began: datetime
    """When it was put into quarantine; disableAfter counts from here."""
    series_count: Count = 0
    """How often it was tried again since."""
    next_attempt: datetime | None = None
    """When it is tried again; left out: not before the Secret or the spec changes, or someone requests it."""
    credentials: StatusText | None = None
    """A few bits that change with the token and the CA bundle, so that a restart knows whether they changed."""


class TokenExpiry(ApiModel):
    """When the first secret ends, by a JWT, a certificate or the annotation scim-operator.io/expires of a Secret."""

    time: datetime
    """When it ends."""
    reported: Count | None = None
    """How many days before people were last notified: 30, 7 or 1."""
    field: StatusText | None = None
    """The field of the spec that names its Secret."""


class Tombstone(ApiModel):
    """A disabled user or an emptied group that will be deleted, unless its object is wanted again before."""

    id: StatusText
    """The id at the service."""
    kind: StatusText
    """The kind of the object that left."""
    name: ObjectName
    """The metadata.name of the object that left."""
    delete_at: datetime
    """When the resource is deleted."""
    proof: StatusText | None = None
    """Shows that the operator decided this; without it, nothing is deleted."""


class ProvisioningConfigStatus(ApiModel):
    """How provisioning to the service goes."""

    observed_generation: Generation | None = None
    """The generation of the manifest that this status speaks of; -1 until the operator has looked at it."""
    last_handled_reconcile_at: StatusText | None = None
    """The last request to look now (annotation scim-operator.io/reconcile-requested-at) that was done."""
    conditions: Conditions = ()
    """Ready and Connected always; the others, such as Stalled and ApprovalRequired, while they hold."""
    operator: StatusText | None = None
    """The operator that wrote this: its pod, and a part that changes with each start."""
    service: ServiceInForce | None = None
    """The service as the operator treats it."""
    claimed_url: Annotated[str, Field(max_length=2048)] | None = None
    """The service that this config, and no other of its namespace, writes to: another that names it waits."""
    progress: Progress | None = None
    """How far the sweep is."""
    plan: PlanSummary | None = None
    """What would be changed, or waits for approval."""
    last_approval: ApprovalStatus | None = None
    """The last plan that was approved and released."""
    last_sweep: SweepSummary | None = None
    """The last sweep that found something to do."""
    totals: AllTotals | None = None
    """Objects by what became of them."""
    limits: LimitsStatus | None = None
    """How much of the change limits is spent."""
    failures: Annotated[tuple[FailureCount, ...], Field(max_length=32, json_schema_extra=keyed_by("reason"))] = ()
    """Objects that fail, by reason."""
    token_expiry: TokenExpiry | None = None
    """When the first of token, client certificate and other secrets ends; left out where nothing says so."""
    quarantine: QuarantineStatus | None = None
    """Why the service is left alone, while it is."""
    tombstones: Annotated[tuple[Tombstone, ...], Field(max_length=10_000, json_schema_extra=keyed_by("id"))] = ()
    """Disabled users and emptied groups that will be deleted when deleteAfter has passed."""
