"""`scim-operator explain`: why one object is treated as it is, and what would be sent; Entra's provision on demand."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scim_operator.cli.cluster import context_option, kubeconfig_option, namespace_option, say_where_to_ask
from scim_operator.cli.completing import cluster_configs, cluster_objects
from scim_operator.cli.egress import egress_of, egress_options
from scim_operator.cli.forms import JSON, TEXT, WIDE, YAML, machine, output_option
from scim_operator.cli.laying import Manifests
from scim_operator.cli.layout import PLAIN, Look, Tone, laid_out
from scim_operator.cli.look import color_option, look_for
from scim_operator.cli.naming import key_of
from scim_operator.cli.neighbourhood import other_namespaces
from scim_operator.core.decision.removal import deletes_overdue
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.printing import one_line
from scim_operator.core.records.readable_config import readable_config_status
from scim_operator.core.records.readable_status import readable_status
from scim_operator.core.records.record import REQUESTS
from scim_operator.core.records.status import condition_of
from scim_operator.core.records.tombstones import tombstones_from_json
from scim_operator.core.wording import rfc3339
from scim_operator.errors import DependencyNotReady, InvalidSpec, ScimOperatorError, Unreachable
from scim_operator.job.base.settings import settings_of
from scim_operator.job.connection.connecting import Connector
from scim_operator.job.gather.namespace import Namespace
from scim_operator.kube.client import KubeClient, Target, no_such
from scim_operator.kube.credentials import find_credentials
from scim_operator.kube.resources import CONFIGS, OF_KIND
from scim_operator.kube.secret_reader import KubeSecretReader
from scim_operator.kube.termination import KubeTerminationCheck
from scim_operator.review.explainer import Explainer
from scim_operator.review.investigation import Cluster, in_need
from scim_operator.scim.clock import SystemClock

if TYPE_CHECKING:
    from scim_operator.core.explain.explanation import Explanation
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.base.settings import Settings
    from scim_operator.scim.client import ScimClient
    from scim_operator.scim.egress import Egress

MOST = 20
"""Lines of each list that are shown, without --all."""
WIDTH = 600
"""Characters of a line that are shown, without --all."""
PATIENCE = 60.0
"""Seconds that --apply waits for the operator's answer."""

Body = dict[str, Any]


@click.command(name="explain")
@click.argument("what", metavar="KIND/NAME", shell_complete=cluster_objects)
@click.option(
    "--config",
    default="",
    help="The ProvisioningConfig; needed where there are several.",
    shell_complete=cluster_configs,
)
@click.option(
    "-f", "--file", type=click.Path(path_type=Path), help="Explain this file's manifest before it is applied."
)
@click.option("--apply", "now", is_flag=True, help="Have the operator process this object now, and show the result.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help=f"Show lists and requests whole, not their first {MOST} lines and {WIDTH} characters.",
)
@output_option(TEXT, WIDE, JSON, YAML)
@color_option
@namespace_option
@kubeconfig_option
@context_option
@egress_options
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
    **egress: Any,  # noqa: ANN401 - the shared options
) -> None:
    """Explain KIND/NAME, such as scimuser/ada: config, scope, match, mapping, plan, guard, last outcome; write nothing.

    The service is asked for this one object, with the Secret that you may read. Personal data is shown, as you may read
    the manifests; what is marked sensitive is not.
    """
    if now and file:
        raise click.UsageError("--apply goes with what is in the cluster; apply the file first.")
    credentials, look = find_credentials(kubeconfig, context), look_for(output)
    key, allowed = key_of(what, namespace or credentials.namespace), egress_of(egress)

    async def run() -> str:
        async with KubeClient(credentials, person=True) as client:
            if now:
                return _answered(await _apply(client, key, config), key, output)
            reported = await _explain(_Place(client, allowed, config, file), key, everything=everything)
            return rendered(reported, output, look, everything=everything)

    click.echo(asyncio.run(run()))


@dataclass(frozen=True, slots=True)
class _Place:
    """The sources of one call of the command: the cluster, the services it may ask, the config and file it names."""

    client: KubeClient
    egress: Egress
    config: str
    file: Path | None
    ask: bool = True
    """Whether the service is asked."""


async def explanation_of(client: KubeClient, egress: Egress, key: ObjectKey, config: str, *, ask: bool) -> Explanation:
    """Return the explanation of an object in the cluster; without `ask` nothing is asked of the service."""
    return await _explain(_Place(client, egress, config, None, ask=ask), key, everything=False)


async def _explain(place: _Place, key: ObjectKey, *, everything: bool) -> Explanation:
    client, file = place.client, place.file
    manifest = await _config(client, key.namespace, place.config)
    settings, clock, manifests = settings_of(manifest), SystemClock(), Manifests(client, key.namespace, file)
    record = await manifests.get(key) if file is None else await manifests.demand(key)
    if record is None:
        raise DependencyNotReady(_absence(key, manifest, settings))
    namespace = await _namespace(manifests, record)
    cluster = Cluster(
        manifests.every, KubeTerminationCheck(client), partial(other_namespaces, client, manifest, clock.now)
    )
    explainer = Explainer(settings, manifest, namespace, cluster, clock, most=0 if everything else MOST)
    reached = await _connected(place, settings, clock)
    if isinstance(reached, Unreachable):
        say_where_to_ask(key.namespace, "explain", str(key), "--config", settings.key.name)
    try:
        return await explainer.explain(record, reached)
    finally:
        if not isinstance(reached, ScimOperatorError):
            await reached.close()


def _absence(key: ObjectKey, config: Body, settings: Settings) -> str:
    """Return that there is no such manifest, and what it left at the service."""
    absent = f"There is no {key.kind.value} {key.name} in namespace {key.namespace}."
    tombstones = tombstones_from_json(key.namespace, readable_config_status(config.get("status")).get("tombstones", ()))
    if (left := tombstones.left_by(key)) is None:
        return absent
    still = deletes_overdue(settings.rules[key.kind.resource_type])
    deleted = f", and is to be deleted at {rfc3339(left.due)}" if still else ""
    return (
        f"{absent} What it left at the service ({left.id}) is disabled{deleted}; "
        "with the manifest applied again, it is taken up again."
    )


async def _connected(place: _Place, settings: Settings, clock: SystemClock) -> ScimClient | ScimOperatorError:
    """Return the service, or why it cannot be asked with what the caller may read."""
    if not place.ask:
        return DependencyNotReady("Ask the service to see what it holds, and what would be sent.")
    service: ScimClient | None = None
    try:
        secret_reader = KubeSecretReader(place.client, place.egress)
        service = await Connector(clock, place.egress).connect(settings, secret_reader)
        await service.probe()
        await service.discover()
    except ScimOperatorError as error:
        if service is not None:
            await service.close()
        return error
    return service


async def _config(client: KubeClient, namespace: str, name: str) -> Body:
    if name:
        return await client.demand(Target(CONFIGS, namespace, name))
    configs = [config async for config in client.every(Target(CONFIGS, namespace))]
    if len(configs) == 1:
        return configs[0]
    if not configs:
        raise InvalidSpec(
            f"There is no ProvisioningConfig in namespace {namespace}: give another one with --namespace."
        )
    names = ", ".join(sorted(each["metadata"]["name"] for each in configs))
    raise InvalidSpec(f"Choose a ProvisioningConfig of namespace {namespace} with --config; there are: {names}.")


async def _namespace(manifests: Manifests, record: SourceRecord) -> Namespace:
    """Return the manifests that the explanation cannot do without, with the record in its place."""
    namespace, key = Namespace(), record.key
    for kind in Kind:
        records = {record.key.name: record} if kind is key.kind else {}
        if kind in in_need(key.kind):
            records = {each.key.name: each async for each in manifests.every(kind)} | records
        if kind is Kind.USER and record.manager and record.manager not in records:
            manager = await manifests.get(ObjectKey(kind, key.namespace, record.manager))
            records |= {record.manager: manager} if manager is not None else {}
        namespace.replace(kind, records.values())
    return namespace


async def _apply(client: KubeClient, key: ObjectKey, config: str) -> Body:
    """Ask the operator to look at the object now, and wait for its answer: the condition Ready.

    For one config where it is named; else for all that concern the object, each of which must answer.
    """
    if config:
        await client.demand(Target(CONFIGS, key.namespace, config))
    clock, target = SystemClock(), Target(OF_KIND[key.kind], key.namespace, key.name)
    asked = clock.now().isoformat()
    if await client.patch(target, {"metadata": {"annotations": {REQUESTS[0]: asked}}}) is None:
        raise no_such(target)
    until = clock.monotonic() + PATIENCE
    while clock.monotonic() < until:
        status = readable_status((await client.get(target) or {}).get("status"))
        entries = status.get("services") or ()
        reported = next((each for each in entries if each["config"] == config), {}) if config else status
        if asked in str(reported.get("lastHandledReconcileAt", "")):
            return condition_of(reported, "Ready")
        await clock.sleep(0.2)
    raise DependencyNotReady(
        f"The operator did not answer within {PATIENCE:.0f} s: see with `scim-operator status` "
        "whether it is connected, and not suspended."
    )


def _answered(ready: Body, key: ObjectKey, output: str) -> str:
    if output in {JSON, YAML}:
        reported = {name: ready.get(name) for name in ("status", "reason", "message")}
        return machine({"subject": str(key), "ready": reported}, output)
    return one_line(f"{key}: Ready={ready.get('status')}, {ready.get('reason')}: {ready.get('message')}")


def rendered(explanation: Explanation, output: str, look: Look = PLAIN, *, everything: bool) -> str:
    """Return an explanation in one of the command's forms."""
    if output in {JSON, YAML}:
        return machine(asdict(explanation), output)
    lines = [f"{explanation.subject} and ProvisioningConfig {explanation.config}", ""]
    for step in explanation.steps:
        lines.append(one_line(f"{step.name:<13} {step.outcome}"))
        lines += [f"    {_shortened(detail, whole=everything)}" for detail in step.details]
    return laid_out("\n".join([*lines, "", one_line(explanation.conclusion)]), look, _tone)


def _tone(line: str) -> Tone | None:
    """Return the tone of a line: a step's stands at its beginning, what is below a step to the right of it."""
    if line.lstrip().startswith("no  "):
        return Tone.WAITING
    return None if line.startswith(" ") else Tone.HEADING


def _shortened(line: str, *, whole: bool) -> str:
    """Return a line that a person can take in: a request with a chunk of members has thousands of characters."""
    line = one_line(line)
    if whole or len(line) <= WIDTH:
        return line
    return f"{line[:WIDTH]}… ({len(line)} characters: see them with --all)"
