"""`scim-operator plan`: shows what manifests would change at the service, for pull requests, without a cluster."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scim_operator.cli.cluster import context_option, kubeconfig_option
from scim_operator.cli.collector import nothing_collected
from scim_operator.cli.directory import (
    DetailedCommand,
    Request,
    check_url,
    checked,
    connected,
    directory_options,
    gathered,
    has_token,
    protected_option,
    secret_reader_of,
    state_of,
)
from scim_operator.cli.forms import JSON, NAME, TEXT, WIDE, YAML, machine, names, output_option
from scim_operator.cli.layout import PLAIN, Look, Tone, laid_out
from scim_operator.cli.look import color_option, look_for
from scim_operator.cli.progress import through
from scim_operator.core.plan.verb import Verb
from scim_operator.core.wording import counted
from scim_operator.errors import InvalidSpec
from scim_operator.local.files import write_private
from scim_operator.local.manifests import collect
from scim_operator.local.memory import Memory
from scim_operator.local.saved import dumped
from scim_operator.review.planner import review
from scim_operator.review.rendering import as_json, as_markdown, as_text
from scim_operator.scim.clock import SystemClock

if TYPE_CHECKING:
    from scim_operator.job.base.settings import Settings
    from scim_operator.review.plan_review import Review

MARKDOWN = "markdown"
_TONES = {
    f"  {verb.meaning.sign} ": tone
    for verb, tone in zip(
        (Verb.CREATE, Verb.UPDATE, Verb.DISABLE, Verb.DELETE),
        (Tone.GOOD, Tone.WAITING, Tone.BAD, Tone.BAD),
        strict=True,
    )
}
CHANGES = 2
"""The exit status that says: there is something to do (as `terraform plan -detailed-exitcode`)."""


Approval = tuple[str, tuple[str, ...]]
"""A digest, and the protected objects that its plan may touch."""


@click.command(name="plan", cls=DetailedCommand)
@directory_options
@output_option(TEXT, WIDE, JSON, YAML, MARKDOWN, NAME)
@color_option
@click.option(
    "--out", type=click.Path(path_type=Path), help="Save the plan, for `apply --plan`; for you alone to read."
)
@click.option("--approve", default="", metavar="DIGEST", help="Take what is held under this digest for approved.")
@protected_option
@click.option("--against-cluster", is_flag=True, help="Lay the manifests over the cluster's, with its memory.")
@click.option("--prune", is_flag=True, help="With --against-cluster: what the directory lacks would be deleted.")
@kubeconfig_option
@context_option
def command(  # noqa: PLR0913, PLR0917 - one argument per option
    output: str,
    out: Path | None,
    approve: str,
    protected: tuple[str, ...],
    against_cluster: bool,  # noqa: FBT001 - click's way
    prune: bool,  # noqa: FBT001
    kubeconfig: Path | None,
    context: str | None,
    **request: Any,  # noqa: ANN401 - the shared options
) -> None:
    """Show what the manifests in DIRECTORY would change at the service of one ProvisioningConfig; sends reads alone.

    Exit status: 0 nothing would change, 2 something would, 1 an error, or an object that cannot be provisioned.
    """
    asked, look = Request.of(request), look_for(output)
    if prune and not against_cluster:
        raise click.UsageError("--prune goes with --against-cluster; without a cluster, give --previous or --against.")
    if against_cluster and (asked.previous or asked.against):
        raise click.UsageError("--against-cluster has the cluster's memory; leave --previous and --against out.")
    work = (
        _merge(asked, (approve, protected), (kubeconfig, context), prune=prune)
        if against_cluster
        else _plan(asked, (approve, protected))
    )
    with nothing_collected():
        found = asyncio.run(work)
        text = rendered(found, output, look)
    try:
        if out is not None:
            _save(found, out)
    finally:
        click.echo(text)
    if not found.is_whole:
        raise SystemExit(1)
    if found.steps:
        raise SystemExit(CHANGES)


def _save(found: Review, out: Path) -> None:
    try:
        write_private(out, dumped(found))
    except OSError as error:
        raise InvalidSpec(f"{out} cannot be written: {error.strerror}; give --out another path.") from None


def rendered(found: Review, form: str, look: Look = PLAIN) -> str:
    """Return the plan in one of the command's forms."""
    if form == JSON:
        return dumped(found).decode()
    if form == YAML:
        return machine(as_json(found), form)
    if form == NAME:
        return names(str(step.key) for step in found.steps)
    return as_markdown(found) if form == MARKDOWN else shown(found, look)


def shown(found: Review, look: Look) -> str:
    """Return the plan as a person reads it in a terminal."""
    return laid_out(as_text(found), look, _tone)


def _tone(line: str) -> Tone | None:
    """Return the tone of a line of the plan: steps begin with a sign, everything about them further to the right."""
    return _TONES.get(line[:4]) or (Tone.HEADING if line and not line.startswith(" ") else None)


async def _plan(request: Request, approved: Approval) -> Review:
    known = gathered(request)
    known = Memory.read(state_of(request), known.settings).laid_under(known)
    clock = SystemClock()
    async with connected(known.settings, secret_reader_of(request, known.settings), clock, request.egress) as service:
        return await review(known, service, clock, *approved, through=through("Planning"))


async def _merge(
    request: Request, approved: Approval, cluster: tuple[Path | None, str | None], *, prune: bool
) -> Review:
    # The client of the API server is imported when a cluster is asked for, and not before.
    from scim_operator.cli.merging import merged  # noqa: PLC0415
    from scim_operator.kube.client import KubeClient  # noqa: PLC0415
    from scim_operator.kube.credentials import find_credentials  # noqa: PLC0415
    from scim_operator.kube.secret_reader import KubeSecretReader  # noqa: PLC0415

    credentials, clock = find_credentials(*cluster), SystemClock()
    place = request.namespace or credentials.namespace
    directory = checked(collect([request.directory], place), allow_empty=request.allow_empty)
    async with KubeClient(credentials, person=True) as client:
        found = await merged(client, directory, request.config, place, prune=prune)
        settings = found.sources.settings
        check_url(request, settings)
        if not has_token(request):
            _check_destination(settings, found.sources.before_settings)
        secret_reader = (
            secret_reader_of(request, settings) if has_token(request) else KubeSecretReader(client, request.egress)
        )
        async with connected(settings, secret_reader, clock, request.egress) as service:
            plan = await review(found.sources, service, clock, *approved, through=through("Planning"))
    if found.elsewhere and not prune:
        what = f"{counted(len(found.elsewhere), 'manifest')} of the cluster"
        plan = replace(plan, notes=(*plan.notes, f"Not in this directory, and left as it is: {what}."))
    return plan


def _check_destination(settings: Settings, former: Settings | None) -> None:
    """Refuse to send the cluster's Secret where the cluster does not send it already. Errors: InvalidSpec."""
    if former is None or _destinations(former) != _destinations(settings):
        raise InvalidSpec(
            f"{settings.key} would send the cluster's Secret to another URL than the cluster does: review that, "
            "and give the token with --token-file or SCIM_TOKEN."
        )


def _destinations(settings: Settings) -> tuple[str, str, str]:
    service = settings.spec.service
    token_url = service.auth.oauth2.token_url if service.auth.oauth2 else ""
    return service.url.rstrip("/"), token_url, service.proxy.url if service.proxy else ""
