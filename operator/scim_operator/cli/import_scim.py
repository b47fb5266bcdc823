"""`scim-operator import scim`: the connection to a service, and the options that only it has."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scim_operator.api.enums import ProfileName
from scim_operator.cli.directory import (
    TOKEN_HOSTS,
    Request,
    ca_file_option,
    checked,
    connected,
    secret_reader_of,
    secrets_option,
    token_file_option,
)
from scim_operator.cli.egress import egress_options
from scim_operator.cli.options import with_options
from scim_operator.cli.progress import stage
from scim_operator.core.keys import ResourceType
from scim_operator.errors import InvalidSpec
from scim_operator.job.base.settings import settings_of
from scim_operator.local.checks import API_VERSION
from scim_operator.local.manifests import as_served, collect, collect_texts
from scim_operator.scim.clock import SystemClock
from scim_operator.sources.made import Place
from scim_operator.sources.scim_source import listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.job.base.settings import Settings
    from scim_operator.local.manifests import Manifest
    from scim_operator.sources.scim_source import ScimSource

_OPTIONS = (
    click.option(
        "--config", type=click.Path(path_type=Path), help="A file with the ProvisioningConfig whose service is read."
    ),
    click.option("--url", default="", help="The service's URL, without a config; with one, the URL the token is for."),
    click.option(
        "--profile",
        type=click.Choice([each.value for each in ProfileName]),
        default=ProfileName.GENERIC.value,
        show_default=True,
        help="With --url: what kind of service it is.",
    ),
    click.option("--users-only", is_flag=True, help="Read no groups, for a service that has none."),
    token_file_option,
    click.option(
        "--token-hosts",
        default="",
        envvar=TOKEN_HOSTS,
        metavar="HOST[:PORT],…",
        help=f"The hosts that the token and the CA are for; --url is enough without. Default: {TOKEN_HOSTS}.",
    ),
    ca_file_option,
    secrets_option,
)
_CREDENTIALS = ("token_file", "token_hosts", "ca_file", "secrets", "url", "allow_insecure", "networks")


def connection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Put the options of a connection on a command."""
    return with_options(egress_options(command), _OPTIONS)


def read_service(given: dict[str, Any]) -> tuple[ScimSource, Place]:
    """Return all that a service has, and where its manifests belong. Errors: InvalidSpec, and those of the service."""
    config: Path | None = given["config"]
    request = request_of(given, config or Path())
    manifest = _config(config, request, given)
    settings = settings_of(as_served(manifest))
    types = [type for type in settings.enabled if type is ResourceType.USER or not given["users_only"]]
    with stage("Listing the service"):
        found = asyncio.run(_listed(settings, request, types))
    namespace = given["namespace"] or manifest.body["metadata"].get("namespace", "")
    return found, Place(namespace, settings.rules[ResourceType.USER].owner.id)


def request_of(given: dict[str, Any], directory: Path) -> Request:
    """Return the request that the options of a connection make."""
    options = {name: given[name] for name in _CREDENTIALS}
    return replace(Request.of({"directory": directory, **options}), namespace=given["namespace"])


async def _listed(settings: Settings, request: Request, types: list[ResourceType]) -> ScimSource:
    clock = SystemClock()
    async with connected(settings, secret_reader_of(request, settings), clock, request.egress) as client:
        return await listed(client, types)


def _config(config: Path | None, request: Request, given: dict[str, Any]) -> Manifest:
    if config is None and not request.url:
        raise click.UsageError(
            "Give --config with the file of a ProvisioningConfig, or --url with that of the service."
        )
    if config is not None:
        found = collect([config], request.namespace)
    else:
        body = json.dumps(made_up(request, given["profile"])).encode()
        found = collect_texts([("the config of --url.json", body)], request.namespace)
    configs = list(checked(found).of("ProvisioningConfig"))
    if len(configs) != 1:
        raise InvalidSpec(
            f"{config} has {len(configs)} ProvisioningConfigs; give --config a file with the one whose service is read."
        )
    return configs[0]


def made_up(request: Request, profile: str) -> dict[str, Any]:
    """Return the least config that reaches a service."""
    service: dict[str, Any] = {
        "url": request.url,
        "profile": profile,
        "auth": {"bearer": {"secretRef": {"name": "token", "key": "token"}}},
    }
    if request.egress.allow_insecure:
        service["allowInsecure"] = True
    return {
        "apiVersion": API_VERSION,
        "kind": "ProvisioningConfig",
        "metadata": {"name": "import"},
        "spec": {"service": service},
    }
