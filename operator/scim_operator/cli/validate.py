"""`scim-operator validate`: checks manifests in Git, offline and without secrets."""

from __future__ import annotations

from pathlib import Path

import click

from scim_operator.cli.collector import nothing_collected
from scim_operator.cli.empty import allow_empty_option
from scim_operator.core.printing import one_line
from scim_operator.core.wording import counted
from scim_operator.local.checks import by_severity, check
from scim_operator.local.findings import Severity
from scim_operator.local.manifests import Collection, collect

FORMATS = ("text", "github")


@click.command(name="validate")
@click.argument("places", nargs=-1, required=True, metavar="DIR|FILE...", type=click.Path(path_type=Path))
@click.option("-n", "--namespace", default="", help="The namespace of manifests that name none; default: default.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="How findings are written: one a line, or as annotations of a pull request.",
)
@allow_empty_option
def command(places: tuple[Path, ...], namespace: str, form: str, allow_empty: bool) -> None:  # noqa: FBT001 - click's way
    """Check manifests without a cluster, a service or a secret; all that is wrong goes to stderr as file:line: message.

    Each ScimUser, ScimGroup and ProvisioningConfig is checked as the API server would, expressions are compiled, names
    looked up, and claims of the same userName, displayName or externalId are reported. Exit status: 0 valid, 1 not, or
    nothing to check.
    """
    with nothing_collected():
        collection = collect(places, namespace)
        findings = check(collection, allow_empty=allow_empty)
    for finding in findings:
        click.echo(finding.as_annotation() if form == "github" else finding.as_text(), err=form == "text")
    counts = by_severity(findings)
    click.echo(summary(collection, counts[Severity.ERROR], counts[Severity.WARNING]))
    if counts[Severity.ERROR]:
        raise SystemExit(1)


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
