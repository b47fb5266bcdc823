"""One config at its service: what it owns and what it claims."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from scim_operator.core.decision.removal import has_left
from scim_operator.core.ownership.proofs import reader
from scim_operator.core.service.address import address_of, ids_hold
from scim_operator.job.gather.service_entries import Entries
from scim_operator.job.gather.waits import Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
    from scim_operator.core.seal import Seal
    from scim_operator.job.gather.namespace import Namespace
    from scim_operator.job.gather.peers import Surveyed
    from scim_operator.scim.clock import Clock

BREATH = 200
"""Manifests whose status is read before other tasks get a turn."""


class Stage(Enum):
    """The progress of a config."""

    STARTING = "it is to list its service"
    WORKING = "it has listed its service, and what it claims counts"
    RESTING = "it claims nothing: suspended, invalid, not connected, or it only plans"


class Holding:
    """What one config has to do with its service."""

    def __init__(self, key: ConfigKey, namespace: Namespace) -> None:
        self.key = key
        self.namespace = namespace
        self.address = ""
        self.stage = Stage.RESTING
        self.awaited: float | None = None
        """Since when it is waited for, as the clock counts, because what it claims is not known; None while it is."""
        self.applies = False
        self.distinct: frozenset[str] = frozenset()
        self.knowledge: Surveyed | None = None
        self.entries: Callable[[], Entries] | None = None
        self.read: dict[tuple[Kind, str], ObjectKey] | None = None

    def take_up(self, manifest: Mapping[str, Any], seal: Seal) -> bool:
        """Take up a spec; return whether it names other services than before as distinct from its own."""
        spec, status = manifest.get("spec") or {}, manifest.get("status") or {}
        service = spec.get("service") or {}
        url = service.get("url") or ""
        if self.address != address_of(url):
            self.address, self.knowledge, self.read = address_of(url), None, None
        reported = (status.get("service") or {}).get("url", "")
        self.entries = lambda: Entries(reader(seal, self.key, url, ids_hold=ids_hold(reported, url)))
        self.applies = spec.get("mode") != "Plan"
        begun = Stage.STARTING if self.knowledge is None else Stage.WORKING
        self.stage, self.awaited = (begun if self.applies else Stage.RESTING), None
        before, self.distinct = self.distinct, frozenset(service.get("distinctFrom") or ())
        return self.distinct != before

    def rest(self, *, for_good: bool) -> bool:
        """Claim nothing where it has not begun, or where this is `for_good`; return whether that changes anything."""
        rests = self.stage is Stage.STARTING or (for_good and self.stage is Stage.WORKING)
        self.stage = Stage.RESTING if rests else self.stage
        return rests

    def take_in(self, knowledge: Surveyed) -> bool:
        """Take in what the job knows once it has listed its service; return whether it is the first of this job."""
        first = self.knowledge is not knowledge
        self.knowledge, self.read, self.awaited = knowledge, None, None
        self.stage = Stage.WORKING if self.applies else Stage.RESTING
        return first

    def is_apart(self, other: Holding) -> bool:
        """Return whether both say that their services are two."""
        return str(self.key) in other.distinct and str(other.key) in self.distinct

    @property
    def is_known(self) -> bool:
        """Return whether it is known which ids it owns."""
        return self.knowledge is not None or self.read is not None

    def owned(self, kind: Kind) -> Mapping[str, ObjectKey]:
        """Return the manifests by the id of the resource that each owns on record."""
        if self.knowledge is not None:
            return self.knowledge.entries.owned_ids[kind]
        return {id: key for (of, id), key in (self.read or {}).items() if of is kind}

    def owner(self, kind: Kind, id: str) -> ObjectKey | None:
        """Return the manifest that owns the resource of that id, and has not left it."""
        if self.knowledge is not None:
            found = self.knowledge.entries.holder(kind, id)
        else:
            found = (self.read or {}).get((kind, id))
        return found if found is not None and self._is_there(found) else None

    def _is_there(self, key: ObjectKey) -> bool:
        """Return whether there still is such a manifest: no one follows them for a config that rests."""
        return self.namespace.get(key.kind, key.name) is not None

    def claimants(self, kind: Kind, values: Iterable[Hashable]) -> dict[ObjectKey, bool]:
        """Return who claims one of the values, and whether each owns a resource."""
        if self.knowledge is None or self.stage is not Stage.WORKING:
            return {}
        claims, entries = self.knowledge.claims[kind], self.knowledge.entries
        found = {key for value in values for key in claims.sharing(value) if self._is_there(key)}
        return {key: bool(entries.known_id(key)) for key in found}

    def moved(self, kind: Kind, id: str, *, by: ConfigKey) -> None:
        """Have those looked at again that wait for a resource with which a config has done something."""
        if self.knowledge is not None:
            if by != self.key:  # what this config listed of it may be older than what its owner did last
                self.knowledge.index[kind.resource_type].doubt((id,))
            self.knowledge.waits.moved(Resource(kind, id))

    def all_moved(self) -> None:
        """Have all looked at again that wait for something."""
        if self.knowledge is not None:
            for resource in self.knowledge.waits.resources():
                self.knowledge.index[resource.kind.resource_type].doubt((resource.id,))
            self.knowledge.waits.all_moved()

    def look_again(self, keys: Iterable[ObjectKey]) -> None:
        """Have manifests looked at again, if the config is at work."""
        if self.knowledge is not None:
            self.knowledge.waits.look_again(keys)

    async def learn(self, clock: Clock) -> None:
        """Read from the manifests' status what it owns; waits until they are listed."""
        await self.namespace.synced()
        entries, found = self.entries() if self.entries is not None else None, {}
        for number, record in enumerate(self.namespace.all_records()):
            entry = entries.recorded(record) if entries is not None and record.packed_status else None
            if entry is not None and entry.id and not has_left(entry):
                found[record.key.kind, entry.id] = record.key
            if number % BREATH == BREATH - 1:
                await clock.sleep(0)
        if self.knowledge is None:
            self.read = found


def owner_among(holdings: Iterable[Holding], kind: Kind, id: str) -> ObjectKey | None:
    """Return the manifest that owns the resource of that id, if one does."""
    found = (holding.owner(kind, id) for holding in holdings)
    return next((owner for owner in found if owner is not None), None)


def claimed_among(holdings: Iterable[Holding], kind: Kind, values: Iterable[Hashable]) -> dict[ObjectKey, bool]:
    """Return the manifests that claim one of the values, and whether each owns a resource."""
    values = tuple(values)
    return {key: owns for holding in holdings for key, owns in holding.claimants(kind, values).items()}
