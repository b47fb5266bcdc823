"""`scim-operator simulate`: an embedded VMware Identity Service, for tests and try-outs."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import ssl
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from scim_operator.api.enums import ProfileName
from scim_operator.errors import InvalidSpec
from scim_operator.simulator.catalogue import CATALOGUE
from scim_operator.simulator.faults import Fault
from scim_operator.simulator.presets import PRESETS
from scim_operator.simulator.settings import BASE_PATH, SCHEMES, Settings, Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _FaultType(click.ParamType[Fault]):
    """A fault as the command line has it."""

    name = "fault"

    def convert(self, value: str | Fault, param: click.Parameter | None, ctx: click.Context | None) -> Fault:
        """Reads the text; fails with the sentence that says what is wrong."""
        if isinstance(value, Fault):
            return value
        try:
            return Fault.parse(value)
        except InvalidSpec as error:
            self.fail(str(error), param, ctx)


class _Command(click.Command):
    """A command with the list of all faults at the end of its help."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes each fault with its values and its meaning."""
        rows = []
        for name, entry in CATALOGUE.items():
            default = f" (default {entry.default})" if entry.default else ""
            values = f"{entry.values}{default}: " if entry.pattern else ""
            rows.append((name.value, values + entry.help))
        with formatter.section("Faults"):
            formatter.write_dl(rows, col_max=20)
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(
                "Write a fault as NAME[=VALUE][;method=M][;path=/P][;times=N][;every=N], in quotes: only requests of "
                "this method and path prefix, at most N times, every N-th of them. Faults can also be switched while "
                "it runs: PUT and DELETE /_simulator/faults."
            )


class _HeaderType(click.ParamType[tuple[str, str]]):
    """A header with its value, as curl's --header has it."""

    name = "header"

    def convert(
        self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Reads the text; fails with the form that it must have."""
        if isinstance(value, tuple):
            return value
        name, _, wanted = value.partition(":")
        if not name.strip() or not wanted.strip():
            self.fail("write it as NAME: VALUE", param, ctx)
        return name.strip(), wanted.strip()


def _token(token: str | None, token_file: Path | None, *, none: bool) -> str:
    if [token is not None, token_file is not None, none].count(True) != 1:
        raise click.UsageError("Give --token or --token-file, or --no-token, and one of them only.")
    if none:
        return ""
    found = token if token_file is None else token_file.read_text().strip()
    if not found:
        raise click.UsageError("The token is empty; give one that clients will send.")
    return found


class _Proofs(TypedDict):
    """The options that say how the service is proved, and what clients have to show."""

    token: str | None
    token_file: Path | None
    no_token: bool
    username: str
    headers: tuple[tuple[str, str], ...]
    tls_cert: Path | None
    tls_key: Path | None
    client_ca: Path | None


def _wanting(settings: Settings, proofs: _Proofs) -> Settings:
    if (proofs["tls_key"] or proofs["client_ca"]) is not None and proofs["tls_cert"] is None:
        raise click.UsageError("Give --tls-cert beside --tls-key and --client-ca.")
    token = _token(proofs["token"], proofs["token_file"], none=proofs["no_token"])
    if proofs["no_token"] and (proofs["username"] or not (proofs["headers"] or proofs["client_ca"])):
        raise click.UsageError("With --no-token give --header or --client-ca, and no --username.")
    if ":" in proofs["username"]:
        raise click.UsageError("HTTP Basic cannot carry a colon in the name (RFC 7617): give another --username.")
    return replace(
        settings,
        token=token,
        wanted=Wanted(
            () if proofs["no_token"] else SCHEMES, proofs["username"], proofs["headers"], proofs["client_ca"]
        ),
        certificate=proofs["tls_cert"],
        key=proofs["tls_key"],
    )


def _control_token(token: str, token_file: Path | None, host: str) -> str:
    found = token if token_file is None else token_file.read_text().strip()
    if not found and not _is_loopback(host):
        raise click.UsageError(
            f"At {host} everyone who reaches it could read and change everything below /_simulator/: give "
            "--control-token or --control-token-file too."
        )
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@click.command(cls=_Command, short_help="Run an embedded VMware Identity Service on loopback")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 in a pod.")
@click.option("--token", envvar="SCIM_SIMULATOR_TOKEN", help="The token that clients must send.")
@click.option("--token-file", type=_FILE, help="A file with the token, as a mounted Secret has it.")
@click.option("--no-token", is_flag=True, help="Ask for no Authorization: a header or a certificate is enough.")
@click.option("--username", default="", help="Ask for HTTP Basic, with this name and the token as its password.")
@click.option("--header", "headers", type=_HeaderType(), multiple=True, help="Ask for NAME: VALUE too. Repeatable.")
@click.option(
    "--control-token",
    default="",
    envvar="SCIM_SIMULATOR_CONTROL_TOKEN",
    help="Ask for this bearer token below /_simulator/; needed unless --host is on loopback.",
)
@click.option("--control-token-file", type=_FILE, help="A file with that token.")
@click.option("--tls-cert", type=_FILE, help="A PEM file with the certificate; makes it speak TLS.")
@click.option("--tls-key", type=_FILE, help="A PEM file with its key.")
@click.option("--client-ca", type=_FILE, help="A PEM file with CAs: ask for a client certificate of one of them.")
@click.option("--base-path", default=BASE_PATH, show_default=True, help="The path of the SCIM base URL.")
@click.option("--page-cap", type=click.IntRange(1), default=100, show_default=True, help="Resources a page at most.")
@click.option("--bulk", type=click.IntRange(0), default=0, help="Operations in one bulk request; 0 has no /Bulk.")
@click.option("--put-only", is_flag=True, help="PATCH answers 501.")
@click.option("--nested-groups", is_flag=True, help="A group may be a member of a group.")
@click.option("--etag", is_flag=True, help="If-Match is honoured with 412.")
@click.option("--discovery", is_flag=True, help="ServiceProviderConfig, ResourceTypes and Schemas exist.")
@click.option(
    "--profile",
    type=click.Choice([name.value for name in ProfileName]),
    default=ProfileName.VMWARE_IDENTITY_SERVICE.value,
    show_default=True,
    help="Behave as the documents of this service say.",
)
@click.option("--no-strict", is_flag=True, help="A lenient RFC 7644 service instead of VMware's strict one.")
@click.option("--log-bodies", is_flag=True, help="Keep request bodies, and so personal data, in the request log.")
@click.option("--fault", "faults", type=_FaultType(), multiple=True, help="Switch a fault on; see below. Repeatable.")
def command(  # noqa: PLR0913 - one argument an option
    *,
    port: int,
    host: str,
    control_token: str,
    control_token_file: Path | None,
    base_path: str,
    page_cap: int,
    bulk: int,
    put_only: bool,
    nested_groups: bool,
    etag: bool,
    discovery: bool,
    profile: str,
    no_strict: bool,
    log_bodies: bool,
    faults: tuple[Fault, ...],
    **proofs: Unpack[_Proofs],
) -> None:
    """Run an embedded VMware Identity Service, for tests and try-outs only.

    It keeps users and groups in memory and behaves as strictly as VMware documents: required attributes, an immutable
    externalId, no discovery. Its control endpoints are below /_simulator/: faults, log, dump, seed, reset, stats.
    """
    settings = Settings(
        control_token=_control_token(control_token, control_token_file, host),
        host=host,
        port=port,
        base_path="/" + base_path.strip("/"),
        patch_status=501 if put_only else None,
        nested_groups=nested_groups,
        etag=etag,
        discovery=discovery,
        page_cap=page_cap,
        bulk=bulk,
        log_bodies=log_bodies,
    )
    settings = _wanting(settings.lenient() if no_strict else settings, proofs)
    asyncio.run(_serve(*_with_habits(profile, settings, faults)))


def _with_habits(profile: str, settings: Settings, faults: Sequence[Fault]) -> tuple[Settings, list[Fault]]:
    preset = PRESETS[ProfileName(profile)]
    return preset.applied(settings), [*map(Fault.parse, preset.faults), *faults]


async def _serve(settings: Settings, faults: Sequence[Fault]) -> None:
    from scim_operator.simulator.server import Simulator  # noqa: PLC0415 - `--help` need not wait for aiohttp

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    simulator = Simulator(settings, faults)
    try:
        await simulator.start()
    except ssl.SSLError as error:
        raise click.ClickException(
            "Cannot speak TLS with these files; give a PEM certificate as --tls-cert and its key as --tls-key."
        ) from error
    except OSError as error:
        address = f"{settings.host}:{settings.port}"
        raise click.ClickException(f"Cannot serve at {address} ({error.strerror}); choose another --port.") from error
    try:
        click.echo("This simulates a service for tests; it keeps nothing and protects nothing.", err=True)
        click.echo(f"Ready at {simulator.url}")
        await stopped.wait()
    finally:
        await simulator.stop()
