"""Code shared by `plan` and `apply`: directory, config, earlier revision, credentials and connection."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scim_operator.cli.completing import directory_configs, directory_objects
from scim_operator.cli.egress import egress_of, egress_options
from scim_operator.cli.empty import allow_empty_option
from scim_operator.cli.options import with_options
from scim_operator.cli.progress import stage, through
from scim_operator.core.secrecy.destinations import destination_of
from scim_operator.errors import InvalidSpec
from scim_operator.job.connection.connecting import Connector
from scim_operator.job.connection.credentials import bearing
from scim_operator.local.checks import check, nothing, set_aside
from scim_operator.local.files import read_given
from scim_operator.local.findings import Severity
from scim_operator.local.manifests import MAX_FILE, Collection, collect, collect_texts
from scim_operator.local.memory import default_folder
from scim_operator.local.revisions import files_at
from scim_operator.local.world import FileSecretReader, sources
from scim_operator.scim.egress import STRICT, Egress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

    from scim_operator.cli.options import Command
    from scim_operator.job.base.ports import SecretReader
    from scim_operator.job.base.settings import Settings
    from scim_operator.local.findings import Finding
    from scim_operator.review.sources import Sources
    from scim_operator.scim.client import ScimClient
    from scim_operator.scim.clock import Clock


TOKEN, TOKEN_HOSTS = "SCIM_TOKEN", "SCIM_TOKEN_HOSTS"
STATE = "SCIM_OPERATOR_STATE"
_UP = (".", "..")


@dataclass(frozen=True, slots=True)
class Request:
    """The options of one call of `plan` or `apply`."""

    directory: Path
    config: str = ""
    namespace: str = ""
    previous: Path | None = None
    against: str = ""
    token_file: Path | None = None
    token_hosts: str = ""
    ca_file: Path | None = None
    secrets: Path | None = None
    state: Path | None = None
    url: str = ""
    egress: Egress = STRICT
    allow_empty: bool = False

    @classmethod
    def of(cls, options: dict[str, Any]) -> Request:
        """Return a request from the options of a command."""
        return cls(egress=egress_of(options), **options)


class DetailedCommand(click.Command):
    """A command whose exit status 2 means that there is something to do, so that a mistyped option exits with 1."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401 - click's signature
    ) -> click.Context:
        """Return the context of one call."""
        with _usage_is_1():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run the command."""
        with _usage_is_1():
            return super().invoke(ctx)


@contextmanager
def _usage_is_1() -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        error.exit_code = 1  # type: ignore[misc]  # click asks the error itself
        raise


token_file_option = click.option(
    "--token-file", type=click.Path(path_type=Path), help=f"A file with the token; default: {TOKEN}."
)
ca_file_option = click.option(
    "--ca-file", type=click.Path(path_type=Path), help="The CA certificates that caBundleRef names."
)
secrets_option = click.option(
    "--secrets",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder of Secrets, as Kubernetes mounts them: NAME/KEY; for passwords, headers and other credentials.",
)

_OPTIONS = (
    click.argument("directory", type=click.Path(path_type=Path)),
    click.option(
        "--config",
        default="",
        help="The ProvisioningConfig to serve; needed where there are several.",
        shell_complete=directory_configs,
    ),
    click.option("-n", "--namespace", default="", help="The namespace of manifests that name none."),
    click.option(
        "--previous",
        type=click.Path(path_type=Path),
        help="A directory with what was applied before: what it alone has is removed, what it alone sets is cleared.",
    ),
    click.option("--against", default="", metavar="REVISION", help="The same, from a revision of Git."),
    token_file_option,
    click.option(
        "--token-hosts",
        default="",
        envvar=TOKEN_HOSTS,
        metavar="HOST[:PORT],…",
        help=f"The hosts that the token and the CA are for; needed with a token. Default: {TOKEN_HOSTS}.",
    ),
    click.option(
        "--url",
        default="",
        help="The one URL that the token is for; stricter than --token-hosts, and enough without it.",
    ),
    ca_file_option,
    secrets_option,
    click.option(
        "--state",
        type=click.Path(path_type=Path),
        envvar=STATE,
        help="A folder for what `apply` finds out about values that the service does not show, or stores in another "
        "form; default: scim-operator in $XDG_STATE_HOME or ~/.local/state.",
    ),
    allow_empty_option,
)


protected_option = click.option(
    "--approve-protected",
    "protected",
    multiple=True,
    metavar="KIND/NAME",
    shell_complete=directory_objects,
    help="With --approve: a protected object that the plan may touch, such as scimuser/ada.",
)


def directory_options(command: Command) -> Command:
    """Put the shared argument and options on a command."""
    return with_options(egress_options(command), _OPTIONS)


def gathered(request: Request) -> Sources:
    """Read, check and gather. Errors: InvalidSpec; problems of manifests are then on stderr, line by line."""
    if request.previous and request.against:
        raise click.UsageError("Give either --previous or --against.")
    read = collect([request.directory], request.namespace, through("Reading manifests"))
    now = checked(read, allow_empty=request.allow_empty, parted=True)
    before = _before(request)
    return sources(now, request.config, before)


def checked(collection: Collection, *, allow_empty: bool = False, parted: bool = False) -> Collection:
    """Return the collection, unless it has errors: those go to stderr, and InvalidSpec is raised.

    `parted`: what has errors is set aside, and the rest goes on, as long as there is any.
    """
    with stage("Checking manifests"):
        errors = [each for each in check(collection, allow_empty=allow_empty) if each.severity is Severity.ERROR]
    if not parted or not collection.manifests:
        _refuse(errors)
    elif errors:
        _show(errors)
        set_aside(collection, errors)
    return collection


def _refuse(findings: Iterable[Finding]) -> None:
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    _show(errors)
    if errors:
        raise InvalidSpec("Nothing is planned while manifests are wrong; fix what is listed above.")


def _show(findings: Iterable[Finding]) -> None:
    for finding in findings:
        click.echo(finding.as_text(), err=True)


def _before(request: Request) -> Collection | None:
    """Return what was applied before, None where nothing is named. Errors: InvalidSpec, where nothing can be read."""
    if request.previous is not None:
        found = collect([request.previous], request.namespace)
    elif request.against:
        found = collect_texts(files_at(request.directory, request.against), request.namespace)
        found.places = [f"{request.directory} at {request.against}"]
    else:
        return None
    if not found.manifests:  # a leaver would be no one whom it had
        _refuse([*found.findings, *([] if request.allow_empty else nothing(found))])
    return found


def state_of(request: Request) -> Path | None:
    """Return the folder of what `apply` remembers; None where there is none."""
    return request.state or default_folder()


def has_token(request: Request) -> bool:
    """Return whether credentials were given: by file, by folder, or in the environment."""
    return request.token_file is not None or request.secrets is not None or bool(os.environ.get(TOKEN))


def check_url(request: Request, settings: Settings) -> None:
    """Refuse a config that would have the token sent elsewhere, as one that no one has reviewed yet may.

    Errors: InvalidSpec.
    """
    if request.url and settings.spec.service.url.rstrip("/") != request.url.rstrip("/"):
        raise InvalidSpec(
            f"spec.service.url of {settings.key} is not {request.url}, and the token is for that service alone: "
            "review the change of the URL, then change --url."
        )


def secret_reader_of(request: Request, settings: Settings) -> SecretReader:
    """Return the source of the token and the CA bundle."""
    check_url(request, settings)
    token = content(request.token_file) or os.fsencode(os.environ.get(TOKEN, "")) or None
    given = token.strip() if token else None
    return FileSecretReader(
        settings, given, content(request.ca_file), _token_hosts(request), request.egress, _secrets_in(request.secrets)
    )


def _secrets_in(folder: Path | None) -> Callable[[str, str], bytes | None]:
    """Return what reads NAME/KEY in a folder; names and keys have no slash (`api.common`), and are no way out."""

    def read(name: str, key: str) -> bytes | None:
        if folder is None or name in _UP or key in _UP or not (path := folder / name / key).is_file():
            return None
        return content(path)

    return read


def _token_hosts(request: Request) -> str:
    """Return the hosts that the token is for: named as such, or by the one URL that it is for."""
    if request.token_hosts or not request.url:
        return request.token_hosts
    try:
        return str(destination_of(request.url))
    except ValueError:
        raise click.UsageError("--url must be a URL such as https://host/path.") from None


def content(path: Path | None) -> bytes | None:
    """Return the bytes of a file; None for no file. Errors: InvalidSpec, when it cannot be read."""
    if path is None:
        return None
    try:
        return read_given(path, MAX_FILE)
    except OSError as error:
        raise InvalidSpec(f"{path} cannot be read: {error.strerror}.") from None


@asynccontextmanager
async def connected(
    settings: Settings, secret_reader: SecretReader, clock: Clock, egress: Egress
) -> AsyncIterator[ScimClient]:
    """Provide a client that has passed Test Connection and read the ServiceProviderConfig."""
    # A token that was given is sent as it is: no token endpoint that the manifests name gets to see credentials.
    given = bearing(settings) if isinstance(secret_reader, FileSecretReader) and secret_reader.has_token else settings
    client = await Connector(clock, egress).connect(given, secret_reader)
    try:
        await client.probe()
        await client.discover()
        yield client
    finally:
        await client.close()
