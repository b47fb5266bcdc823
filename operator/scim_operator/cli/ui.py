"""`scim-operator ui`: pages about users, groups, plans and access, on loopback, with the rights of who starts it."""

from __future__ import annotations

import asyncio
import ipaddress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scim_operator.cli.cluster import context_option, kubeconfig_option
from scim_operator.cli.egress import egress_of, egress_options
from scim_operator.errors import DependencyNotReady, InvalidSpec
from scim_operator.local.files import read_given, write_private
from scim_operator.local.saved import loaded

if TYPE_CHECKING:
    import socket

    from scim_operator.console.cluster import Commands
    from scim_operator.console.reach import Reach
    from scim_operator.console.source import Asked, Source
    from scim_operator.console.steps import Plan
    from scim_operator.core.explain.explanation import Explanation
    from scim_operator.core.keys import ConfigKey, ObjectKey
    from scim_operator.kube.client import KubeClient
    from scim_operator.review.plan_review import Review
    from scim_operator.scim.egress import Egress

LARGEST_PLAN = 512 * 1024 * 1024
"""Bytes of a saved plan that are read."""


@click.command(name="ui")
@click.argument("directory", type=click.Path(path_type=Path, exists=True), required=False, metavar="[DIR]")
@click.option("--plan", "saved", type=click.Path(path_type=Path), help="Show a plan that plan --out has saved.")
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path),
    help="With --plan: write it as one HTML file, such as for a pull request, and serve nothing.",
)
@click.option(
    "--checkout",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Over a cluster: the directory of the same manifests in Git, for since when someone has access, and by whom.",
)
@click.option(
    "--listen",
    default="127.0.0.1:0",
    show_default=True,
    metavar="HOST:PORT",
    help="An address of loopback to serve at; port 0 is any free one.",
)
@click.option(
    "--operator",
    default="",
    metavar="NAMESPACE/NAME",
    help="The operator's Deployment, whose log the pages show; default: it is found.",
)
@click.option(
    "-n", "--namespace", "namespaces", multiple=True, help="May be given several times; default: that of the context."
)
@click.option("-A", "--all-namespaces", "everywhere", is_flag=True, help="All namespaces that you may read.")
@kubeconfig_option
@context_option
@egress_options
def command(  # noqa: PLR0913, PLR0917 - one argument per option
    directory: Path | None,
    saved: Path | None,
    page: Path | None,
    checkout: Path | None,
    listen: str,
    operator: str,
    namespaces: tuple[str, ...],
    everywhere: bool,  # noqa: FBT001 - click's way
    kubeconfig: Path | None,
    context: str | None,
    **egress: Any,  # noqa: ANN401 - the shared options
) -> None:
    """Serve pages about namespaces of the cluster, or about the manifests in DIR, on this machine alone.

    The address that is printed has a token: whoever has it sees what you may see, so keep it to yourself. What you may
    see and approve, the API server decides by your kubeconfig.
    """
    plan = _loaded(saved) if saved is not None else None
    if page is not None:
        if plan is None:
            raise click.UsageError("--html writes a saved plan; give it with --plan.")
        _write(plan, page)
        return
    if checkout is not None and (directory is not None or plan is not None):
        raise click.UsageError("--checkout goes with a cluster; DIR has its own history.")
    where = _loopback(listen)
    if everywhere and namespaces:
        raise click.UsageError("Give --namespace or --all-namespaces.")
    if directory is not None or plan is not None:
        if everywhere or len(namespaces) > 1:
            raise click.UsageError("Of DIR, and of a saved plan, one namespace is shown: give one --namespace.")
        asyncio.run(_serve_files(directory, plan, "".join(namespaces), where))
    else:
        cluster = {"kubeconfig": kubeconfig, "context": context, "operator": operator}
        named = None if everywhere else namespaces
        asyncio.run(_serve_cluster(named, cluster, egress_of(egress), where, checkout))


def _loaded(path: Path) -> Plan:
    try:
        return loaded(read_given(path, LARGEST_PLAN))
    except OSError as error:
        raise InvalidSpec(f"{path} cannot be read: {error.strerror}; give a plan of plan --out.") from None


def _write(plan: Plan, page: Path) -> None:
    from scim_operator.console.pages.saved import saved_page  # noqa: PLC0415 - as in _serve

    try:
        write_private(page, saved_page(plan).encode())
    except OSError as error:
        raise InvalidSpec(f"{page} cannot be written: {error.strerror}; give --html another path.") from None


def _loopback(listen: str) -> tuple[str, int]:
    """Return host and port. Errors: UsageError, for what is no address of loopback."""
    host, colon, port = listen.rpartition(":")
    host = "127.0.0.1" if host == "localhost" else host.strip("[]")
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not (colon and port.isdecimal() and int(port) < 65536):
        raise click.UsageError(f"--listen {listen} is not HOST:PORT, such as 127.0.0.1:8650.")
    if not is_loopback:
        raise click.UsageError(
            f"--listen {listen} is not on loopback: the console shows what you may see to everyone who reaches it. "
            "Give 127.0.0.1:PORT, and reach it from elsewhere through an SSH tunnel."
        )
    return host, int(port)


async def _serve_files(directory: Path | None, plan: Plan | None, namespace: str, where: tuple[str, int]) -> None:
    from scim_operator.console.checkout import Checkout  # noqa: PLC0415 - as in _serve
    from scim_operator.console.directory import DirectorySource  # noqa: PLC0415
    from scim_operator.local.manifests import collect  # noqa: PLC0415

    collection = collect([directory] if directory is not None else [], namespace)
    checkout = Checkout(directory, collection) if directory is not None else None
    await _serve(DirectorySource(collection, plan, checkout), where)


async def _serve_cluster(
    named: tuple[str, ...] | None,
    cluster: dict[str, Any],
    egress: Egress,
    where: tuple[str, int],
    checkout: Path | None,
) -> None:
    """Serve the cluster's namespaces of these names, None for all, () for that of the context.

    `cluster`: the options of the command that name it and its operator.
    """
    from scim_operator.console.checkout import Checkout  # noqa: PLC0415 - as in _serve
    from scim_operator.console.cluster import ClusterSource  # noqa: PLC0415 - as in _serve
    from scim_operator.kube.client import KubeClient  # noqa: PLC0415
    from scim_operator.kube.credentials import find_credentials  # noqa: PLC0415

    known = Checkout(checkout) if checkout is not None else None
    credentials = find_credentials(cluster["kubeconfig"], cluster["context"])
    async with KubeClient(credentials, person=True) as client:
        reach = await _reach(client, named, credentials.namespace)
        source = ClusterSource(
            client, reach, f"{reach} at {credentials.server}", _commands(client, cluster, egress), known
        )
        async with source.running():
            await _serve(source, where)


async def _reach(client: KubeClient, named: tuple[str, ...] | None, near: str) -> Reach:
    from scim_operator.console.reach import Reach, reach_of  # noqa: PLC0415 - as in _serve

    if named is not None and len(named) < 2:
        return Reach(named or (near,))  # of one, the pages themselves say what may not be read
    return await reach_of(client, named or ())


async def _serve(source: Source, where: tuple[str, int]) -> None:
    """Serve until interrupted."""
    from scim_operator.console.server import listening, serving  # noqa: PLC0415 - aiohttp takes time

    async with serving(source, _listening(listening, where)) as gate:
        host = f"[{where[0]}]" if ":" in where[0] else where[0]
        click.echo(f"http://{host}:{gate.port}/?token={gate.token}")
        click.echo("Open this address in a browser of this machine; Ctrl-C ends the console.", err=True)
        await asyncio.Event().wait()


def _listening(listening: Any, where: tuple[str, int]) -> socket.socket:  # noqa: ANN401 - imported late
    try:
        made: socket.socket = listening(*where)
    except OSError as error:
        raise DependencyNotReady(f"{where[0]}:{where[1]} cannot be served: {error.strerror}; give --listen.") from None
    return made


def _commands(client: KubeClient, cluster: dict[str, Any], egress: Egress) -> Commands:
    from scim_operator.console.cluster import Commands  # noqa: PLC0415 - as in _serve

    return Commands(
        explain=partial(_explain, client, egress),
        plan=partial(_plan, client, egress),
        log=partial(_log, cluster),
    )


async def _explain(client: KubeClient, egress: Egress, key: ObjectKey, config: str, ask: bool) -> Explanation:  # noqa: FBT001
    from scim_operator.cli.explain import explanation_of  # noqa: PLC0415

    return await explanation_of(client, egress, key, config, ask=ask)


async def _plan(client: KubeClient, egress: Egress, config: ConfigKey) -> Review:
    """Return the whole plan of the cluster's own manifests, with nothing laid over them."""
    from scim_operator.cli.directory import connected  # noqa: PLC0415
    from scim_operator.cli.merging import merged  # noqa: PLC0415
    from scim_operator.kube.secret_reader import KubeSecretReader  # noqa: PLC0415
    from scim_operator.local.manifests import Collection  # noqa: PLC0415
    from scim_operator.review.planner import review  # noqa: PLC0415
    from scim_operator.scim.clock import SystemClock  # noqa: PLC0415

    found = await merged(client, Collection(), config.name, config.namespace, prune=False)
    clock, secret_reader = SystemClock(), KubeSecretReader(client, egress)
    async with connected(found.sources.settings, secret_reader, clock, egress) as service:
        return await review(found.sources, service, clock, "", ())


async def _log(cluster: dict[str, Any], asked: Asked) -> list[dict[str, Any]]:
    return await asyncio.to_thread(_read_log, cluster, asked)


def _read_log(cluster: dict[str, Any], asked: Asked) -> list[dict[str, Any]]:
    """Return what `scim-operator logs` shows for this: by a port-forward, with the rights of the person."""
    from scim_operator.cli.reading import ClusterLog  # noqa: PLC0415 - as in _serve
    from scim_operator.observability.provisioning_log.search import Query  # noqa: PLC0415 - SQLAlchemy takes time

    query = Query(
        user=asked.user,
        group=asked.group,
        config=asked.config,
        action=(asked.action,) if asked.action else (),
        status=(asked.status,) if asked.status else (),
        since=asked.since,
        until=asked.until,
        held=asked.held or bool(asked.status),
        limit=asked.most,
    )
    with ClusterLog({**cluster, "namespace": asked.namespace, "all_namespaces": False}) as log:
        return [dict(record) for record in reversed(log.find(query))]
