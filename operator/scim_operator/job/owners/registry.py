"""One resource, one claimant, over all namespaces and configs of the operator.

The registry keeps no list of resources of its own: it asks each job what that owns and claims, so that it costs no
memory.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scim_operator.job.gather.peers import Peers, Surveyed
from scim_operator.job.owners.holding import claimed_among, owner_among
from scim_operator.job.owners.holdings import Holdings
from scim_operator.job.owners.inventory import Inventory
from scim_operator.job.owners.likeness import shared
from scim_operator.job.owners.reservations import Reservations

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
    from scim_operator.core.seal import Seal
    from scim_operator.job.connection.serving import ServingConfigs
    from scim_operator.job.gather.namespace import Namespaces
    from scim_operator.scim.clock import Clock

logger = logging.getLogger(__name__)


class Registry:
    """All configs of the operator: what each owns and claims, how much of that is known, and what is about to be taken.

    Its parts are `holdings`, `inventory` and `reservations`. `expects` says of a config that is not worked on here
    whether it is about to be.
    """

    def __init__(
        self,
        namespaces: Namespaces,
        serving_configs: ServingConfigs,
        clock: Clock,
        seal: Seal,
        expects: Callable[[ConfigKey], bool],
    ) -> None:
        self.holdings = Holdings(namespaces, serving_configs, seal)
        self.inventory = Inventory(self.holdings, serving_configs, clock, expects)
        self.reservations = Reservations(self.holdings)
        self._serving_configs = serving_configs
        self._clock = clock

    def view(self, key: ConfigKey) -> Peers:
        """Return what the job of a config sees."""
        return View(self, key)

    def forget(self, key: ConfigKey) -> None:
        """Note that a config is gone, and owns nothing any more."""
        self.inventory.forget(key)
        self.holdings.forget(key)

    async def surveyed(self, key: ConfigKey, knowledge: Surveyed) -> None:
        """Note that a config has listed its service; returns when what others have to do with that is known."""
        holding = self.holdings[key]
        first = holding.take_in(knowledge)
        self.holdings.announce()
        if first:
            await self.inventory.complete(key)
        await self._compare(key)
        while holding.applies and self._serving_configs.serving(key) != key.name:
            await self.holdings.news.wait()

    def is_acquainted(self, key: ConfigKey) -> bool:
        """Return whether a config had its service when the operator began, or has been compared with the others."""
        return not self._serving_configs.is_newcomer(key) or self.holdings[key].knowledge is not None

    async def _compare(self, key: ConfigKey) -> None:
        """Find the configs that name the same service by another address: the listings have resources in common."""
        mine = self.holdings[key]
        for other in self.holdings:
            one_place = self.holdings.place(other) == self.holdings.place(mine)
            if one_place or not (mine.applies and other.applies) or mine.is_apart(other):
                continue
            if (evidence := await shared(mine, other, self._clock)) is not None:
                logger.warning("%s and %s name one service by two addresses: both hold %s.", key, other.key, evidence)
                self._serving_configs.join(mine.address, other.address, evidence)
                self.holdings.moved()


class View(Peers):
    """What one config sees of the registry."""

    def __init__(self, registry: Registry, key: ConfigKey) -> None:
        self._registry = registry
        self._key = key

    @property
    def alone(self) -> bool:
        """Return whether no config of another namespace serves the service."""
        return not self._registry.holdings.peers(self._key)

    def owner(self, key: ObjectKey, id: str, *, ours: bool) -> ObjectKey | None:
        """Return the manifest that has the resource before `key` has it."""
        peers = self._registry.holdings.peers(self._key)
        before = [each for each in peers if self._registry.holdings.yields(self._key, each.key)] if ours else peers
        if (found := owner_among(before, key.kind, id)) is not None:
            return found
        reserved = self._registry.reservations.taker(self._key, key.kind, id)
        return reserved if reserved != key and not ours else None

    def claimants(self, kind: Kind, values: Iterable[Hashable]) -> Mapping[ObjectKey, bool]:
        """Return the manifests of other namespaces that claim one of the values, and whether each owns a resource."""
        peers = self._registry.holdings.peers(self._key)
        return claimed_among(peers, kind, values) if peers else {}

    @property
    def unknown(self) -> str:
        """Return why it cannot be known who else owns a resource."""
        return self._registry.inventory.unknown(self._key)

    @property
    def coming(self) -> str:
        """Return who is about to claim what may be no one's."""
        return self._registry.inventory.coming(self._key)

    async def acquainted(self) -> bool:
        """Return, once it is known what the others own, whether that is enough to go by before the next listing."""
        await self._registry.inventory.known(self._key)
        return self._registry.is_acquainted(self._key)

    def staked(self, kind: Kind, values: frozenset[Hashable]) -> None:
        """Note that these values are claimed here now, or no longer are."""
        for holding in self._registry.holdings.peers(self._key):
            holding.look_again(holding.claimants(kind, values))

    def let_go(self, kind: Kind, id: str) -> None:
        """Note that a resource is no longer owned here."""
        for holding in self._registry.holdings.peers(self._key):
            holding.moved(kind, id, by=self._key)

    def reserve(self, key: ObjectKey, id: str) -> bool:
        """Keep a resource for a manifest that is about to take it."""
        return self._registry.reservations.reserve(self._key, key, id)

    def release(self, key: ObjectKey) -> None:
        """Note that the manifest has taken what was kept for it, or has not."""
        self._registry.reservations.release(self._key, key)

    def begins(self, manifest: Mapping[str, Any]) -> None:
        """Note that the config takes up a spec, and is to list its service."""
        self._registry.holdings.begin(self._key, manifest)

    def rests(self, *, for_good: bool) -> None:
        """Note that the config could not list its service, or is not to."""
        self._registry.holdings.rest(self._key, for_good=for_good)

    async def surveyed(self, knowledge: Surveyed) -> None:
        """Note that the service was listed."""
        await self._registry.surveyed(self._key, knowledge)
