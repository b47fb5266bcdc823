"""A second namespace of the cluster that a rig's operator serves, with a config and manifests of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import ConfigKey
from tests.support.rig import Rig

if TYPE_CHECKING:
    from scim_operator.job.supervisor import Supervisor
    from tests.support.effects import Effects


class Neighbour(Rig):
    """The other namespace; its config names the same service until `configure` says otherwise."""

    def __init__(self, host: Rig, namespace: str = "evil", **spec: Any) -> None:
        super().__init__(host.simulator, host.clock)
        self._host = host
        self.key = ConfigKey(namespace, f"{namespace}-vmware")
        self.cluster = host.cluster.within(namespace)
        self.spec = {**host.spec, **spec}

    @property
    def supervisor(self) -> Supervisor:
        """The host's: one operator serves both."""
        return self._host.supervisor

    async def remove(self) -> None:
        """Delete the config."""
        await self.supervisor.remove(self.key)


async def start_all(host: Rig, *others: Neighbour, first: Rig | None = None, effects: Effects | None = None) -> None:
    """Start the operator with the configs of all, that of `first` (the host's) seen first."""
    await host.start_without_config(effects)
    everyone = (host, *others)
    for each in sorted(everyone, key=lambda each: each is not (first or host)):
        await each.configure()
    host.listed()
