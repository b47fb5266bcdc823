"""The part of an object's page that Git has: who changed its manifest last, and since when there is access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.console.markup import Content, Html, tag
from scim_operator.console.pages.frame import (
    SEGMENTS,
    address,
    facts,
    moment,
    notice,
    numbered,
    object_link,
    object_path,
    state,
    table,
    within,
)
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.wording import in_utc
from scim_operator.review.access import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from scim_operator.console.checkout import GitNote
    from scim_operator.review.access.answer import Row, Since
    from scim_operator.review.access.commits import Commit

MOST = 200
"""Rows of one part of the table."""
_TONES = {"Access": "good", "NoAccess": "quiet", "Unknown": "warn"}
_HEAD = ("Access", "Way", "Since", "Commit", "Written by", "Approved by")


def asked(key: ObjectKey, home: str, configs: Sequence[str]) -> Html:
    """Return the part that the browser fills in when the page is there: a long history takes a while."""
    parts: list[Content] = []
    for number, name in enumerate(configs or ("",)):
        to = address(_path(key), config=name, **within(key.namespace, home))
        link = tag("p", tag("a", "Since when, and by whom", href=to))
        parts += [
            tag("h3", f"By {name}") if len(configs) > 1 else None,
            tag("div", link, id=f"git-{number}", hx_get=to, hx_trigger="load"),
        ]
    return tag("section", tag("h2", "What Git says"), parts)


def told(key: ObjectKey, home: str, config: str, note: GitNote | None, begin: int) -> Html:
    """Return the part itself."""
    if note is None:
        return tag("div", _unknown(key, home))
    rows = note.answer.rows

    def linked(commit: Commit) -> Content:
        page = note.address(commit.id)
        return tag("a", commit.short, href=page, rel="noopener noreferrer") if page else commit.short

    shown = (cells for row in rows[begin : begin + MOST] for cells in _row(key, home, row, linked))
    return tag(
        "div",
        facts(_last(note, linked)),
        [notice(each) for each in note.answer.notes],
        table("Access by Git, and since when", (_subject(key), *_HEAD), shown) if rows else None,
        numbered(_path(key), begin, MOST, len(rows), config=config, **within(key.namespace, home)),
    )


def _path(key: ObjectKey) -> str:
    return f"{object_path(key)}/git"


def _subject(key: ObjectKey) -> str:
    return "User" if key.kind is Kind.GROUP else "Group"


def _unknown(key: ObjectKey, home: str) -> Html:
    """Return what can be known without Git: the log, as far back as that goes."""
    log = address("/log", **{SEGMENTS[key.kind]: key.name}, **within(key.namespace, home), asked="yes")
    return notice(
        "Since when someone is in a group is not known here: a cluster, and a plan, keep no history. Start the console "
        "with --checkout DIR, the directory of these manifests in Git. ",
        tag("a", "The log", href=log),
        " has the changes of members that were sent, as far back as it goes.",
    )


def _last(note: GitNote, linked: Callable[[Commit], Content]) -> Iterator[tuple[str, Content]]:
    yield "File", note.file or "no file of the checkout has it"
    if note.last is not None:
        last = note.last
        yield "Last change of the file", (linked(last), " ", last.subject)
        yield "Committed", moment(in_utc(last.date))
        yield "Committed by", last.author.name or last.author.email
    elif note.file:
        yield "Last change of the file", "no commit has it"


def _row(key: ObjectKey, home: str, row: Row, linked: Callable[[Commit], Content]) -> Iterator[tuple[Content, ...]]:
    named = row.user if key.kind is Kind.GROUP else row.group
    kind = Kind.USER if key.kind is Kind.GROUP else Kind.GROUP
    name = object_link(ObjectKey(kind, key.namespace, named.name), home) if named.name else "the account"
    standing = (state(row.standing.state.value, _TONES[row.standing.state.value]), " ", row.standing.message)
    ways: Iterable[tuple[str, Since | None]] = [(wording.path(each), each.since) for each in row.paths]
    for way, since in ways or [("", row.since)]:
        yield (name, standing, way, *_since(since, linked))


def _since(since: Since | None, linked: Callable[[Commit], Content]) -> tuple[Content, ...]:
    if since is None:
        return "not known", None, None, None
    least = "at least since " if since.least else ""
    gaps = [tag("p", wording.unsure(each)) for each in since.gaps]
    dated = " (a date in the manifest)" if since.dated else ""
    return (
        (least, moment(in_utc(since.date)), dated, gaps),
        (linked(since.commit), " ", since.commit.subject),
        wording.author(since.origin),
        wording.approvals(since.origin),
    )
