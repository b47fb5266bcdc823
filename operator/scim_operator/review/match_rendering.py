"""A match report as text for a terminal, as Markdown for a review, as CSV for a spreadsheet, and as JSON. Pure."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import orjson

from scim_operator.core.keys import Kind
from scim_operator.core.printing import cell, in_json, one_line
from scim_operator.core.wording import counted
from scim_operator.review.escaping import code
from scim_operator.review.match_report import AS_WISHED, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from scim_operator.review.match_report import MatchReport, Row

VERSION = 1
"""Of the JSON form; a later release that changes it says so."""
MOST_SHOWN = 50
"""Rows of one standing in text and Markdown; counts, CSV and JSON have all."""
COLUMNS = ("standing", "kind", "manifest", "name", "matchedBy", "ids", "note")
"""The columns of the CSV, in order."""
_KINDS = {Kind.USER: "Users", Kind.GROUP: "Groups"}
_ALL = "Everything matches one to one."
_NOT_ALL = "Not everything matches one to one: look at what is listed above."
_NO_FILES = "Manifests with errors were set aside: correct them first."


def as_text(report: MatchReport) -> str:
    """Return the counts, then what needs a look, then whether there is any."""
    lines = [one_line(f"Match of {report.config} with its service; nothing was written"), ""]
    lines += [f"  {line}" for line in _counts(report)]
    for standing, rows in _listed(report):
        lines += ["", f"{standing.meaning.capitalize()}: {len(rows)}"]
        lines += [f"  {each}" for each in _shown(rows, lambda row: one_line(_sentence(row, str)))]
    if report.faults:
        lines += ["", "Set aside for errors", *(f"  {one_line(each)}" for each in report.faults)]
    return "\n".join([*lines, "", _end(report), ""])


def as_markdown(report: MatchReport) -> str:
    """Return the same for a comment."""
    lines = [f"### Match of {code(report.config)} with its service", "", *(f"- {line}" for line in _counts(report))]
    for standing, rows in _listed(report):
        lines += ["", f"<details><summary>{standing.meaning.capitalize()}: {len(rows)}</summary>", ""]
        lines += [f"- {each}" for each in _shown(rows, lambda row: _sentence(row, code))]
        lines += ["", "</details>"]
    if report.faults:
        lines += ["", "Set aside for errors", "", *(f"- {code(each)}" for each in report.faults)]
    return "\n".join([*lines, "", _end(report), ""])


def as_csv(report: MatchReport) -> str:
    """Return one line for each manifest, and for each resource that none matches."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in report.rows:
        cells = (row.standing.value, row.kind.value, row.manifest, row.name, row.by, " ".join(row.ids), row.note)
        writer.writerow(map(cell, cells))
    return text.getvalue()


def as_json(report: MatchReport) -> str:
    """Return everything that the report says."""
    counts, ways = report.counts, report.ways
    body = {
        "version": VERSION,
        "config": report.config,
        "oneToOne": report.is_one_to_one,
        "counts": {_KINDS[kind].lower(): {each.value: counts[kind, each] for each in Standing} for kind in Kind},
        "matchedBy": {
            _KINDS[kind].lower(): {by: ways[kind, by] for of, by in sorted(ways) if of is kind} for kind in Kind
        },
        "invalid": list(report.faults),
        "rows": [_json_row(row) for row in report.rows],
    }
    return in_json(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()) + "\n"


def _json_row(row: Row) -> dict[str, object]:
    return {
        "standing": row.standing.value,
        "kind": row.kind.value,
        "manifest": row.manifest or None,
        "name": row.name,
        "matchedBy": row.by,
        "ids": list(row.ids),
        "note": row.note,
    }


FORMS: dict[str, Callable[[MatchReport], str]] = {
    "text": as_text,
    "json": as_json,
    "markdown": as_markdown,
    "csv": as_csv,
}


def _counts(report: MatchReport) -> Iterator[str]:
    counts, ways = report.counts, report.ways
    for kind, name in _KINDS.items():
        by = ", ".join(f"{ways[kind, each]} by {each}" for of, each in sorted(ways) if of is kind)
        matched = f"{counts[kind, Standing.MATCHED]} match one to one{f' ({by})' if by else ''}"
        others = [f"{counts[kind, each]} {each.meaning}" for each in Standing if each is not Standing.MATCHED]
        yield f"{name}: {'; '.join([matched, *(each for each in others if not each.startswith('0 '))])}."


def _listed(report: MatchReport) -> Iterator[tuple[Standing, list[Row]]]:
    """Yield what needs a look: all but what matches and would not be changed, and what is left out."""
    for standing in Standing:
        rows = [row for row in report.of(standing) if standing not in AS_WISHED or row.note]
        if rows and standing is not Standing.LEFT_OUT:
            yield standing, rows


def _shown(rows: Sequence[Row], show: Callable[[Row], str]) -> list[str]:
    more = len(rows) - MOST_SHOWN
    return [*map(show, rows[:MOST_SHOWN]), *([f"… and {more} more, which CSV and JSON have"] if more > 0 else [])]


def _sentence(row: Row, show: Callable[[str], str]) -> str:
    who = f"{show(row.manifest)} ({show(row.name)})" if row.manifest else show(row.name)
    there = f"{'matches by' if row.manifest else 'has'} {f'{show(row.by)} ' if row.by else ''}"
    ids = f"{there}{counted(len(row.ids), 'id') if len(row.ids) > 1 else 'id'} {', '.join(map(show, row.ids))}"
    return "; ".join(part for part in (who, ids if row.ids else "", show(row.note) if row.note else "") if part)


def _end(report: MatchReport) -> str:
    if report.faults:
        return _NO_FILES
    return _ALL if report.is_one_to_one else _NOT_ALL
