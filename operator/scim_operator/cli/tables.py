"""Text for terminals: tables and blocks as kubectl prints them, of values that others wrote. Pure."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from scim_operator.cli.layout import PLAIN, Look, Tone, columns, padded, wrapped
from scim_operator.core.printing import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    Row = tuple[str, ...]
    Tones = Mapping[str, Callable[[Row], Tone | None]]

GAP = "   "
LEAST = 8
"""Columns below which a cell is not broken."""


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    look: Look = PLAIN,
    *,
    tones: Tones | None = None,
    spare: Sequence[str] = (),
) -> str:
    """Return rows in columns as wide as their widest cell; an empty cell shows as `-`.

    Where that is too wide for the look, the columns that are `spare` are left out, the first of them first, and then
    the widest cells go on below. `tones` has the tone of a column's cells, by the row.
    """
    given = [tuple(one_line(cell) or "-" for cell in row) for row in rows]
    names, cells = tuple(head), given
    for name in spare:
        if _fits(names, cells, look):
            break
        at = names.index(name)
        names, cells = _without(names, at), [_without(row, at) for row in cells]
    widths = _shrunk(_widths(names, cells), look)
    lines = _printed(names, widths, look, [Tone.HEADING] * len(names))
    for whole, row in zip(given, cells, strict=True):
        tone = [_tone(name, tones, whole) for name in names]
        lines += _printed(row, widths, look, tone)
    return "\n".join(lines)


def _without(row: Row, at: int) -> Row:
    return row[:at] + row[at + 1 :]


def _widths(head: Row, rows: Collection[Row]) -> list[int]:
    return [max(map(columns, column)) for column in zip(head, *rows, strict=True)]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _fits(head: Row, rows: Collection[Row], look: Look) -> bool:
    return look.width is None or _total(_widths(head, rows)) <= look.width


def _shrunk(widths: list[int], look: Look) -> list[int]:
    """Return widths that fit: the widest column gives way, down to the next one, as long as there is one to break."""
    while look.width is not None and (over := _total(widths) - look.width) > 0:
        widest = max(widths)
        if widest <= LEAST:
            break
        at = widths.index(widest)
        others = max((each for each in widths if each < widest), default=LEAST)
        widths[at] = max(widest - over, min(others, widest - 1), LEAST)
    return widths


def _tone(name: str, tones: Tones | None, row: Row) -> Tone | None:
    of_row = (tones or {}).get(name)
    return of_row(row) if of_row is not None else None


def _printed(row: Row, widths: Sequence[int], look: Look, tones: Sequence[Tone | None]) -> list[str]:
    """Return the lines of one row: cells that are too wide go on below."""
    parts = [wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
    lines = []
    for line in zip_longest(*parts, fillvalue=""):
        last = max(at for at, part in enumerate(line) if part)
        shown = [
            look.painted(part, tone) + " " * (width - columns(part) if at < last else 0)
            for at, (part, width, tone) in enumerate(zip(line, widths, tones, strict=True))
            if at <= last
        ]
        lines.append(GAP.join(shown))
    return lines


def block(pairs: Iterable[tuple[str, str]], look: Look = PLAIN) -> str:
    """Return one `Name:  value` a line, values aligned; pairs without a value are left out."""
    shown = [(f"{name}:", one_line(value)) for name, value in pairs if value]
    width = max((columns(name) for name, _ in shown), default=0)
    gap = GAP[1:]
    lines = []
    for name, value in shown:
        room = look.narrowed(width + len(gap)).width
        first, *rest = [value] if room is None else wrapped(value, room)
        lines.append(f"{look.painted(name, Tone.HEADING)}{' ' * (width - columns(name))}{gap}{first}")
        lines += [f"{padded('', width)}{gap}{each}" for each in rest]
    return "\n".join(lines)
