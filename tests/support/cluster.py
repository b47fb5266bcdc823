"""A Kubernetes API server in memory, as far as a job sees it: manifests, finalizers, status, deletion, Secrets.

It stands below the job's ports (`base/ports.py`), so a job under test runs as it does in production. Every write can be
made to fail or to be the last one before a crash.
"""

from __future__ import annotations

import contextlib
import copy
import itertools
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
from scim_operator.core.records.annotations import CREATING, UNDELETE
from scim_operator.core.records.readable_status import readable_status
from scim_operator.core.records.record import FINALIZER, SourceRecord, record_of
from scim_operator.core.records.status import ServiceEntry, entry_from_json, object_status
from scim_operator.core.records.undelete import made_anew
from scim_operator.core.secrecy.destinations import HOSTS, destination_of, released
from scim_operator.errors import SecretNotFound, Unavailable
from scim_operator.job.gather.namespace import Namespaces
from scim_operator.scim.egress import Egress
from verify.copies import copied

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from scim_operator.core.secrecy.destinations import DataRef, To, Values
    from scim_operator.scim.clock import Clock

NAMESPACE = "identity"


class Cluster:
    """Implements the job's Writer, Vault and Premises; `apply` and `delete` are what a person does."""

    def __init__(self, clock: Clock, namespace: str = NAMESPACE) -> None:
        self.namespace = namespace
        self.secrets: dict[tuple[str, str], bytes] = {}
        self.egress = Egress(allow_insecure=True)
        """What the operator of the test was started with: its services are on loopback."""
        self.config_status: dict[str, dict[str, Any]] = {}
        self.events: list[tuple[str, str]] = []
        self.writes = 0
        self.reports = 0
        """Statuses of configs that were reported, the same again counted too."""
        self.object_writes = 0
        """Those to manifests of users and groups."""
        self.around: Callable[[Callable[[], Awaitable[None]]], Awaitable[None]] | None = None
        """What stands around every write; a test may crash there."""
        self.going: frozenset[Kind] = frozenset()
        """The kinds whose CRD, or all of them if the namespace, is being deleted."""
        self.namespaces = [namespace]
        """Those whose manifests can be listed."""
        self._clock = clock
        self._manifests: dict[ObjectKey, dict[str, Any]] = {}
        self._versions = itertools.count(1)
        self._directories: list[Namespaces] = []

    @contextlib.contextmanager
    def away(self) -> Iterator[list[str]]:
        """Refuse every write meanwhile; the list has one entry for each that was refused."""
        refused: list[str] = []

        async def refuse(write: Callable[[], Awaitable[None]]) -> None:
            refused.append("The API server is away.")
            raise Unavailable(refused[-1])

        self.around = refuse
        try:
            yield refused
        finally:
            self.around = None

    async def terminating(self, namespace: str) -> frozenset[Kind]:
        return self.going

    def dump(self) -> dict[str, Any]:
        """Everything that is stored, for `restore`."""
        return copied({"manifests": self._manifests, "configs": self.config_status})

    def restore(self, dump: Mapping[str, Any]) -> None:
        """Put back what `dump` gave; nobody may be watching."""
        stored = copied(dict(dump))
        self._manifests, self.config_status = stored["manifests"], stored["configs"]
        self._versions = itertools.count(100_000)

    def within(self, namespace: str) -> Cluster:
        """The same cluster, where what a person does is done in another namespace."""
        view = copy.copy(self)
        view.namespace = namespace
        self.namespaces.append(namespace)
        return view

    def watch(self) -> Namespaces:
        """A directory that follows this cluster from now on, listed completely."""
        return self.follow(Namespaces(self._clock.now))

    def follow(self, directory: Namespaces) -> Namespaces:
        """Let this directory follow from now on, listed completely."""
        for kind in Kind:
            for namespace in self.namespaces:
                place = (kind, namespace)
                bodies = [body for key, body in self._manifests.items() if (key.kind, key.namespace) == place]
                directory.replace(kind, namespace, [record_of(kind, body) for body in bodies])
        self._directories.append(directory)
        return directory

    def unwatch(self, directory: Namespaces) -> None:
        """The process that watched is gone."""
        self._directories.remove(directory)

    def apply(self, kind: Kind, name: str, spec: Mapping[str, Any], labels: Mapping[str, str] | None = None) -> None:
        """What kubectl apply does."""
        key = ObjectKey(kind, self.namespace, name)
        old = self._manifests.get(key)
        if old is None:
            metadata = {
                "namespace": self.namespace,
                "name": name,
                "uid": f"uid-{next(self._versions)}",
                "generation": 0,
            }
            old = {"metadata": metadata, "spec": None}
        new = copied(old)
        if new["spec"] != spec:
            new["metadata"]["generation"] += 1
        new["spec"] = dict(spec)
        new["metadata"]["labels"] = dict(labels or {})
        self._store(key, new)

    def annotate(self, kind: Kind, name: str, **annotations: str) -> None:
        """What kubectl annotate does."""
        key = ObjectKey(kind, self.namespace, name)
        manifest = copied(self._manifests[key])
        manifest["metadata"].setdefault("annotations", {}).update(annotations)
        self._store(key, manifest)

    def vanish(self, kind: Kind, name: str) -> None:
        """A manifest is gone at once: somebody took its finalizers off while the operator was down."""
        key = ObjectKey(kind, self.namespace, name)
        manifest = copied(self._manifests[key])
        manifest["metadata"] |= {"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": []}
        self._store(key, manifest)

    def delete(self, kind: Kind, name: str) -> None:
        """What kubectl delete does: with a finalizer, the manifest stays until that is off."""
        key = ObjectKey(kind, self.namespace, name)
        manifest = copied(self._manifests[key])
        manifest["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        self._store(key, manifest)

    def take_back(self, kind: Kind, name: str, asked: str = "now") -> None:
        """Say that the deletion of a manifest is not meant."""
        manifest = self._manifests[ObjectKey(kind, self.namespace, name)]
        self.annotate(kind, name, **{UNDELETE: f"{manifest['metadata']['uid']} {asked}"})

    def release(self, kind: Kind, name: str) -> dict[str, Any]:
        """Take all finalizers off a manifest that is being deleted; the answer is what is to be made in its place."""
        key = ObjectKey(kind, self.namespace, name)
        manifest = copied(self._manifests[key])
        self.replace_finalizers(kind, name, [])
        return made_anew(manifest)

    def make(self, kind: Kind, body: Mapping[str, Any]) -> None:
        """What kubectl create does."""
        new = copied(dict(body))
        new["metadata"] |= {"uid": f"uid-{next(self._versions)}", "generation": 1}
        self._store(ObjectKey(kind, self.namespace, new["metadata"]["name"]), new)

    def replace_finalizers(self, kind: Kind, name: str, finalizers: list[str]) -> None:
        """What a person does who edits the finalizers by hand."""
        key = ObjectKey(kind, self.namespace, name)
        manifest = copied(self._manifests[key])
        manifest["metadata"]["finalizers"] = list(finalizers)
        self._store(key, manifest)

    def wipe_status(self, kind: Kind, name: str) -> None:
        """What a person does who edits the status away."""
        key = ObjectKey(kind, self.namespace, name)
        manifest = copied(self._manifests[key])
        del manifest["status"]
        self._store(key, manifest)

    def entries(self) -> Iterator[tuple[ObjectKey, dict[str, Any]]]:
        """What each manifest's status says of each config; a change changes what is stored."""
        for key, manifest in self._manifests.items():
            yield from ((key, entry) for entry in (manifest.get("status") or {}).get("services", ()))

    def forge_status(self, kind: Kind, name: str, status: dict[str, Any]) -> None:
        """What anyone does who may write the status."""
        key = ObjectKey(kind, self.namespace, name)
        self._store(key, {**copied(self._manifests[key]), "status": copied(status)})

    def get(self, kind: Kind, name: str) -> dict[str, Any] | None:
        """The manifest as it stands."""
        return self._manifests.get(ObjectKey(kind, self.namespace, name))

    def ready(self, kind: Kind, name: str) -> tuple[str, str]:
        """Status and reason of the manifest's Ready condition."""
        manifest = self.get(kind, name)
        found = [c for c in ((manifest or {}).get("status") or {}).get("conditions", ()) if c["type"] == "Ready"]
        return (found[0]["status"], found[0]["reason"]) if found else ("", "")

    async def add_finalizer(self, record: SourceRecord, creating: str = "") -> SourceRecord | None:
        manifest = self._current(record)
        if manifest is None or "deletionTimestamp" in manifest["metadata"]:
            return None
        finalizers = manifest["metadata"].setdefault("finalizers", [])
        if FINALIZER not in finalizers:
            finalizers.append(FINALIZER)
            if creating:
                manifest["metadata"].setdefault("annotations", {})[CREATING] = creating
            await self._write(record.key, manifest)
        return record_of(record.key.kind, self._manifests[record.key])

    async def remove_finalizer(self, record: SourceRecord) -> None:
        manifest = self._current(record)
        same = manifest is not None and manifest["metadata"]["generation"] == record.generation
        if manifest is not None and same and FINALIZER in manifest["metadata"].get("finalizers", ()):
            manifest["metadata"]["finalizers"].remove(FINALIZER)
            await self._write(record.key, manifest)

    async def report(self, record: SourceRecord, entry: ServiceEntry) -> None:
        manifest = self._current(record)
        if manifest is None:
            return
        before = readable_status(manifest.get("status"))
        others = [entry_from_json(b) for b in before.get("services", ()) if b["config"] != entry.config]
        status = object_status(before, [*others, entry], record.generation, self._clock.now().isoformat())
        if status != before:
            manifest["status"] = status
            await self._write(record.key, manifest)

    async def report_config(self, key: ConfigKey, status: Mapping[str, Any]) -> None:
        self.reports += 1
        current = self.config_status.get(key.name, {})
        merged = {**current, **copied(dict(status))}
        if "service" in merged:
            merged["service"] = _patched(merged["service"])
        if merged == current:
            return
        await self._effect(lambda: self.config_status.update({key.name: merged}))

    async def announce(self, about: ConfigKey | ObjectKey, *, warning: bool, reason: str, message: str) -> None:
        self.events.append((reason, message))

    async def read(self, ref: DataRef, to: To) -> Values:
        data = {key: value for (name, key), value in self.secrets.items() if name == ref.name}
        if not data:
            raise SecretNotFound(f"{ref.kind} {ref.name} does not exist in namespace {ref.namespace}.")
        return released(ref, data, to, allow_insecure=self.egress.allow_insecure)

    def bind(self, name: str, *urls: str) -> None:
        """Let a Secret go to the hosts of these URLs too."""
        named = self.secrets.get((name, HOSTS), b"").decode().split(",")
        hosts = [*filter(None, named), *(str(destination_of(url)) for url in urls)]
        self.secrets[name, HOSTS] = ",".join(dict.fromkeys(hosts)).encode()

    def _current(self, record: SourceRecord) -> dict[str, Any] | None:
        manifest = self._manifests.get(record.key)
        return copied(manifest) if manifest is not None and manifest["metadata"]["uid"] == record.uid else None

    async def _write(self, key: ObjectKey, manifest: dict[str, Any]) -> None:
        self.object_writes += 1
        await self._effect(lambda: self._store(key, manifest))

    async def _effect(self, act: Callable[[], None]) -> None:
        async def write() -> None:
            self.writes += 1
            act()

        await (self.around(write) if self.around else write())

    def _store(self, key: ObjectKey, manifest: dict[str, Any]) -> None:
        metadata = manifest["metadata"]
        metadata["resourceVersion"] = str(next(self._versions))
        if "deletionTimestamp" in metadata and not metadata.get("finalizers"):
            self._manifests.pop(key, None)
            for directory in self._directories:
                directory.drop(key, metadata["uid"])
            return
        self._manifests[key] = manifest
        for directory in self._directories:
            directory.put(record_of(key.kind, manifest))


def _patched(value: Any) -> Any:
    """What a merge patch leaves of a field: an inner null removes its name (RFC 7396)."""
    if isinstance(value, dict):
        return {name: _patched(inner) for name, inner in value.items() if inner is not None}
    return copied(value)
