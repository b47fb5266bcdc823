"""`scim-operator access`: who has access by the manifests in Git or the cluster, since when, and what proves it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from scim_operator.cli.cluster import context_option, kubeconfig_option
from scim_operator.cli.collector import nothing_collected
from scim_operator.cli.completing import directory_configs, directory_groups, directory_users
from scim_operator.cli.forms import JSON, NAME, TEXT, WIDE, YAML, machine, output_option
from scim_operator.cli.layout import Look, Tone, laid_out
from scim_operator.cli.look import color_option, look_for
from scim_operator.cli.period import store_option
from scim_operator.cli.progress import stage
from scim_operator.core.printing import one_line
from scim_operator.local.access import Question, answer
from scim_operator.review.access.machine import as_csv, as_json
from scim_operator.review.access.page import as_page
from scim_operator.review.access.proofs import Log, proven
from scim_operator.review.access.text import HEADINGS, WIDTH, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scim_operator.observability.provisioning_log.search import Query
    from scim_operator.review.access.answer import Answer

FORMS: dict[str, Callable[[Answer], str]] = {
    JSON: as_json,
    YAML: lambda found: machine(orjson.loads(as_json(found)), YAML) + "\n",
    "csv": as_csv,
    "html": as_page,
    NAME: lambda found: "".join(f"{name}\n" for name in _holders(found)),
}
MOST = 100_000
"""Records of the provisioning log that are read, the newest."""


@click.command(name="access")
@click.argument("directory", type=click.Path(path_type=Path), required=False, metavar="[DIR]")
@click.option(
    "--group",
    default="",
    metavar="NAME",
    help="Who is in this ScimGroup, by its name or displayName.",
    shell_complete=directory_groups,
)
@click.option(
    "--user",
    default="",
    metavar="NAME",
    help="What this ScimUser has, by its name or userName.",
    shell_complete=directory_users,
)
@click.option("--all", "everyone", is_flag=True, help="Every group, and every account that is in none.")
@click.option(
    "--as-of",
    "as_of",
    default="",
    metavar="DATE|REVISION",
    help="The state at the end of a day such as 2026-06-30 (UTC, or with a zone as 2026-06-30+02:00), at an instant, "
    "or at a branch, tag or commit; default: HEAD, now.",
)
@click.option(
    "--config",
    default="",
    help="The ProvisioningConfig that says who is in scope; needed for several.",
    shell_complete=directory_configs,
)
@click.option("-n", "--namespace", default="", help="The namespace of manifests that name none.")
@click.option(
    "--no-history", is_flag=True, help="Read the files as they stand, and not Git; then nothing says since when."
)
@output_option(TEXT, WIDE, *FORMS)
@color_option
@store_option
@click.option(
    "--from-cluster",
    is_flag=True,
    help="Read the manifests from the cluster, and not from DIR and Git; since when is what the provisioning log says.",
)
@click.option("--cluster", is_flag=True, help="Ask the operator in the cluster for its provisioning log.")
@click.option(
    "--operator",
    default="",
    metavar="NAMESPACE/NAME",
    help="With --cluster or --from-cluster: its Deployment; default: it is found.",
)
@kubeconfig_option
@context_option
def command(**given: Any) -> None:  # noqa: ANN401 - one keyword per option
    """Show who has access by the manifests in DIR, by which way, since which commit, who wrote it and who approved it.

    Access is: active, in scope of the config, and a member of the group, directly or not, at that commit. Whoever is
    named and has no access is shown with the reason. Git is only read: nothing is fetched, and nothing of it runs.
    With --from-cluster the manifests of one namespace of the cluster count, as you may read them.
    """
    if sum(map(bool, (given["group"], given["user"], given["everyone"]))) != 1:
        raise click.UsageError("Give one of --group, --user and --all.")
    asked = Question(
        given["directory"] or Path(),
        group=given["group"],
        user=given["user"],
        as_of=given["as_of"],
        config=given["config"],
        namespace=given["namespace"],
        history=not given["no_history"],
    )
    if asked.as_of and not asked.history:
        raise click.UsageError("--as-of asks the history; leave --no-history out.")
    known = _from_directory(asked, given) if not given["from_cluster"] else _from_manifests(asked, given)
    form = given["output"]
    click.echo(FORMS[form](known) if form in FORMS else shown(known, look_for(form), wide=form == WIDE), nl=False)


def _from_directory(asked: Question, given: dict[str, Any]) -> Answer:
    with nothing_collected(), stage("Reading manifests and their history"):
        found = answer(asked, datetime.now(UTC))
    return _proven(found, given)


def _from_manifests(asked: Question, given: dict[str, Any]) -> Answer:
    """Return who has access by the manifests of the cluster, and what its log says."""
    from scim_operator.cli.present_access import present  # noqa: PLC0415 - asks the cluster

    if given["directory"] or asked.as_of or not asked.history:
        raise click.UsageError("--from-cluster knows the present alone; leave DIR, --as-of and --no-history out.")
    return present(asked, given, lambda found: _proven(found, {**given, "cluster": True}))


def shown(found: Answer, look: Look, *, wide: bool) -> str:
    """Return the answer as a person reads it; into a file it goes in lines of 80 columns."""
    text = as_text(found, None if wide else look.width or WIDTH)
    return laid_out(text, replace(look, width=None), _tone)


def _tone(line: str) -> Tone | None:
    if line.strip() in {*HEADINGS.values()} - {""}:
        return Tone.BAD
    return Tone.HEADING if line and not line.startswith(" ") else None


def _holders(found: Answer) -> Iterable[str]:
    """Return who has access, each once."""
    return sorted({one_line(f"scimuser/{row.user.name}") for row in found.rows if row.standing.holds})


def _proven(found: Answer, given: dict[str, Any]) -> Answer:
    """Return the answer with what the log says, where there is one to be asked."""
    if given["store"]:
        return proven(found, _from_store(found, given["store"]))
    return proven(found, _from_cluster(found, given)) if given["cluster"] else found


def _question(found: Answer) -> Query:
    from scim_operator.observability.provisioning_log.search import Query  # noqa: PLC0415 - SQLAlchemy takes time

    config = found.config.partition("/")[2]
    return Query(namespace=found.namespace, config=config, until=found.at, limit=MOST, held=False)


def _from_store(found: Answer, url: str) -> Log:
    from scim_operator.observability.provisioning_log.search import Search  # noqa: PLC0415 - SQLAlchemy takes time

    search = Search(url)
    try:
        return Log(found.namespace, search.begins()).take(search.find(_question(found)))
    finally:
        search.close()


def _from_cluster(found: Answer, given: dict[str, Any]) -> Log:
    from scim_operator.cli.reading import ClusterLog  # noqa: PLC0415 - asks the cluster

    with ClusterLog({**given, "namespace": found.namespace, "all_namespaces": False}) as log:
        records = log.find(_question(found))
        return Log(found.namespace, log.begins()).take(records)
