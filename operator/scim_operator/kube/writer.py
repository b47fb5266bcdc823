"""Writes to Kubernetes: finalizers and status, once per change and never without one.

Every write carries the uid and the resource version that it was computed from, so that nothing is decided on a stale
record; a conflict reads the object again. What was just written is remembered until the watch shows it, because the
next decision may come before the echo.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import OrderedDict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scim_operator.core.records.annotations import CREATING
from scim_operator.core.records.field_managers import with_one_owner
from scim_operator.core.records.record import FINALIZER, SourceRecord, record_of
from scim_operator.core.records.status import ServiceEntry, entry_from_json, object_status
from scim_operator.core.wording import rfc3339
from scim_operator.errors import PreconditionFailed, ScimOperatorError, TransientError
from scim_operator.kube.client import KubeClient, Manifest, Target
from scim_operator.kube.configs import known_of
from scim_operator.kube.marks import Marks
from scim_operator.kube.resources import CONFIGS, OF_KIND
from scim_operator.kube.versions import is_newer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
    from scim_operator.kube.configs import ConfigBook, Known
    from scim_operator.kube.events import EventPoster

logger = logging.getLogger(__name__)

REMEMBERED = 10_000
"""Objects whose newest version is kept until the watch shows it; an entry that is pushed out costs one conflict."""
CONFLICTS = 8
"""Number of times that a write is computed again because the object changed, before the next round takes over."""
RETRIES = (0.2, 1.0, 3.0)
"""Seconds between attempts when the API server does not answer; then the caller's own back-off takes over."""


class Locks:
    """One lock per key, for as long as someone holds or wants it."""

    def __init__(self) -> None:
        self._locks: dict[object, tuple[asyncio.Lock, int]] = {}

    def __len__(self) -> int:
        return len(self._locks)

    @contextlib.asynccontextmanager
    async def hold(self, key: object) -> AsyncIterator[None]:
        """Hold the key's lock."""
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks.pop(key)
            if users > 1:
                self._locks[key] = (lock, users - 1)


class RecentWrites:
    """The newest record of each object that we wrote, until the watch has caught up."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._records: OrderedDict[str, SourceRecord] = OrderedDict()

    def newest(self, record: SourceRecord) -> SourceRecord:
        """`record`, or what we wrote of it since."""
        known = self._records.get(record.uid)
        return known if known and is_newer(known.resource_version, record.resource_version) else record

    def keep(self, record: SourceRecord) -> None:
        """Remember a record that we wrote or read."""
        self._records[record.uid] = record
        self._records.move_to_end(record.uid)
        if len(self._records) > self._size:
            self._records.popitem(last=False)

    def observe(self, record: SourceRecord) -> None:
        """Forget what the watch shows by now: only newer records need to be remembered."""
        known = self._records.get(record.uid)
        if known and not is_newer(known.resource_version, record.resource_version):
            del self._records[record.uid]

    def forget(self, uid: str) -> None:
        """Forget an object that is gone."""
        self._records.pop(uid, None)

    def retain(self, kind: Kind, namespace: str, uids: frozenset[str]) -> None:
        """Forget all other objects of `kind` in `namespace`."""
        for uid, record in tuple(self._records.items()):
            if (record.key.kind, record.key.namespace) == (kind, namespace) and uid not in uids:
                del self._records[uid]

    def __len__(self) -> int:
        return len(self._records)


class KubeWriter:
    """The job's Writer on a cluster.

    Args: shown, the record that the watch last showed of an object; now, the time for `lastTransitionTime`;
    marks, what notes how far the manifests are known.
    """

    def __init__(
        self,
        client: KubeClient,
        configs: ConfigBook,
        events: EventPoster,
        *,
        shown: Callable[[ObjectKey], SourceRecord | None] = lambda key: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        marks: Marks | None = None,
    ) -> None:
        self._marks = marks or Marks()
        self._client = client
        self._shown = shown
        self._configs = configs
        self._events = events
        self._now = now
        self._locks = Locks()
        self.recent = RecentWrites()
        self.writes = 0

    async def add_finalizer(self, record: SourceRecord, creating: str = "") -> SourceRecord | None:
        """Put our finalizer on, with what is about to be created, if anything.

        Return the record as it is now, or None when the manifest is gone, deleting or another.
        """
        async with self._locks.hold(record.uid):
            claimed = await self._write(record, lambda current: _adding(current, creating))
        return None if claimed is None or claimed.goes else claimed

    async def remove_finalizer(self, record: SourceRecord) -> None:
        """Take our finalizer off, and leave those of others; with another spec by now, the watch brings it again."""
        async with self._locks.hold(record.uid):
            await self._write(record, lambda current: _removing(current, record.generation))

    async def report(self, record: SourceRecord, entry: ServiceEntry) -> None:
        """Set one config's entry in the manifest's status; write nothing when it is the same already."""
        living = self._configs.names(record.key.namespace) | {entry.config}

        def reporting(current: SourceRecord) -> Manifest | None:
            status = status_with(current.status, entry, living, self._now())
            return None if status == current.status else {"status": status}

        async with self._locks.hold(record.uid):
            await self._write(record, reporting, "status")

    async def report_config(self, key: ConfigKey, status: Mapping[str, Any]) -> None:
        """Merge `status` into that of a ProvisioningConfig (RFC 7396); write nothing when nothing changes."""
        async with self._locks.hold(key):
            known = self._configs.get(key)
            for _ in range(CONFLICTS):
                if known is None or merged(known.status, status) == known.status:
                    return None
                try:
                    return await self._patch_config(key, known, status)
                except PreconditionFailed:
                    known = await self._read_config(key, known.uid)
        raise PreconditionFailed(f"ProvisioningConfig {key} changes faster than its status can be written.")

    async def announce(self, about: ConfigKey | ObjectKey, *, warning: bool, reason: str, message: str) -> None:
        """Post an Event about an object or a config."""
        self._events.post(about, warning=warning, reason=reason, message=message)

    def observe(self, record: SourceRecord) -> None:
        """Note that the watch shows this record."""
        self.recent.observe(record)

    def forget(self, uid: str) -> None:
        """Note that the watch reports the object as gone."""
        self.recent.forget(uid)

    def retain(self, kind: Kind, namespace: str, uids: frozenset[str]) -> None:
        """Note that a listing shows only these objects."""
        self.recent.retain(kind, namespace, uids)

    async def _write(
        self, record: SourceRecord, decide: Callable[[SourceRecord], Manifest | None], subresource: str = ""
    ) -> SourceRecord | None:
        current: SourceRecord | None = self._newest(record)
        for _ in range(CONFLICTS):
            if current is None or current.uid != record.uid:
                return None
            body = decide(current)
            if body is None:
                return current
            try:
                return await self._patch_record(current, body, subresource)
            except PreconditionFailed:
                current = await self._read(current)
        raise PreconditionFailed(f"{record.key} changes faster than it can be written.")

    def _newest(self, record: SourceRecord) -> SourceRecord:
        """Return the newest of three records: the job's, the one that we wrote, and the one that the watch showed."""
        shown = self._shown(record.key)
        if shown and shown.uid == record.uid and is_newer(shown.resource_version, record.resource_version):
            record = shown
        return self.recent.newest(record)

    async def _patch_record(self, current: SourceRecord, body: Manifest, subresource: str) -> SourceRecord | None:
        metadata = {**body.get("metadata", {}), "uid": current.uid, "resourceVersion": current.resource_version}
        self._marks.begin(current)
        manifest = await self._patch(_target(current, subresource), {**body, "metadata": metadata})
        if manifest:
            self._marks.answered(current, manifest["metadata"]["resourceVersion"])
        return self._keep(current, await self._with_one_owner(_target(current), manifest) if manifest else None)

    async def _patch_config(self, key: ConfigKey, known: Known, status: Mapping[str, Any]) -> None:
        # A uid alone does not protect the status of a recreated config: that subresource takes no metadata but this.
        body = {"metadata": {"resourceVersion": known.version}, "status": dict(status)}
        manifest = await self._patch(Target(CONFIGS, key.namespace, key.name, "status"), body)
        if manifest:
            self._configs.wrote(key, manifest)

    async def _read_config(self, key: ConfigKey, uid: str) -> Known | None:
        target = Target(CONFIGS, key.namespace, key.name)
        manifest = await _persistently(lambda: self._client.get(target))
        return known_of(manifest) if manifest and manifest["metadata"]["uid"] == uid else None

    async def _patch(self, target: Target, body: Manifest) -> Manifest | None:
        self.writes += 1
        return await _persistently(lambda: self._client.patch(target, body))

    async def _with_one_owner(self, target: Target, manifest: Manifest) -> Manifest:
        """Give fields to our present name that are under the former one: once, with the first write after an upgrade.

        Where that is refused, or the object moves on, the next write does it. A subresource does not take it, and we
        have no right to patch more of a config than its status: there, fields move as their values do.
        """
        metadata = manifest["metadata"]
        managed = with_one_owner(metadata.get("managedFields") or ())
        if managed is None or (metadata.get("deletionTimestamp") and not metadata.get("finalizers")):
            return manifest
        self.writes += 1
        version = {"resourceVersion": metadata["resourceVersion"], "managedFields": managed}
        with contextlib.suppress(ScimOperatorError):
            return await self._client.patch(target, {"metadata": version}) or manifest
        return manifest

    async def _read(self, current: SourceRecord) -> SourceRecord | None:
        return self._keep(current, await _persistently(lambda: self._client.get(_target(current))))

    def _keep(self, before: SourceRecord, manifest: Manifest | None) -> SourceRecord | None:
        if manifest is None:
            self.recent.forget(before.uid)
            return None
        self._marks.note(before.key.kind, before.key.namespace, manifest["metadata"]["resourceVersion"])
        record = record_of(before.key.kind, manifest)
        gone = record.goes and not record.finalizers  # the last finalizer is off: the object goes with this answer
        if gone or self._is_shown(record):
            self.recent.forget(record.uid)
        else:
            self.recent.keep(record)
        return record

    def _is_shown(self, record: SourceRecord) -> bool:
        """Return whether the watch already shows the record: it may be quicker than the answer to our own write."""
        shown = self._shown(record.key)
        return bool(shown and shown.uid == record.uid and not is_newer(record.resource_version, shown.resource_version))


def _target(record: SourceRecord, subresource: str = "") -> Target:
    return Target(OF_KIND[record.key.kind], record.key.namespace, record.key.name, subresource)


def _adding(current: SourceRecord, creating: str) -> Manifest | None:
    if current.goes or current.finalized:
        return None
    announced = {"annotations": {CREATING: creating}} if creating else {}
    return {"metadata": {"finalizers": [*current.finalizers, FINALIZER], **announced}}


def _removing(current: SourceRecord, decided: int) -> Manifest | None:
    """Return what takes it off; None where it is off, or what was decided on is not what is asked for now.

    A manifest on its way out can still be edited: who is suspended no longer is to leave first.
    """
    if not current.finalized or current.generation != decided:
        return None
    return {"metadata": {"finalizers": [name for name in current.finalizers if name != FINALIZER]}}


def status_with(status: Mapping[str, Any], entry: ServiceEntry, living: set[str], now: datetime) -> dict[str, Any]:
    """Return the status with `entry` in the place of what its config said before.

    The object's observedGeneration is the lowest that a living config has verified, so that Ready=True never speaks for
    a generation that one of them has not seen (promise S6). `living` names the configs of the namespace; what another
    one said before it was deleted is kept, and decides nothing.
    """
    others = [entry_from_json(body) for body in status.get("services", ()) if body["config"] != entry.config]
    entries = [*others, entry]
    generation = min(one.generation for one in entries if one.config in living)
    return object_status(status, entries, generation, rfc3339(now), living)


def merged(document: Any, patch: Any) -> Any:  # noqa: ANN401 - JSON
    """Apply a JSON merge patch (RFC 7396 section 2)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


async def _persistently(call: Callable[[], Awaitable[Manifest | None]]) -> Manifest | None:
    for pause in RETRIES:
        try:
            return await call()
        except PreconditionFailed:
            raise
        except TransientError as error:
            logger.info("%s Trying again in about %.1f s.", error, pause)
            await asyncio.sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311 - no secret
    return await call()
