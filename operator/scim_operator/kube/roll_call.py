"""The roll call: all ProvisioningConfigs, listed each minute.

kopf reports changes within milliseconds but not what it missed: a config that was deleted while kopf was restarting
never comes up again. So all configs are also listed each minute, and the listing has the last word.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from typing import TYPE_CHECKING, Any

from scim_operator.core.backoff import Backoff
from scim_operator.errors import ScimOperatorError
from scim_operator.kube.client import KubeClient, Manifest, Target
from scim_operator.kube.configs import RETRY_SECONDS, key_of, known_of
from scim_operator.kube.resources import CONFIGS
from scim_operator.kube.versions import is_newer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.leases.versions import Handover
    from scim_operator.kube.configs import ConfigDesk, Jobs, Known
    from scim_operator.kube.feed import Feed

logger = logging.getLogger(__name__)

ROLL_CALL_SECONDS = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0


class RollCall:
    """Lists the configs of all namespaces, or of some, and hands each listing to the desk.

    `on_served` is called when all can be listed again, where some could not.
    """

    def __init__(
        self,
        client: KubeClient,
        namespaces: Sequence[str],
        desk: ConfigDesk,
        jobs: Jobs,
        *,
        on_served: Callable[[], None] = lambda: None,
    ) -> None:
        self._client = client
        self._places: list[str | None] = [*namespaces] or [None]
        self._desk = desk
        self._jobs = jobs
        self._on_served = on_served
        self._listed: set[str | None] = set()
        self.problem = ""

    async def run(self) -> None:
        """List all configs periodically, until cancelled."""
        backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        while True:
            if await self.call():
                backoff.reset()
                await self._until_next()
            else:
                await asyncio.sleep(_jittered(backoff.next()))

    async def _until_next(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_jittered(ROLL_CALL_SECONDS)):
                await self._desk.stumbled.wait()
                await asyncio.sleep(RETRY_SECONDS)
        self._desk.stumbled.clear()

    async def call(self) -> bool:
        """List all configs and forget the missing ones. Return whether the listing succeeded in all namespaces."""
        problems = [problem for place in self._places if (problem := await self._call(place))]
        self._jobs.called(tuple(str(place or "") for place in self._places if place not in self._listed))
        if problems:
            self._complain(problems[0])
            return False
        recovered, self.problem = bool(self.problem), ""
        self._desk.book.complete = True
        if recovered:
            self._on_served()
        return True

    async def _call(self, place: str | None) -> str:
        """List the configs of one namespace, so that another that cannot be listed keeps none of these from work."""
        before = self._desk.begin_listing(place)
        try:
            listed = await self._list(place, before)
        except ScimOperatorError as error:
            return str(error)
        await self._desk.take(place, listed, before)
        self._listed.add(place)
        return ""

    async def _list(self, place: str | None, before: Mapping[ConfigKey, Known]) -> list[Manifest]:
        page = await self._client.page(Target(CONFIGS, place), limit=0)
        listed = [await self._confirmed(manifest, before.get(key_of(manifest))) for manifest in page.items]
        return [manifest for manifest in listed if manifest is not None]

    async def _confirmed(self, manifest: Manifest, before: Known | None) -> Manifest | None:
        """Return a listed manifest, read once more where a newer one was known before: is it older, or only the list?

        Versions go back where etcd was restored from a backup; the list of a cache may lag behind.
        """
        listed = known_of(manifest)
        if before is None or before.uid != listed.uid or not is_newer(before.version, listed.version):
            return manifest
        key = key_of(manifest)
        return await self._client.get(Target(CONFIGS, key.namespace, key.name))

    def _complain(self, problem: str) -> None:
        if problem != self.problem:
            logger.warning("%s Trying again.", problem)
        self.problem = problem


async def reread(
    client: KubeClient, desk: ConfigDesk, feed: Feed, namespace: str, *, former: Handover
) -> dict[ConfigKey, Mapping[str, Any]]:
    """Read the configs of a namespace again, and return their statuses; the manifests are as the `former` holder left.

    Another replica wrote them a moment ago, and a watch may show that late.
    """
    await feed.take_over(namespace, former)
    page = await client.page(Target(CONFIGS, namespace), limit=0)
    for manifest in page.items:
        await desk.changed(manifest)
    return {key_of(manifest): known_of(manifest).status for manifest in page.items}


def _jittered(seconds: float) -> float:
    return seconds * random.uniform(0.75, 1.0)  # noqa: S311 - no secret
