"""Protocols for what a job needs of the world, which is a cluster, a directory or a simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from scim_operator.api.notifications import Notification
    from scim_operator.core.keys import ConfigKey, Kind, ObjectKey, ResourceType
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.core.report.notice import Notice
    from scim_operator.core.resource import Document
    from scim_operator.core.secrecy.destinations import DataRef, To, Values
    from scim_operator.core.secrecy.veil import Veil
    from scim_operator.core.service.capabilities import Capabilities
    from scim_operator.core.service.quirks import Found
    from scim_operator.scim.protocol import Page, Request


class Service(Protocol):
    """A SCIM service provider; `scim.client.ScimClient` is the real one. Errors are those of `errors.py`."""

    @property
    def capabilities(self) -> Capabilities:
        """Return what is in force now; may change as things are learned."""

    @property
    def quirks(self) -> tuple[Found, ...]:
        """Return what was found out that no capability says; may change as things are learned."""

    @property
    def reads(self) -> int:
        """Requests sent so far that cannot change anything."""

    @property
    def writes(self) -> int:
        """Requests sent so far that can."""

    def conceal(self, veil: Veil) -> None:
        """Keep what the veil covers out of every error from now on."""

    def learn(self, name: str, value: object, type: ResourceType | None = None) -> bool:
        """Remember a capability that the service taught us, of one type or of all; False when the spec insists."""

    def unlearn(self, name: str, type: ResourceType | None = None) -> None:
        """Forget what was learned: it works."""

    async def probe(self) -> None:
        """Test Connection: a filter on a random userName must answer an empty list."""

    async def discover(self) -> None:
        """Read what the service says of itself, where it does."""

    def pages(self, type: ResourceType) -> AsyncIterator[Page]:
        """List everything; raises IncompleteListing unless the listing is provably complete."""

    async def find(self, type: ResourceType, attribute: str, value: str) -> list[Document]:
        """Return the resources whose `attribute` equals `value`."""

    async def get(self, type: ResourceType, id: str) -> Document | None:
        """One resource, or None."""

    async def write(self, request: Request, version: str | None = None) -> Document | None:
        """POST, PUT or PATCH; the resource as returned, None when there is no body. `version` goes as If-Match."""

    async def write_all(self, requests: Sequence[Request]) -> Document | None:
        """Changes of one resource, in their order; as `write`, without a version."""

    async def delete(self, request: Request) -> bool:
        """DELETE; False when it was already gone."""

    async def close(self) -> None:
        """Give connections back."""


class Writer(Protocol):
    """Writes to Kubernetes, each once per change and not at all where nothing changed."""

    async def add_finalizer(self, record: SourceRecord, creating: str = "") -> SourceRecord | None:
        """Put our finalizer on, and in the same write the annotation `CREATING`, unless that is to be "".

        Return the record as it is now, or None when the manifest is gone or another (uid).
        """

    async def remove_finalizer(self, record: SourceRecord) -> None:
        """Take our finalizer off, if the spec is still that of the record; a manifest that is gone is fine."""

    async def report(self, record: SourceRecord, entry: ServiceEntry) -> None:
        """Set this config's entry in the status of the manifest, leaving other configs' entries."""

    async def report_config(self, key: ConfigKey, status: Mapping[str, Any]) -> None:
        """Set the status of a ProvisioningConfig (merge patch: None removes a field)."""

    async def announce(self, about: ConfigKey | ObjectKey, *, warning: bool, reason: str, message: str) -> None:
        """Post an Event; never fails the caller."""


class TerminationCheck(Protocol):
    """Where the manifests live: the namespace and the CRDs."""

    async def terminating(self, namespace: str) -> frozenset[Kind]:
        """Return the kinds whose manifests go because the namespace or the CRD is being deleted; raises NotAnswered."""


class Notifier(Protocol):
    """Notifies people outside the cluster. Nothing here blocks the caller, or raises."""

    def notify(self, key: ConfigKey, targets: Sequence[Notification], notice: Notice) -> None:
        """Notify those of a config's targets that want to know."""

    def forget(self, key: ConfigKey) -> None:
        """Note that the config is gone: nothing more hears of it."""

    async def close(self) -> None:
        """Close what is open: the process ends."""


class Silence:
    """Tells no one."""

    def notify(self, key: ConfigKey, targets: Sequence[Notification], notice: Notice) -> None:
        """See `Notifier.notify`."""

    def forget(self, key: ConfigKey) -> None:
        """See `Notifier.forget`."""

    async def close(self) -> None:
        """See `Notifier.close`."""


class SecretReader(Protocol):
    """Reads what configs refer to. Each reader names where the values go, so that none can forget to ask."""

    async def read(self, ref: DataRef, to: To) -> Values:
        """Return the values of a Secret or ConfigMap that names each destination (`destinations.released` decides).

        Raises SecretNotFound naming what is missing, HostNotNamed with the line to type.
        """


class Collector(Protocol):
    """The search for garbage that goes in circles; `kube.collector` is Python's own, which holds everything up."""

    def settled(self) -> None:
        """Note that a session has read everything: it stays, and need not be searched."""

    def unsettled(self) -> None:
        """Note that a session has ended: what it has read is garbage soon."""


class Unconcerned:
    """A collector that is left to itself."""

    def settled(self) -> None:
        """Change nothing."""

    def unsettled(self) -> None:
        """Change nothing."""
