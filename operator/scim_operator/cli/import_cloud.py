"""`scim-operator import entra`, `okta` and `keycloak`: from saved answers, or live from the identity provider's API."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from scim_operator.cli.directory import content
from scim_operator.cli.egress import egress_of, egress_options
from scim_operator.cli.importing import carry_out, command, rule_options, rules_of
from scim_operator.cli.options import with_options
from scim_operator.cli.updating import check_place
from scim_operator.errors import InvalidSpec, ScimOperatorError
from scim_operator.scim.clock import SystemClock
from scim_operator.scim.oauth2 import ClientSecret
from scim_operator.sources import live
from scim_operator.sources.api import Api, Grant
from scim_operator.sources.entra import read_entra
from scim_operator.sources.keycloak import read_keycloak
from scim_operator.sources.made import Place
from scim_operator.sources.okta import read_okta

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from scim_operator.cli.options import Command
    from scim_operator.scim.egress import Egress
    from scim_operator.sources.people import PeopleSource

    Files = Callable[[Iterable[tuple[str, bytes]]], PeopleSource]
    Read = Callable[[Api], Awaitable[PeopleSource]]

_PATHS = click.Path(path_type=Path)
_PLACES = (
    click.argument("files", nargs=-1, metavar="[FILE]...", type=_PATHS),
    click.argument("directory", type=_PATHS),
)
_CLIENT = (
    click.option("--client-id", default="", help="The id of the client (application) that reads."),
    click.option("--client-secret-file", "secret_file", type=_PATHS, help="A file with its secret."),
)
_WORD = re.compile(r"[A-Za-z0-9._-]+")
GRAPH, LOGIN = "https://graph.microsoft.com/v1.0", "https://login.microsoftonline.com"


def _source(command: Command, options: Iterable[Any]) -> Command:
    return with_options(egress_options(rule_options(command)), (*_PLACES, *options))


def _with(*options: Any) -> Callable[[Command], Command]:  # noqa: ANN401 - click's options
    return lambda command: _source(command, options)


@command.command(name="entra")
@_with(
    click.option("--tenant", default="", help="Live: the tenant's id or domain."),
    *_CLIENT,
    click.option("--graph-url", default=GRAPH, show_default=True, help="Another one in a national cloud."),
    click.option("--login-url", default=LOGIN, show_default=True, help="Another one in a national cloud."),
)
def from_entra(**given: Any) -> None:  # noqa: ANN401 - the shared options
    """Write users and groups of Microsoft Entra as manifests into DIRECTORY, which does not exist yet or is empty.

    From FILEs with saved answers of Microsoft Graph, or live with the credentials of an application. The object's id
    becomes the externalId. Exit status: 0 all are imported, 1 not.
    """
    tenant, egress = given["tenant"], egress_of(given)

    def api() -> Api:
        token_url = f"{given['login_url'].rstrip('/')}/{_word('--tenant', tenant)}/oauth2/v2.0/token"
        scope = f"{_origin(given['graph_url'])}/.default"
        rights = "the application permissions User.Read.All and GroupMember.Read.All, with an administrator's consent"
        return _by_client(given["graph_url"], token_url, (scope,), given, egress, rights)

    _import(given, bool(tenant), read_entra, api, live.read_graph)


@command.command(name="okta")
@_with(
    click.option("--url", default="", help="Live: the organisation's URL, such as https://example.okta.com."),
    click.option("--token-file", type=_PATHS, help="A file with an API token, or with an OAuth access token."),
    click.option("--oauth", is_flag=True, help="The token is an OAuth access token, sent as Bearer and not as SSWS."),
)
def from_okta(**given: Any) -> None:  # noqa: ANN401 - the shared options
    """Write users and groups of Okta as manifests into DIRECTORY, which does not exist yet or is empty.

    From FILEs with saved answers of Okta's API, or live with a token. The user's id becomes the externalId. Exit
    status: 0 all are imported, 1 not.
    """
    egress = egress_of(given)

    def api() -> Api:
        token = _secret("--token-file", given["token_file"])
        scheme = "Bearer" if given["oauth"] else "SSWS"
        rights = "the scopes okta.users.read and okta.groups.read, or a read-only administrator's token"
        return Api(given["url"], token, scheme, egress, SystemClock(), rights=rights)

    _import(given, bool(given["url"]), read_okta, api, live.read_okta)


@command.command(name="keycloak")
@_with(
    click.option("--url", default="", help="Live: Keycloak's URL, such as https://sso.example.com."),
    click.option("--realm", default="", help="Live: the realm that is imported."),
    *_CLIENT,
)
def from_keycloak(**given: Any) -> None:  # noqa: ANN401 - the shared options
    """Write users and groups of a Keycloak realm as manifests into DIRECTORY, which does not exist yet or is empty.

    From FILEs with the export of the realm, or live with the credentials of a client that has a service account. The
    user's id becomes the externalId. Exit status: 0 all are imported, 1 not.
    """
    egress = egress_of(given)

    def api() -> Api:
        url, realm = given["url"].rstrip("/"), quote(_word("--realm", given["realm"]), safe="")
        token_url = f"{url}/realms/{realm}/protocol/openid-connect/token"
        rights = "the roles view-users and query-groups of the client realm-management"
        return _by_client(f"{url}/admin/realms/{realm}", token_url, (), given, egress, rights)

    _import(given, bool(given["url"]), read_keycloak, api, live.read_realm)


def _import(given: dict[str, Any], asks: bool, read_files: Files, api: Callable[[], Api], read: Read) -> None:  # noqa: FBT001
    """Read files, or the API where its options are given, and write the manifests."""
    files, directory = given["files"], given["directory"]
    if asks is bool(files):
        raise click.UsageError("Give FILEs with what was saved, or the options of a live import, and not both.")
    check_place(directory, given)
    rules = rules_of(given)
    if files:
        source = read_files((str(file), content(file) or b"") for file in files)
    else:
        source = asyncio.run(_read(api(), read))
    carry_out(source, rules, directory, Place(given["namespace"]), given)


async def _read(api: Api, read: Read) -> PeopleSource:
    try:
        return await read(api)
    except* ScimOperatorError as several:
        raise _first(several) from None
    finally:
        await api.close()


def _first(several: BaseExceptionGroup[ScimOperatorError]) -> ScimOperatorError:
    error = several.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _by_client(
    url: str, token_url: str, scopes: tuple[str, ...], given: dict[str, Any], egress: Egress, rights: str
) -> Api:
    """Return an API whose token the client's credentials give."""
    if not given["client_id"]:
        raise click.UsageError("A live import needs --client-id and --client-secret-file.")
    client = ClientSecret(given["client_id"], _secret("--client-secret-file", given["secret_file"]))
    clock = SystemClock()
    return Api(url, Grant(token_url, client, scopes, egress, clock), "Bearer", egress, clock, rights=rights)


def _secret(option: str, file: Path | None) -> str:
    if file is None:
        raise click.UsageError(f"A live import needs {option}.")
    try:
        found = (content(file) or b"").decode("ascii").strip()
    except UnicodeDecodeError:
        found = ""
    if not found or not found.isprintable() or " " in found:
        raise InvalidSpec(f"{file}: holds no secret that can be sent: it must be one line of ASCII without blanks")
    return found


def _word(option: str, value: str) -> str:
    if not _WORD.fullmatch(value) or value in (".", ".."):
        raise click.UsageError(f"{option} must be a name of letters, digits, dots and dashes.")
    return value


def _origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])
