"""A manifest as the core sees it: compact, immutable, and independent of Kubernetes' client.

A hundred thousand records are held in memory at once, so document and status stay serialised until somebody asks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.api.document import group_document, user_document
from scim_operator.api.enums import MembershipPolicy
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.resource import packed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.resource import Document

FINALIZER = "scim-operator.io/deprovision"
"""While a manifest carries it, the API server keeps the manifest until we have deprovisioned its resource."""

READ_ANNOTATIONS: frozenset[str] = frozenset()
"""The annotations that are kept of a manifest; the others cost memory a hundred thousand times."""


@dataclass(frozen=True, slots=True)
class UserMember:
    """A member by the name of a ScimUser."""

    name: str


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A member by the name of a ScimGroup: nested, or flattened where the service does not nest."""

    name: str


@dataclass(frozen=True, slots=True)
class SelectedUsers:
    """All ScimUsers of the namespace that carry every one of these labels."""

    labels: tuple[tuple[str, str], ...]

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with `labels` is selected."""
        return all(labels.get(name) == value for name, value in self.labels)


MemberRef = UserMember | GroupMember | SelectedUsers


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One ScimUser or ScimGroup. `members` None means that membership is not managed; () means empty."""

    key: ObjectKey
    uid: str
    generation: int
    resource_version: str
    labels: Mapping[str, str]
    deleting: bool
    finalizers: tuple[str, ...]
    document_json: bytes
    status_json: bytes = b""
    members: tuple[MemberRef, ...] | None = None
    membership_policy: MembershipPolicy = MembershipPolicy.EXCLUSIVE
    annotations: Mapping[str, str] = field(default_factory=dict)
    """Those of the manifest's annotations that somebody here reads (`READ_ANNOTATIONS`)."""

    @property
    def finalized(self) -> bool:
        """Whether the manifest carries our finalizer, so that its deletion waits for us."""
        return FINALIZER in self.finalizers

    @property
    def document(self) -> Document:
        """The SCIM document that the manifest describes; a fresh copy."""
        document: Document = orjson.loads(self.document_json)
        return document

    @property
    def status(self) -> dict[str, Any]:
        """The status subresource as last seen; a fresh copy."""
        status: dict[str, Any] = orjson.loads(self.status_json) if self.status_json else {}
        return status


def record_of(kind: Kind, manifest: Mapping[str, Any]) -> SourceRecord:
    """Build the record of a manifest as the API server returns it (JSON, already admitted by the CRD)."""
    metadata, spec = manifest["metadata"], manifest.get("spec") or {}
    key = ObjectKey(kind, metadata["namespace"], metadata["name"])
    document = user_document(spec) if kind is Kind.USER else group_document(spec)
    document.setdefault("externalId", key.external_id)
    status = manifest.get("status")
    return SourceRecord(
        key=key,
        uid=metadata["uid"],
        generation=metadata["generation"],
        resource_version=metadata["resourceVersion"],
        labels=metadata.get("labels") or {},
        deleting="deletionTimestamp" in metadata,
        finalizers=tuple(metadata.get("finalizers") or ()),
        document_json=packed(document),
        status_json=packed(status) if status else b"",
        members=_members(spec) if kind is Kind.GROUP else None,
        membership_policy=MembershipPolicy(spec.get("membershipPolicy", MembershipPolicy.EXCLUSIVE)),
        annotations=_read(metadata.get("annotations") or {}),
    )


def _read(annotations: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in annotations.items() if name in READ_ANNOTATIONS}


def _members(spec: Mapping[str, Any]) -> tuple[MemberRef, ...] | None:
    members = spec.get("members")
    return None if members is None else tuple(_member(member) for member in members)


def _member(member: Mapping[str, Any]) -> MemberRef:
    if "userRef" in member:
        return UserMember(member["userRef"]["name"])
    if "groupRef" in member:
        return GroupMember(member["groupRef"]["name"])
    return SelectedUsers(tuple(sorted(member["userSelector"]["matchLabels"].items())))
