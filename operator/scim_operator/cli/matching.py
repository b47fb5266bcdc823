"""`scim-operator import scim --match`: which manifests and which resources of a service are each other's."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scim_operator.cli.collector import nothing_collected
from scim_operator.cli.directory import checked, connected, secret_reader_of
from scim_operator.cli.forms import JSON, YAML, machine, output_option
from scim_operator.cli.import_scim import made_up, request_of
from scim_operator.cli.options import with_options
from scim_operator.errors import InvalidSpec
from scim_operator.local.manifests import collect, collect_texts
from scim_operator.local.world import sources
from scim_operator.review.match_rendering import FORMS as RENDERED
from scim_operator.review.matching import match
from scim_operator.scim.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.cli.directory import Request
    from scim_operator.cli.options import Command
    from scim_operator.local.manifests import Collection
    from scim_operator.review.match_report import MatchReport
    from scim_operator.review.sources import Sources

FORMS: dict[str, Callable[[MatchReport], str]] = {
    **RENDERED,
    YAML: lambda found: machine(json.loads(RENDERED[JSON](found)), YAML) + "\n",
}
_OPTIONS = (
    click.option(
        "--match",
        "matched",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Write nothing; report how the manifests of DIR and what the service has match.",
    ),
    output_option(*FORMS),
)
_OF_IMPORTS = ("layout", "team", "rules", "where", "sets", "name", "group_where", "group_sets", "group_name")


def match_options(command: Command) -> Command:
    """Put the options of the report on a command."""
    return with_options(command, _OPTIONS)


def report(directory: Path, form: str, given: dict[str, Any]) -> None:
    """Print how manifests and service match. Exit status: 1 unless all of it does, one to one."""
    if any(given[name] for name in _OF_IMPORTS) or given["skip_refused"]:
        raise click.UsageError("--match writes no manifests: leave the options out that say which, and how.")
    request = request_of(given, directory)
    with nothing_collected():
        found = asyncio.run(_matched(_gathered(request, given), request))
        text = FORMS[form](found)
    click.echo(text, nl=False)
    if not found.is_one_to_one:
        raise SystemExit(1)


async def _matched(known: Sources, request: Request) -> MatchReport:
    clock = SystemClock()
    reader = secret_reader_of(request, known.settings)
    async with connected(known.settings, reader, clock, request.egress) as service:
        return await match(known, service, clock)


def _gathered(request: Request, given: dict[str, Any]) -> Sources:
    """Return the manifests of the directory, and the config: from it, from its own file, or made up for a URL."""
    found = collect([request.directory], request.namespace)
    config = given["config"]
    name = ""
    if config is not None:
        own = checked(collect([config], request.namespace))
        configs = {each.name for each in own.of("ProvisioningConfig")}
        if len(configs) != 1:
            raise InvalidSpec(f"{config} has {len(configs)} ProvisioningConfigs; give --config a file with one.")
        (name,) = configs
        if not _is_below(config, request.directory):
            found = collect([request.directory, config], request.namespace)
    elif request.url and not any(found.of("ProvisioningConfig")):
        _add_config(found, request, given["profile"])
    if given["users_only"]:
        _without_groups(found)
    return sources(checked(found, parted=True), name)


def _is_below(file: Path, directory: Path) -> bool:
    return file.resolve().is_relative_to(directory.resolve())


def _add_config(found: Collection, request: Request, profile: str) -> None:
    """Add the least config that reaches the service, with everyone in its scope, to where the manifests are."""
    places = {each.namespace for each in found.manifests}
    namespace = min(places) if len(places) == 1 else request.namespace
    body = made_up(request, profile)
    body["spec"]["scope"] = "All"
    text = json.dumps(body).encode()
    made = collect_texts([("the config of --url.json", text)], namespace)
    found.manifests += made.manifests


def _without_groups(found: Collection) -> None:
    for each in found.of("ProvisioningConfig"):
        each.body["spec"]["groups"] = {**(each.body["spec"].get("groups") or {}), "enabled": False}
