"""The replicas that live: each keeps a Lease of its own, in the namespace that the operator runs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.leases.lease import (
    EVERYWHERE,
    NAMESPACES,
    RENEWAL,
    Lease,
    Moment,
    Role,
    Seen,
    lease_of,
    seen,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scim_operator.kube.client import Manifest
    from scim_operator.kube.lease_store import LeaseStore

_NAME = "scim-operator-replica-{}"


class Replicas:
    """This replica among the others. There are as many Leases as ever lived at once: one that ended is used again."""

    def __init__(self, store: LeaseStore, home: str, watched: Sequence[str], name: str, pod: str) -> None:
        self._store = store
        self._home = home
        self._watched = tuple(watched) or (EVERYWHERE,)
        self._name, self._pod = name, pod
        self._seen: dict[tuple[str, str], Seen] = {}
        self._of: dict[tuple[str, str], tuple[str, ...]] = {}
        self._renewed = float("-inf")

    def see(self, manifests: Iterable[Manifest], now: float) -> None:
        """Take in the Leases of replicas that there are, of all namespaces that are looked at."""
        before, self._seen, self._of = self._seen, {}, {}
        for manifest in manifests:
            metadata = manifest["metadata"]
            at = (metadata["namespace"], metadata["name"])
            self._seen[at] = seen(before.get(at), lease_of(manifest), now)
            self._of[at] = tuple(((metadata.get("annotations") or {}).get(NAMESPACES) or "").split())

    def members(self, now: Moment) -> dict[str, tuple[str, ...]]:
        """Return the replicas that live, and which namespaces each watches."""
        live = {
            known.lease.holder: self._of[at]
            for at, known in self._seen.items()
            if known.over(now) is None and not self._is_former(known.lease)
        }
        return {**live, self._name: self._watched}

    def others(self, now: Moment) -> dict[str, tuple[str, ...]]:
        """Return the others that live; see `members`."""
        return {name: watched for name, watched in self.members(now).items() if name != self._name}

    async def show(self, now: Moment) -> None:
        """Write that this replica lives, where that is due."""
        if now.monotonic - self._renewed >= RENEWAL:
            await self._live(now, self._watched)

    async def resign(self, now: Moment) -> None:
        """Write that this replica takes nothing any more, because it is about to end."""
        await self._live(now, ())

    async def leave(self, now: Moment) -> None:
        """Write that this replica ends."""
        slot = self._slot(now)
        known = self._seen.get((self._home, slot))
        if known is not None and known.lease.holder == self._name:
            await self._store.write(self._home, slot, Role.REPLICA, Lease(version=known.lease.version), {})

    async def _live(self, now: Moment, watched: Sequence[str]) -> None:
        slot = self._slot(now)
        known = self._seen.get((self._home, slot))
        lease = Lease(self._name, now.wall, pod=self._pod, version=known.lease.version if known is not None else "")
        written = await self._store.write(self._home, slot, Role.REPLICA, lease, {NAMESPACES: " ".join(watched)})
        if written is not None:  # what is written next names its version
            self._seen[self._home, slot] = seen(known, written, now.monotonic)
            self._of[self._home, slot] = tuple(watched)
        self._renewed = now.monotonic

    def _slot(self, now: Moment) -> str:
        """Return the name of our own Lease, or of the first one that no one has."""
        here = {name: known for (namespace, name), known in self._seen.items() if namespace == self._home}
        own = [name for name, known in here.items() if known.lease.holder == self._name]
        free = (_NAME.format(number) for number in range(len(here) + 1))
        usable = (name for name in free if name not in here or self._is_free(here[name], now))
        return own[0] if own else next(usable)

    def _is_free(self, known: Seen, now: Moment) -> bool:
        return known.over(now) is not None or self._is_former(known.lease)

    def _is_former(self, lease: Lease) -> bool:
        """Return whether a Lease is that of a process that ran in this pod before, and so has ended."""
        return bool(self._pod) and lease.pod == self._pod and lease.holder != self._name
