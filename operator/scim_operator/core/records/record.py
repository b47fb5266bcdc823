"""A manifest as the core sees it: compact, immutable, and independent of Kubernetes' client.

A hundred thousand records are held in memory at once, so document and status stay packed until they are read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.api.document import group_document, manager_of, user_document
from scim_operator.api.enums import Adoption, MembershipPolicy
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.annotations import CREATING
from scim_operator.core.records.dates import next_turn, window_of
from scim_operator.core.records.marks import mark_of
from scim_operator.core.records.packing import DOCUMENTS, STATUSES
from scim_operator.core.records.readable_status import readable_status
from scim_operator.core.records.revision import REVISION_ANNOTATIONS
from scim_operator.core.records.undelete import asked_for, restored_entries
from scim_operator.core.sharing import shared, shared_mapping, shared_name, shared_text
from scim_operator.core.values import valueclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from scim_operator.core.records.dates import Window
    from scim_operator.core.resource import Document

FINALIZER = "scim-operator.io/deprovision"
"""While a manifest carries it, the API server keeps the manifest until we have deprovisioned its resource."""

REQUESTS = ("scim-operator.io/reconcile-requested-at", "reconcile.fluxcd.io/requestedAt")
"""The annotations by which a person asks for a look now: any new value is a request. The second is Flux's."""

READ_ANNOTATIONS: frozenset[str] = frozenset((*REQUESTS, *REVISION_ANNOTATIONS))
"""The annotations that are kept of a manifest; the others cost memory a hundred thousand times."""
TOO_DEEP = (
    "spec.extensions: a value nests deeper than 250 levels, and no attribute of a SCIM resource does: write it flat"
)
LONGEST_ANNOTATION = 512
"""Characters of an annotation that are kept: nothing needs more, and any manifest may hold 256 KiB."""


@valueclass(frozen=True, slots=True)
class UserMember:
    """A member by the name of a ScimUser."""

    name: str
    window: Window | None = None


@valueclass(frozen=True, slots=True)
class GroupMember:
    """A member by the name of a ScimGroup: nested, or flattened where the service does not nest."""

    name: str
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class SelectedUsers:
    """All ScimUsers of the namespace that carry every one of these labels."""

    labels: tuple[tuple[str, str], ...]
    window: Window | None = None

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Return whether an object with `labels` is selected."""
        return all(labels.get(name) == value for name, value in self.labels)


@dataclass(frozen=True, slots=True)
class MatchingUsers:
    """All ScimUsers of the namespace for which the expression is true."""

    expression: str
    window: Window | None = None


MemberRef = UserMember | GroupMember | SelectedUsers | MatchingUsers


@valueclass(frozen=True, slots=True)
class SourceRecord:
    """One ScimUser or ScimGroup. `members` None means that membership is not managed; () means empty."""

    key: ObjectKey
    uid: str
    generation: int
    resource_version: str
    labels: Mapping[str, str]
    deleting: bool
    """Whether it is being deleted, and that is meant."""
    finalizers: tuple[str, ...]
    packed_document: bytes
    """What `packed_document` makes of the SCIM document that the manifest describes."""
    packed_status: bytes = b""
    """What `packed_status` makes of the status as last seen; b"" for none."""
    members: tuple[MemberRef, ...] | None = None
    membership_policy: MembershipPolicy = MembershipPolicy.EXCLUSIVE
    annotations: Mapping[str, str] = field(default_factory=dict)
    """The annotations of the manifest that the operator reads (`READ_ANNOTATIONS`)."""
    window: Window | None = None
    suspended: bool = False
    manager: str = ""
    """The name of the manager's manifest."""
    adoption: Adoption | None = None
    """The manifest's own adoption policy, None where it sets none."""
    creating: str = ""
    """The annotation `CREATING`, as long as the status has no entry of the config that wrote it."""
    invalid: str = ""
    """Why nothing but its name is known, as of a file's manifest that has errors; "" for nothing, as in a cluster."""
    perhaps: tuple[str, ...] = ()
    """The names of the manifests of before that it may be; of one that is `invalid`."""
    flaw: str = ""
    """What is wrong with the spec although the API server took it, as a sentence; "" for nothing."""
    earlier: SourceRecord | None = None
    """The manifest as an earlier revision had it in scope, where that revision is the only memory; None in a cluster.

    What it identifies at the service was provisioned for it, and is found by that, for there is no id on record.
    """

    undeleting: str = ""
    """What the annotation says where it is being deleted and that is not meant (`core.records.undelete`)."""

    def __repr__(self) -> str:
        """Say everything, document and status as JSON: digests of manifests are made of it (`review/digests.py`)."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        legible = {"labels": dict(self.labels), "annotations": dict(self.annotations)}
        names = {"packed_document": "document_json", "packed_status": "status_json"}
        document, status = DOCUMENTS.unpack(self.packed_document), STATUSES.unpack(self.packed_status)
        named = {names.get(name, name): value for name, value in said.items()}
        named |= {**legible, "document_json": document, "status_json": status}
        return f"SourceRecord({', '.join(f'{name}={value!r}' for name, value in named.items())})"

    @property
    def requested(self) -> str:
        """The last request to look at the manifest now, "" without one."""
        return request_in(self.annotations) if self.annotations else ""

    def next_turn(self, now: datetime) -> datetime | None:
        """Return the next instant at which one of its dates comes, None without any."""
        windows = [member.window for member in self.members or ()] + [self.window]
        dated = [window for window in windows if window is not None]
        return next_turn(dated, now) if dated else None

    @property
    def goes(self) -> bool:
        """Return whether it is being deleted, meant or not: the API server takes no new finalizer for it."""
        return self.deleting or bool(self.undeleting)

    @property
    def finalized(self) -> bool:
        """Return whether the manifest carries our finalizer, so that its deletion waits for us."""
        return FINALIZER in self.finalizers

    @property
    def awaits_release(self) -> bool:
        """Return whether the manifest is being deleted, and our finalizer holds it."""
        return self.deleting and self.finalized

    @property
    def document(self) -> Document:
        """The SCIM document that the manifest describes; a fresh copy."""
        document: Document = orjson.loads(DOCUMENTS.unpack(self.packed_document))
        return document

    @property
    def status(self) -> dict[str, Any]:
        """The status subresource as last seen; a fresh copy."""
        status: dict[str, Any] = orjson.loads(STATUSES.unpack(self.packed_status)) if self.packed_status else {}
        return status


def record_of(kind: Kind, manifest: Mapping[str, Any], pack: Callable[[bytes], bytes] = DOCUMENTS.pack) -> SourceRecord:
    """Build the record of a manifest as the API server returns it (JSON, already admitted by the CRD).

    A command that ends before memory matters may have the document packed by `plain`.
    """
    metadata, spec = manifest["metadata"], manifest.get("spec") or {}
    key = ObjectKey(kind, shared_text(metadata["namespace"]), shared_name(metadata["name"]))
    document = user_document(spec) if kind is Kind.USER else group_document(spec)
    document.setdefault("externalId", mark_of("", key))
    document_json, flaw = _dumped(document)
    status, undeleting = _status(manifest), asked_for(metadata)
    return SourceRecord(
        key=key,
        uid=metadata["uid"],
        generation=metadata["generation"],
        resource_version=metadata["resourceVersion"],
        labels=shared_mapping(metadata.get("labels") or {}),
        deleting="deletionTimestamp" in metadata and not undeleting,
        finalizers=shared(tuple(metadata.get("finalizers") or ())),
        packed_document=pack(document_json),
        packed_status=STATUSES.pack(_dumped(status)[0]) if status else b"",
        members=_members(spec) if kind is Kind.GROUP else None,
        membership_policy=MembershipPolicy(spec.get("membershipPolicy", MembershipPolicy.EXCLUSIVE)),
        annotations=_read(metadata.get("annotations") or {}),
        window=window_of(spec) if kind is Kind.USER else None,
        suspended=bool(spec.get("suspend")),
        manager=manager_of(spec) if kind is Kind.USER else "",
        adoption=Adoption(spec["adoption"]) if spec.get("adoption") else None,
        creating=_announced(metadata.get("annotations") or {}, status),
        flaw=flaw,
        undeleting=undeleting[:LONGEST_ANNOTATION],
    )


def _status(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the status, with what the annotation restores of the manifest in whose place this one was made."""
    status = readable_status(manifest.get("status"))
    known = status.get("services", [])
    restored = restored_entries(manifest["metadata"], known)
    return {**status, "services": [*known, *restored]} if restored else status


def packed_document(document: Document) -> bytes:
    """Return a document as a record keeps it."""
    return DOCUMENTS.pack(orjson.dumps(document))


def packed_status(status: Mapping[str, Any]) -> bytes:
    """Return a status as a record keeps it."""
    return STATUSES.pack(orjson.dumps(status))


def _dumped(document: Document) -> tuple[bytes, str]:
    """Return the JSON of a document and what is wrong with it: what nests too deep is left out, as orjson has limits.

    An API server takes extensions that nest ten thousand levels deep. One that could not be read would be deleted by no
    one.
    """
    try:
        return orjson.dumps(document), ""
    except TypeError:
        return orjson.dumps({name: value for name, value in document.items() if _is_shallow(value)}), TOO_DEEP


def _is_shallow(value: object) -> bool:
    try:
        orjson.dumps({"": value})
    except TypeError:
        return False
    return True


def request_in(annotations: Mapping[str, str]) -> str:
    """Return the request of the annotations, ours and Flux's together: a new one of either is a new request."""
    return " ".join(annotations[name] for name in REQUESTS if annotations.get(name))[:256]


def _announced(annotations: Mapping[str, str], status: Mapping[str, Any]) -> str:
    """Return what was about to be created. Any entry of the same config is younger, and says what became of it."""
    text = annotations.get(CREATING, "")[:LONGEST_ANNOTATION]
    config = text.partition(" ")[0]
    return "" if any(body.get("config") == config for body in status.get("services", ())) else text


def _read(annotations: Mapping[str, str]) -> Mapping[str, str]:
    read = {name: value[:LONGEST_ANNOTATION] for name, value in annotations.items() if name in READ_ANNOTATIONS}
    return shared_mapping(read)


def _members(spec: Mapping[str, Any]) -> tuple[MemberRef, ...] | None:
    members = spec.get("members")
    return None if members is None else tuple(_member(member) for member in members)


def _member(member: Mapping[str, Any]) -> MemberRef:
    window = window_of(member) if len(member) > 1 else None  # most have nothing but a name, and may be ten thousand
    if "userRef" in member:
        return UserMember(shared_name(member["userRef"]["name"]), window)
    if "groupRef" in member:
        return GroupMember(shared_name(member["groupRef"]["name"]), window)
    if "expression" in member:
        return MatchingUsers(member["expression"], window)
    return SelectedUsers(tuple(sorted(member["userSelector"]["matchLabels"].items())), window)
