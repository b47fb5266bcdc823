"""An answer as text for a terminal, in lines of 80 columns where words allow. Pure."""

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


def as_text(answer: Answer) -> str:
    """Return the answer: by group, who has access, who has not and why, and of whom it is not known."""
    lines = [*_wrapped(wording.title(answer)), *_wrapped(wording.moment(answer))]
    for group, rows in groupby(answer.rows, key=lambda row: row.group):
        lines += ["", *_wrapped(f"Group {wording.named(group)}" if group.name else "Account")]
        lines += _group(list(rows))
    for heading, said in (("Not read", map(wording.fault, answer.faults)), ("Notes", answer.notes)):
        if listed := list(said):
            lines += ["", heading, *(line for each in listed for line in _wrapped(each, "  "))]
    return "\n".join([*lines, "", *_wrapped(summary(answer))]) + "\n"


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
        yield from _wrapped(f"{user}: {row.standing.reason}: {row.standing.message}", indent)
        return
    yield from _wrapped(user, indent)
    inner = f"{indent}  "
    if len(row.paths) != 1:
        yield from _since(row.since, inner, "")
    for path in row.paths:
        yield from _since(path.since, inner, f"{wording.path(path)}, ")
    yield from _wrapped(f"provisioned: {wording.proof(row.proof)}", inner)


def _since(since: Since | None, indent: str, said: str) -> Iterator[str]:
    yield from _wrapped(f"{said}{wording.since(since)}", indent)
    if since is not None:
        yield from _wrapped(wording.commit(since), f"{indent}  ")
        for gap in since.gaps:
            yield from _wrapped(wording.unsure(gap), f"{indent}  ")


def _wrapped(text: str, indent: str = "") -> Iterable[str]:
    """Return one text of others as lines."""
    return textwrap.wrap(
        one_line(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    ) or [indent.rstrip()]
