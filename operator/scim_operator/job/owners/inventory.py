"""How much is known of what the configs own, and the wait for what is not known yet.

Of a config without a job at work (suspended, refused, invalid) it is read once from the manifests' status.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from scim_operator.core.unexpected import trace
from scim_operator.job.base.waiting import wait_for
from scim_operator.job.owners.holding import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scim_operator.core.keys import ConfigKey
    from scim_operator.job.connection.serving import ServingConfigs
    from scim_operator.job.owners.holding import Holding
    from scim_operator.job.owners.holdings import Holdings
    from scim_operator.scim.clock import Clock

logger = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds that the first plan of a config that is new waits for others, which cannot keep it from work for ever."""
SHORT_PATIENCE = 20.0
"""The same for a config that has its service already: it is to end access soon after a restart."""
ROLL_CALL = 2.0
"""Seconds that such a config waits for the list of the others."""
LOOK = 1.0
"""Seconds after which it is looked again who is waited for: no one tells that a Lease is to be another's after all."""

_UNKNOWN = "It is not known whether another manifest owns what was found at the service:"

_COMING = (
    "Namespace {} shares the service, and what it claims there is known in a moment: nothing is created or taken over "
    "until then, and it is tried again."
)


class Inventory:
    """Which configs there are and what each owns, as far as that is known."""

    def __init__(
        self,
        holdings: Holdings,
        serving_configs: ServingConfigs,
        clock: Clock,
        expects: Callable[[ConfigKey], bool],
    ) -> None:
        self._holdings = holdings
        self._serving_configs = serving_configs
        self._clock = clock
        self._expects = expects
        self._unlisted: tuple[str, ...] | None = None
        self._learning: dict[ConfigKey, asyncio.Task[None]] = {}

    def called(self, unlisted: tuple[str, ...]) -> None:
        """All configs were asked for, and of these namespaces they never could be listed."""
        if unlisted != self._unlisted:
            self._unlisted = unlisted
            self._holdings.moved()

    def unknown(self, key: ConfigKey) -> str:
        """Return why it cannot be known who else owns a resource of a config's service."""
        if self._unlisted is None:
            return f"{_UNKNOWN} the ProvisioningConfigs are not all listed yet."
        if self._unlisted:
            where = f" of namespace {self._unlisted[0]}" if self._unlisted[0] else ""
            return f"{_UNKNOWN} the ProvisioningConfigs{where} cannot be listed."
        strangers = [each.key.namespace for each in self._holdings.peers(key) if not each.is_known]
        return f"{_UNKNOWN} the manifests of namespace {strangers[0]} are not read yet." if strangers else ""

    def coming(self, key: ConfigKey) -> str:
        """Return who is about to claim what may be no one's at a config's service, "" where no one is waited for.

        That is who shares the service, works there, and is about to do so here again: as who has lost its Lease for a
        moment. Who comes new is not waited for, and no one longer than for a first plan.
        """
        for holding in self._holdings.peers(key):
            works = self._serving_configs.has_service(holding.key) and self._claims_soon(holding)
            if works and self._clock.monotonic() - self._begun(holding) < self._limit(key):
                return _COMING.format(holding.key.namespace)
        return ""

    async def complete(self, key: ConfigKey) -> None:
        """Wait until what others own and claim is known, as long as patience lasts; log what is unknown then."""
        began = self._clock.monotonic()
        for holding in filter(self._claims_soon, self._holdings.peers(key)):
            self._begun(holding)
        while True:
            self._learn_all(key)
            limit = max(self._missing(key), default=0.0)
            left = began + limit - self._clock.monotonic()
            if left <= 0:
                break
            await wait_for(self._holdings.news, self._clock, min(left, LOOK))
        if unknown := self.unknown(key):
            logger.warning("%s: %s Nothing is taken over meanwhile.", key, unknown)

    async def known(self, key: ConfigKey) -> None:
        """Wait until it is known what all others who share a config's service own, however long that takes."""
        while self.unknown(key):
            self._learn_all(key)
            await self._holdings.news.wait()

    def forget(self, key: ConfigKey) -> None:
        """Read no more of a config that is gone."""
        if (task := self._learning.pop(key, None)) is not None:
            task.cancel()

    def close(self) -> None:
        """Read nothing more."""
        for task in self._learning.values():
            task.cancel()

    def _learn_all(self, key: ConfigKey) -> None:
        for holding in self._holdings:
            other = holding.key
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
        self._holdings.moved()

    def _missing(self, key: ConfigKey) -> Iterator[float]:
        """For how long each of the things is waited for that are not known yet, in seconds."""
        newcomer = self._serving_configs.is_newcomer(key)
        if self._unlisted is None or self._unlisted:
            yield PATIENCE if newcomer else ROLL_CALL
        for holding in self._holdings:
            if holding.key != key:
                yield self._patience(key, holding, newcomer=newcomer)

    def _patience(self, key: ConfigKey, holding: Holding, *, newcomer: bool) -> float:
        """For how long one config waits for another; a config that has a service already waits for no new one."""
        other = holding.key
        here = other.namespace == key.namespace
        rivals = self._holdings.place(holding) == self._holdings.place(self._holdings[key])
        if here and rivals:
            return 0.0  # one of the two serves, and the other waits for it anyway
        concerned = newcomer or rivals or (here and not self._serving_configs.is_newcomer(other))
        missing = not holding.is_known or (concerned and self._claims_soon(holding))
        return self._limit(key) if missing else 0.0

    def _claims_soon(self, holding: Holding) -> bool:
        """Return whether a config that claims nothing yet is about to: two may claim a moment later what is no one's.

        It is to list its service, or is about to be worked on here.
        """
        return holding.stage is Stage.STARTING or (
            holding.stage is Stage.RESTING and holding.applies and self._expects(holding.key)
        )

    def _begun(self, holding: Holding) -> float:
        """Return since when a config is waited for: from now on, unless it is already."""
        if holding.awaited is None:
            holding.awaited = self._clock.monotonic()
        return holding.awaited

    def _limit(self, key: ConfigKey) -> float:
        """Return for how many seconds a config waits for another."""
        return PATIENCE if self._serving_configs.is_newcomer(key) else SHORT_PATIENCE
