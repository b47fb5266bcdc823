"""Which members a group should gain and lose.

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
from scim_operator.core.keys import ResourceType
from scim_operator.core.plan.plan import Member

if TYPE_CHECKING:
    from collections.abc import Container

    from scim_operator.core.resource import Document


@dataclass(frozen=True, slots=True)
class Membership:
    """What the manifest asks of a group's members, resolved to ids.

    `pending` names the members without an id yet, `coming` counts those of them that are in scope: such a one may be at
    the service already, under an id that we have still to match, so a member that we cannot place stays until then.
    `awaited` are the ids of pending members, as far as known: a listing lacked it, which does not prove that it is
    gone, or the resource is still to be taken over. `placed` counts those that are only to be taken over.
    `frozen` are the ids of suspended users and groups, which neither come nor go.
    `doubtful`: the expression of a nested group fails, so that whoever is missing here may belong here all the same.
    `in_ring`: the group is nested in itself by way of others.
    """

    policy: MembershipPolicy
    wanted: frozenset[Member]
    pending: tuple[str, ...] = ()
    coming: int = 0
    awaited: frozenset[str] = frozenset()
    frozen: frozenset[str] = frozenset()
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
    membership: Membership | None, observed: frozenset[Member], *, added: frozenset[str], ours: Container[str]
) -> MemberChanges:
    """Compare. `added` are the ids that we added to an additive group and still answer for, `ours` all that we own."""
    if membership is None or membership.policy is MembershipPolicy.OBSERVE:
        return MemberChanges()
    wanted = {member.id: member for member in membership.wanted}
    present = {member.id: member for member in observed}
    stays = membership.awaited | membership.frozen | (present.keys() if membership.doubtful else frozenset())
    adds = [wanted[id] for id in wanted.keys() - present.keys() - membership.frozen]
    surplus = present.keys() - wanted.keys() - stays
    if membership.policy is MembershipPolicy.EXCLUSIVE:
        removable = [present[id] for id in surplus if membership.coming <= membership.placed or id in ours]
        return MemberChanges(tuple(sorted(adds)), tuple(sorted(removable)))
    removals = [present[id] for id in surplus & added]
    remembered = (added & (wanted.keys() | stays)) | {member.id for member in adds}
    return MemberChanges(tuple(sorted(adds)), tuple(sorted(removals)), tuple(sorted(remembered)))


def observed_members(document: Document, known: Container[str]) -> frozenset[Member]:
    """The members of a group at the service; `known` are the ids of groups, for services that do not tell a type."""
    return frozenset(
        Member(value, _type(member, value, known))
        for member in document.get("members") or ()
        if (value := member.get("value"))
    )


def _type(member: Document, value: str, groups: Container[str]) -> ResourceType:
    if str(member.get("type", "")).lower() == "group" or value in groups:
        return ResourceType.GROUP
    return ResourceType.USER
