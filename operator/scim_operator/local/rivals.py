"""Manifests of two namespaces that claim one resource, because a config of each names the same service."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from scim_operator.core.decision.claims import claim_of
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.record import record_of
from scim_operator.job.connection.serving import asked
from scim_operator.job.gather.knowledge import Knowledge
from scim_operator.job.owners.holding import Stage
from scim_operator.job.owners.other_namespaces import holding_of
from scim_operator.scim.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.job.owners.holding import Holding
    from scim_operator.local.findings import Finding
    from scim_operator.local.manifests import Manifest

    Served = Mapping[str, Any]

_KINDS = frozenset(kind.value for kind in Kind)


def rivals(manifests: Iterable[tuple[Manifest, Served]]) -> Iterator[Finding]:
    """Yield the findings; each manifest comes as an API server would return it."""
    manifests = list(manifests)
    services: dict[str, list[Served]] = defaultdict(list)
    for manifest, served in manifests:
        if manifest.kind == "ProvisioningConfig" and (service := asked(served)):
            services[service].append(served)
    for configs in services.values():
        if len({config["metadata"]["namespace"] for config in configs}) > 1:
            yield from _among(configs, manifests)


def _among(configs: Iterable[Served], manifests: list[tuple[Manifest, Served]]) -> Iterator[Finding]:
    """Yield the claims made in two of the namespaces of these configs, which share a service."""
    named = {(each.kind, each.namespace, each.name): each for each, _ in manifests}
    first: dict[tuple[Kind, Hashable], ObjectKey] = {}
    for config in configs:
        for key, path, claim in _claimed(config, manifests):
            other = first.setdefault((key.kind, claim), key)
            if other.namespace != key.namespace:
                mine, theirs = (named[each.kind.value, each.namespace, each.name] for each in (key, other))
                yield _finding(mine, theirs, str(path))


def _claimed(
    config: Served, manifests: list[tuple[Manifest, Served]]
) -> Iterator[tuple[ObjectKey, AttributePath, Hashable]]:
    """Yield what manifests claim, by the attribute and by what the claim is known by."""
    namespace = config["metadata"]["namespace"]
    records = [
        record_of(Kind(each.kind), served)
        for each, served in manifests
        if each.namespace == namespace and each.kind in _KINDS
    ]
    holding = holding_of(config, records, SystemClock().now)
    for record in records if _claims(holding) else ():
        assert holding is not None and isinstance(holding.knowledge, Knowledge)  # noqa: S101, PT018 - as just asked
        claims = holding.knowledge.claims[record.key.kind].values(record.key)
        values = holding.knowledge.desired.mapper(record).matching_values(record)
        for path, claim in ((path, claim_of(path, value)) for path, value in values):
            if claim in claims:
                yield record.key, path, claim


def _claims(holding: Holding | None) -> bool:
    return holding is not None and holding.stage is Stage.WORKING


def _finding(manifest: Manifest, other: Manifest, path: str) -> Finding:
    place = f"{other.source.name}:{other.line(('metadata', 'name'))}"
    return manifest.finding(
        f"is that of {other} of namespace {other.namespace} in {place} too, and both go to one service: only who owns "
        "the resource goes on, and nothing is sent for either while no one does; let one of them describe it",
        ("spec", path) if path in manifest.body["spec"] else ("spec",),
    )
