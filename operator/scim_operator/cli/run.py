"""`scim-operator run`: the operator, until SIGTERM."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import click

from scim_operator.core.leases.lease import GRACE, LONGEST
from scim_operator.kube.credentials import find_credentials
from scim_operator.kube.health import address
from scim_operator.kube.log_endpoint import LogReading
from scim_operator.kube.operator import run_operator
from scim_operator.kube.parts import OperatorSettings
from scim_operator.kube.selection import run_selected
from scim_operator.kube.supervising import supervise
from scim_operator.observability.logs import LogFormat, set_up_logs
from scim_operator.observability.metrics import Metrics
from scim_operator.observability.provisioning_log.opening import LogOptions, open_log
from scim_operator.observability.tracing.opening import open_tracer
from scim_operator.scim.memory import LIMIT_FLAG

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

from scim_operator.cli.cluster import context_option, kubeconfig_option
from scim_operator.cli.collector import sparing_the_program
from scim_operator.cli.egress import egress_of, egress_options
from scim_operator.cli.heap import give_back_large_blocks
from scim_operator.cli.period import Period, store_option
from scim_operator.cli.quantity import Quantity

LEVELS = ("debug", "info", "warning", "error")


@click.command(name="run")
@click.option(
    "-n", "--namespace", "namespaces", multiple=True, help="Watch this namespace; may be given several times."
)
@click.option("-A", "--all-namespaces", is_flag=True, help="Watch all namespaces (needs a ClusterRole).")
@click.option(
    "--namespace-selector",
    metavar="LABELS",
    help="Watch the namespaces with these labels, such as tier=prod,team!=test (needs a ClusterRole). "
    "Whenever others have them, the operator begins again.",
)
@click.option(
    "--listen", default="0.0.0.0:8080", show_default=True, help="Where /healthz, /readyz and /metrics are served."
)
@click.option("--log-format", type=click.Choice([f.value for f in LogFormat]), default="json", show_default=True)
@click.option("--log-level", type=click.Choice(LEVELS), default="info", show_default=True)
@click.option(
    "--provisioning-log",
    type=click.Choice(("stdout", "off")),
    default="stdout",
    show_default=True,
    help="Write each processed object to standard output, as a line of JSON.",
)
@store_option
@click.option(
    "--log-retention",
    type=Period(),
    default="30d",
    show_default=True,
    help="How long the log store keeps a record.",
)
@egress_options
@click.option(
    "--key-secret",
    default="scim-operator-key",
    show_default=True,
    help="The Secret, in the operator's own namespace, with the key that proves what the operator wrote.",
)
@click.option(
    LIMIT_FLAG,
    "listing_limit",
    type=Quantity(),
    envvar="SCIM_OPERATOR_LISTING_LIMIT",
    metavar="QUANTITY",
    help="Memory that what services list may take, over all configs, such as 512Mi. "
    "Without it: what the container's limit leaves beside 256Mi.",
)
@click.option(
    "--write-limit",
    type=click.FloatRange(1, LONGEST),
    default=GRACE,
    show_default=True,
    metavar="SECONDS",
    help="How long a request that changes something may take. Whoever takes over a service waits for so long.",
)
@click.option(
    "--log-listen",
    default="",
    metavar="HOST:PORT",
    help="Where the log store is read by port-forward, on loopback alone, such as 127.0.0.1:8081. Needs --pod-uid.",
)
@click.option("--pod-uid", envvar="SCIM_OPERATOR_POD_UID", default="", help="The uid of the pod that this runs in.")
@kubeconfig_option
@context_option
def command(  # noqa: PLR0913, PLR0917 - one argument per option
    namespaces: tuple[str, ...],
    all_namespaces: bool,  # noqa: FBT001 - click's way
    namespace_selector: str | None,
    listen: str,
    log_format: str,
    log_level: str,
    provisioning_log: str,
    store: str,
    log_retention: timedelta,
    key_secret: str,
    listing_limit: int | None,
    write_limit: float,
    log_listen: str,
    pod_uid: str,
    kubeconfig: Path | None,
    context: str | None,
    **egress: Any,  # noqa: ANN401 - the shared options
) -> None:
    """Run the operator: provision what the ProvisioningConfigs of the watched namespaces say, until it is stopped.

    Without -n, -A and --namespace-selector it watches the namespace that the pod or the kubeconfig's context is in.
    """
    _refuse_doubt(namespaces, all_namespaces=all_namespaces, selector=namespace_selector)
    _refuse_address(listen)
    set_up_logs(LogFormat(log_format), log_level)
    credentials = find_credentials(kubeconfig, context)
    watched = () if all_namespaces else tuple(dict.fromkeys(namespaces)) or (credentials.namespace,)
    options = LogOptions(provisioning_log == "stdout", store, log_retention)
    settings = OperatorSettings(
        credentials,
        watched,
        listen,
        egress_of(egress),
        key_secret,
        listing_limit=listing_limit,
        write_limit=write_limit,
        pod=pod_uid,
        reading=_reading(log_listen, store, pod_uid),
    )
    sparing_the_program()
    give_back_large_blocks()
    asyncio.run(_until_stopped(settings, options, namespace_selector))


def _refuse_address(listen: str) -> None:
    """Raise UsageError for what is no address to listen at."""
    try:
        address(listen)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _reading(listen: str, store: str, pod: str) -> LogReading | None:
    """Return where the log may be read. Raises UsageError where others than this host could ask, or for no pod."""
    if not listen:
        return None
    try:
        host, _ = address(listen)
        loopback = host is not None and ip_address(host).is_loopback
    except ValueError as error:
        raise click.UsageError(f"--log-listen {listen} is not ADDRESS:PORT, such as 127.0.0.1:8081.") from error
    if not loopback:
        raise click.UsageError("--log-listen is an address of loopback, such as 127.0.0.1:8081: the log names people.")
    if not pod:
        raise click.UsageError("--log-listen needs --pod-uid: who reads the log shows a proof for this one pod.")
    return LogReading(listen, store, pod)


def _refuse_doubt(namespaces: tuple[str, ...], *, all_namespaces: bool, selector: str | None) -> None:
    """Raise UsageError where the options do not say which namespaces are meant: that is a matter of rights."""
    if sum((bool(namespaces), all_namespaces, selector is not None)) > 1:
        raise click.UsageError("Give one of --namespace, --all-namespaces and --namespace-selector.")
    if selector is not None and not selector.strip():
        raise click.UsageError("--namespace-selector names no label, which would be all namespaces: give -A for these.")


async def _until_stopped(settings: OperatorSettings, options: LogOptions, selector: str | None) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    if selector is None:
        await _serve(settings, options, settings.namespaces, stop)
    else:
        serve = partial(_serve, settings, options)
        await run_selected(settings.credentials, selector, stop, listen=settings.listen, serve=serve)


async def _serve(
    settings: OperatorSettings, options: LogOptions, namespaces: tuple[str, ...], stop: asyncio.Event
) -> None:
    metrics = Metrics()
    log = open_log(options, metrics.provisioning_log)
    tracer = open_tracer(metrics.registry)
    try:
        chosen = replace(settings, namespaces=namespaces)
        await run_operator(chosen, stop, partial(supervise, log=log, tracer=tracer), metrics=metrics)
    finally:
        await asyncio.to_thread(tracer.close)
        if log is not None:
            await asyncio.to_thread(log.close)
