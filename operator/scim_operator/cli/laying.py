"""The manifests of one namespace, with those of a file, where one is given, laid over the cluster's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.record import record_of
from scim_operator.errors import InvalidSpec
from scim_operator.kube.client import Target, no_such
from scim_operator.kube.resources import OF_KIND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from scim_operator.core.records.record import SourceRecord
    from scim_operator.kube.client import KubeClient
    from scim_operator.kube.client import Manifest as Body
    from scim_operator.local.manifests import Manifest


class Manifests:
    """Reads users and groups as they are, or would be once the file is applied; a config in the file is not heeded.

    For another config would have the cluster's Secret sent elsewhere. Errors: InvalidSpec, for a file that is wrong.
    """

    def __init__(self, client: KubeClient, namespace: str, file: Path | None) -> None:
        self._client = client
        self._namespace = namespace
        self._file = file
        listed = _read(file, namespace) if file is not None else []
        self._names = [f"{each.kind} {each.name} of namespace {each.namespace}" for each in listed]
        kinds = {kind.value for kind in Kind}
        self._laid = {
            ObjectKey(Kind(each.kind), namespace, each.name): each
            for each in listed
            if each.kind in kinds and each.namespace == namespace
        }

    async def demand(self, key: ObjectKey) -> SourceRecord:
        """Return the object in question; with a file it must be in it. Raises DependencyNotReady, or InvalidSpec."""
        if self._file is not None and key not in self._laid:
            there = ", ".join(self._names[:10]) or "none of ours"
            raise InvalidSpec(
                f"{self._file} has no {key.kind.value} {key.name} of namespace {key.namespace}; it has: {there}."
            )
        found = await self.get(key)
        if found is None:
            raise no_such(self._target(key.kind, key.name))
        return found

    async def get(self, key: ObjectKey) -> SourceRecord | None:
        """Return one object, None where there is none of that name."""
        return self._record(key, await self._client.get(self._target(key.kind, key.name)))

    async def every(self, kind: Kind) -> AsyncIterator[SourceRecord]:
        """Yield all objects of a kind, page by page."""
        new = {key for key in self._laid if key.kind is kind}
        async for body in self._client.every(self._target(kind)):
            key = ObjectKey(kind, self._namespace, body["metadata"]["name"])
            new.discard(key)
            if (record := self._record(key, body)) is not None:
                yield record
        for key in sorted(new):
            if (record := self._record(key, None)) is not None:
                yield record

    def _record(self, key: ObjectKey, body: Body | None) -> SourceRecord | None:
        if (manifest := self._laid.get(key)) is not None:
            from scim_operator.cli.merging import laid_over  # noqa: PLC0415 - as in _read

            body = laid_over(body, manifest)
        return None if body is None else record_of(key.kind, body)

    def _target(self, kind: Kind, name: str = "") -> Target:
        return Target(OF_KIND[kind], self._namespace, name)


def _read(file: Path, namespace: str) -> list[Manifest]:
    # Importing the checks of manifests takes longer than answering the most common question.
    from scim_operator.cli.directory import checked  # noqa: PLC0415
    from scim_operator.local.manifests import collect  # noqa: PLC0415

    return checked(collect([file], namespace)).manifests
