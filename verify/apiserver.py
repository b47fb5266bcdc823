"""A Kubernetes API server in memory, as far as the operator uses one: versions, conflicts, finalizers, watches."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from scim_operator.api.status import NOT_OBSERVED
from scim_operator.errors import PreconditionFailed, Unreachable
from scim_operator.kube.client import ExpiredWatch, Target
from scim_operator.kube.resources import CONFIGS, GROUP, NAMESPACES, OF_KIND
from scim_operator.kube.writer import merged
from verify.copies import copied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Manifest = dict[str, Any]
Manifests = list[Manifest]

KEPT = 2_000
"""Events that watches can be answered from; who asks for an older one is told 410, as after a compaction."""


class Kind(StrEnum):
    """What a watch says of an object."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class Event:
    """One change, as watches show it. `before` is the object as it was, None for a new one."""

    version: int
    kind: Kind
    target: Target
    manifest: Manifest
    before: Manifest | None

    def concerns(self, target: Target) -> bool:
        """Return whether a watch on a collection shows it."""
        return _belongs(self.target, target)


class ApiServer:
    """The objects and their history. Every change calls `changed` with its event, before anyone else sees it."""

    def __init__(self, now: Callable[[], str]) -> None:
        self.changed: list[Callable[[Event], None]] = []
        self._now = now
        self._objects: dict[Target, Manifest] = {}
        self._events: list[Event] = []
        self._versions = itertools.count(1)
        self._uids = itertools.count(1)
        self.version = 0
        self.reachable = True
        """Whether it answers at all; watches break too while it does not."""

    def get(self, target: Target) -> Manifest | None:
        """Return an object as it is."""
        if target.resource.plural == "" and target.resource.group == GROUP:
            return {"resources": [{"name": one.plural, "verbs": ["create", "get"]} for one in OF_KIND.values()]}
        found = self._objects.get(_whole(target))
        if found is None and target.resource is NAMESPACES:
            return {"metadata": {"name": target.name}}
        return copied(found)

    def list(self, target: Target) -> list[Manifest]:
        """Return the objects of a collection, in the order of their names."""
        return _in_order(manifest for key, manifest in self._objects.items() if _belongs(key, target))

    def list_as_of(self, target: Target, version: int) -> Manifests:
        """Return a collection as it was at a version, as a cache shows it that lags behind."""
        found = {key: value for key, value in self._objects.items() if _belongs(key, target)}
        for event in reversed(list(self.since(target, version))):
            if event.before is None:
                found.pop(event.target, None)
            else:
                found[event.target] = event.before
        return _in_order(found.values())

    def apply(self, target: Target, spec: Any, **metadata: Any) -> Manifest:  # noqa: ANN401 - JSON
        """Do what `kubectl apply` does: create the object, or replace its spec, labels and annotations."""
        old = self._objects.get(target)
        new = copied(old) if old else self._new(target)
        new["metadata"] |= copied(metadata)
        field = "data" if target.resource.plural == "secrets" else "spec"
        new[field] = copied(spec)
        return self._store(target, new)

    def create(self, target: Target, body: Mapping[str, Any]) -> Manifest:
        """POST an object."""
        place = Target(target.resource, target.namespace, body["metadata"]["name"])
        if place in self._objects:
            raise PreconditionFailed(f"There is a {place} already.")
        made = self._new(place)
        return self._store(place, {**copied(dict(body)), "metadata": {**body["metadata"], **made["metadata"]}})

    def patch(self, target: Target, body: Mapping[str, Any]) -> Manifest | None:
        """Merge a patch (RFC 7396), checked by the uid and the version that it names; the status is its own part."""
        place = _whole(target)
        old = self._objects.get(place)
        if old is None:
            return None
        named = body.get("metadata") or {}
        for field in ("uid", "resourceVersion"):
            if field in named and named[field] != old["metadata"][field]:
                raise PreconditionFailed(f"{place} has changed meanwhile, so patch was refused.")
        writable = ("status",) if target.subresource == "status" else ("metadata", "spec", "data", "count")
        asked = {name: value for name, value in copied(dict(body)).items() if name in writable}
        return self._store(place, merged(old, asked))

    def delete(self, target: Target) -> None:
        """Do what `kubectl delete` does: with a finalizer, the object stays until that is off."""
        old = self._objects.get(target)
        if old is not None and "deletionTimestamp" not in old["metadata"]:
            marked = copied(old)
            marked["metadata"]["deletionTimestamp"] = self._now()
            self._store(target, marked)

    def since(self, target: Target, version: int) -> Iterator[Event]:
        """Yield what a watch on a collection shows from a version on; raises ExpiredWatch where that is too old."""
        if self._events and version < self._events[0].version - 1:
            raise ExpiredWatch(f"The version {version} of {target} is compacted.")
        first = bisect_right(self._events, version, key=lambda event: event.version)
        return (event for event in self._events[first:] if event.concerns(target))

    def must_answer(self) -> None:
        """Raise Unreachable while it is away."""
        if not self.reachable:
            raise Unreachable("No answer from the API server.", sent=False)

    def compact(self) -> None:
        """Forget all events, as etcd's compaction does: who watches from before lists again.

        So does who had seen the newest one: a version is left out, so that none follows on it.
        """
        next(self._versions)
        self.version = next(self._versions)
        self._events = [Event(self.version, Kind.MODIFIED, Target(NAMESPACES, None, "compacted"), {}, None)]

    def dump(self) -> dict[Target, Manifest]:
        """Return everything, as a backup of etcd holds it."""
        return copied(self._objects)

    def restore(self, backup: Mapping[Target, Manifest]) -> None:
        """Put a backup back: objects are as they were then, versions go on, and no watch can go on."""
        self._objects = copied(dict(backup))
        self.compact()

    def _new(self, target: Target) -> Manifest:
        metadata = {"namespace": target.namespace, "name": target.name, "uid": f"uid-{next(self._uids):05}"}
        return {
            "apiVersion": target.resource.api_version,
            "kind": target.resource.kind,
            "metadata": {**metadata, "generation": 0, "creationTimestamp": self._now()},
        }

    def _store(self, target: Target, new: Manifest) -> Manifest:
        old = self._objects.get(target)
        if old is not None and old == new:
            return copied(old)
        if target.resource.group == GROUP:
            new.setdefault("status", {"observedGeneration": NOT_OBSERVED})  # the default of the CRDs
        if old is None or old.get("spec") != new.get("spec"):
            new["metadata"]["generation"] = new["metadata"].get("generation", 0) + 1
        self.version = next(self._versions)
        new["metadata"]["resourceVersion"] = str(self.version)
        gone = "deletionTimestamp" in new["metadata"] and not new["metadata"].get("finalizers")
        if gone:
            self._objects.pop(target, None)
        else:
            self._objects[target] = new
        kind = Kind.DELETED if gone else Kind.MODIFIED if old else Kind.ADDED
        self._announce(Event(self.version, kind, target, copied(new), old))
        return copied(new)

    def _announce(self, event: Event) -> None:
        self._events.append(event)
        del self._events[:-KEPT]
        for hear in self.changed:
            hear(event)


def _whole(target: Target) -> Target:
    return Target(target.resource, target.namespace, target.name)


def _belongs(key: Target, collection: Target) -> bool:
    return key.resource.plural == collection.resource.plural and collection.namespace in (None, key.namespace)


def _in_order(manifests: Iterable[Manifest]) -> list[Manifest]:
    found = [copied(manifest) for manifest in manifests]
    return sorted(found, key=lambda manifest: (manifest["metadata"]["namespace"], manifest["metadata"]["name"]))


def place_of(manifest: Manifest) -> Target:
    """Return the target of an object of ours."""
    resource = next(one for one in (*OF_KIND.values(), CONFIGS) if one.kind == manifest["kind"])
    return Target(resource, manifest["metadata"]["namespace"], manifest["metadata"]["name"])
