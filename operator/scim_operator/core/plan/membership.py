"""The members that a group should gain and lose.

| policy    | at the service, not in the manifest            | in the manifest, not at the service |
|-----------|------------------------------------------------|-------------------------------------|
| Exclusive | removed                                        | added                               |
| Additive  | removed only if we added it earlier, else kept | added                               |
| Observe   | kept                                           | not added                           |

A manifest without `members` does not manage membership at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.api.enums import MembershipPolicy
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.plan.plan import Member

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from scim_operator.core.resource import Document


@dataclass(frozen=True, slots=True)
class Membership:
    """The members that the manifest asks for, resolved to ids.

    `pending` names the members without an id yet, `coming` counts those of them that are in scope: such a one may be at
    the service already, under an id that we have still to match, so a member that we cannot place stays until then.
    `awaited` are the pending members whose ids are known: a listing lacked one, which does not prove it gone,
    or the resource is still to be taken over. `placed` counts those that are only to be taken over.
    `frozen` are suspended users and groups, which neither come nor go.
    `doubtful`: the expression of a nested group fails, so that anyone missing here may still belong here.
    `in_ring`: the group is nested in itself by way of others.
    """

    policy: MembershipPolicy
    wanted: frozenset[Member]
    pending: tuple[str, ...] = ()
    coming: int = 0
    awaited: frozenset[Member] = frozenset()
    frozen: frozenset[Member] = frozenset()
    doubtful: bool = False
    in_ring: bool = False
    placed: int = 0


@dataclass(frozen=True, slots=True)
class MemberChanges:
    """Members to add and to remove, sorted so that equal plans look equal."""

    adds: tuple[Member, ...] = ()
    removals: tuple[Member, ...] = ()
    remembered: tuple[str, ...] = ()


def member_changes(
    membership: Membership | None,
    observed: frozenset[Member],
    *,
    added: frozenset[str],
    ours: Mapping[Kind, Container[str]],
) -> MemberChanges:
    """Compare. `added` are the ids that we added to an additive group and still answer for, `ours` all that we own."""
    if membership is None or membership.policy is MembershipPolicy.OBSERVE:
        return MemberChanges()
    wanted, present = membership.wanted, observed
    stays = membership.awaited | membership.frozen | (present if membership.doubtful else frozenset())
    adds = wanted - present - membership.frozen
    surplus = present - wanted - stays
    if membership.policy is MembershipPolicy.EXCLUSIVE:
        sure = membership.coming <= membership.placed
        removable = (member for member in surplus if sure or member.id in ours[member.type.kind])
        return MemberChanges(tuple(sorted(adds)), tuple(sorted(removable)))
    removals = (member for member in surplus if member.id in added)
    kept = {member.id for member in wanted | stays}
    remembered = (added & kept) | {member.id for member in adds}
    return MemberChanges(tuple(sorted(adds)), tuple(sorted(removals)), tuple(sorted(remembered)))


def observed_members(document: Document, groups: Container[str], wanted: Iterable[Member] = ()) -> frozenset[Member]:
    """Return the members of a group at the service.

    Where the service gives no type for a member, it is that of the wanted member of that id, else from `groups`,
    the ids of groups that may be members: a user and a group may have the same id.
    """
    types = {member.id: member.type for member in wanted}
    return frozenset(
        Member(value, _type(member) or types.get(value) or _by_id(value, groups))
        for member in document.get("members") or ()
        if (value := member.get("value"))
    )


_TYPES = {type.value.lower(): type for type in ResourceType}


def _type(member: Document) -> ResourceType | None:
    """Return the type that the service gives (RFC 7643 section 4.2)."""
    return _TYPES.get(str(member.get("type", "")).lower())


def _by_id(value: str, groups: Container[str]) -> ResourceType:
    return ResourceType.GROUP if value in groups else ResourceType.USER
