"""Which groups may lose members by a change of a manifest: they go before what adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.api.enums import MembershipPolicy
from scim_operator.core.keys import Kind, ObjectKey

if TYPE_CHECKING:
    from scim_operator.core.members.topology import Topology
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.gather.namespace import Change


def losing(change: Change, topology: Topology) -> frozenset[ObjectKey]:
    """Return the groups that someone leaves by this change, and who keeps an account at the service all the same.

    Who loses the account as well is disabled first; the groups follow with all who leave.
    """
    before, after = change.before, change.after
    if before is None or after is None or after.deleting:
        return frozenset()
    if after.key.kind is Kind.GROUP:
        return frozenset({after.key}) if change.due or _shrinks(before, after) else frozenset()
    left = change.groups - topology.groups_of(after.key.name) if change.groups else frozenset()
    return frozenset(ObjectKey(Kind.GROUP, after.key.namespace, name) for name in left)


def _shrinks(before: SourceRecord, after: SourceRecord) -> bool:
    """Return whether a group names fewer members, or no longer tolerates others."""
    if after.members is None:
        return False
    exclusive = MembershipPolicy.EXCLUSIVE
    if after.membership_policy is exclusive and before.membership_policy is not exclusive:
        return True
    return before.members != after.members and not set(before.members or ()) <= set(after.members)
