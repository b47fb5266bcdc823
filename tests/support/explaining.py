"""Explaining one object of a rig's cluster, as the command does, with proof that nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.job.base.settings import settings_of
from scim_operator.job.connection.connecting import Connector
from scim_operator.job.gather.namespace import Namespace
from scim_operator.job.gather.peers import Peers
from scim_operator.review.explainer import Explainer
from scim_operator.review.investigation import Cluster, in_need
from scim_operator.scim.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from scim_operator.core.explain.explanation import Explanation, Step
    from scim_operator.core.records.record import SourceRecord
    from tests.support.rig import Rig

    Others = Callable[[Kind], AsyncIterator[SourceRecord]]
    OtherNamespaces = Callable[[], Awaitable[Peers]]


async def explained(
    r: Rig,
    kind: Kind,
    name: str,
    *,
    most: int = 20,
    others: Others | None = None,
    read: list[str] | None = None,
    other_namespaces: OtherNamespaces | None = None,
) -> Explanation:
    """The explanation, for which the service is read and nothing is written to either side.

    `others` reads the manifests that are not needed at first, by default those there are; `read` gets their names;
    `abroad` gives what other namespaces own and claim, by default nothing.
    """
    manifest, clock = config(r), SystemClock()
    settings = settings_of(manifest)
    directory = r.cluster.watch()
    namespace = directory.namespace("identity")
    record = namespace.get(kind, name)
    assert record is not None
    needed = Namespace()
    for each in Kind:
        needed.replace(each, [one for one in namespace.records(each) if each in in_need(kind) or one.key.name == name])
    service = await Connector(clock, r.cluster.egress).connect(settings, r.cluster)
    mark, writes = r.mark(), r.cluster.writes
    asked = Cluster(
        others or reading(namespace, read if read is not None else []), r.cluster, other_namespaces or nowhere
    )
    explainer = Explainer(settings, manifest, needed, asked, clock, most=most)
    try:
        reported = await explainer.explain(record, service)
    finally:
        await service.close()
        r.cluster.unwatch(directory)
    assert r.writes(mark) == []
    assert r.cluster.writes == writes
    assert len(list(r.entries(mark))) <= 4, "by id and by matching attribute, and no listing"
    return reported


async def nowhere() -> Peers:
    """There are no other namespaces."""
    return Peers()


def config(r: Rig) -> dict[str, Any]:
    """The ProvisioningConfig, of which the operator, if it ever ran, has taken up the spec as it is now."""
    metadata = {"namespace": "identity", "name": "vmware", "uid": "u", "generation": r.generation}
    return {"metadata": metadata, "spec": r.spec, "status": r.status}


def reading(namespace: Namespace, read: list[str]) -> Callable[[Kind], AsyncIterator[SourceRecord]]:
    """Reads manifests one by one; `read` gets the names."""

    async def others(kind: Kind) -> AsyncIterator[SourceRecord]:
        for record in namespace.records(kind):
            read.append(record.key.name)
            yield record

    return others


def step(reported: Explanation, name: str) -> Step:
    return next(each for each in reported.steps if each.name == name)
