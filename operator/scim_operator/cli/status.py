"""`scim-operator status`: what is provisioned, and what is not."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import click

from scim_operator.cli.cluster import context_option, kubeconfig_option, namespace_option
from scim_operator.cli.completing import cluster_configs
from scim_operator.cli.forms import JSON, NAME, TEXT, WIDE, YAML, machine, names, output_option
from scim_operator.cli.look import color_option, look_for
from scim_operator.cli.statuses import SHOWN, as_data, detail, objects_as_data, overview, unready, went_wrong
from scim_operator.core.leases.lease import Place, heartbeat, lease_of
from scim_operator.core.printing import one_line
from scim_operator.core.service.address import address_of
from scim_operator.errors import ScimOperatorError, TransientError
from scim_operator.kube.client import KubeClient, Target
from scim_operator.kube.credentials import find_credentials
from scim_operator.kube.resources import CONFIGS, GROUPS, LEASES, USERS
from scim_operator.scim.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.cli.layout import Look
    from scim_operator.kube.client import Manifest


INTERVAL = 2.0
"""Seconds between looks of --watch; more where a look takes long, so that watching is not what a cluster does."""
PATIENCE = 5
"""How many times as long as a look takes is waited before the next one."""
CLEAR = "\x1b[H\x1b[2J\x1b[3J"

Found = tuple[str, bool]
"""The text, and whether an error in the operator itself is in it."""


@click.command(name="status")
@click.argument("name", required=False, shell_complete=cluster_configs)
@namespace_option
@click.option("-A", "--all-namespaces", is_flag=True, help="Show the configs of all namespaces.")
@click.option("-w", "--watch", is_flag=True, help="Go on, and show what changes, until interrupted.")
@output_option(TEXT, WIDE, JSON, YAML, NAME)
@color_option
@kubeconfig_option
@context_option
def command(**given: Any) -> None:  # noqa: ANN401 - one keyword per option
    """Show the ProvisioningConfigs of a namespace, or one of them by NAME with all that is not ready.

    Exit status: 0, or 1 for an error, which one in the operator itself (InternalError) is as well.
    """
    if given["all_namespaces"] and (given["name"] or given["namespace"]):
        raise click.UsageError("--all-namespaces goes with neither a NAME nor --namespace.")
    if given["watch"] and given["output"] not in {TEXT, WIDE}:
        raise click.UsageError("--watch goes with --output text and wide; programs watch with kubectl get --watch.")
    credentials = find_credentials(given["kubeconfig"], given["context"])
    place = None if given["all_namespaces"] else given["namespace"] or credentials.namespace
    look = look_for(given["output"])

    async def show() -> bool:
        async with KubeClient(credentials, person=True) as client:
            asked = _Asked(client, place, given["name"], given["output"], look, watching=given["watch"])
            if given["watch"]:
                await _watch(asked)
            text, wrong = await asked.answer()
            click.echo(text)
            return wrong

    with contextlib.suppress(KeyboardInterrupt) if given["watch"] else contextlib.nullcontext():
        if asyncio.run(show()):
            raise SystemExit(1)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for: the configs of a place, None for all namespaces, or the one of a name."""

    client: KubeClient
    place: str | None
    name: str | None
    form: str
    look: Look
    watching: bool = False

    async def answer(self) -> Found:
        return await (self._one(self.name) if self.name else self._every())

    async def _every(self) -> Found:
        configs = [config async for config in self.client.every(Target(CONFIGS, self.place))]
        wrong = any(map(went_wrong, configs))
        if self.form == NAME:
            return names(f"provisioningconfig/{each['metadata']['name']}" for each in configs), wrong
        if self.form in {JSON, YAML}:
            return machine({"configs": list(map(as_data, configs))}, self.form), wrong
        if not configs:
            return f"No ProvisioningConfig in {f'namespace {self.place}' if self.place else 'any namespace'}.", False
        wide = self.form == WIDE
        return overview(configs, all_namespaces=self.place is None, look=self.look, wide=wide), wrong

    async def _one(self, name: str) -> Found:
        client, namespace = self.client, self.place or ""
        config = await client.demand(Target(CONFIGS, namespace, name))
        objects = [
            problem
            for resource in (USERS, GROUPS)
            async for manifest in client.every(Target(resource, namespace))
            if (problem := unready(manifest, name))
        ]
        works, operator = await _heartbeat(client, config)
        if not works and not self.watching:
            click.echo(operator, err=True)
        return self._shown(config, objects, operator), went_wrong(config)

    def _shown(self, config: Manifest, objects: Sequence[tuple[str, str, str]], operator: str) -> str:
        if self.form == NAME:
            return names(each[0] for each in objects)
        if self.form in {JSON, YAML}:
            whole = {**as_data(config), "operator": operator, "notReady": objects_as_data(objects)}
            return machine(whole, self.form)
        return detail(config, objects, operator, look=self.look, shown=None if self.form == WIDE else SHOWN)


async def _watch(asked: _Asked) -> NoReturn:
    """Show the answer as often as it changes; what passes, as an API server that restarts, is said and waited for."""
    clock, before, clear = SystemClock(), "", CLEAR if sys.stdout.isatty() else ""
    while True:
        began = clock.monotonic()
        try:
            text, _ = await asked.answer()
        except TransientError as error:
            text = one_line(f"{error} Trying again.")
        if text != before:
            click.echo(f"{clear}{text}")
            before = text
        await clock.sleep(max(INTERVAL, PATIENCE * (clock.monotonic() - began)))


async def _heartbeat(client: KubeClient, config: Manifest) -> tuple[bool, str]:
    """Return whether an operator works on a config, and that as a sentence; "" where one may not read the Lease."""
    place = Place(config["metadata"]["namespace"], address_of(config["spec"]["service"]["url"]))
    try:
        lease = await client.get(Target(LEASES, place.namespace, place.lease_name))
    except ScimOperatorError:
        return True, ""
    return heartbeat(lease_of(lease) if lease is not None else None, datetime.now(UTC))
