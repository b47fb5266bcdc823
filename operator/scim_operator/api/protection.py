"""The part of a ProvisioningConfig that names whom no plan may touch unless the approval names them."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from scim_operator.api.common import LabelSelector, ObjectRef
from scim_operator.api.model import LIST_TYPE, ApiModel, rule, validated, without_default

_ONE_OF = "(has(self.{}) ? 1 : 0) + (has(self.selector) ? 1 : 0) + (has(self.expression) ? 1 : 0) == 1"
_USER = rule(_ONE_OF.format("userRef"), "give exactly one of userRef, selector and expression")
_GROUP = rule(_ONE_OF.format("groupRef"), "give exactly one of groupRef, selector and expression")

Expression = Annotated[str, Field(min_length=1, max_length=10_000)]


class ProtectedUser(ApiModel):
    """Users that are protected: one by name, or all with a label, or all that meet a condition."""

    model_config = ConfigDict(json_schema_extra=validated(_USER))

    user_ref: ObjectRef | None = None
    """A ScimUser of the same namespace. It stays protected whatever its manifest says, and when that is deleted."""
    selector: LabelSelector | None = None
    """Every ScimUser of the same namespace with these labels."""
    expression: Expression | None = None
    """A condition in CEL over user, such as user.title == "Administrator"."""


class ProtectedGroup(ApiModel):
    """Groups that are protected: one by name, or all with a label, or all that meet a condition."""

    model_config = ConfigDict(json_schema_extra=validated(_GROUP))

    group_ref: ObjectRef | None = None
    """A ScimGroup of the same namespace. It stays protected whatever its manifest says, and when that is deleted."""
    selector: LabelSelector | None = None
    """Every ScimGroup of the same namespace with these labels."""
    expression: Expression | None = None
    """A condition in CEL over group, such as group.displayName.startsWith("admin")."""
    min_members: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """Removals that would leave the group with fewer members at the service wait for an approval that names it."""


class Protected(ApiModel):
    """Objects that no plan disables, deletes, empties, renames or takes over without an approval that names them."""

    users: Annotated[tuple[ProtectedUser, ...], Field(max_length=100)] = ()
    """The users; one that several entries name is protected once."""
    groups: Annotated[tuple[ProtectedGroup, ...], Field(max_length=100)] = ()
    """The groups; of several entries that name a group, the largest minMembers counts."""
    min_members: Annotated[int, Field(ge=0, le=1_000_000, json_schema_extra=without_default)] = 0
    """The same floor for every group, protected or not; 0 sets none."""


_OBJECT = rule(
    "self.matches('^scim(user|group)/[-.a-z0-9]+$')",
    "name an object as scimuser/<name> or scimgroup/<name>, as status.plan.first does",
)
ProtectedName = Annotated[str, Field(min_length=1, max_length=264, json_schema_extra=validated(_OBJECT))]

ApprovedProtected = Annotated[tuple[ProtectedName, ...], Field(max_length=1000, json_schema_extra={LIST_TYPE: "set"})]
"""Protected objects, by kind and name."""
