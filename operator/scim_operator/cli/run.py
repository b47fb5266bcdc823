"""`scim-operator run`: the operator, until SIGTERM."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import click

from scim_operator.kube.credentials import find_credentials
from scim_operator.kube.health import address
from scim_operator.kube.operator import OperatorSettings, run_operator
from scim_operator.kube.supervising import supervise
from scim_operator.observability.logs import LogFormat, set_up_logs

if TYPE_CHECKING:
    from pathlib import Path

from scim_operator.cli.cluster import context_option, kubeconfig_option

LEVELS = ("debug", "info", "warning", "error")


@click.command(name="run")
@click.option(
    "-n", "--namespace", "namespaces", multiple=True, help="Watch this namespace; may be given several times."
)
@click.option("-A", "--all-namespaces", is_flag=True, help="Watch all namespaces (needs a ClusterRole).")
@click.option(
    "--listen", default="0.0.0.0:8080", show_default=True, help="Where /healthz, /readyz and /metrics are served."
)
@click.option("--log-format", type=click.Choice([f.value for f in LogFormat]), default="json", show_default=True)
@click.option("--log-level", type=click.Choice(LEVELS), default="info", show_default=True)
@kubeconfig_option
@context_option
def command(  # noqa: PLR0913, PLR0917 - one argument per option
    namespaces: tuple[str, ...],
    all_namespaces: bool,  # noqa: FBT001 - click's way
    listen: str,
    log_format: str,
    log_level: str,
    kubeconfig: Path | None,
    context: str | None,
) -> None:
    """Run the operator: provision what the ProvisioningConfigs of the watched namespaces say, until it is stopped.

    Without -n and -A it watches the namespace that the pod or the kubeconfig's context is in.
    """
    if namespaces and all_namespaces:
        raise click.UsageError("Give either --namespace or --all-namespaces.")
    try:
        address(listen)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    set_up_logs(LogFormat(log_format), log_level)
    credentials = find_credentials(kubeconfig, context)
    watched = () if all_namespaces else tuple(dict.fromkeys(namespaces)) or (credentials.namespace,)
    asyncio.run(_until_stopped(OperatorSettings(credentials, watched, listen)))


async def _until_stopped(settings: OperatorSettings) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    await run_operator(settings, stop, supervise)
