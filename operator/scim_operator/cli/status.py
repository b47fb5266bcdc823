"""`scim-operator status`: what is provisioned, and what is not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from scim_operator.cli.cluster import context_option, kubeconfig_option, namespace_option
from scim_operator.cli.statuses import detail, overview, unready, went_wrong
from scim_operator.core.leases.lease import Place, heartbeat, lease_of
from scim_operator.core.service.address import address_of
from scim_operator.errors import ScimOperatorError
from scim_operator.kube.client import KubeClient, Target
from scim_operator.kube.credentials import find_credentials
from scim_operator.kube.resources import CONFIGS, GROUPS, LEASES, USERS

if TYPE_CHECKING:
    from pathlib import Path

    from scim_operator.kube.client import Manifest


@click.command(name="status")
@click.argument("name", required=False)
@namespace_option
@click.option("-A", "--all-namespaces", is_flag=True, help="Show the configs of all namespaces.")
@kubeconfig_option
@context_option
def command(
    name: str | None,
    namespace: str | None,
    all_namespaces: bool,  # noqa: FBT001 - click's way
    kubeconfig: Path | None,
    context: str | None,
) -> None:
    """Show the ProvisioningConfigs of a namespace, or one of them by NAME with all that is not ready.

    Exit status: 0, or 1 for an error, which one in the operator itself (InternalError) is as well.
    """
    if all_namespaces and (name or namespace):
        raise click.UsageError("--all-namespaces goes with neither a NAME nor --namespace.")
    credentials = find_credentials(kubeconfig, context)
    place = None if all_namespaces else namespace or credentials.namespace

    async def show() -> tuple[str, bool]:
        async with KubeClient(credentials, person=True) as client:
            return await (_detail(client, place or "", name) if name else _overview(client, place))

    text, wrong = asyncio.run(show())
    click.echo(text)
    if wrong:
        raise SystemExit(1)


async def _overview(client: KubeClient, place: str | None) -> tuple[str, bool]:
    configs = [config async for config in client.every(Target(CONFIGS, place))]
    if not configs:
        return f"No ProvisioningConfig in {f'namespace {place}' if place else 'any namespace'}.", False
    return overview(configs, all_namespaces=place is None), any(map(went_wrong, configs))


async def _detail(client: KubeClient, namespace: str, name: str) -> tuple[str, bool]:
    config = await client.demand(Target(CONFIGS, namespace, name))
    objects = [
        problem
        for resource in (USERS, GROUPS)
        async for manifest in client.every(Target(resource, namespace))
        if (problem := unready(manifest, name))
    ]
    works, operator = await _heartbeat(client, config)
    if not works:
        click.echo(operator, err=True)
    return detail(config, objects, operator), went_wrong(config)


async def _heartbeat(client: KubeClient, config: Manifest) -> tuple[bool, str]:
    """Return whether an operator works on a config, and that as a sentence; "" where one may not read the Lease."""
    place = Place(config["metadata"]["namespace"], address_of(config["spec"]["service"]["url"]))
    try:
        lease = await client.get(Target(LEASES, place.namespace, place.lease_name))
    except ScimOperatorError:
        return True, ""
    return heartbeat(lease_of(lease) if lease is not None else None, datetime.now(UTC))
