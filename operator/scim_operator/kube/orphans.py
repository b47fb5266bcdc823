"""Releases manifests that wait for a deprovisioning which no one will do.

A manifest keeps our finalizer until a job has deprovisioned its resource. Where the last ProvisioningConfig of a
namespace is deleted first, no job is left, and the manifest, with its namespace, could never be deleted. The resource
at the service is retained: uninstalling must not empty a tenant.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from scim_operator.errors import ScimOperatorError
from scim_operator.kube.client import Forbidden

if TYPE_CHECKING:
    from scim_operator.core.keys import Kind, ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.kube.configs import ConfigBook

logger = logging.getLogger(__name__)

GRACE = 5.0
"""Seconds that a config may be away (deleted and applied again) before its orphans are let go."""

# Kubernetes deletes what a namespace holds in any order, and waits with the namespace for finalizers alone.
ROLE_WENT = (
    " If the namespace is being deleted, its Role went first: take the finalizers off by hand, as docs/operations.md "
    "says under Uninstall."
)


class Releaser(Protocol):
    """The port that takes the finalizer off; the writer is the real one."""

    async def remove_finalizer(self, record: SourceRecord) -> None:
        """Take our finalizer off."""

    async def announce(self, about: ObjectKey, *, warning: bool, reason: str, message: str) -> None:
        """Post an Event."""


class Orphanage:
    """Watches over manifests that are being deleted; `grace` is in seconds."""

    def __init__(self, writer: Releaser, configs: ConfigBook, *, grace: float = GRACE) -> None:
        self._writer = writer
        self._configs = configs
        self._grace = grace
        self._leaving: dict[str, SourceRecord] = {}
        self._alone: set[str] = set()
        self._refused: set[str] = set()
        self._some = asyncio.Event()

    @property
    def leaving(self) -> tuple[str, ...]:
        """Return the uids of the manifests that are being deleted and have our finalizer."""
        return tuple(self._leaving)

    def observe(self, record: SourceRecord) -> None:
        """Note that the API server shows this record."""
        if record.awaits_release:
            self._leaving[record.uid] = record
            self._some.set()
        else:
            self.forget(record.uid)

    def forget(self, uid: str) -> None:
        """Note that the object is gone."""
        self._leaving.pop(uid, None)
        self._alone.discard(uid)

    def retain(self, kind: Kind, namespace: str, uids: frozenset[str]) -> None:
        """Note that these are all objects of `kind` in `namespace`."""
        for uid, record in tuple(self._leaving.items()):
            if (record.key.kind, record.key.namespace) == (kind, namespace) and uid not in uids:
                self.forget(uid)

    async def run(self) -> None:
        """Release orphans until cancelled."""
        while True:
            await self._some.wait()
            await asyncio.sleep(self._grace)
            for uid in self._orphans():
                # While another was released this one may have gone, or a config may have come that will see to it.
                record = self._leaving.get(uid)
                if record is not None and self._is_alone(record):
                    await self._release(record)
            if not self._leaving:
                self._some.clear()

    def _orphans(self) -> list[str]:
        # An orphan was alone at the last look too, one grace ago. Before the configs are known, no one is an orphan.
        alone = {uid for uid, record in self._leaving.items() if self._is_alone(record)}
        orphans, self._alone = alone & self._alone, alone
        return sorted(orphans)

    def _is_alone(self, record: SourceRecord) -> bool:
        return self._configs.complete and not self._configs.names(record.key.namespace)

    async def _release(self, record: SourceRecord) -> None:
        namespace = record.key.namespace
        message = "No ProvisioningConfig is left in this namespace: the manifest goes, its resource is retained."
        self.forget(record.uid)  # what the watch shows from here on counts: it may have been edited meanwhile
        try:
            await self._writer.announce(record.key, warning=False, reason="Released", message=message)
            await self._writer.remove_finalizer(record)
        except ScimOperatorError as error:
            self._leaving.setdefault(record.uid, record)
            self._complain(record.key, error)
            self._refused.add(namespace)
        else:
            logger.info("Released %s of namespace %s: no ProvisioningConfig is left there.", record.key, namespace)
            self._refused.discard(namespace)

    def _complain(self, key: ObjectKey, error: ScimOperatorError) -> None:
        """Log a failure once for a namespace, not for each of its manifests and each attempt."""
        if key.namespace not in self._refused:
            hint = ROLE_WENT if isinstance(error, Forbidden) else ""
            logger.warning(
                "%s of namespace %s is not released; trying again, with the others. %s%s",
                key,
                key.namespace,
                error,
                hint,
            )
