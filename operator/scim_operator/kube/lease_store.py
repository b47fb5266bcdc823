"""Reading and writing Leases at the API server; a write names the version that it was computed from."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from scim_operator.core.leases.lease import ROLE, Lease, Role, body_of, lease_of
from scim_operator.errors import Unreachable
from scim_operator.kube.client import PAGE, KubeClient, Manifest, Target
from scim_operator.kube.resources import LEASES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
    from typing import TypeVar

    Answer = TypeVar("Answer")

CALL_SECONDS = 4.0
"""Seconds for one call: a renewal that takes longer comes too late."""


class LeaseStore:
    """The Leases of some namespaces, or with none named of all."""

    def __init__(self, client: KubeClient, home: str, watched: Sequence[str]) -> None:
        self._client = client
        self._places: list[str | None] = [*dict.fromkeys((home, *watched))] if watched else [None]

    async def all(self, role: Role, among: Collection[str] = ()) -> list[Manifest]:
        """Return the Leases of a role; all namespaces are asked at the same time, however many there are.

        Where some are named, the others need not be looked at.
        """
        places = [place for place in self._places if place is None or not among or place in among]
        found = await asyncio.gather(*(_soon(partial(self._list, place, role)) for place in places))
        return [one for each in found for one in each]

    async def read(self, namespace: str, name: str) -> Lease | None:
        """Return the Lease of a service, None where there is none; by a list, so that one right is enough."""
        listed = await _soon(partial(self._list, namespace, Role.SERVICE))
        found = (one for one in listed if one["metadata"]["name"] == name)
        return next(map(lease_of, found), None)

    async def write(
        self, namespace: str, name: str, role: Role, lease: Lease, notes: Mapping[str, str]
    ) -> Lease | None:
        """Write a Lease: as a new one where it names no version, else over that version.

        Return it as it is then, None where it, or its namespace, is gone. Raises PreconditionFailed where it changed.
        """
        body = body_of(lease)
        annotations = {**body["metadata"]["annotations"], **notes}
        body["metadata"] |= {"annotations": annotations, "labels": {ROLE: role.value}}
        if lease.version:
            written = await _soon(partial(self._client.patch, Target(LEASES, namespace, name), body))
        else:
            body["metadata"] |= {"name": name, "annotations": {key: note for key, note in annotations.items() if note}}
            whole = {"apiVersion": LEASES.api_version, "kind": LEASES.kind, **body}
            written = await _soon(partial(self._client.create, Target(LEASES, namespace), whole))
        return lease_of(written) if written is not None else None

    async def _list(self, place: str | None, role: Role) -> list[Manifest]:
        found, token = [], ""
        while True:
            target = Target(LEASES, place)
            page = await self._client.page(target, limit=PAGE, token=token, label=f"{ROLE}={role.value}")
            found += page.items
            if not (token := page.next):
                return found


async def _soon(call: Callable[[], Awaitable[Answer]]) -> Answer:
    """Return the answer; raises Unreachable where it does not come soon.

    The call is made in here: a coroutine that came from outside would be left behind by an end before the first step.
    """
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await call()
    except TimeoutError as error:
        raise Unreachable(f"The API server did not answer about a Lease within {CALL_SECONDS:.0f} s.") from error
