"""Finds who else claims what a manifest claims, in this namespace and in others."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import equal, unassigned
from scim_operator.core.decision.claims import NONE, Claims, Contention, claim_of
from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable
    from collections.abc import Set as AbstractSet

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.facts import Match
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.mapping.mapping import DesiredAttributes
    from scim_operator.core.ownership.between import Between
    from scim_operator.core.resource import Document, JsonValue
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.peers import Peers
    from scim_operator.job.gather.service_entries import Entries


class Contentions:
    """The claims of one config's manifests, and those of others that meet them."""

    def __init__(self, settings: Settings, entries: Entries, between: Between, peers: Peers) -> None:
        self._settings = settings
        self._entries = entries
        self._between = between
        self.peers = peers
        self.claims = {kind: Claims(partial(self._staked, kind)) for kind in Kind}

    def of(self, key: ObjectKey, mapped: DesiredAttributes, match: Match) -> Contention:
        """Return who else claims what the manifest claims, and what that keeps its owner from changing."""
        claims = self.claims[key.kind]
        found = {rival: bool(self._entries.known_id(rival)) for rival in claims.rivals(key)}
        found |= self.peers.claimants(key.kind, claims.values(key))
        foreign = match.document is not None and not match.owned and match.owner is None
        unknown = self.peers.unknown if foreign else ""
        if not found:
            return Contention(unknown=unknown) if unknown else NONE
        owners = tuple(sorted(rival for rival, owns in found.items() if owns))
        contested = self._contested(key, mapped, match.document, owners) if match.owned and match.document else ()
        return Contention(tuple(sorted(found)), owners, contested, unknown)

    def _contested(
        self, key: ObjectKey, mapped: DesiredAttributes, document: Document, owners: tuple[ObjectKey, ...]
    ) -> tuple[AttributePath, ...]:
        """Return what the resource would be changed to and another owner claims.

        Who has a value in between goes first: the other owner has a name of its own.
        """
        return tuple(
            path
            for path in self._settings.rules[key.kind.resource_type].matching
            if not self._sharing(key, path, mapped.get(path)).isdisjoint(owners)
            and not equal(path, mapped.get(path), path.read(document))
            and self._between.origin(path.read(document), key, path) is None
        )

    def are_claimed(self, key: ObjectKey, values: Iterable[tuple[AttributePath, JsonValue]]) -> bool:
        """Return whether another manifest claims one of these values."""
        return any(self._sharing(key, path, value) for path, value in values)

    def _sharing(self, key: ObjectKey, path: AttributePath, value: JsonValue) -> AbstractSet[ObjectKey]:
        """Return the other manifests that claim a value of a matching attribute."""
        if unassigned(value):
            return set()
        claimed = claim_of(path, value)
        return {*self.claims[key.kind].sharing(claimed), *self.peers.claimants(key.kind, (claimed,))} - {key}

    def _staked(self, kind: Kind, values: frozenset[Hashable]) -> None:
        self.peers.staked(kind, values)
