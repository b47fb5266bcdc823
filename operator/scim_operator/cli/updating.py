"""`scim-operator import … --update`: what moved at the source is changed in the manifests that there are."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scim_operator.cli.remarks import remark, remark_refused
from scim_operator.core.keys import Kind
from scim_operator.core.wording import some
from scim_operator.errors import InvalidSpec
from scim_operator.local.findings import Severity
from scim_operator.local.history import git_directory
from scim_operator.local.manifests import DEFAULT_NAMESPACE, collect
from scim_operator.local.reading import decoded
from scim_operator.local.uncommitted import uncommitted
from scim_operator.sources.layout import files
from scim_operator.sources.manifests import texts
from scim_operator.sources.update.exchange import alone, beside, bytes_of, exchange
from scim_operator.sources.update.matching import Held, match
from scim_operator.sources.update.record import FILE, Record, as_lines, continued, read_record
from scim_operator.sources.update.refresh import END, Prune, Wishes, decide
from scim_operator.sources.update.review import WRITTEN, Form, review_of
from scim_operator.sources.update.texts import check_references, new_texts
from scim_operator.sources.writer import check_free, write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.local.manifests import Manifest
    from scim_operator.sources.made import Imported, Made, Place
    from scim_operator.sources.rules import ImportRules
    from scim_operator.sources.update.matching import Matched
    from scim_operator.sources.update.refresh import Refresh
    from scim_operator.sources.update.texts import Files

_WITH_UPDATE = ("prune", "max_leavers", "drop", "review")

UPDATE_OPTIONS = (
    click.option("--update", is_flag=True, help="Change in DIRECTORY what moved at the source since the last import."),
    click.option(
        "--prune",
        type=click.Choice([each.value for each in Prune]),
        help="With --update: set an end for who is no longer at the source, or delete the manifest; default: neither.",
    ),
    click.option(
        "--max-leavers",
        type=click.IntRange(0, 100),
        metavar="PERCENT",
        help="With --update: refuse a source that lost more, and at least 5; default: 10.",
    ),
    click.option(
        "--drop", multiple=True, metavar="ATTRIBUTE", help="With --update: take away what the source gives no more."
    ),
    click.option(
        "--review",
        type=click.Choice([each.value for each in Form]),
        help="With --update: how standard output shows what changed; default: text.",
    ),
)


def check_place(directory: Path, given: dict[str, Any]) -> None:
    """Refuse a directory that an import may not write to, before the source is read. Errors: InvalidSpec."""
    if not given["update"]:
        if wrong := next((name for name in _WITH_UPDATE if given[name] not in (None, ())), ""):
            raise click.UsageError(f"--{wrong.replace('_', '-')} goes with --update.")
        check_free(directory)
    elif not directory.is_dir():
        check_free(directory)


def update(done: Imported, rules: ImportRules, directory: Path, place: Place, given: dict[str, Any]) -> None:
    """Bring the manifests of a directory up to date, and show what changed. Errors: InvalidSpec; then nothing is."""
    wishes = Wishes(
        datetime.now(UTC),
        Prune(given["prune"]) if given["prune"] else None,
        10 if given["max_leavers"] is None else given["max_leavers"],
        frozenset(given["drop"]),
        partial=bool(done.refused),
    )
    if not directory.is_dir() or not any(directory.iterdir()):
        refresh = decide(done.manifests, match(done.manifests, [], {}), [], {}, wishes)
        new = {**texts(refresh.rows, rules, place.namespace), FILE: as_lines(refresh.record)}
        write_whole(directory, new)
        _show(refresh, len(new) - 1, given)
        return
    with alone(directory):
        manifests, held = _held(directory, place)
        before, record = _records(directory, held)
        if held and not record:
            remark([f"{directory} has no record of an earlier import: who left since then is not known."])
        refresh = decide(done.manifests, _matched(done.manifests, held, record), held, record, wishes)
        check_references(refresh, manifests)
        changed = _texts(refresh, rules, directory, place)
        _check_committed(directory, refresh)
        lines = "".join(as_lines(refresh.record))
        if changed or lines.encode() != before or beside(directory).exists():
            exchange(directory, changed, _before(directory, changed, manifests), lines)
    _show(refresh, len(changed), given)


def _show(refresh: Refresh, changed: int, given: dict[str, Any]) -> None:
    click.echo(WRITTEN[Form(given["review"] or Form.TEXT)](review_of(refresh, changed)), nl=False)


def _held(directory: Path, place: Place) -> tuple[list[Manifest], list[Held]]:
    """Return all manifests of a directory, and those of the namespace. Errors: InvalidSpec, where one is unreadable."""
    found = collect([directory], place.namespace)
    wrong = [each.as_text() for each in found.findings if each.severity is Severity.ERROR]
    if wrong:
        more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise InvalidSpec(
            f"Nothing was written, for who is in a file that cannot be read is not known: {wrong[0]}{more}"
        )
    namespace = place.namespace or DEFAULT_NAMESPACE
    kinds = {kind.value: kind for kind in Kind}
    ours = [each for each in found.manifests if each.kind in kinds and each.namespace == namespace and each.name]
    return found.manifests, [Held(kinds[each.kind], each) for each in ours]


def _records(directory: Path, held: Sequence[Held]) -> tuple[bytes, Record]:
    body = bytes_of(directory / FILE)
    record = read_record(body, str(directory / FILE))
    left = beside(directory) / FILE
    if not left.exists():
        return body, record
    begun = read_record(bytes_of(left), str(left))
    return body, continued(record, begun, {each.key: each.text(END) for each in held})


def _matched(rows: Sequence[Made], held: Sequence[Held], record: Record) -> Matched:
    found = match(rows, held, record)
    remark_refused(found.refused)
    if found.refused:
        raise InvalidSpec(f"Nothing was written: it is not clear which manifest {some(_places(found), 5)} belong to.")
    return found


def _places(found: Matched) -> list[str]:
    return [each.place for each in found.refused]


def _texts(refresh: Refresh, rules: ImportRules, directory: Path, place: Place) -> Files:
    laid_out = files(refresh.rows, rules.layout, by_group=not rules.team)
    places = {str(directory / name): several for name, several in laid_out.items()}
    return new_texts(refresh, places, place.namespace, lambda name: decoded(bytes_of(Path(name))))


def _before(directory: Path, changed: Files, manifests: Sequence[Manifest]) -> dict[str, bytes]:
    """Return what the files held when they were read; what they hold now must give the same text."""
    read = {each.source.name: each.source.text for each in manifests}
    before = {name: bytes_of(Path(name)) for name in changed}
    for name, body in before.items():
        if name in read and decoded(body) != read[name]:
            raise InvalidSpec(f"{name} was changed meanwhile; nothing was written. Run the same again.")
    return before


def _check_committed(directory: Path, refresh: Refresh) -> None:
    """Refuse to delete what is not committed, for it could not be found again. Errors: InvalidSpec."""
    if not refresh.deleted:
        return
    names = {Path(each.manifest.source.name).relative_to(directory).as_posix() for each in refresh.deleted}
    with git_directory(directory) as git:
        tree = {path: id for path, (id, linked) in git.tree(git.commit_of("HEAD")).items() if not linked}
        lost = sorted(names & set(uncommitted(directory, tree)))
    if lost:
        raise InvalidSpec(f"Nothing was written: {some(lost, 5)} would be deleted and are not committed; commit them.")
