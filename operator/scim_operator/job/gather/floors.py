"""The groups that cannot do without someone: `minMembers` of their members are to stay, whoever is deleted."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from scim_operator.api.enums import MembershipPolicy
from scim_operator.core.decision.protection import Keeper
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.plan.membership import observed_members

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scim_operator.core.decision.facts import Match
    from scim_operator.core.decision.protection import Guarded
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Member
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.gather.protection import Protecting
    from scim_operator.job.gather.sources import Sources


class Floors:
    """The groups of one config that are not to be left with too few members.

    `wants` says whether a group's manifest asks for a member.
    """

    def __init__(self, sources: Sources, protecting: Protecting, wants: Callable[[ObjectKey, ObjectKey], bool]) -> None:
        self._namespace = sources.namespace
        self._entries = sources.entries
        self._index = sources.index
        self._presence = sources.presence
        self._protecting = protecting
        self._wants = wants
        self._given_up: set[str] = set()

    def guarded(self, record: SourceRecord, match: Match, *, goes: bool) -> Guarded:
        """Return how far a manifest is protected, and by which groups, where it is a user who is to be deleted."""
        guarded, document = self._protecting.of(record), match.document
        if not goes or record.key.kind is not Kind.USER or document is None or not match.owned:
            return guarded
        return replace(guarded, keepers=self.keepers(document["id"]))

    def give_up(self, user: str) -> None:
        """Note that a user cannot be disabled, so that no group keeps the deletion back which ends the access."""
        self._given_up.add(user)

    def keepers(self, user: str) -> tuple[Keeper, ...]:
        """Return the groups that cannot do without the user of an id, as far as the service shows its members.

        One whose members were not seen yet may be such a group for anyone; the first of these stands for all.
        """
        if not self._protecting.sets_floors or user in self._given_up:
            return ()
        groups = self._index[ResourceType.GROUP].holding(user)
        known = (keeper for id in groups if (keeper := self._keeper(id, user)) is not None)
        return tuple(sorted((*known, *islice(self._unseen(), 1))))

    def _unseen(self) -> Iterator[Keeper]:
        """Yield the groups with a floor of which nothing was read since the operator started."""
        index = self._index[ResourceType.GROUP]
        owned = () if index.listed else self._entries.owned_ids[Kind.GROUP].items()
        for id, key in owned:
            group = self._namespace.get(key.kind, key.name)
            if id not in index and group is not None and not self._protecting.of(group).spares(()):
                yield Keeper(key, id)

    def _keeper(self, id: str, user: str) -> Keeper | None:
        key = self._entries.owner(Kind.GROUP, id)
        group = self._namespace.get(key.kind, key.name) if key is not None else None
        if key is None or group is None:
            return None
        document = self._index[ResourceType.GROUP].get(id) or {}
        others = (member for member in observed_members(document, ()) if member.id != user)
        spares = self._protecting.of(group).spares(self._stays(group, member) for member in others)
        return None if spares else Keeper(key, id)

    def _stays(self, group: SourceRecord, member: Member) -> bool:
        """Return whether a member certainly stays: neither leaves by itself, nor is taken out of the group."""
        owner = self._entries.owner(member.type.kind, member.id)
        decides = group.members is not None and group.membership_policy is MembershipPolicy.EXCLUSIVE
        if owner is None:
            return not decides
        return self._presence.may_come(owner) and (not decides or self._wants(group.key, owner))
