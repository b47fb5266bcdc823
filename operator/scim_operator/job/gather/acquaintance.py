"""The resources that one config knows at the service: what is or was its own, and what the service has shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.plan.membership import Acquaintance

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from scim_operator.core.records.tombstones import Tombstones
    from scim_operator.job.gather.presence import Presence
    from scim_operator.job.gather.service_entries import Entries


class Ours:
    """The ids of one kind that belong to a manifest, or belonged to one that is gone."""

    def __init__(self, kind: Kind, entries: Entries, tombstones: Tombstones) -> None:
        self._kind = kind
        self._entries = entries
        self._tombstones = tombstones

    def __contains__(self, id: object) -> bool:
        if not isinstance(id, str):
            return False
        owned, former = self._entries.owned_ids[self._kind], self._entries.former[self._kind]
        return id in owned or id in former or self._tombstones.has(self._kind, id)


class Gone:
    """Those of one kind whose manifest has left the scope, or is gone."""

    def __init__(self, kind: Kind, entries: Entries, presence: Presence, ours: Container[str]) -> None:
        self._kind = kind
        self._entries = entries
        self._presence = presence
        self._ours = ours

    def __contains__(self, id: object) -> bool:
        owner = self._entries.owner(self._kind, id) if isinstance(id, str) else None
        return id in self._ours if owner is None else not self._presence.may_come(owner)


def acquaintance(
    entries: Entries, tombstones: Tombstones, presence: Presence, index: Mapping[ResourceType, Container[str]]
) -> Acquaintance:
    """Return what is known now, and follows what becomes known."""
    ours = {kind: Ours(kind, entries, tombstones) for kind in Kind}
    gone = {kind: Gone(kind, entries, presence, ours[kind]) for kind in Kind}
    return Acquaintance(ours, gone, {kind: index[kind.resource_type] for kind in Kind})
