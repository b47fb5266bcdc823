"""The services that the configs of the cluster serve, each at most one config of a namespace at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scim_operator.api.enums import Mode
from scim_operator.core.connection.serving import ServingState, serving
from scim_operator.core.keys import ConfigKey
from scim_operator.core.service.address import address_of
from scim_operator.errors import InvalidSpec
from scim_operator.job.base.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_TO_COME = "9999-12-31T23:59:59Z"
"""When a config was created that no API server has seen yet."""


class ServingConfigs:
    """What the configs ask for and have. `moved` is called with a namespace where someone may serve now who could not.

    What a config has is in its status too, so that it has it after a restart.
    """

    def __init__(self, moved: Callable[[str], None]) -> None:
        self._moved = moved
        self._tenures: dict[ConfigKey, ServingState] = {}
        self._at_work: set[ConfigKey] = set()
        self._complete: set[str | None] = set()
        self._turns: dict[ConfigKey, int] = {}
        self._aliases: dict[str, str] = {}
        self._evidence: dict[str, str] = {}

    def listed(self, place: str | None) -> None:
        """Every config of a namespace has been seen, or with None every one that there is.

        Until then, no one takes a service there that they did not have.
        """
        if place not in self._complete:
            self._complete.add(place)
            for namespace in {key.namespace for key in self._tenures if place in (key.namespace, None)}:
                self._moved(namespace)

    def see(self, key: ConfigKey, manifest: Mapping[str, Any]) -> None:
        """Note that a config came, or changed."""
        known, new = self._tenures.get(key), serving_state_of(manifest)
        if known is not None:
            new = replace(new, has=known.has)
        elif any(self._same(new.has, each.has) for each in self._others_at_work(key)):
            # Its status is out of date, or was edited: at no time do two serve, be the other the younger one.
            new = replace(new, has="")
        elif self._same(new.has, new.asks):
            self._turns[key] = 0
        self._tenures[key] = new
        self._moved(key.namespace)

    def rest(self, key: ConfigKey, manifest: Mapping[str, Any]) -> None:
        """Note that another operator may work on a config: it has what it had here, else what its status says.

        What was written here a moment ago may not have come back yet.
        """
        state = serving_state_of(manifest)
        self._tenures[key] = replace(state, has=self._tenures[key].has) if key in self._at_work else state
        self._at_work.discard(key)
        self._turns.pop(key, None)
        self._moved(key.namespace)

    def forget(self, key: ConfigKey) -> None:
        """Note that a config is gone, and nothing of it is at work any more."""
        self._at_work.discard(key)
        self._turns.pop(key, None)
        if self._tenures.pop(key, None) is not None:
            self._moved(key.namespace)

    def serving(self, key: ConfigKey) -> str:
        """Return the name of the config that serves what `key` asks for, maybe its own; "" while that is not known."""
        mine = self._tenures[key]
        if not mine.asks:
            return key.name
        if not self.has_service(key) and not self._complete & {key.namespace, None}:
            return ""
        return serving(self.canon(mine.asks), map(self._in_one_name, self._near(key.namespace).values()))

    def take(self, key: ConfigKey) -> None:
        """Note that the config begins to serve what it asks for."""
        mine = self._tenures[key]
        if not self.has_service(key) or key not in self._turns:
            self._turns[key] = 1 + max(self._turns.values(), default=0)
        self._tenures[key] = replace(mine, has=mine.asks)
        self._at_work.add(key)

    def leave(self, key: ConfigKey) -> bool:
        """Let go of what the config must not keep, once none of it is under way; return whether it has anything."""
        mine = self._tenures[key]
        if mine.has and (not self.has_service(key) or self.serving(key) != key.name):
            self._tenures[key] = replace(mine, has="")
            self._at_work.discard(key)
            self._moved(key.namespace)
        return bool(self._tenures[key].has)

    def canon(self, address: str) -> str:
        """Return the address by which a service is known here, of all that lead to it."""
        while address in self._aliases:
            address = self._aliases[address]
        return address

    def evidence(self, key: ConfigKey) -> str:
        """Return the evidence that the config's service is one that another config serves by another address."""
        mine, server = self._tenures[key].asks, ConfigKey(key.namespace, self.serving(key))
        other = self._tenures[server].has if server in self._tenures else mine
        return self._evidence.get(self.canon(mine), "") if other != mine else ""

    def join(self, one: str, other: str, evidence: str) -> None:
        """Two addresses lead to one service: in each namespace the config that has had it longest keeps it."""
        alias, service = self.canon(one), self.canon(other)
        if alias == service:
            return
        self._evidence[service] = evidence
        self._aliases[alias] = service
        for namespace in {key.namespace for key in self._tenures}:
            having = [key for key, each in self._near(namespace).items() if self._same(each.has, service)]
            for key in sorted(having, key=self.rank)[1:]:
                self._tenures[key] = replace(self._tenures[key], has="")
            if having:
                self._moved(namespace)

    def part(self, address: str) -> None:
        """Forget that an address leads to the service of another: the next listings show it again."""
        service = self.canon(address)
        self._aliases = {one: other for one, other in self._aliases.items() if self.canon(one) != service}
        for namespace in {key.namespace for key in self._tenures}:
            self._moved(namespace)

    def rank(self, key: ConfigKey) -> tuple[int, str, ConfigKey]:
        """Return the config's rank for a service: those that had it when the operator began, then by first taken."""
        mine = self._tenures[key]
        return (self._turns.get(key, len(self._tenures) + len(self._turns)), mine.created, key)

    def has_service(self, key: ConfigKey) -> bool:
        """Return whether a config has the service that it asks for, here or where another replica works on it."""
        return self._same(self._tenures[key].has, self._tenures[key].asks)

    def is_newcomer(self, key: ConfigKey) -> bool:
        """Return whether a config did not have its service when it was seen first."""
        return self._turns.get(key) != 0

    def _same(self, one: str, other: str) -> bool:
        return bool(one) and self.canon(one) == self.canon(other)

    def _in_one_name(self, state: ServingState) -> ServingState:
        return replace(state, asks=self.canon(state.asks), has=self.canon(state.has))

    def _near(self, namespace: str) -> dict[ConfigKey, ServingState]:
        return {key: each for key, each in self._tenures.items() if key.namespace == namespace}

    def _others_at_work(self, key: ConfigKey) -> Iterator[ServingState]:
        return (self._tenures[each] for each in self._at_work if each.namespace == key.namespace and each != key)


def serving_state_of(manifest: Mapping[str, Any]) -> ServingState:
    """Return what a config asks for, valid or not, and what it has by its status."""
    metadata, status = manifest["metadata"], manifest.get("status") or {}
    created = metadata.get("creationTimestamp") or _TO_COME
    has = address_of(status.get("claimedUrl") or "")
    return ServingState(metadata["name"], created, asked(manifest), has, _is_able(manifest))


def _is_able(manifest: Mapping[str, Any]) -> bool:
    try:
        return not settings_of(manifest).spec.suspend
    except InvalidSpec:
        return False


def asked(manifest: Mapping[str, Any]) -> str:
    """Return the address of the service that a config would write to, "" in mode Plan."""
    spec: Mapping[str, Any] = manifest.get("spec") or {}
    return "" if spec.get("mode") == Mode.PLAN else address_of((spec.get("service") or {}).get("url") or "")


def serving_in_the_end(manifest: Mapping[str, Any], near: Iterable[Mapping[str, Any]]) -> str:
    """Return the name of the config that serves what one asks for, once all in the namespace took up their specs."""
    states = [serving_state_of(each) for each in near]
    settled = [replace(each, has=each.has if each.has == each.asks else "") for each in states]
    return serving(asked(manifest), settled)
