"""`scim-operator validate`: checks manifests in Git, offline and without secrets."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scim_operator.cli.collector import nothing_collected
from scim_operator.cli.empty import allow_empty_option
from scim_operator.cli.forms import JSON, TEXT, YAML, machine, output_option
from scim_operator.cli.layout import Tone
from scim_operator.cli.look import color_option, look_for
from scim_operator.cli.progress import stage, through
from scim_operator.core.printing import one_line
from scim_operator.core.wording import counted
from scim_operator.local.checks import by_severity, check
from scim_operator.local.findings import Severity
from scim_operator.local.manifests import Collection, collect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.local.findings import Finding

GITHUB = "github"
_TONES = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.WAITING}


@click.command(name="validate")
@click.argument("places", nargs=-1, required=True, metavar="DIR|FILE...", type=click.Path(path_type=Path))
@click.option("-n", "--namespace", default="", help="The namespace of manifests that name none; default: default.")
@output_option(TEXT, GITHUB, JSON, YAML, also=("--format",))
@color_option
@allow_empty_option
def command(places: tuple[Path, ...], namespace: str, output: str, allow_empty: bool) -> None:  # noqa: FBT001 - click's way
    """Check manifests without a cluster, a service or a secret; all that is wrong goes to stderr as file:line: message.

    Each ScimUser, ScimGroup and ProvisioningConfig is checked as the API server would, expressions are compiled, names
    looked up, and claims of the same userName, displayName or externalId are reported. Exit status: 0 valid, 1 not, or
    nothing to check.
    """
    with nothing_collected():
        collection = collect(places, namespace, through("Reading manifests"))
        with stage("Checking manifests"):
            findings = check(collection, allow_empty=allow_empty)
    counts = by_severity(findings)
    if output in {JSON, YAML}:
        click.echo(machine(as_data(collection, findings), output))
    else:
        _show(findings, output)
        click.echo(summary(collection, counts[Severity.ERROR], counts[Severity.WARNING]))
    if counts[Severity.ERROR]:
        raise SystemExit(1)


def _show(findings: Iterable[Finding], output: str) -> None:
    look = look_for(err=True)
    for finding in findings:
        if output == GITHUB:
            click.echo(finding.as_annotation())
        else:
            click.echo(look.painted(finding.as_text(), _TONES[finding.severity]), err=True)


def as_data(collection: Collection, findings: Iterable[Finding]) -> dict[str, Any]:
    """Return what was checked and found, for programs."""
    return {
        "manifests": len(collection.manifests),
        "files": collection.files,
        "ignored": collection.ignored,
        "notFollowed": [str(each) for each in collection.kustomizations],
        "findings": [asdict(each) for each in findings],
    }


def summary(collection: Collection, errors: int, warnings: int) -> str:
    """Return what was checked, in a line or two."""
    manifests = counted(len(collection.manifests), "manifest")
    verdict = f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"
    lines = [f"{manifests} in {counted(collection.files, 'file')}: {verdict}."]
    if collection.ignored:
        lines.append(f"Ignored: {counted(collection.ignored, 'document')} of other API groups.")
    if collection.kustomizations:
        named = ", ".join(map(one_line, collection.kustomizations[:3]))
        lines.append(f"Not followed: {named}; give the output of `kustomize build` to check what that makes.")
    return "\n".join(lines)
