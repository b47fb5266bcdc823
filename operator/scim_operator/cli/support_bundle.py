"""`scim-operator support-bundle`: what a maintainer needs to find a fault, without secrets and personal data."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import secrets
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scim_operator.cli.bundle import Collected, files, packed
from scim_operator.cli.cluster import context_option, kubeconfig_option, namespace_option
from scim_operator.cli.reading import SELECTOR
from scim_operator.cli.vocabulary import own_words
from scim_operator.errors import ScimOperatorError
from scim_operator.kube.client import KubeClient, Target
from scim_operator.kube.credentials import find_credentials
from scim_operator.kube.resources import CONFIGS, EVENTS, GROUPS, PODS, USERS

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from scim_operator.kube.resources import ApiResource

Result = TypeVar("Result")
FOLDER = "scim-operator-support"
PORT = 8080
"""Where the chart has the operator serve its metrics."""


@click.command(name="support-bundle")
@namespace_option
@click.option("-A", "--all-namespaces", is_flag=True, help="Collect the configs of all namespaces.")
@click.option("--operator-namespace", help="Where the operator runs; default: the namespace, else it is searched for.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(f"{FOLDER}.tar.gz"),
    show_default=True,
    help="The file to write; one that exists is not overwritten.",
)
@click.option(
    "--log-lines",
    type=click.IntRange(0, 100_000),
    default=2000,
    show_default=True,
    help="How many of the last lines of each pod are read.",
)
@kubeconfig_option
@context_option
def command(  # noqa: PLR0913, PLR0917 - one argument per option
    namespace: str | None,
    all_namespaces: bool,  # noqa: FBT001 - click's way
    operator_namespace: str | None,
    output: Path,
    log_lines: int,
    kubeconfig: Path | None,
    context: str | None,
) -> None:
    """Collect what a maintainer needs into a tar.gz: versions, configs, counts, Events, pods, metrics and the log.

    No Secret is read. Of all texts only the operator's own words are shown: names of people, addresses and ids are
    masked. It takes the rights to list configs, users, groups, Events and pods, and to get pods/log and pods/proxy;
    what you may not read is left out, and said.
    """
    if all_namespaces and namespace:
        raise click.UsageError("--all-namespaces does not go with --namespace.")
    if output.exists():
        raise click.UsageError(f"{output} exists already: name another file with --output, or remove it.")
    credentials = find_credentials(kubeconfig, context)
    place = None if all_namespaces else namespace or credentials.namespace

    async def collect() -> Collected:
        async with KubeClient(credentials, person=True) as client:
            return await Collector(client, log_lines).collect(place, operator_namespace)

    texts = files(asyncio.run(collect()), own_words(), secrets.token_bytes(32))
    write(output, packed(texts, FOLDER))
    for name, text in texts.items():
        click.echo(f"{len(text.encode(errors='replace')):>10,}  {name}")
    click.echo(f"Written to {output}. It holds no secrets and names no people; look through it before you send it.")


def write(output: Path, body: bytes) -> None:
    """Write a new file that only its owner may read; raises UsageError where there is one already."""
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise click.UsageError(f"{output} exists already: name another file with --output, or remove it.") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)


class Collector:
    """Asks an API server for one thing after another. What it may not have becomes a problem, and the rest goes on."""

    def __init__(self, client: KubeClient, log_lines: int) -> None:
        self._client = client
        self._log_lines = log_lines
        self._found = Collected()

    async def collect(self, place: str | None, operator: str | None) -> Collected:
        """Return all there is about the configs of a namespace, or with None of all, and about the operator."""
        found = self._found
        found.versions.update(command=version("scim-operator"), python=platform.python_version())
        if text := await self._tried(self._client.text("/version"), ""):
            found.versions["kubernetes"] = str(json.loads(text).get("gitVersion"))
        found.configs.extend(await self._every(CONFIGS, place))
        for resource in (USERS, GROUPS):
            found.objects.extend(await self._every(resource, place))
        found.events.extend(each for each in await self._every(EVENTS, place) if _is_ours(each))
        found.pods.extend(await self._pods(operator or place))
        if not found.pods and not operator:
            found.pods.extend(await self._pods(None))
        if not found.pods:
            found.problems.append("No pod of the operator was found: name its namespace with --operator-namespace.")
        for pod in found.pods:
            await self._look_at(pod["metadata"]["namespace"], pod["metadata"]["name"])
        return found

    async def _look_at(self, namespace: str, name: str) -> None:
        path, key = PODS.path(namespace, name), f"{namespace}/{name}"
        lines = {"tailLines": str(self._log_lines), "container": "operator"}
        if text := await self._tried(self._client.text(f"{path}:{PORT}/proxy/metrics"), ""):
            self._found.metrics[key] = text
        if text := await self._tried(self._client.text(f"{path}/log", **lines), ""):
            self._found.logs[key] = text
        # One that ended a moment ago says why, which the new one does not know. Most pods have none.
        try:
            self._found.logs[f"{key}.previous"] = await self._client.text(f"{path}/log", previous="true", **lines)
        except ScimOperatorError:
            return

    async def _pods(self, place: str | None) -> list[dict[str, Any]]:
        page = self._client.page(Target(PODS, place), limit=100, label=SELECTOR)
        found = await self._tried(page, None)
        return found.items if found else []

    async def _every(self, resource: ApiResource, place: str | None) -> list[dict[str, Any]]:
        async def listed() -> list[dict[str, Any]]:
            return [each async for each in self._client.every(Target(resource, place))]

        return await self._tried(listed(), [])

    async def _tried(self, asked: Awaitable[Result], otherwise: Result) -> Result:
        try:
            return await asked
        except ScimOperatorError as error:
            self._found.problems.append(str(error))
            return otherwise


def _is_ours(event: dict[str, Any]) -> bool:
    about = event.get("involvedObject") or {}
    return str(about.get("apiVersion", "")).startswith("scim-operator.io/") or about.get("kind") == "Pod"
