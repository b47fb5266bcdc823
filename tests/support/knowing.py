"""What one job knows, made of manifests and of what is at the service, on a clock that only moves when it is told to.

No job runs: for tests of the parts that gather, decide and remember.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import ConfigKey, Kind, ObjectKey, ResourceType
from scim_operator.core.records.record import FINALIZER, record_of
from scim_operator.core.records.status import Reason, ServiceEntry, Verdict
from scim_operator.core.seal import Seal
from scim_operator.job.base.settings import settings_of
from scim_operator.job.gather.knowledge import Knowledge
from scim_operator.job.gather.namespace import Namespace
from scim_operator.job.gather.remembering import remembered
from tests.scim.virtual import VirtualClock
from tests.support.rig import without_sign_in

if TYPE_CHECKING:
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.base.settings import Settings

CONFIG = ConfigKey("identity", "vmware")
URL = "https://vcenter.example/scim"
SEAL = Seal(b"k" * 32)


def config(**spec: Any) -> dict[str, Any]:
    """Return a config whose scope is everyone, with changes to the top-level fields of its spec."""
    service = {"url": URL, "auth": {"bearer": {"secretRef": {"name": "token"}}}, **spec.pop("service", {})}
    metadata = {"name": CONFIG.name, "namespace": CONFIG.namespace, "uid": "uid-of-vmware", "generation": 1}
    return {"metadata": metadata, "spec": without_sign_in({"service": service, "scope": "All", **spec})}


def settings(**spec: Any) -> Settings:
    """Return a compiled config."""
    return settings_of(config(**spec))


def user(name: str, /, *, labels: dict[str, str] | None = None, **more: Any) -> SourceRecord:
    """Return a ScimUser. `deleting`, `finalized`, `generation`, `status`, `uid` and `annotations` are its metadata."""
    metadata = _metadata(name, more)
    body = {"userName": f"{name}@corp.example", "name": {"givenName": name.title(), "familyName": "Example"}, **more}
    return record_of(
        Kind.USER, {**metadata, "metadata": {**metadata["metadata"], "labels": labels or {}}, "spec": body}
    )


def group(name: str, /, *members: str, **more: Any) -> SourceRecord:
    """Return a ScimGroup; a member that begins with "@" is a group."""
    metadata = _metadata(name, more)
    listed = [{"groupRef": {"name": one[1:]}} if one[0] == "@" else {"userRef": {"name": one}} for one in members]
    return record_of(Kind.GROUP, {**metadata, "spec": {"displayName": name, "members": listed, **more}})


def _metadata(name: str, more: dict[str, Any]) -> dict[str, Any]:
    generation = more.pop("generation", 1)
    metadata: dict[str, Any] = {
        "namespace": CONFIG.namespace,
        "name": name,
        "uid": more.pop("uid", f"uid-of-{name}"),
        "generation": generation,
        "resourceVersion": str(more.pop("version", generation)),
        "annotations": more.pop("annotations", {}),
    }
    if more.pop("finalized", False):
        metadata["finalizers"] = [FINALIZER]
    if more.pop("deleting", False):
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return {"metadata": metadata, "status": more.pop("status", {})}


def key(name: str, kind: Kind = Kind.USER) -> ObjectKey:
    """Return the key of a manifest of the config's namespace."""
    return ObjectKey(kind, CONFIG.namespace, name)


class Known:
    """The knowledge of the job of one config over these manifests; the service was listed, and has nothing yet."""

    def __init__(self, *records: SourceRecord, **spec: Any) -> None:
        self.clock = VirtualClock()
        self.namespace = Namespace(self.clock.now)
        for kind in Kind:
            self.namespace.replace(kind, [record for record in records if record.key.kind is kind])
        self.settings = settings(**spec)
        memory = remembered(self.settings, {"service": {"url": URL}}, SEAL)
        self.knowledge = Knowledge(self.settings, self.namespace, memory, self.clock.now)
        for type in ResourceType:
            self.knowledge.index[type].listed = True
        for record in records:
            self.knowledge.identities.claim(record)

    def record(self, name: str, kind: Kind = Kind.USER) -> SourceRecord:
        """Return the manifest of that name."""
        found = self.namespace.get(kind, name)
        assert found is not None, name
        return found

    def there(self, id: str, name: str = "", /, kind: Kind = Kind.USER, **more: Any) -> dict[str, Any]:
        """Have the service hold a resource; with a name, that of this manifest, with its mark."""
        identity: dict[str, Any] = {}
        if name:
            attribute = "userName" if kind is Kind.USER else "displayName"
            value = f"{name}@corp.example" if kind is Kind.USER else name
            identity = {attribute: value, "externalId": f"{CONFIG.namespace}/{name}"}
        document = {"id": id, **identity, **more}
        self.knowledge.index[kind.resource_type].put(document)
        return document

    def owns(
        self, name: str, id: str, /, kind: Kind = Kind.USER, reason: Reason = Reason.PROVISIONED, **more: Any
    ) -> ServiceEntry:
        """Have it on record that a manifest has a resource."""
        record = self.record(name, kind)
        entry = ServiceEntry(CONFIG.name, Verdict(reason, ""), record.generation, id=id, **more)
        return self.knowledge.entries.remember(record, entry)
