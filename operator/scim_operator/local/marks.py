"""An externalId in the form of a mark that is not the manifest's own: it belongs to another (`core.records.marks`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.marks import FEIGNED, feigned, read_mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scim_operator.local.findings import Finding
    from scim_operator.local.manifests import Manifest

_KINDS = frozenset(kind.value for kind in Kind)


def foreign_marks(manifests: Iterable[Manifest]) -> Iterator[Finding]:
    """Yield the findings. Where the namespace has no config here, the manifest may have any owner."""
    there = list(manifests)
    for manifest in there:
        external_id = manifest.body["spec"].get("externalId") if manifest.kind in _KINDS else None
        if external_id and _is_foreign(manifest, external_id, _owners(manifest, there, external_id)):
            yield manifest.finding(FEIGNED, ("spec", "externalId"))


def _is_foreign(manifest: Manifest, external_id: str, owners: set[str]) -> bool:
    key = ObjectKey(Kind(manifest.kind), manifest.namespace, manifest.name)
    return any(feigned(external_id, owner, key) for owner in owners)


def _owners(manifest: Manifest, there: list[Manifest], external_id: str) -> set[str]:
    configs = [each for each in there if each.kind == "ProvisioningConfig" and each.namespace == manifest.namespace]
    mark = read_mark(external_id)
    return {str(each.body["spec"].get("owner") or "") for each in configs} or {mark.owner if mark else ""}
