"""One resource, one claimant, over all namespaces and configs of the operator.

The registry keeps no list of resources of its own: it asks each job what that owns and claims, so that it costs no
memory. Of a config without a job at work (suspended, refused, invalid) it reads once from the manifests' status which
ids that owns.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from scim_operator.core.ownership.proofs import reader
from scim_operator.core.service.address import address_of, ids_hold
from scim_operator.core.unexpected import trace
from scim_operator.job.base.waiting import wait_for
from scim_operator.job.gather.peers import Peers, Surveyed
from scim_operator.job.gather.service_entries import Entries
from scim_operator.job.owners.holding import Holding, Stage, claimed_among, owner_among
from scim_operator.job.owners.likeness import shared

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

    from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
    from scim_operator.core.seal import Seal
    from scim_operator.job.connection.serving import ServingConfigs
    from scim_operator.job.gather.namespace import Namespaces
    from scim_operator.scim.clock import Clock

logger = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds that the first plan of a config that is new waits for others, which cannot keep it from work for ever."""
SHORT_PATIENCE = 20.0
"""The same for a config that has its service already: it is to end access soon after a restart."""
ROLL_CALL = 2.0
"""Seconds that such a config waits for the list of the others."""


class Registry:
    """All configs of the operator, and what each owns and claims."""

    def __init__(self, namespaces: Namespaces, serving_configs: ServingConfigs, clock: Clock, seal: Seal) -> None:
        self._namespaces = namespaces
        self._serving_configs = serving_configs
        self._clock = clock
        self._seal = seal
        self._holdings: dict[ConfigKey, Holding] = {}
        self._peers: dict[ConfigKey, tuple[Holding, ...]] = {}
        self._reserved: dict[tuple[str, Kind, str], ObjectKey] = {}
        self._learning: dict[ConfigKey, asyncio.Task[None]] = {}
        self._unlisted: tuple[str, ...] | None = None
        self._news = asyncio.Event()

    def view(self, key: ConfigKey) -> Peers:
        """Return what the job of a config sees."""
        return View(self, key)

    def called(self, unlisted: tuple[str, ...]) -> None:
        """All configs were asked for, and of these namespaces they never could be listed."""
        self._unlisted = unlisted
        self.moved()

    def begin(self, key: ConfigKey, manifest: Mapping[str, Any]) -> None:
        """Note that a config was seen first, or takes up a new spec."""
        holding = self._holdings.get(key) or Holding(key, self._namespaces.namespace(key.namespace))
        self._holdings[key] = holding
        spec, status = manifest.get("spec") or {}, manifest.get("status") or {}
        service = spec.get("service") or {}
        url = service.get("url") or ""
        if holding.address != address_of(url):
            holding.address, holding.knowledge, holding.read = address_of(url), None, None
        reported = (status.get("service") or {}).get("url", "")
        holding.entries = lambda: Entries(reader(self._seal, key, url, ids_hold=ids_hold(reported, url)))
        holding.applies = spec.get("mode") != "Plan"
        distinct = frozenset(service.get("distinctFrom") or ())
        if distinct != holding.distinct:
            holding.distinct = distinct
            self._serving_configs.part(holding.address)
        begun = Stage.STARTING if holding.knowledge is None else Stage.WORKING
        holding.stage = begun if holding.applies else Stage.RESTING
        self.moved()

    def rest(self, key: ConfigKey, *, for_good: bool) -> None:
        """Note that a config is not to list its service now, or could not; `for_good`: it claims nothing any more."""
        holding = self._holdings[key]
        if holding.stage is Stage.STARTING or (for_good and holding.stage is Stage.WORKING):
            holding.stage = Stage.RESTING
            self.moved()

    def forget(self, key: ConfigKey) -> None:
        """Note that a config is gone, and owns nothing any more."""
        self._holdings.pop(key, None)
        if (task := self._learning.pop(key, None)) is not None:
            task.cancel()
        self.moved()

    def moved(self) -> None:
        """Configs came, went or changed: anyone who waits for others is to look again."""
        self._peers.clear()
        self._pulse()
        for holding in self._holdings.values():
            holding.wake(tuple(holding.waiting))

    def _pulse(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    def holding(self, key: ConfigKey) -> Holding:
        """Return what one config has to do with its service."""
        return self._holdings[key]

    def peers(self, key: ConfigKey) -> tuple[Holding, ...]:
        """Return the configs of other namespaces that serve the same service, one of each namespace."""
        found = self._peers.get(key)
        if found is None:
            found = self._peers[key] = tuple(self._find_peers(key))
        return found

    def _find_peers(self, key: ConfigKey) -> Iterator[Holding]:
        place = self._place(self._holdings[key])
        for other, holding in self._holdings.items():
            if other.namespace != key.namespace and self._place(holding) == place and self._counts(other):
                yield holding

    def _place(self, holding: Holding) -> str:
        return self._serving_configs.canon(holding.address)

    def _counts(self, key: ConfigKey) -> bool:
        """Return whether a config speaks for its namespace: one that waits for another there does not."""
        return self._serving_configs.serving(key) in ("", key.name)

    def yields(self, key: ConfigKey, other: ConfigKey) -> bool:
        """Return whether of two that own one resource by their records the other has it.

        Not where the other names another address: a service of its own could show it whatever ids it likes.
        """
        same = self._holdings[other].address == self._holdings[key].address
        return same and self._serving_configs.rank(other) < self._serving_configs.rank(key)

    def reserved(self, key: ConfigKey, kind: Kind, id: str) -> ObjectKey | None:
        """Return the manifest that is about to take a resource."""
        return self._reserved.get((self._place(self._holdings[key]), kind, id)) if self._reserved else None

    def reserve(self, key: ConfigKey, taker: ObjectKey, id: str) -> bool:
        """Keep a resource for a manifest; return whether it is kept for that one."""
        place = (self._place(self._holdings[key]), taker.kind, id)
        return self._reserved.setdefault(place, taker) == taker

    def release(self, taker: ObjectKey) -> None:
        """Keep nothing for a manifest any more."""
        for place in [place for place, each in self._reserved.items() if each == taker]:
            del self._reserved[place]
            for holding in self._holdings.values():
                holding.wake((place[1:],))

    def unknown(self, key: ConfigKey) -> str:
        """Return why it cannot be known who else owns a resource of a config's service."""
        if self._unlisted is None:
            return f"{_UNKNOWN} the ProvisioningConfigs are not all listed yet."
        if self._unlisted:
            where = f" of namespace {self._unlisted[0]}" if self._unlisted[0] else ""
            return f"{_UNKNOWN} the ProvisioningConfigs{where} cannot be listed."
        strangers = [each.key.namespace for each in self.peers(key) if not each.is_known]
        return f"{_UNKNOWN} the manifests of namespace {strangers[0]} are not read yet." if strangers else ""

    async def surveyed(self, key: ConfigKey, knowledge: Surveyed, touch: Callable[[ObjectKey], None]) -> None:
        """Note that a config has listed its service; returns when what others have to do with that is known."""
        holding, first = self._holdings[key], self._holdings[key].knowledge is not knowledge
        holding.knowledge, holding.touch, holding.read = knowledge, touch, None
        holding.stage = Stage.WORKING if holding.applies else Stage.RESTING
        self._pulse()
        if first:
            self._peers.clear()
            await self._others_known(key)
        await self._compare(key)
        while holding.applies and self._serving_configs.serving(key) != key.name:
            await self._news.wait()

    async def _others_known(self, key: ConfigKey) -> None:
        """Wait until what others own and claim is known, as long as patience lasts; log what is unknown then."""
        began = self._clock.monotonic()
        while True:
            self._learn_all(key)
            limit = max(self._missing(key), default=0.0)
            left = began + limit - self._clock.monotonic()
            if left <= 0:
                break
            await wait_for(self._news, self._clock, left)
        if unknown := self.unknown(key):
            logger.warning("%s: %s Nothing is taken over meanwhile.", key, unknown)

    def _learn_all(self, key: ConfigKey) -> None:
        for other, holding in self._holdings.items():
            if other != key and not holding.is_known and other not in self._learning:
                task = asyncio.create_task(self._learn(holding), name=f"what {other} owns")
                self._learning[other] = task

    async def _learn(self, holding: Holding) -> None:
        try:
            await holding.learn(self._clock)
        except Exception as error:  # noqa: BLE001
            what = "what it owns could not be read, so nothing is taken over there"
            logger.error("%s: %s: %s", holding.key, what, trace(error))  # noqa: TRY400
        self._learning.pop(holding.key, None)
        self.moved()

    def close(self) -> None:
        """Read nothing more."""
        for task in self._learning.values():
            task.cancel()

    def _missing(self, key: ConfigKey) -> Iterator[float]:
        """For how long each of the things is waited for that are not known yet, in seconds."""
        newcomer = self._serving_configs.is_newcomer(key)
        if self._unlisted is None or self._unlisted:
            yield PATIENCE if newcomer else ROLL_CALL
        for other, holding in self._holdings.items():
            if other != key:
                yield self._patience(key, other, holding, newcomer=newcomer)

    def _patience(self, key: ConfigKey, other: ConfigKey, holding: Holding, *, newcomer: bool) -> float:
        """For how long one config waits for another; a config that has a service already waits for no new one."""
        here = other.namespace == key.namespace
        rivals = self._place(holding) == self._place(self._holdings[key])
        if here and rivals:
            return 0.0  # one of the two serves, and the other waits for it anyway
        concerned = newcomer or rivals or (here and not self._serving_configs.is_newcomer(other))
        missing = not holding.is_known or (holding.stage is Stage.STARTING and concerned)
        return (PATIENCE if newcomer else SHORT_PATIENCE) if missing else 0.0

    async def _compare(self, key: ConfigKey) -> None:
        """Find the configs that name the same service by another address: the listings have resources in common."""
        mine = self._holdings[key]
        for other in tuple(self._holdings.values()):
            if self._place(other) == self._place(mine) or not (mine.applies and other.applies) or _apart(mine, other):
                continue
            if (evidence := await shared(mine, other, self._clock)) is not None:
                logger.warning("%s and %s name one service by two addresses: both hold %s.", key, other.key, evidence)
                self._serving_configs.join(mine.address, other.address, evidence)
                self.moved()

    def staked(self, key: ConfigKey, kind: Kind, values: frozenset[Hashable]) -> None:
        """Have the others' manifests that claim one of these values looked at again."""
        for holding in self.peers(key):
            holding.look_again(holding.claimants(kind, values))

    def let_go(self, key: ConfigKey, kind: Kind, id: str) -> None:
        """Have the manifests that wait for a resource looked at again."""
        for holding in self.peers(key):
            holding.wake(((kind, id),))


_UNKNOWN = "It is not known whether another manifest owns what was found at the service:"


def _apart(one: Holding, other: Holding) -> bool:
    """Return whether both say that their services are two."""
    return str(one.key) in other.distinct and str(other.key) in one.distinct


class View(Peers):
    """What one config sees of the registry."""

    def __init__(self, registry: Registry, key: ConfigKey) -> None:
        self._registry = registry
        self._key = key

    def owner(self, key: ObjectKey, id: str, *, ours: bool) -> ObjectKey | None:
        """Return the manifest that has the resource before `key` has it."""
        peers = self._registry.peers(self._key)
        before = [each for each in peers if self._registry.yields(self._key, each.key)] if ours else peers
        if (found := owner_among(before, key.kind, id)) is not None:
            return found
        reserved = self._registry.reserved(self._key, key.kind, id)
        return reserved if reserved != key and not ours else None

    def claimants(self, kind: Kind, values: Iterable[Hashable]) -> Mapping[ObjectKey, bool]:
        """Return the manifests of other namespaces that claim one of the values, and whether each owns a resource."""
        peers = self._registry.peers(self._key)
        return claimed_among(peers, kind, values) if peers else {}

    @property
    def unknown(self) -> str:
        """Return why it cannot be known who else owns a resource."""
        return self._registry.unknown(self._key)

    def staked(self, kind: Kind, values: frozenset[Hashable]) -> None:
        """Note that these values are claimed here now, or no longer are."""
        self._registry.staked(self._key, kind, values)

    def let_go(self, kind: Kind, id: str) -> None:
        """Note that a resource is no longer owned here."""
        self._registry.let_go(self._key, kind, id)

    def waits(self, key: ObjectKey, id: str) -> None:
        """A manifest waits for others."""
        self._registry.holding(self._key).waiting.setdefault((key.kind, id), set()).add(key)

    def reserve(self, key: ObjectKey, id: str) -> bool:
        """Keep a resource for a manifest that is about to take it."""
        return self._registry.reserve(self._key, key, id)

    def release(self, key: ObjectKey) -> None:
        """Note that the manifest has taken what was kept for it, or has not."""
        self._registry.release(key)

    def begins(self, manifest: Mapping[str, Any]) -> None:
        """Note that the config takes up a spec, and is to list its service."""
        self._registry.begin(self._key, manifest)

    def rests(self, *, for_good: bool) -> None:
        """Note that the config could not list its service, or is not to."""
        self._registry.rest(self._key, for_good=for_good)

    async def surveyed(self, knowledge: Surveyed, touch: Callable[[ObjectKey], None]) -> None:
        """Note that the service was listed."""
        await self._registry.surveyed(self._key, knowledge, touch)
