"""An answer as a page of HTML for auditors: one file, which loads nothing, runs nothing, and prints on paper. Pure.

Every text is one of others until it is escaped (`_said`): names, addresses, subjects and messages come from Git.
"""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from scim_operator.core.printing import blanked
from scim_operator.review.access import wording
from scim_operator.review.access.standing import State
from scim_operator.review.access.text import summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scim_operator.review.access.answer import Answer, Row, Since

_STYLE = """
body { font: 10pt/1.4 sans-serif; color: #000; background: #fff; margin: 1.5rem; }
h1 { font-size: 15pt; margin: 0 0 .2rem; } h2 { font-size: 12pt; margin: 1.2rem 0 .3rem; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th, td { border: 1px solid #999; padding: .25rem .4rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; unicode-bidi: isolate; }
th { background: #eee; } td.none { background: #f6f6f6; } p, li { max-width: 60rem; overflow-wrap: anywhere; }
@page { size: A4 landscape; margin: 12mm; }
@media print { body { margin: 0; } thead { display: table-header-group; } tr { break-inside: avoid; }
  h2 { break-after: avoid; } th, td.none { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_HEAD = ("User", "Path", "Since", "Commit", "Written by", "Approved by", "Provisioned")
_STATES = {State.ACCESS: "Access", State.NONE: "No access", State.UNKNOWN: "Not known"}


def as_page(answer: Answer) -> str:
    """Return the whole page."""
    title = _said(wording.title(answer))
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{title}</h1>",
        f"<p>{_said(wording.moment(answer))}<br>{_said(summary(answer))}</p>",
    ]
    for group, rows in groupby(answer.rows, key=lambda row: row.group):
        parts.append(f"<h2>{_said(f'Group {wording.named(group)}' if group.name else 'Account')}</h2>")
        parts += _group(list(rows))
    parts += _listed("Not read", map(wording.fault, answer.faults))
    parts += _listed("Notes", answer.notes)
    parts += _listed("How to read this", _LEGEND)
    return "\n".join([*parts, "</body></html>"]) + "\n"


_LEGEND = (
    "Access: the user is active, in scope of the config, and a member of the group, by what Git has at that commit.",
    "Since: the first commit of the branch after which that was so without interruption.",
    "Written by and approved by are what the commits say; signatures are not checked.",
    "Provisioned: what the operator's log says of it.",
)


def _group(rows: Sequence[Row]) -> Iterator[str]:
    for state, heading in _STATES.items():
        listed = [row for row in rows if row.standing.state is state]
        if not listed:
            continue
        yield f"<h3>{_said(heading)}</h3>" if state is not State.ACCESS else ""
        if state is State.ACCESS:
            yield _table(_HEAD, (cells for row in listed for cells in _access(row)))
        else:
            yield _table(("User", "Reason", "Because"), map(_none, listed), css="none")


def _access(row: Row) -> Iterator[tuple[str, ...]]:
    proof, user = wording.proof(row.proof), wording.named(row.user)
    if len(row.paths) != 1:
        yield (user, "account" if not row.group.name else "any", *_since(row.since), proof)
    for path in row.paths:
        yield (user, wording.path(path), *_since(path.since), proof)


def _since(since: Since | None) -> tuple[str, str, str, str]:
    if since is None:
        return "not known", "", "", ""
    gaps = "".join(f"; {wording.unsure(gap)}" for gap in since.gaps)
    commit = f"{since.commit.short} {since.commit.subject}"
    return f"{wording.since(since)}{gaps}", commit, wording.author(since.origin), wording.approvals(since.origin)


def _none(row: Row) -> tuple[str, str, str]:
    return wording.named(row.user), row.standing.reason, row.standing.message


def _table(head: Iterable[str], rows: Iterable[Iterable[str]], css: str = "") -> str:
    cell = f'<td class="{css}">' if css else "<td>"
    heading = "".join(f"<th>{_said(each)}</th>" for each in head)
    body = "\n".join(f"<tr>{''.join(f'{cell}{_said(each)}</td>' for each in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{heading}</tr></thead><tbody>\n{body}\n</tbody></table>"


def _listed(heading: str, said: Iterable[str]) -> list[str]:
    lines = [f"<li>{_said(each)}</li>" for each in said]
    return [f"<h2>{_said(heading)}</h2>", "<ul>", *lines, "</ul>"] if lines else []


def _said(text: str) -> str:
    """Return a text that shows itself and nothing else: no element, no attribute, no character that reverses others."""
    return escape(blanked(text, "\N{REPLACEMENT CHARACTER}"), quote=True)
