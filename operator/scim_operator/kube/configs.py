"""The ProvisioningConfigs of the cluster: what is known of them, and the jobs that run because of them."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from scim_operator.core.keys import ConfigKey
from scim_operator.core.records.readable_config import readable_config_status
from scim_operator.core.records.record import request_in
from scim_operator.core.unexpected import trace
from scim_operator.kube.versions import is_newer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from scim_operator.kube.client import Manifest

logger = logging.getLogger(__name__)

RETRY_SECONDS = 5.0
"""After a config could not be taken up, which only a bug of ours can bring about."""


class Jobs(Protocol):
    """Runs the jobs; `job.supervisor.Supervisor` is the real one."""

    async def configure(self, key: ConfigKey, manifest: Manifest) -> None:
        """Start the job of a config, or let it take up a change."""

    async def seen(self, key: ConfigKey, status: Mapping[str, Any]) -> None:
        """Note that the API server shows this status of a config now."""

    def listed(self, place: str | None) -> None:
        """Note that all configs of a namespace were reported at least once; with None those of all namespaces."""

    def called(self, unlisted: tuple[str, ...]) -> None:
        """Note that all configs were requested; those of `unlisted` namespaces were never listed yet."""

    async def remove(self, key: ConfigKey) -> None:
        """Stop the job of a config that is gone, and leave the service as it is."""


@dataclass(frozen=True, slots=True)
class Known:
    """A config as the API server last showed it."""

    uid: str
    version: str
    generation: int
    status: Mapping[str, Any]
    requested: str = ""


class ConfigBook:
    """The configs as last seen, from kopf's events, the roll call and our own writes, whichever is newest."""

    def __init__(self) -> None:
        self._known: dict[ConfigKey, Known] = {}
        self.complete = False

    def get(self, key: ConfigKey) -> Known | None:
        """Return what is known of a config, None when there is none of that name."""
        return self._known.get(key)

    def of(self, place: str | None) -> dict[ConfigKey, Known]:
        """Return what is known of the configs of a namespace; with None of all namespaces."""
        return {key: known for key, known in self._known.items() if place in (key.namespace, None)}

    def names(self, namespace: str) -> set[str]:
        """Return the names of the configs of a namespace."""
        return {key.name for key in self._known if key.namespace == namespace}

    def see(self, manifest: Manifest, before: Known | None = None) -> bool:
        """Take in a manifest; return whether its spec, or a request to look now, is new to us.

        `before` is what was known when the listing began that shows the manifest. Where that is all that is known
        still, the listing is right, also with an older version: etcd was restored from a backup.
        """
        key, new = key_of(manifest), known_of(manifest)
        old = self._known.get(key)
        if old and old.uid == new.uid and not (is_newer(new.version, old.version) or is_set_back(new, old, before)):
            return False
        self._known[key] = new
        return old is None or (old.uid, old.generation, old.requested) != (
            new.uid,
            new.generation,
            new.requested,
        )

    def wrote(self, key: ConfigKey, manifest: Manifest) -> None:
        """Take in what our own write answered, without hiding a new spec that it may carry from `see`."""
        old, new = self._known.get(key), known_of(manifest)
        same = old and (old.uid, old.generation, old.requested) == (new.uid, new.generation, new.requested)
        if old and same and is_newer(new.version, old.version):
            self._known[key] = new

    def lose(self, key: ConfigKey) -> None:
        """Forget a config."""
        self._known.pop(key, None)


def key_of(manifest: Manifest) -> ConfigKey:
    """Return the config's key."""
    return ConfigKey(manifest["metadata"]["namespace"], manifest["metadata"]["name"])


def known_of(manifest: Manifest) -> Known:
    """Return what is kept of a config's manifest."""
    metadata = manifest["metadata"]
    version, requested = metadata["resourceVersion"], request_in(metadata.get("annotations") or {})
    status = readable_config_status(manifest.get("status"))
    return Known(metadata["uid"], version, metadata["generation"], status, requested)


def is_set_back(new: Known, old: Known, before: Known | None) -> bool:
    """Return whether a listing shows another version than all that is known, which was known before it began."""
    return old is before and new.version != old.version


def is_leaving(manifest: Manifest) -> bool:
    """Return whether the config is being deleted: then its job stops at once, even if other finalizers remain."""
    return "deletionTimestamp" in manifest["metadata"]


class ConfigDesk:
    """Turns what is seen of configs into calls on the jobs, one after the other. `cover` is given their namespaces."""

    def __init__(self, book: ConfigBook, jobs: Jobs, *, cover: Callable[[str], None]) -> None:
        self.book = book
        self._jobs = jobs
        self._cover = cover
        self._failed: set[ConfigKey] = set()
        self._gone: set[str] = set()
        """The uids of the configs that were removed since the listing under way began: it may still show them."""
        self.stumbled = asyncio.Event()
        """Set when a config could not be taken up: the next listing tries again."""
        self._turn = asyncio.Lock()
        self._open = True

    async def changed(self, manifest: Manifest) -> None:
        """Note that a config was added or changed, or is being deleted."""
        async with self._turn:
            await self._see(manifest)

    async def deleted(self, manifest: Manifest) -> None:
        """Note that a config is gone."""
        async with self._turn:
            key, known = key_of(manifest), self.book.get(key_of(manifest))
            if known and known.uid == manifest["metadata"]["uid"]:
                await self._remove(key)

    async def close(self) -> None:
        """Finish the current turn and take nothing in any more, because the operator stops."""
        async with self._turn:
            self._open = False

    def begin_listing(self, place: str | None) -> dict[ConfigKey, Known]:
        """Return what is known of the configs of a namespace, before a listing of it begins."""
        self._gone.clear()
        return self.book.of(place)

    async def take(self, place: str | None, listed: Iterable[Manifest], before: Mapping[ConfigKey, Known]) -> None:
        """Take in a listing. It overrides nothing that came since it began; `before` is what was known then."""
        async with self._turn:
            present = {key_of(manifest): manifest for manifest in listed}
            for key in before.keys() - present.keys():
                if (known := self.book.get(key)) and known.uid == before[key].uid:
                    await self._remove(key)
            for key, manifest in present.items():
                if manifest["metadata"]["uid"] not in self._gone:
                    await self._see(manifest, before.get(key))
            self._jobs.listed(place)

    async def _see(self, manifest: Manifest, known_before: Known | None = None) -> None:
        key = key_of(manifest)
        if not self._open:
            return
        if is_leaving(manifest):
            await self._remove(key)
            return
        before, is_new = self.book.get(key), self.book.see(manifest, known_before)
        if is_new or key in self._failed:
            await self._configure(key, manifest)
        if (known := self.book.get(key)) is not None and known is not before:
            await self._jobs.seen(key, known.status)

    async def _configure(self, key: ConfigKey, manifest: Manifest) -> None:
        self._cover(key.namespace)
        self._failed.discard(key)
        try:
            await self._jobs.configure(key, manifest)
        except Exception as error:  # noqa: BLE001
            # The other configs go on, and the next roll call tries again.
            again = f"trying again in {RETRY_SECONDS:.0f} s"
            logger.error("ProvisioningConfig %s could not be taken up, %s: %s", key, again, trace(error))  # noqa: TRY400
            self._failed.add(key)
            self.stumbled.set()

    async def _remove(self, key: ConfigKey) -> None:
        if self._open and (known := self.book.get(key)):
            self.book.lose(key)
            self._gone.add(known.uid)
            self._failed.discard(key)
            await self._jobs.remove(key)
