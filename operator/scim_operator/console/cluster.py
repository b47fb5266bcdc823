"""The console over a cluster: what the API server shows to one person, listed once and watched from then on."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scim_operator.console.concealing import shown_document
from scim_operator.console.people import People
from scim_operator.console.source import Detail, config_key
from scim_operator.console.steps import whole_of
from scim_operator.core.records.record import record_of
from scim_operator.job.gather.namespace import Namespaces
from scim_operator.kube.client import Target, no_such
from scim_operator.kube.feed import Feed
from scim_operator.kube.resources import CONFIGS, OF_KIND
from scim_operator.review.rendering import as_json

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from scim_operator.console.checkout import Checkout, GitNote
    from scim_operator.console.reach import Reach
    from scim_operator.console.source import Asked, Manifest
    from scim_operator.console.steps import Whole
    from scim_operator.core.explain.explanation import Explanation
    from scim_operator.core.keys import ConfigKey, ObjectKey
    from scim_operator.job.gather.namespace import Namespace
    from scim_operator.kube.client import KubeClient
    from scim_operator.review.plan_review import Review

MANAGER = "scim-operator-console"
"""The field manager of an approval: `status.lastApproval.by` names it."""


@dataclass(frozen=True, slots=True)
class Commands:
    """What the console asks as the commands of the same names do: `explain`, `plan` and `logs`."""

    explain: Callable[[ObjectKey, str, bool], Awaitable[Explanation]]
    plan: Callable[[ConfigKey], Awaitable[Review]]
    log: Callable[[Asked], Awaitable[list[dict[str, Any]]]]


class ClusterSource:
    """Namespaces of a cluster. Use inside `running`; `place` says in words which it is.

    `checkout` has the same manifests in Git, None where that is not known.
    """

    in_cluster = True
    findings: Sequence[str] = ()

    def __init__(
        self,
        client: KubeClient,
        reach: Reach,
        place: str,
        commands: Commands,
        checkout: Checkout | None = None,
    ) -> None:
        self._checkout = checkout
        self.place = place
        self.people = People()
        self._client = client
        self._reach = reach
        self._commands = commands
        self._directory = Namespaces()
        self._feed = Feed(client, reach.namespaces, self._directory, [self.people])
        self._plans: dict[ConfigKey, Whole] = {}

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """List and watch users and groups inside the block."""
        feeding = asyncio.create_task(self._feed.run(), name="feed of the console")
        try:
            yield
        finally:
            feeding.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await feeding

    @property
    def home(self) -> str:
        """Return the namespace, where one is shown; "" for several."""
        return self._reach.home

    @property
    def unseen(self) -> str:
        """Return which namespaces the person may not read."""
        return self._reach.unseen

    def manifests(self, namespace: str) -> Namespace:
        """Return the manifests of a namespace, and who is in which group."""
        return self._directory.namespace(namespace)

    @property
    def trouble(self) -> str:
        """Return why users and groups are not read, or not up to date."""
        return " ".join(dict.fromkeys(each.pulse.problem for each in self._feed.reflectors if each.pulse.problem))

    @property
    def reading(self) -> bool:
        """Return whether users and groups are still being read for the first time."""
        return len(self._feed.taken) < len(self._feed.reflectors)

    async def configs(self) -> list[Manifest]:
        """Return the ProvisioningConfigs, by namespace and name."""
        found = [each for place in self._reach.namespaces or (None,) for each in await self._configs(place)]
        return sorted(found, key=config_key)

    async def _configs(self, place: str | None) -> list[Manifest]:
        return [config async for config in self._client.every(Target(CONFIGS, place))]

    async def detail(self, key: ObjectKey) -> Detail | None:
        """Return one object, as it is now; None where there is none of that name."""
        manifest = await self._client.get(Target(OF_KIND[key.kind], key.namespace, key.name))
        if manifest is None:
            return None
        record = record_of(key.kind, manifest)
        return Detail(record, shown_document(record, await self._configs(key.namespace)), manifest)

    async def explain(self, key: ObjectKey, config: str, *, ask: bool) -> Explanation:
        """Explain it; with `ask` the service is asked, with what the person may read."""
        return await self._commands.explain(key, config, ask)

    async def git(self, key: ObjectKey, config: str) -> GitNote | None:
        """Return what the checkout that was given says of an object; None without one."""
        return await self._checkout.note(key, config) if self._checkout is not None else None

    async def plan(self, config: ConfigKey) -> Whole | None:
        """Return the whole plan that was made last."""
        return self._plans.get(config)

    async def make_plan(self, config: ConfigKey) -> None:
        """Make the whole plan now, by asking the service."""
        self._plans[config] = whole_of(as_json(await self._commands.plan(config)))

    async def approve(self, config: ConfigKey, digest: str, protected: Sequence[str]) -> None:
        """Write the approval of exactly this plan, with the person's rights."""
        spec = {"approvedPlan": digest, "approvedProtected": list(protected) or None}
        target = Target(CONFIGS, config.namespace, config.name)
        if await self._client.patch(target, {"spec": spec}, manager=MANAGER) is None:
            raise no_such(target)

    async def log(self, asked: Asked) -> list[dict[str, Any]]:
        """Return records of the provisioning log."""
        return await self._commands.log(asked)
