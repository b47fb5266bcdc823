"""`scim-operator plan`: what would these manifests change at the service? For pull requests, and without a cluster."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scim_operator.cli.directory import Request, connected, directory_options, gathered, vault_of
from scim_operator.local.planner import review
from scim_operator.local.rendering import as_markdown, as_text
from scim_operator.local.saved import dumped
from scim_operator.scim.clock import SystemClock

if TYPE_CHECKING:
    from scim_operator.local.review import Review

FORMATS = ("text", "json", "markdown")
CHANGES = 2
"""The exit status that says: there is something to do (as `terraform plan -detailed-exitcode`)."""


@click.command(name="plan")
@directory_options
@click.option("-o", "--output", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Save the plan, for `apply --plan`.")
@click.option(
    "--approve", default="", metavar="DIGEST", help="Plan as if what is held under this digest were approved."
)
def command(form: str, out: Path | None, approve: str, **request: Any) -> None:  # noqa: ANN401 - the shared options
    """Show what the manifests in DIRECTORY would change at the service of one ProvisioningConfig; sends reads alone.

    Exit status: 0 nothing would change, 2 something would, 1 an error, or an object that cannot be provisioned.
    """
    found = asyncio.run(_plan(Request(**request), approve))
    if out is not None:
        out.write_bytes(dumped(found))
    click.echo(rendered(found, form))
    if found.problems:
        raise SystemExit(1)
    if found.steps:
        raise SystemExit(CHANGES)


def rendered(found: Review, form: str) -> str:
    """The plan in one of FORMATS."""
    if form == "json":
        return dumped(found).decode()
    return as_markdown(found) if form == "markdown" else as_text(found)


async def _plan(request: Request, approved: str) -> Review:
    known = gathered(request)
    clock = SystemClock()
    async with connected(known.settings, vault_of(request, known.settings), clock) as service:
        return await review(known, service, clock, approved)
