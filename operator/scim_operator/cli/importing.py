"""`scim-operator import`: manifests from the users and groups that there are already, in a service or a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scim_operator.cli.collector import nothing_collected
from scim_operator.cli.directory import content
from scim_operator.cli.forms import JSON, TEXT, YAML, machine, output_option
from scim_operator.cli.import_scim import connection_options, read_service
from scim_operator.cli.matching import match_options, report
from scim_operator.cli.options import with_options
from scim_operator.cli.progress import stage
from scim_operator.cli.remarks import remark, remark_refused
from scim_operator.cli.updating import UPDATE_OPTIONS, check_place, update
from scim_operator.core.keys import Kind
from scim_operator.core.printing import one_line
from scim_operator.core.wording import counted
from scim_operator.errors import InvalidSpec
from scim_operator.sources.assembly import assemble
from scim_operator.sources.csv_source import CsvSource
from scim_operator.sources.made import NOUN, Place
from scim_operator.sources.manifests import texts
from scim_operator.sources.report import in_words, notes
from scim_operator.sources.rules import ImportRules, Layout, laid_over, read_rules
from scim_operator.sources.scim_json import read_files
from scim_operator.sources.table import ENCODINGS, read_table
from scim_operator.sources.transform import transforms
from scim_operator.sources.update.record import FILE, as_lines, recorded
from scim_operator.sources.writer import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.cli.options import Command
    from scim_operator.sources.made import Imported
    from scim_operator.sources.row import Source


_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}


@click.group(name="import")
def command() -> None:
    """Write manifests, ready to commit, of the users and groups that there are already."""


_OPTIONS = (
    click.option("-n", "--namespace", default="", help="The namespace that manifests name; left out unless given."),
    click.option(
        "--layout",
        type=click.Choice([each.value for each in Layout]),
        help="One file for each person and group (the default), one for each team, or one for all.",
    ),
    click.option(
        "--team", default="", help="With --layout=team: a column, an attribute, or CEL over row; default: the group."
    ),
    click.option("--rules", type=click.Path(path_type=Path), help="A file with these rules, such as import.yaml."),
    click.option("--where", default="", metavar="CEL", help="Import only the users for which this is true, over row."),
    click.option(
        "--set", "sets", multiple=True, metavar="ATTRIBUTE=CEL", help="Compute an attribute of users from row."
    ),
    click.option(
        "--name", default="", help="What names of users are made of: a column, an attribute, or CEL; default: userName."
    ),
    click.option("--group-where", default="", metavar="CEL", help="Import only the groups for which this is true."),
    click.option("--group-set", "group_sets", multiple=True, metavar="ATTRIBUTE=CEL", help="As --set, for groups."),
    click.option("--group-name", default="", help="As --name, for groups; default: displayName."),
    click.option(
        "--skip-refused",
        is_flag=True,
        help="Write what can be imported although rows are refused; the exit status is 1 all the same.",
    ),
    *UPDATE_OPTIONS,
)


def rule_options(command: Command) -> Command:
    """Put the options of every source on a command."""
    return with_options(command, (*_OPTIONS, output_option(TEXT, JSON, YAML)))


def _rule_options_alone(command: Command) -> Command:
    return with_options(command, _OPTIONS)


@command.command(name="csv")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("directory", type=click.Path(path_type=Path))
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="COLUMN=ATTRIBUTE",
    help="What a column gives; COLUMN= imports it not at all.",
)
@click.option("--encoding", type=click.Choice(ENCODINGS), help="The file's encoding, where it is not UTF-8.")
@click.option("--delimiter", type=click.Choice(sorted(_DELIMITERS)), help="What parts columns; found out unless given.")
@rule_options
def from_csv(
    file: Path,
    directory: Path,
    mapped: tuple[str, ...],
    encoding: str | None,
    delimiter: str | None,
    **given: Any,  # noqa: ANN401
) -> None:
    """Write the people of a table (FILE, CSV) as manifests into DIRECTORY, which does not exist yet or is empty.

    Columns are known by their names in the first line, or by --map. Exit status: 0 all rows are imported, 1 not.
    """
    check_place(directory, given)
    rules = rules_of(given, mapped)
    given_by_rules = frozenset(rules.users.set)
    try:
        table = read_table(
            content(file) or b"", encoding=encoding or "", delimiter=_DELIMITERS.get(delimiter or "", "")
        )
        source = CsvSource(table, rules.map, given_by_rules)
        carry_out(source, rules, directory, Place(given["namespace"]), given)
    except InvalidSpec as error:
        raise InvalidSpec(f"{file}: {error}") from error


@command.command(name="scim")
@click.argument("directory", required=False, type=click.Path(path_type=Path))
@match_options
@connection_options
@_rule_options_alone
def from_scim(
    directory: Path | None,
    matched: Path | None,
    **given: Any,  # noqa: ANN401 - the shared options
) -> None:
    """Write the users and groups of a SCIM service as manifests into DIRECTORY, which does not exist yet or is empty.

    Sends reads alone. Under a config for that service, an operator takes over exactly these resources, and has nothing
    to write. Exit status: 0 all are imported, 1 not. With --match, nothing is written: it reports how the manifests
    that there are, and what the service has, match. Exit status: 0 all match one to one, 1 not.
    """
    if (directory is None) is (matched is None):
        raise click.UsageError("Give DIRECTORY for the manifests to be written, or --match DIR for a report on DIR.")
    if matched is not None:
        report(matched, given["output"], given)
        return
    if given["output"] not in {TEXT, JSON, YAML}:
        raise click.UsageError("-o markdown and -o csv are forms of the report: give --match, or another form.")
    assert directory is not None  # noqa: S101 - said above
    check_place(directory, given)
    rules = rules_of(given)
    source, place = read_service(given)
    carry_out(source, rules, directory, place, given, at_service=True)


@command.command(name="scim-json")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.argument("directory", type=click.Path(path_type=Path))
@rule_options
def from_scim_json(files: tuple[Path, ...], directory: Path, **given: Any) -> None:  # noqa: ANN401 - the shared options
    """Write the users and groups in SCIM's JSON, such as saved answers of a service, as manifests into DIRECTORY.

    DIRECTORY does not exist yet or is empty. Exit status: 0 all are imported, 1 not.
    """
    check_place(directory, given)
    source = read_files((str(file), content(file) or b"") for file in files)
    carry_out(source, rules_of(given), directory, Place(given["namespace"]), given, at_service=True)


def rules_of(given: dict[str, Any], mapped: Sequence[str] = ()) -> ImportRules:
    """Return the rules of the file that is named, with those of options laid over. Errors: InvalidSpec."""
    file: Path | None = given["rules"]
    rules = ImportRules() if file is None else read_rules(content(file) or b"", str(file))
    users = {"where": given["where"], "set": _pairs("--set", given["sets"]), "name": given["name"]}
    groups = {
        "where": given["group_where"],
        "set": _pairs("--group-set", given["group_sets"]),
        "name": given["group_name"],
    }
    over = {"map": _pairs("--map", mapped), "layout": given["layout"], "team": given["team"]}
    return laid_over(rules, {**_given(over), "users": _given(users), "groups": _given(groups)})


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value}


def _pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    """Return what stands before and behind the sign; a value filter has one of its own, in brackets."""
    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise click.UsageError(f"{option} takes NAME=VALUE, such as {_EXAMPLES[option]}.")
        found[name.strip()] = value.strip()
    return found


_EXAMPLES = {
    "--map": "--map 'Mail=emails[type eq \"work\"].value'",
    "--set": "--set 'userName=ToLower(row.mail)'",
    "--group-set": "--group-set 'displayName=Trim(row.displayName)'",
}


def carry_out(
    source: Source,
    rules: ImportRules,
    directory: Path,
    place: Place,
    given: dict[str, Any],
    *,
    at_service: bool = False,
) -> None:
    """Write the manifests of a source, and tell what was done. Errors: InvalidSpec, where nothing was written."""
    with nothing_collected():
        with stage("Making manifests"):
            done = assemble(source, transforms(rules, source.columns), place)
        remark_refused(done.refused)
        remark([*source.notes, *notes(done, at_service=at_service)])
        if done.refused and not given["skip_refused"]:
            raise InvalidSpec(
                f"Nothing was written, for {counted(len(done.refused), 'row')} cannot be imported: correct what is "
                "listed above, or give --skip-refused to do without."
            )
        if not done.manifests:
            raise InvalidSpec("Nothing was written, for there is no one to import: look at `where`, or at the source.")
        if given["update"]:
            update(done, rules, directory, place, given)
        else:
            _write(done, rules, directory, place, given["output"])
    if done.refused:
        raise SystemExit(1)


def _write(done: Imported, rules: ImportRules, directory: Path, place: Place, form: str) -> None:
    """Write the manifests, with the record of what they came of, into a directory that has none."""
    files = texts(done.manifests, rules, place.namespace)
    write_whole(directory, {**files, FILE: as_lines(recorded(done.manifests))})
    click.echo(
        _summary(done, directory, len(files)) if form == TEXT else machine(_data(done, directory, len(files)), form)
    )


def _data(done: Imported, directory: Path, files: int) -> dict[str, Any]:
    counts = done.counts()
    written = {f"{NOUN[kind]}s": counts[kind] for kind in Kind}
    return {"directory": str(directory), "files": files, **written, "refused": [str(each) for each in done.refused]}


def _summary(done: Imported, directory: Path, files: int) -> str:
    refused = f" {counted(len(done.refused), 'row')} refused." if done.refused else ""
    return one_line(f"Wrote {in_words(done.counts())} into {directory}, {counted(files, 'file')}.{refused}")
