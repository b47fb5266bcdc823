"""The state of a cluster once a directory is merged: its own manifests, with those of the directory over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scim_operator.cli.neighbourhood import other_namespaces
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.readable_config import readable_config_status
from scim_operator.core.records.record import record_of
from scim_operator.errors import DependencyNotReady, InvalidSpec
from scim_operator.job.base.settings import settings_of
from scim_operator.job.connection.serving import serving_in_the_end
from scim_operator.job.gather.peers import Peers
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS, OF_KIND
from scim_operator.local.manifests import as_served
from scim_operator.review.sources import Sources
from scim_operator.scim.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.kube.client import KubeClient
    from scim_operator.local.manifests import Collection, Manifest

_GOING = "1970-01-01T00:00:00Z"

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Merged:
    """The sources of a plan, and what the cluster has that the directory lacks."""

    sources: Sources
    elsewhere: tuple[str, ...]


async def merged(client: KubeClient, directory: Collection, name: str, namespace: str, *, prune: bool) -> Merged:
    """Read a namespace's manifests and lay the directory's over them.

    `prune` takes what the directory lacks for deleted, as `kubectl apply --prune` does. Errors: InvalidSpec when there
    is no such config, Forbidden when the caller may not read.
    """
    config, former = await _config(client, directory, name, namespace)
    settings = settings_of(config)
    known = {
        ObjectKey(kind, settings.namespace, body["metadata"]["name"]): body
        for kind in Kind
        async for body in client.every(Target(OF_KIND[kind], settings.namespace))
    }
    here = {
        ObjectKey(Kind(each.kind), each.namespace, each.name): each
        for kind in Kind
        for each in directory.of(kind.value)
        if each.namespace == settings.namespace
    }
    bodies = {key: laid_over(known.get(key), manifest) for key, manifest in here.items()}
    elsewhere = {key: body for key, body in known.items() if key not in here}
    bodies |= {key: _deleted(body) if prune else body for key, body in elsewhere.items()}
    others, doubt = await _other_namespaces(client, config)
    sources = Sources(
        settings,
        tuple(record_of(key.kind, body) for key, body in sorted(bodies.items())),
        readable_config_status((former or {}).get("status")),
        tuple(record_of(key.kind, body) for key, body in known.items()),
        settings_of(former) if former is not None else None,
        other_namespaces=others,
        waits_for=await _waits_for(client, directory, config),
        notes=doubt,
    )
    return Merged(sources, tuple(sorted(map(str, elsewhere))))


async def _other_namespaces(client: KubeClient, config: Body) -> tuple[Peers, tuple[str, ...]]:
    """Return what other namespaces own and claim at the service, or why that cannot be known."""
    try:
        return await other_namespaces(client, config, SystemClock().now), ()
    except DependencyNotReady as error:
        return Peers(), (f"Whether manifests of other namespaces claim the same is not known. {error}",)


async def _config(client: KubeClient, directory: Collection, name: str, namespace: str) -> tuple[Body, Body | None]:
    """Return the config as it would be, and as it is; the second is None where the directory brings a new one."""
    ours = [each for each in directory.of("ProvisioningConfig") if not name or each.name == name]
    if len(ours) > 1:
        raise InvalidSpec("There are several ProvisioningConfigs here; choose one with --config.")
    if not ours and not name:
        raise InvalidSpec("There is no ProvisioningConfig here; name the cluster's with --config.")
    place = ours[0].namespace if ours else namespace
    former = await client.get(Target(CONFIGS, place, ours[0].name if ours else name))
    if not ours:
        if former is None:
            raise InvalidSpec(f"There is no ProvisioningConfig {name} here or in namespace {place}; correct --config.")
        return former, former
    return laid_over(former, ours[0]), former


async def _waits_for(client: KubeClient, directory: Collection, config: Body) -> str:
    """Return the other config that will serve the service of this one, "" where there is none."""
    name, place = config["metadata"]["name"], config["metadata"]["namespace"]
    found = [body async for body in client.every(Target(CONFIGS, place))]
    # One that is being deleted sends nothing any more, even if other finalizers remain.
    configs = {body["metadata"]["name"]: body for body in found if "deletionTimestamp" not in body["metadata"]}
    for each in directory.of("ProvisioningConfig"):
        if each.namespace == place:
            configs[each.name] = laid_over(configs.get(each.name), each)
    serving = serving_in_the_end(config, configs.values())
    return "" if serving == name else serving


def laid_over(known: Mapping[str, Any] | None, manifest: Manifest) -> Body:
    """Return the object once the manifest is applied: the manifest's spec, its labels added, the rest as before."""
    served = as_served(manifest)
    if known is None:
        return served
    metadata = dict(known["metadata"])
    metadata["labels"] = {**(metadata.get("labels") or {}), **(served["metadata"].get("labels") or {})}
    metadata["generation"] += known.get("spec") != served.get("spec")
    return {**known, "metadata": metadata, "spec": served["spec"]}


def _deleted(body: Body) -> Body:
    return {**body, "metadata": {"deletionTimestamp": _GOING, **body["metadata"]}}
