"""ScimGroup: a SCIM group in SCIM's own names (RFC 7643 section 4.2), and how its members are named."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from scim_operator.api.common import IN_ORDER, Instant, LabelSelector, ObjectRef, ShortText, Text, identifying
from scim_operator.api.enums import Adoption, MembershipPolicy
from scim_operator.api.model import ApiModel, rule, validated
from scim_operator.api.user import Extensions

__all__ = ["Member", "MembershipPolicy", "ScimGroupSpec", "Ws1bGroup"]

ONE_SUBJECT = rule(
    "(has(self.userRef) ? 1 : 0) + (has(self.groupRef) ? 1 : 0) + (has(self.userSelector) ? 1 : 0) == 1",
    "give exactly one of userRef, groupRef and userSelector; write several entries for several",
)
"""The rule of an entry that names a user, a group or users by label."""


_ONE_MEMBER = rule(
    "(has(self.userRef) ? 1 : 0) + (has(self.groupRef) ? 1 : 0) + (has(self.userSelector) ? 1 : 0)"
    " + (has(self.expression) ? 1 : 0) == 1",
    "give exactly one of userRef, groupRef, userSelector and expression; write several entries for several",
)


class Member(ApiModel):
    """One entry of the members: a user, a group, users by label or by a condition; exactly one of the four."""

    model_config = ConfigDict(json_schema_extra=validated(_ONE_MEMBER, IN_ORDER))

    user_ref: ObjectRef | None = None
    """A ScimUser of the same namespace."""
    group_ref: ObjectRef | None = None
    """A ScimGroup of the same namespace; its members count as members."""
    user_selector: LabelSelector | None = None
    """Every ScimUser of the same namespace with these labels."""
    expression: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    """Every ScimUser of the same namespace for which this is true: CEL over user, such as user.title == "Analyst"."""
    not_before: Instant | None = None
    """The entry counts from then on."""
    not_after: Instant | None = None
    """The entry counts until then."""


class Ws1bGroup(ApiModel):
    """VMware's ws1b extension of a group."""

    description: Text | None = None
    """What the group is for."""
    distinguished_name: Text | None = None
    """The group's distinguished name in the directory."""
    domain: ShortText | None = None
    """The directory's domain that the group belongs to."""


class ScimGroupSpec(ApiModel):
    """The group as it is wanted. A field that is left out is not managed; one that is empty is cleared."""

    display_name: Annotated[str, identifying("displayName", 256)]
    """The group's name at the service (RFC 7643 section 4.2)."""
    external_id: Annotated[str, identifying("externalId", 512)] | None = None
    """The identifier that ties the resource to this manifest; by default namespace/name. VMware never changes it."""
    ws1b: Ws1bGroup | None = None
    """VMware's ws1b extension."""
    extensions: Extensions | None = None
    """Attributes of other schema extensions, by schema URN and attribute name."""
    suspend: bool | None = None
    """Whether the group is left at the service as it is: nothing is sent for it until this is false again."""
    adoption: Adoption | None = None
    """What to do with a match at the service that is not ours yet; the stricter of this and the config's counts \
(Never, Approve, IfUnowned)."""
    membership_policy: MembershipPolicy = MembershipPolicy.EXCLUSIVE
    """What becomes of members at the service that are not listed here: removed (Exclusive), kept (Additive); \
Observe changes no membership at all."""
    members: Annotated[tuple[Member, ...], Field(max_length=20000)] | None = None
    """The members. Left out: the membership is not managed; an empty list: the group is emptied."""
