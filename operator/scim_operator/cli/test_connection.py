"""`scim-operator test-connection`: Entra's Test Connection, from where you sit."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from scim_operator.cli.cluster import context_option, kubeconfig_option, namespace_option, say_where_to_ask
from scim_operator.cli.completing import cluster_configs
from scim_operator.cli.egress import egress_of, egress_options
from scim_operator.cli.forms import JSON, TEXT, YAML, machine, output_option
from scim_operator.cli.layout import Look, Tone, laid_out
from scim_operator.cli.look import color_option, look_for
from scim_operator.cli.statuses import in_words, listed
from scim_operator.core.printing import one_line
from scim_operator.core.report.config_status import capabilities_to_json
from scim_operator.core.service.quirks import quirks_to_json
from scim_operator.errors import ScimOperatorError, Unreachable
from scim_operator.job.base.settings import settings_of
from scim_operator.job.connection import credentials as referred
from scim_operator.job.connection.connecting import Connector
from scim_operator.kube.client import KubeClient, Target
from scim_operator.kube.credentials import find_credentials
from scim_operator.kube.resources import CONFIGS
from scim_operator.kube.secret_reader import KubeSecretReader
from scim_operator.scim.clock import SystemClock
from scim_operator.scim.connect import ALLOW_INSECURE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator
    from pathlib import Path

    from scim_operator.api.service import ServiceSpec
    from scim_operator.core.keys import ResourceType
    from scim_operator.job.base.settings import Settings
    from scim_operator.scim.client import ScimClient
    from scim_operator.scim.egress import Egress


@click.command(name="test-connection")
@click.argument("name", shell_complete=cluster_configs)
@namespace_option
@kubeconfig_option
@context_option
@output_option(TEXT, JSON, YAML)
@color_option
@egress_options
def command(
    name: str,
    namespace: str | None,
    output: str,
    kubeconfig: Path | None,
    context: str | None,
    **egress: Any,  # noqa: ANN401 - the shared options
) -> None:
    """Ask the service of the ProvisioningConfig NAME whether it accepts us.

    Only reads: the users with a random userName, of which there must be none, what the service says of itself, and one
    user and one group. It is sent from this machine, with the Secret that you may read; the operator's own view is the
    condition Connected, and what it has found out stands in status.service.
    """
    credentials, allowed = find_credentials(kubeconfig, context), egress_of(egress)
    steps = _Steps(output, look_for(output))

    async def test() -> None:
        async with KubeClient(credentials, person=True) as client:
            await _test(client, (namespace or credentials.namespace, name), allowed, steps)

    try:
        asyncio.run(test())
    finally:
        steps.end()


class _Steps:
    """What was found out: for people as it comes, for programs at the end, whatever the end is."""

    def __init__(self, form: str, look: Look) -> None:
        self._form = form
        self._look = look
        self._found: list[dict[str, Any]] = []

    def passed(self, step: str, what: str) -> None:
        """Note a step that passes."""
        self.took(step, what, passes=True)

    def took(self, step: str, what: str, *, passes: bool) -> None:
        """Note a step, and whether it passes."""
        self._found.append({"step": step, "passes": passes, "message": what})
        if self._form == TEXT:
            line = one_line(f"{step:<12} {'ok' if passes else 'no'}   {what}")
            click.echo(laid_out(line, self._look, lambda _: None if passes else Tone.BAD))

    def end(self) -> None:
        """Write what was noted, where it was not written yet."""
        if self._form != TEXT:
            click.echo(machine({"steps": self._found}, self._form))


async def _test(client: KubeClient, asked: tuple[str, str], egress: Egress, steps: _Steps) -> None:
    namespace, name = asked
    settings = settings_of(await client.demand(Target(CONFIGS, namespace, name)))
    service = settings.spec.service
    through = f", through {service.proxy.url}" if service.proxy is not None else ""
    steps.passed("Config", f"{namespace}/{name}, profile {service.profile.value}, {service.url}{through}")
    egress.permit(asked=service.allow_insecure, field=ALLOW_INSECURE)
    secret_reader = KubeSecretReader(client, egress)
    await referred.fingerprint(secret_reader, settings)
    steps.passed("Credentials", "; ".join(_credentials(service)))
    await _probe(settings, secret_reader, egress, steps)


def _credentials(service: ServiceSpec) -> Iterator[str]:
    auth = service.auth
    if auth.bearer is not None:
        ref = auth.bearer.secret_ref
        yield f"Secret {ref.name}, key {ref.key}, sent as {auth.scheme}"
    if auth.basic is not None:
        yield f"Secret {auth.basic.secret_ref.name}, sent as {auth.scheme}"
    if auth.oauth2 is not None:
        yield f"Secret {auth.oauth2.secret_ref.name}, for a token from {auth.oauth2.token_url}"
    if service.tls.client_certificate_ref is not None:
        yield f"Secret {service.tls.client_certificate_ref.name}, shown as a client certificate"
    if service.proxy is not None and service.proxy.secret_ref is not None:
        yield f"Secret {service.proxy.secret_ref.name}, sent to the proxy"
    for header in service.headers:
        yield f"Secret {header.secret_ref.name}, key {header.secret_ref.key}, sent as {header.name}"


async def _probe(settings: Settings, secret_reader: KubeSecretReader, egress: Egress, steps: _Steps) -> None:
    client = await Connector(SystemClock(), egress).connect(settings, secret_reader)
    try:
        await client.probe()
        steps.passed("Connection", "the service answered the filter on a random userName with an empty list")
        async for step, what, passes in findings(client, settings.enabled):
            steps.took(step, what, passes=passes)
    except Unreachable:
        say_where_to_ask(settings.key.namespace, "test-connection", settings.key.name)
        raise
    finally:
        await client.close()


async def findings(client: ScimClient, types: Iterable[ResourceType]) -> AsyncIterator[tuple[str, str, bool]]:
    """Yield what is found out about a service that passed: of each type, what is in force, and its quirks.

    Each is the name of a step, what to say of it, and whether it passes.
    """
    await client.discover()
    for type in types:
        name = f"{type.value}s"
        try:
            total = (await client.pager.page(type)).total
        except ScimOperatorError as error:
            yield name, f"cannot be listed: {error}", False
        else:
            yield name, f"can be listed, {'without a total' if total is None else f'{total} in all'}", True
    in_force = capabilities_to_json(client.capabilities)
    yield "In force", ", ".join(listed(in_force, everything=True)), True
    for quirk in quirks_to_json(client.quirks):
        yield "Quirk", in_words(quirk), True
