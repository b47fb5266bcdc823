"""An answer as text for a terminal, in lines that fit where words allow. Pure."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import TYPE_CHECKING

from scim_operator.core.printing import one_line
from scim_operator.core.wording import counted, in_utc
from scim_operator.review.access import wording
from scim_operator.review.access.rows import counts
from scim_operator.review.access.standing import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scim_operator.review.access.answer import Answer, Row, Since

WIDTH = 80
HEADINGS = {State.ACCESS: "", State.NONE: "No access", State.UNKNOWN: "Not known"}


def as_text(answer: Answer, width: int | None = WIDTH) -> str:
    """Return the answer: by group, who has access, who has not and why, and of whom it is not known.

    In lines of so many columns, None for as many as they take.
    """
    return "".join(f"{part}\n" for line in _lines(answer) for part in _wrapped(line, width))


def _lines(answer: Answer) -> list[str]:
    lines = [_line(wording.title(answer)), _line(wording.moment(answer))]
    for group, rows in groupby(answer.rows, key=lambda row: row.group):
        lines += ["", _line(f"Group {wording.named(group)}" if group.name else "Account")]
        lines += _group(list(rows))
    for heading, said in (("Not read", map(wording.fault, answer.faults)), ("Notes", answer.notes)):
        if listed := list(said):
            lines += ["", heading, *(_line(each, "  ") for each in listed)]
    return [*lines, "", _line(summary(answer))]


def summary(answer: Answer) -> str:
    """Return how many have access, and from how much of history that is known."""
    found = counts(answer.rows)
    history = ""
    if answer.first is not None:
        history = f" History: {counted(answer.commits, 'commit')} since {in_utc(answer.first.date)}."
    access, none, unknown = (found[state] for state in (State.ACCESS, State.NONE, State.UNKNOWN))
    return f"With access: {access}; without: {none}; not known: {unknown}.{history}"


def _group(rows: list[Row]) -> Iterator[str]:
    for state, heading in HEADINGS.items():
        listed = [row for row in rows if row.standing.state is state]
        if listed and heading:
            yield f"  {heading}"
        for row in listed:
            yield from _row(row, "    " if heading else "  ")


def _row(row: Row, indent: str) -> Iterator[str]:
    user = wording.named(row.user)
    if not row.standing.holds:
        yield _line(f"{user}: {row.standing.reason}: {row.standing.message}", indent)
        return
    yield _line(user, indent)
    inner = f"{indent}  "
    if len(row.paths) != 1:
        yield from _since(row.since, inner, "")
    for path in row.paths:
        yield from _since(path.since, inner, f"{wording.path(path)}, ")
    yield _line(f"provisioned: {wording.proof(row.proof)}", inner)


def _since(since: Since | None, indent: str, said: str) -> Iterator[str]:
    yield _line(f"{said}{wording.since(since)}", indent)
    if since is not None:
        yield _line(wording.commit(since), f"{indent}  ")
        for gap in since.gaps:
            yield _line(wording.unsure(gap), f"{indent}  ")


def _line(text: str, indent: str = "") -> str:
    """Return one text of others on a line of its own."""
    return indent + one_line(text).strip()


def _wrapped(line: str, width: int | None) -> Iterable[str]:
    """Return a line as lines that fit: what follows the first one stands a little to the right."""
    text = line.lstrip()
    indent = " " * (len(line) - len(text))
    if width is None or len(line) <= width:
        return [line]
    lines = textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return map(one_line, lines)  # each begins where a CI looks for commands
