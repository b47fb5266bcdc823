"""`scim-operator undelete`: put back manifests that were deleted by mistake and that the change limits still hold."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from scim_operator.cli.cluster import context_option, kubeconfig_option, namespace_option
from scim_operator.cli.completing import cluster_objects
from scim_operator.cli.naming import key_of
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.printing import one_line
from scim_operator.core.wording import counted, some
from scim_operator.errors import InvalidSpec, Unavailable
from scim_operator.kube.client import KubeClient
from scim_operator.kube.credentials import find_credentials
from scim_operator.kube.undelete import Undeletion, look
from scim_operator.local.files import write_private
from scim_operator.local.findings import Severity
from scim_operator.local.manifests import collect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.kube.client import Manifest
    from scim_operator.kube.credentials import Credentials
    from scim_operator.kube.undelete import Found, Outcome

NAMED = 10
"""Manifests that a line names."""


@click.command(name="undelete")
@click.argument("names", nargs=-1, metavar="[KIND/NAME...]", shell_complete=cluster_objects)
@click.option(
    "-f",
    "--filename",
    "places",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Put back what this file or directory has; who is not in it goes on leaving.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be put back, and change nothing.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=120.0,
    show_default=True,
    help="Seconds for which the operator's answer is waited for.",
)
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    help="Where the manifests are kept until they are back; default: scim-undelete-NAMESPACE.json.",
)
@namespace_option
@kubeconfig_option
@context_option
def command(  # noqa: PLR0913, PLR0917 - one argument per option
    names: tuple[str, ...],
    places: tuple[Path, ...],
    dry_run: bool,  # noqa: FBT001 - click's way
    timeout: float,
    keep: Path | None,
    namespace: str | None,
    kubeconfig: Path | None,
    context: str | None,
) -> None:
    """Put back manifests that were deleted by mistake, and that are still being deleted.

    Kubernetes cannot take a deletion back, also not when the manifest is applied again. So each one is created again
    with all that its status said: no one leaves a group meanwhile, and nothing is sent to the service. Say which by
    name (scimuser/ada), or with --filename by what Git has again. Exit status: 0 all are back, 1 an error, or not all.
    """
    if not (names or places):
        raise click.UsageError("Say what to put back: KIND/NAME, or --filename with a file or directory.")
    credentials = find_credentials(kubeconfig, context)
    place = namespace or credentials.namespace
    wanted = {*(key_of(name, place) for name in names), *_in_files(places, place)}
    spaces = sorted({key.namespace for key in wanted})
    call = _Call(credentials, frozenset(wanted), dry_run, timeout, keep)
    back = [asyncio.run(call.in_namespace(space)) for space in spaces]  # each of them, whatever became of the others
    if not all(back):
        raise SystemExit(1)


def _in_files(places: tuple[Path, ...], namespace: str) -> Iterable[ObjectKey]:
    """Return the manifests of users and groups that files have. Errors: InvalidSpec for one that cannot be read."""
    found = collect(places, namespace)
    for each in found.findings:
        if each.severity is Severity.ERROR:
            raise InvalidSpec(each.as_text())
    kinds = {kind.value: kind for kind in Kind}
    return [ObjectKey(kinds[each.kind], each.namespace, each.name) for each in found.manifests if each.kind in kinds]


@dataclass(frozen=True, slots=True)
class _Call:
    credentials: Credentials
    wanted: frozenset[ObjectKey]
    dry_run: bool
    patience: float
    keep: Path | None

    async def in_namespace(self, namespace: str) -> bool:
        """Put back what is wanted of one namespace; return whether all of it is."""
        file = self.keep or Path(f"scim-undelete-{namespace}.json")
        async with KubeClient(self.credentials, person=True) as client:
            found = await look(client, namespace, (key for key in self.wanted if key.namespace == namespace))
            _say(_looked(found, namespace))
            if self.dry_run or not found.leaving:
                return not found.absent
            undeletion = Undeletion(client, namespace, self.patience, lambda bodies: _kept(file, bodies))
            outcome = await undeletion.put_back(found.leaving)
        whole = not (outcome.failed or outcome.unanswered)
        if whole:
            file.unlink(missing_ok=True)
        _say(_became(outcome, namespace, file))
        return whole and not found.absent


def _kept(file: Path, bodies: Iterable[Manifest]) -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": list(bodies)}
    try:
        write_private(file, orjson.dumps(listed, option=orjson.OPT_INDENT_2))
    except OSError as error:
        raise Unavailable(
            f"{file} cannot be written, so nothing was let go: name another with --keep. {error}"
        ) from error


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(one_line(line))


def _looked(found: Found, namespace: str) -> Iterable[str]:
    yield f"Namespace {namespace}: {counted(len(found.leaving), 'manifest')} to put back{_names(found.leaving)}."
    if found.there:
        yield f"Not being deleted: {counted(len(found.there), 'manifest')}."
    if found.absent:
        yield f"Not in the cluster, so apply them: {counted(len(found.absent), 'manifest')}{_names(found.absent)}."
    if found.others:
        yield f"Not asked for, and still leaving: {counted(len(found.others), 'manifest')}{_names(found.others)}."


def _became(outcome: Outcome, namespace: str, file: Path) -> Iterable[str]:
    for key, why in sorted(outcome.failed.items()):
        yield f"Not put back: {key}: {why}"
    if outcome.unanswered:
        yield (
            f"No answer from {', '.join(sorted(outcome.unanswered))}: nothing was let go, and none of them leaves. "
            "Run this again when the operator runs, and the config is connected and not suspended: "
            f"scim-operator status --namespace {namespace}"
        )
        return
    if outcome.failed:
        yield f"What was let go and is not back is in {file}: run this again, or kubectl create -f it within an hour."
    yield f"Put back: {counted(len(outcome.back), 'manifest')}."
    if not outcome.quiet:
        yield "The operator has not taken all of them up yet: scim-operator status shows how far it is."


def _names(keys: Iterable[ObjectKey]) -> str:
    listed = sorted(map(str, keys))
    return f": {some(listed, NAMED)}" if listed else ""
