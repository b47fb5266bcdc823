"""`scim-operator import ldif` and `import ldap`: people and groups of a directory, from a file or from its server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scim_operator.cli.directory import content
from scim_operator.cli.importing import carry_out, rule_options, rules_of
from scim_operator.cli.options import with_options
from scim_operator.cli.updating import check_place
from scim_operator.core.secrecy.destinations import INSECURE_FLAG
from scim_operator.errors import InvalidSpec
from scim_operator.sources.ldap.connection import address_of
from scim_operator.sources.ldap.directory import GROUPS, PEOPLE, Listing, Server, connected
from scim_operator.sources.ldap.filters import encoded
from scim_operator.sources.ldap_source import LdapSource
from scim_operator.sources.ldif import Ldif, read_ldif
from scim_operator.sources.made import Place
from scim_operator.sources.table import ENCODINGS

if TYPE_CHECKING:
    from scim_operator.sources.entries import Entry

_users_only = click.option("--users-only", is_flag=True, help="Import no groups.")
_SERVER = (
    click.option("--url", required=True, help="The server, such as ldaps://dc1.corp.example."),
    click.option(
        "--base",
        "bases",
        required=True,
        multiple=True,
        help="The entry below which people and groups are, such as DC=corp,DC=example. Repeatable.",
    ),
    click.option("--bind-dn", default="", help="The account that reads: its DN, in Active Directory also a UPN."),
    click.option("--password-file", type=click.Path(path_type=Path), help="A file with that account's password."),
    click.option("--user-filter", default=PEOPLE, help="An LDAP filter; default: persons and POSIX accounts."),
    click.option("--group-filter", default=GROUPS, help="An LDAP filter; default: groups of all kinds."),
    click.option("--ca-file", type=click.Path(path_type=Path), help="The CA of the server's certificate, in PEM."),
    click.option("--start-tls", is_flag=True, help="With ldap://: go on over TLS before anything is asked."),
    click.option(
        INSECURE_FLAG,
        "allow_insecure",
        is_flag=True,
        help="Read from another machine without TLS: the password can be read, and the answers changed.",
    ),
    _users_only,
)


@click.command(name="ldif")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--encoding", type=click.Choice(ENCODINGS), help="The files' encoding, where it is not UTF-8.")
@_users_only
@rule_options
def from_ldif(
    files: tuple[Path, ...],
    directory: Path,
    encoding: str | None,
    users_only: bool,  # noqa: FBT001 - click's
    **given: Any,  # noqa: ANN401 - the shared options
) -> None:
    """Write the people and groups in LDIF, as ldapsearch, slapcat and ldifde write it, as manifests into DIRECTORY.

    DIRECTORY does not exist yet or is empty. Exit status: 0 all are imported, 1 not.
    """
    check_place(directory, given)
    rules = rules_of(given)
    told = Ldif()
    entries: list[Entry] = []
    for file in files:
        entries += read_ldif(str(file), content(file) or b"", told, encoding=encoding or "")
    source = LdapSource(entries, users_only=users_only, referrals=told.referrals)
    carry_out(source, rules, directory, Place(given["namespace"]), given)


def _server_options(command: Any) -> Any:  # noqa: ANN401 - any command
    return with_options(command, _SERVER)


@click.command(name="ldap")
@click.argument("directory", type=click.Path(path_type=Path))
@_server_options
@rule_options
def from_ldap(directory: Path, **given: Any) -> None:  # noqa: ANN401 - the shared options
    """Write the people and groups of an LDAP server, such as Active Directory, as manifests into DIRECTORY.

    Sends reads alone. DIRECTORY does not exist yet or is empty. Exit status: 0 all are imported, 1 not.
    """
    check_place(directory, given)
    rules = rules_of(given)
    carry_out(_listed(given), rules, directory, Place(given["namespace"]), given)


def _listed(given: dict[str, Any]) -> LdapSource:
    filters = [given["user_filter"], *([] if given["users_only"] else [given["group_filter"]])]
    for option, text in zip(("--user-filter", "--group-filter"), filters, strict=False):
        _check_filter(option, text)
    server = _server(given)
    _, host, port = address_of(server.url)
    with connected(server) as connection:
        found = Listing(connection, f"{host}:{port}")
        for base in given["bases"]:
            for text in filters:
                found.search(base, text)
    return LdapSource(found.entries, users_only=given["users_only"], referrals=found.referrals)


def _check_filter(option: str, text: str) -> None:
    try:
        encoded(text)
    except InvalidSpec as error:
        raise InvalidSpec(f"{option} {error}") from None


def _server(given: dict[str, Any]) -> Server:
    """Return the server that options describe. Errors: InvalidSpec."""
    scheme, _, _ = address_of(given["url"])
    if given["start_tls"] and scheme == "ldaps":
        raise click.UsageError("--start-tls is for ldap://; ldaps:// is TLS from the beginning.")
    if bool(given["bind_dn"]) != (given["password_file"] is not None):
        raise click.UsageError("Give --bind-dn and --password-file together, or neither.")
    password = (content(given["password_file"]) or b"").removesuffix(b"\n").removesuffix(b"\r")
    if given["bind_dn"] and not password:
        # A server takes an empty password for no sign-in at all (RFC 4513 section 5.1.2).
        raise InvalidSpec(f"{given['password_file']} is empty; it is to hold the password of --bind-dn.")
    ca = (content(given["ca_file"]) or b"").decode("ascii", errors="replace")
    return Server(given["url"], given["start_tls"], ca, given["allow_insecure"], given["bind_dn"], password)
