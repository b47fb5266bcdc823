"""A second namespace of a simulated world, whose config works with the same service."""

from __future__ import annotations

from typing import Any

from verify.promises.documents import namespace_of
from verify.service import TOKEN, SimulatedService
from verify.world import World, config_spec


class Corner(SimulatedService):
    """The service as one of several namespaces sees to it: without what has the mark of another one."""

    def __init__(self, whole: SimulatedService, others: frozenset[str]) -> None:  # everything is that of the whole
        vars(self).update(vars(whole))
        self._whole, self._others = whole, others

    @property
    def users(self) -> dict[str, dict[str, Any]]:
        """See `SimulatedService.users`."""
        return self._mine(self._whole.users)

    @property
    def groups(self) -> dict[str, dict[str, Any]]:
        """See `SimulatedService.groups`."""
        return self._mine(self._whole.groups)

    def _mine(self, found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {id: one for id, one in found.items() if namespace_of(one.get("externalId")) not in self._others}


class Neighbour(World):
    """Another namespace, with a config and manifests of its own. Time, chance and operators are those of the first."""

    def __init__(self, first: World, namespace: str, **spec: Any) -> None:  # noqa: ANN401 - of its config
        vars(self).update(vars(first))
        whole = first.service
        self.namespace, self.neighbours = namespace, frozenset([first.namespace])
        first.neighbours = frozenset([namespace])
        self.service, first.service = Corner(whole, self.neighbours), Corner(whole, first.neighbours)
        self.spec = config_spec(**spec)
        self.secret(TOKEN)
        self.configure()
