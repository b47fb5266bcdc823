"""`scim-operator logs`: what was done to whom, and why, from the provisioning log."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import click

from scim_operator.cli.cluster import context_option, kubeconfig_option
from scim_operator.cli.completing import cluster_configs, cluster_groups, cluster_users
from scim_operator.cli.forms import CSV, JSON, JSONL, NAME, TABLE, WIDE, YAML, output_option
from scim_operator.cli.look import color_option, look_for
from scim_operator.cli.period import STORE_VARIABLE, parse_period, store_option
from scim_operator.core.printing import one_line
from scim_operator.core.wording import counted
from scim_operator.errors import DependencyNotReady, Unavailable
from scim_operator.observability.provisioning_log.flat import ACTIONS, STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.observability.provisioning_log.record import Record
    from scim_operator.observability.provisioning_log.search import Query

POLL = 1.0


class Log(Protocol):
    """What is searched: a store, or what the operator's pods keep."""

    def find(self, query: Query) -> list[Record]:
        """Return the newest `limit` records that fit, oldest first."""

    def count(self, query: Query) -> int:
        """Return how many records fit, whatever the limit."""

    def begins(self) -> str:
        """Return the time of the oldest record, "" where there is none."""

    def close(self) -> None:
        """Give connections back."""


class Moment(click.ParamType[datetime]):
    """`24h` (ago), `7d`, or an instant such as 2026-11-25T22:00:00Z."""

    name = "moment"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the text; fails with how a moment is written."""
        if isinstance(value, datetime):
            return value
        if period := parse_period(value):
            return datetime.now(UTC) - period
        from scim_operator.observability.provisioning_log.record import moment_of  # noqa: PLC0415 - takes time

        try:
            return moment_of(value)
        except ValueError:
            self.fail(f"{value!r} is no moment; write 24h, 7d or 2026-11-25T22:00:00Z.", param, ctx)


@click.command(name="logs")
@click.option(
    "--user",
    default="",
    help="A ScimUser by its name, or a user by userName or its part before the @.",
    shell_complete=cluster_users,
)
@click.option(
    "--group", default="", help="A ScimGroup by its name, or a group by displayName.", shell_complete=cluster_groups
)
@click.option("--since", type=Moment(), help="Not older than 24h, 7d, or an instant.")
@click.option("--until", type=Moment(), help="Not newer than that.")
@click.option("--failed", is_flag=True, help="Failures only; the same as --status failure.")
@click.option("--action", multiple=True, type=click.Choice(ACTIONS), help="May be given several times.")
@click.option("--status", multiple=True, type=click.Choice(STATUSES), help="May be given several times.")
@click.option("--config", default="", help="What this ProvisioningConfig did.", shell_complete=cluster_configs)
@click.option("--cycle", default="", help="What one sweep, or the time between two, did.")
@click.option("--held", is_flag=True, help="What was not sent too: it was held, only planned, or suspended.")
@click.option("--id", "id_", default="", help="One record, with all its details.")
@click.option("-n", "--namespace", default="", help="The namespace; default: that of the context, or all of a --store.")
@click.option("-A", "--all-namespaces", is_flag=True, help="All namespaces that you may read.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="The newest so many.")
@output_option(TABLE, WIDE, JSON, JSONL, YAML, CSV, NAME)
@color_option
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until interrupted.")
@store_option
@click.option(
    "--operator", default="", metavar="NAMESPACE/NAME", help="The operator's Deployment; default: it is found."
)
@kubeconfig_option
@context_option
def command(**given: Any) -> None:  # noqa: ANN401 - one keyword per option
    """Search the provisioning log: what was done to whom, when, and why not.

    What the answer leaves out is said on standard error: older records, and what was held and not sent.

    Without --store it asks the operator in the cluster, by a port-forward to its pods: that takes the rights of the
    chart's ClusterRoles for the help desk. Output for machines (json, jsonl, csv) holds the records' fields by Entra's
    names.
    """
    search = _log(given)
    try:
        # Records that exist already, but are not among the newest requested, are not shown later.
        seen = {record["id"] for record in _recent(search, given, datetime.now(UTC))} if given["follow"] else set()
        records = search.find(query_of(given))
        left_out = list(_left_out(search, len(records), given))
        _show(records, given, first=True)
        for line in left_out:
            click.echo(line, err=True)
        if given["follow"]:
            with contextlib.suppress(KeyboardInterrupt):
                _follow(search, seen | {record["id"] for record in records}, given)
    finally:
        search.close()


def _log(given: dict[str, Any]) -> Log:
    """Return the log that the options name: a store, or that of the operator in the cluster."""
    if given["store"]:
        from scim_operator.observability.provisioning_log.search import Search  # noqa: PLC0415 - SQLAlchemy takes time

        return Search(given["store"])
    if STORE_VARIABLE in os.environ:
        raise DependencyNotReady(f"{STORE_VARIABLE} is empty: this operator keeps no log that could be searched.")
    from scim_operator.cli.reading import ClusterLog  # noqa: PLC0415 - asks the cluster

    return ClusterLog(given)


def query_of(given: dict[str, Any], **more: Any) -> Query:  # noqa: ANN401
    """Return the query that the options describe."""
    from scim_operator.observability.provisioning_log.search import Query  # noqa: PLC0415

    status = (*given["status"], *(("failure",) if given["failed"] else ()))
    same = {name: given[name] for name in ("user", "group", "action", "config", "cycle", "since", "until", "limit")}
    namespace = "" if given["all_namespaces"] else given["namespace"]
    held = bool(given["held"] or status or given["id_"])
    return Query(**{**same, "id": given["id_"], "namespace": namespace, "status": status, "held": held, **more})


def _left_out(search: Log, shown: int, given: dict[str, Any]) -> Iterator[str]:
    """Yield what the answer does not show: older records, what was held, and what was before the log began."""
    from scim_operator.observability.provisioning_log.record import instant  # noqa: PLC0415

    if given["id_"]:
        return
    query = query_of(given)
    fitting = search.count(query)
    if fitting > shown:
        yield (
            f"Not shown: {counted(fitting - shown, 'older record')} of {fitting}. --limit {fitting} shows all of them; "
            "--since and --until ask for a part."
        )
    if not query.held and (held := search.count(replace(query, held=True)) - fitting):
        yield f"Left out: {counted(held, 'record')} of what was held, only planned or suspended: --held shows them too."
    begins, since = search.begins(), given["since"]
    if not begins:
        yield "The log is empty so far."
    elif since is None or instant(since) < begins:
        yield f"The log begins at {begins}: what was before that is not in it (run --log-retention)."


def _show(records: list[Record], given: dict[str, Any], *, first: bool) -> None:
    from scim_operator.cli import records as text  # noqa: PLC0415

    if given["id_"] and not records:
        raise DependencyNotReady(f"There is no record {given['id_']} in the log: it is too old, or of another store.")
    look = look_for(given["output"])
    if given["id_"] and given["output"] in {TABLE, WIDE}:
        click.echo(text.details(records[0], look))
    elif records or first:
        click.echo(text.rendered(records, given["output"], look, head=first), nl=False)


def _recent(search: Log, given: dict[str, Any], looked: datetime) -> list[Record]:
    """Return the records since two minutes before the last look: batches are not written quite in order."""
    return search.find(query_of(given, since=looked - timedelta(minutes=2), limit=10_000))


def _follow(search: Log, seen: set[str], given: dict[str, Any]) -> None:
    looked, away = datetime.now(UTC), False
    while True:
        time.sleep(POLL)
        began = datetime.now(UTC)
        try:
            recent = _recent(search, given, looked)
        except Unavailable as error:
            if not away:
                click.echo(f"{one_line(str(error))} What comes meanwhile is shown when it answers again.", err=True)
            away = True
            continue
        looked, away = began, False
        new = [one for one in recent if one["id"] not in seen]
        seen |= {record["id"] for record in new}
        _show(new, given, first=False)
