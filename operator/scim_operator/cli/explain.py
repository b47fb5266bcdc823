"""`scim-operator explain`: why one object is treated as it is, and what would be sent; Entra's provision on demand."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scim_operator.cli.cluster import context_option, kubeconfig_option, namespace_option
from scim_operator.cli.merging import laid_over
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.record import REQUESTS, record_of
from scim_operator.errors import DependencyNotReady, InvalidSpec, ScimOperatorError
from scim_operator.job.connecting import Connector
from scim_operator.job.directory import Namespace
from scim_operator.job.explainer import Explainer, in_need
from scim_operator.job.settings import settings_of
from scim_operator.kube.client import KubeClient, Target, no_such
from scim_operator.kube.credentials import find_credentials
from scim_operator.kube.resources import CONFIGS, OF_KIND
from scim_operator.kube.vault import KubeVault
from scim_operator.local.manifests import collect
from scim_operator.scim.clock import SystemClock

if TYPE_CHECKING:
    from scim_operator.core.explanation import Explanation
    from scim_operator.core.record import SourceRecord
    from scim_operator.job.settings import Settings
    from scim_operator.scim.client import ScimClient

MOST = 20
"""Lines of each list that are shown, without --all."""
KINDS = {
    **dict.fromkeys(("scimuser", "scimusers", "scu", "user"), Kind.USER),
    **dict.fromkeys(("scimgroup", "scimgroups", "scg", "group"), Kind.GROUP),
}
PATIENCE = 60.0
"""Seconds that --apply waits for the operator's answer."""

Body = dict[str, Any]


@click.command(name="explain")
@click.argument("what", metavar="KIND/NAME")
@click.option("--config", default="", help="The ProvisioningConfig; needed where there are several.")
@click.option(
    "-f", "--file", type=click.Path(path_type=Path), help="Explain this file's manifest before it is applied."
)
@click.option("--apply", "now", is_flag=True, help="Have the operator do this one object now, and tell how it went.")
@click.option("--all", "everything", is_flag=True, help=f"Show lists whole, not their first {MOST} lines.")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@namespace_option
@kubeconfig_option
@context_option
def command(  # noqa: PLR0913, PLR0917 - one argument per option
    what: str,
    config: str,
    file: Path | None,
    now: bool,  # noqa: FBT001 - click's way
    everything: bool,  # noqa: FBT001 - click's way
    output: str,
    namespace: str | None,
    kubeconfig: Path | None,
    context: str | None,
) -> None:
    """Explain KIND/NAME, such as scimuser/ada: scope, match, mapping, plan, guard and last outcome. Writes nothing.

    The service is asked for this one object, with the Secret that you may read. Personal data is shown, as you may read
    the manifests; what is marked sensitive is not.
    """
    if now and file:
        raise click.UsageError("--apply goes with what is in the cluster; apply the file first.")
    credentials = find_credentials(kubeconfig, context)
    key = _key(what, namespace or credentials.namespace)

    async def run() -> str:
        async with KubeClient(credentials) as client:
            if now:
                return await _apply(client, key)
            return _render(await _explain(client, key, config, file, everything=everything), output)

    click.echo(asyncio.run(run()))


def _key(what: str, namespace: str) -> ObjectKey:
    kind, _, name = what.partition("/")
    if kind.lower() not in KINDS or not name:
        raise click.UsageError("Name the object as scimuser/NAME or scimgroup/NAME.")
    return ObjectKey(KINDS[kind.lower()], namespace, name)


async def _explain(
    client: KubeClient, key: ObjectKey, config: str, file: Path | None, *, everything: bool
) -> Explanation:
    manifest = await _config(client, key.namespace, config)
    settings, clock = settings_of(manifest), SystemClock()
    record = await _record(client, key, file)
    namespace = await _namespace(client, record)
    status = manifest.get("status") or {}
    explainer = Explainer(settings, namespace, status, clock, most=0 if everything else MOST)
    service: ScimClient | None = None
    try:
        service = await _connected(client, settings, clock)
        return await explainer.explain(record, service)
    finally:
        if service is not None:
            await service.close()


async def _connected(client: KubeClient, settings: Settings, clock: SystemClock) -> ScimClient | None:
    """The service; None, and the reason on standard error, when it cannot be reached with what the caller may read."""
    service: ScimClient | None = None
    try:
        service = await Connector(clock).connect(settings, KubeVault(client))
        await service.probe()
        await service.discover()
    except ScimOperatorError as error:
        click.echo(f"The service cannot be asked ({error.reason}): {error}", err=True)
        if service is not None:
            await service.close()
        return None
    return service


async def _config(client: KubeClient, namespace: str, name: str) -> Body:
    if name:
        return await client.demand(Target(CONFIGS, namespace, name))
    configs = [config async for config in client.every(Target(CONFIGS, namespace))]
    if len(configs) == 1:
        return configs[0]
    names = ", ".join(sorted(each["metadata"]["name"] for each in configs)) or "none"
    raise InvalidSpec(f"Choose a ProvisioningConfig of namespace {namespace} with --config; there are: {names}.")


async def _record(client: KubeClient, key: ObjectKey, file: Path | None) -> SourceRecord:
    target = Target(OF_KIND[key.kind], key.namespace, key.name)
    if file is None:
        return record_of(key.kind, await client.demand(target))
    mine = [each for each in collect([file], key.namespace).of(key.kind.value) if each.name == key.name]
    if not mine:
        raise InvalidSpec(f"{file} has no {key.kind.value} {key.name}.")
    return record_of(key.kind, laid_over(await client.get(target), mine[0]))


async def _namespace(client: KubeClient, record: SourceRecord) -> Namespace:
    """The manifests that the explanation needs, with the record in its place."""
    namespace, key = Namespace(), record.key
    for kind in Kind:
        records = {record.key.name: record} if kind is key.kind else {}
        if kind in in_need(key.kind):
            async for body in client.every(Target(OF_KIND[kind], key.namespace)):
                if (kind, body["metadata"]["name"]) != (key.kind, key.name):
                    records[body["metadata"]["name"]] = record_of(kind, body)
        if kind is Kind.USER and record.manager and record.manager not in records:
            manager = await client.get(Target(OF_KIND[kind], key.namespace, record.manager))
            records |= {record.manager: record_of(kind, manager)} if manager is not None else {}
        namespace.replace(kind, records.values())
    return namespace


async def _apply(client: KubeClient, key: ObjectKey) -> str:
    """Ask the operator to look at the object now, and wait for its answer."""
    clock, target = SystemClock(), Target(OF_KIND[key.kind], key.namespace, key.name)
    asked = clock.now().isoformat()
    if await client.patch(target, {"metadata": {"annotations": {REQUESTS[0]: asked}}}) is None:
        raise no_such(target)
    until = clock.monotonic() + PATIENCE
    while clock.monotonic() < until:
        found = await client.get(target) or {}
        status = found.get("status") or {}
        if asked in str(status.get("lastHandledReconcileAt", "")):
            ready: Body = next((c for c in status.get("conditions", ()) if c["type"] == "Ready"), {})
            return f"{key}: Ready={ready.get('status')}, {ready.get('reason')}: {ready.get('message')}"
        await clock.sleep(0.2)
    raise DependencyNotReady(
        f"The operator did not answer within {PATIENCE:.0f} s: see whether it runs and is connected."
    )


def _render(explanation: Explanation, output: str) -> str:
    if output == "json":
        return json.dumps(asdict(explanation), indent=2, ensure_ascii=False)
    lines = [f"{explanation.subject} and ProvisioningConfig {explanation.config}", ""]
    for step in explanation.steps:
        lines.append(f"{step.name:<13} {step.outcome}")
        lines += [f"    {detail}" for detail in step.details]
    return "\n".join([*lines, "", explanation.conclusion])
