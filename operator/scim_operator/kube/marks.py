"""How far a replica knows the manifests, and how far each of its watches has come; see `core.leases.versions`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.leases.versions import note_of
from scim_operator.kube.reflector import Dropped, Put, Replaced
from scim_operator.kube.versions import is_newer

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.kube.reflector import Change


class Marks:
    """The newest version that was seen or written of the manifests of each kind and namespace."""

    def __init__(self) -> None:
        self._newest: dict[tuple[Kind, str | None], int] = {}
        """By kind and namespace; None is for all namespaces."""
        self._open: dict[str, tuple[ObjectKey, str]] = {}
        """By uid, the writes of which it is not known whether they took effect, and the versions that they name."""
        self._odd = False
        """Whether there are versions that cannot be compared."""

    def note(self, kind: Kind, namespace: str | None, version: str) -> None:
        """Note that a version was seen, or written."""
        if version.isdigit():
            self._newest[kind, namespace] = max(self._newest.get((kind, namespace), 0), int(version))
        else:
            self._odd = True

    def show(self, change: Change, *, again: bool = True) -> None:
        """Note what a watch, or a listing, shows; `again` is whether that was listed before."""
        match change:
            case Put(record):
                self._note(record)
            case Dropped(key, uid, version):
                self.note(key.kind, key.namespace, version)
                self._open.pop(uid, None)
            case Replaced():
                for record in change.records:
                    self._note(record)
                if again:  # what it does not show any more may have gone unseen
                    self.note(change.kind, change.namespace, change.version)

    def _note(self, record: SourceRecord) -> None:
        self.note(record.key.kind, record.key.namespace, record.resource_version)

    def begin(self, record: SourceRecord) -> None:
        """Note that a manifest is about to be written, over the version that is known of it."""
        self._open[record.uid] = (record.key, record.resource_version)

    def answered(self, record: SourceRecord, version: str) -> None:
        """Note the answer to that."""
        self._open.pop(record.uid, None)
        self.note(record.key.kind, record.key.namespace, version)

    def text(self, namespace: str, shown: Callable[[ObjectKey], SourceRecord | None]) -> str:
        """Return what to note in the Lease of a namespace, "" for nothing: a write of ours may still take effect.

        `shown` returns a manifest as it was last shown.
        """
        settled = [uid for uid, (key, version) in self._open.items() if _is_settled(shown(key), uid, version)]
        for uid in settled:
            del self._open[uid]
        if self._odd or any(key.namespace == namespace for key, _ in self._open.values()):
            return ""
        places = (namespace, None)
        newest = {kind: max(self._newest.get((kind, place), 0) for place in places) for kind in Kind}
        return note_of(newest)


def _is_settled(shown: SourceRecord | None, uid: str, version: str) -> bool:
    """Return whether a write over a version is done, or never will be: the manifest is gone, or has another version."""
    return shown is None or shown.uid != uid or is_newer(shown.resource_version, version)


class Progress:
    """How far one watch has been taken in, and those who wait for it to come further."""

    def __init__(self) -> None:
        self.version = ""
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    def come(self, version: str) -> None:
        """Note that all up to a version is taken in. Versions go back where etcd was restored."""
        self.version = version
        if self._waiting:
            for least, waiter in self._waiting:
                if self._is_at(least) and not waiter.done():
                    waiter.set_result(None)
            self._waiting = [each for each in self._waiting if not each[1].done()]

    async def reach(self, version: int, seconds: float) -> bool:
        """Wait until it has come to a version, at most for some seconds; return whether it has."""
        if self._is_at(version):
            return True
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((version, waiter))
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await waiter
        return self._is_at(version)

    def _is_at(self, version: int) -> bool:
        return self.version.isdigit() and int(self.version) >= version
