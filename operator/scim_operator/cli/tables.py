"""Text for terminals: tables and blocks as kubectl prints them, of values that others wrote. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.printing import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GAP = "   "


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows in columns as wide as their widest cell; an empty cell shows as `-`."""
    cells = [tuple(head), *(tuple(one_line(cell) or "-" for cell in row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )


def block(pairs: Iterable[tuple[str, str]]) -> str:
    """Return one `Name:  value` a line, values aligned; pairs without a value are left out."""
    shown = [(f"{name}:", one_line(value)) for name, value in pairs if value]
    width = max((len(name) for name, _ in shown), default=0)
    return "\n".join(f"{name.ljust(width)}{GAP[1:]}{value}" for name, value in shown)
