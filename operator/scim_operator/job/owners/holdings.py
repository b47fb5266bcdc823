"""The holdings of all configs, which of them share a service, and the news that something about them changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from scim_operator.job.owners.holding import Holding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.seal import Seal
    from scim_operator.job.connection.serving import ServingConfigs
    from scim_operator.job.gather.namespace import Namespaces


class Holdings:
    """One holding for each config of the operator. `news` is set, and replaced, when anything about them changes."""

    def __init__(self, namespaces: Namespaces, serving_configs: ServingConfigs, seal: Seal) -> None:
        self.news = asyncio.Event()
        self._namespaces = namespaces
        self._serving_configs = serving_configs
        self._seal = seal
        self._holdings: dict[ConfigKey, Holding] = {}
        self._peers: dict[ConfigKey, tuple[Holding, ...]] = {}

    def __getitem__(self, key: ConfigKey) -> Holding:
        """Return what one config has to do with its service."""
        return self._holdings[key]

    def __iter__(self) -> Iterator[Holding]:
        """Iterate over all, also while some come or go."""
        return iter(tuple(self._holdings.values()))

    def begin(self, key: ConfigKey, manifest: Mapping[str, Any]) -> None:
        """Note that a config was seen first, or takes up a new spec."""
        holding = self._holdings.get(key) or Holding(key, self._namespaces.namespace(key.namespace))
        self._holdings[key] = holding
        if holding.take_up(manifest, self._seal):
            self._serving_configs.part(holding.address)
        self.moved()

    def rest(self, key: ConfigKey, *, for_good: bool) -> None:
        """Note that a config is not to list its service now, or could not; `for_good`: it claims nothing any more."""
        if self._holdings[key].rest(for_good=for_good):
            self.moved()

    def forget(self, key: ConfigKey) -> None:
        """Note that a config is gone, and owns nothing any more."""
        self._holdings.pop(key, None)
        self.moved()

    def moved(self) -> None:
        """Configs came, went or changed: anyone who waits for others is to look again."""
        self.announce()
        for holding in self._holdings.values():
            holding.all_moved()

    def announce(self) -> None:
        """Have those look again who wait for news, the manifests that wait for others excepted."""
        self._peers.clear()
        news, self.news = self.news, asyncio.Event()
        news.set()

    def peers(self, key: ConfigKey) -> tuple[Holding, ...]:
        """Return the configs of other namespaces that serve the same service, one of each namespace."""
        found = self._peers.get(key)
        if found is None:
            found = self._peers[key] = tuple(self._find_peers(key))
        return found

    def _find_peers(self, key: ConfigKey) -> Iterator[Holding]:
        place = self.place(self._holdings[key])
        for other, holding in self._holdings.items():
            if other.namespace != key.namespace and self.place(holding) == place and self._counts(other):
                yield holding

    def place(self, holding: Holding) -> str:
        """Return the address by which a config's service is known here."""
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
