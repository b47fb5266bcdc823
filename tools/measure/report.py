"""Figures as a table and as plots against the number of objects, in their place in a document."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tools.cluster import versions
from tools.measure.plot import svg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BEGIN, END = "<!-- begin of the generated table: {} -->", "<!-- end of the generated table: {} -->"


@dataclass(frozen=True)
class Point:
    """Where a figure stands in a plot: the chart's title with its unit, the line, the objects, and the value."""

    chart: str
    line: str
    objects: int
    value: float


@dataclass(frozen=True)
class Figure:
    """One line: what was measured, the result, the demand ("" for none), whether it was met, and its place in plots."""

    what: str
    value: str
    demanded: str = ""
    met: bool = True
    points: tuple[Point, ...] = ()


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table."""
    rows = [(one.what, one.value, one.demanded, _verdict(one)) for one in figures]
    lines = ["| measured | result | demanded | met |", "|---|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def machine() -> str:
    """Return what it was measured on, and when."""
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    return (
        f"{day}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"Kubernetes {versions.KUBERNETES}, etcd {versions.ETCD}."
    )


def plots(folder: Path, part: str, figures: Sequence[Figure]) -> str:
    """Write a plot for each chart of a part that has more than one size; return what shows them in the document."""
    charts: dict[str, list[Point]] = {}
    for point in (point for figure in figures for point in figure.points):
        charts.setdefault(point.chart, []).append(point)
    folder.mkdir(exist_ok=True)
    for former in folder.glob(f"{part}-*.svg"):
        former.unlink()
    shown = []
    for number, (title, points) in enumerate(charts.items(), 1):
        if len({point.objects for point in points}) > 1:
            name = f"{part}-{number}.svg"
            (folder / name).write_text(svg(title, lines_of(points)))
            shown.append(f"![{title}]({folder.name}/{name})")
    return "\n\n".join(shown)


def lines_of(points: Sequence[Point]) -> dict[str, dict[int, float]]:
    """Return the values of each line by the number of objects."""
    lines: dict[str, dict[int, float]] = {}
    for point in sorted(points, key=lambda point: point.objects):
        lines.setdefault(point.line, {})[point.objects] = point.value
    return lines


def write(document: Path, part: str, generated: str) -> None:
    """Put what was generated of a part between the document's markers for it."""
    begin, end = BEGIN.format(part), END.format(part)
    before, _, rest = document.read_text().partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{document} lacks the lines {begin} and {end}")
    document.write_text(f"{before}{begin}\n{generated}\n\n{machine()}\n{end}{after}")


def _verdict(figure: Figure) -> str:
    if not figure.demanded:
        return ""
    return "yes" if figure.met else "**no**"
