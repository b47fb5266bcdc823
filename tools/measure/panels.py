"""The panels of a dashboard over time, as one SVG: each in its place, axes linear, equal input gives equal output."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from tools.measure.plot import COLOURS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

COLUMN, ROW = 50, 27
"""Pixels of a cell of Grafana's grid, which has 24 columns."""
GAP, HEAD, LEFT, FOOT = 6, 26, 62, 20
LEGEND, NAMED, LETTER = 15, 5, 6.4
"""Pixels of a line of the legend, how many names it has at most, and pixels of a letter."""
_STYLE = """text { font: 11px sans-serif; fill: #222 } .grid { stroke: #e4e4e4 } .title { font-weight: bold }
.row { font: bold 14px sans-serif } .value { font: bold 24px sans-serif } .none { fill: #888 }
polyline { fill: none; stroke-width: 1.5 } .panel { fill: #fff; stroke: #ccc }"""
_SCALES = {"bytes": (2**20, " MiB"), "s": (1, " s"), "reqps": (1, "/s"), "ops": (1, "/s")}


@dataclass(frozen=True)
class Series:
    """One line: its name in the legend, and its values by time in seconds."""

    name: str
    values: Mapping[float, float]


@dataclass(frozen=True)
class Shown:
    """One panel with what it shows. `texts` are words by value; a `stat` shows its last value, large."""

    title: str
    place: Mapping[str, int]
    series: Sequence[Series] = ()
    unit: str = "short"
    kind: str = "timeseries"
    texts: Mapping[str, str] | None = None


@dataclass(frozen=True)
class _Frame:
    """The inside of a panel, in pixels, and the ends of its axes."""

    left: float
    top: float
    right: float
    bottom: float
    span: tuple[float, float]
    most: float

    def at(self, when: float, value: float) -> str:
        begin, end = self.span
        x = self.left + (when - begin) / (end - begin) * (self.right - self.left)
        return f"{x:.0f},{self.height(value):.0f}"

    def height(self, value: float) -> float:
        return self.bottom - min(max(value / self.most, 0.0), 1.0) * (self.bottom - self.top)


def svg(title: str, panels: Sequence[Shown], span: tuple[float, float]) -> str:
    """Return the panels between two times."""
    width = 24 * COLUMN
    height = max(one.place["y"] + one.place["h"] for one in panels) * ROW + HEAD
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#f4f5f5"/>',
        _text(GAP, 18, title, "row"),
    ]
    for panel in panels:
        body += _panel(panel, span)
    return "\n".join([*body, "</svg>"]) + "\n"


def _panel(panel: Shown, span: tuple[float, float]) -> Iterator[str]:
    place = panel.place
    left, top = place["x"] * COLUMN + GAP / 2, place["y"] * ROW + HEAD
    width, height = place["w"] * COLUMN - GAP, place["h"] * ROW - GAP
    if panel.kind == "row":
        yield _text(left, top + 18, panel.title, "row")
        return
    yield f'<rect class="panel" x="{left:.0f}" y="{top}" width="{width}" height="{height}"/>'
    yield _text(left + 8, top + 17, panel.title, "title")
    if not panel.series:
        yield _text(left + width / 2, top + height / 2, "No data", "none", "middle")
    elif panel.kind == "stat":
        yield from _stat(panel, left + width / 2, top + HEAD + 30)
    else:
        legend = LEGEND * (min(len(panel.series), NAMED) + 1) // 2
        bottom = top + height - FOOT - legend
        most = _round(max(value for one in panel.series for value in one.values.values()))
        frame = _Frame(left + LEFT, top + HEAD, left + width - 10, bottom, span, most)
        yield from _axes(frame, panel.unit)
        yield from _lines(panel, frame)


def _stat(panel: Shown, x: float, y: float) -> Iterator[str]:
    for number, one in enumerate(panel.series[:3]):
        last = list(one.values.values())[-1]
        said = (panel.texts or {}).get(f"{last:g}") or _worded(last, panel.unit)
        yield _text(x, y + 44 * number, said, "value", "middle")
        yield _text(x, y + 44 * number + 17, one.name, "", "middle")


def _axes(frame: _Frame, unit: str) -> Iterator[str]:
    for part in range(3):
        value = frame.most * part / 2
        y = frame.height(value)
        yield f'<line class="grid" x1="{frame.left:.0f}" y1="{y:.0f}" x2="{frame.right:.0f}" y2="{y:.0f}"/>'
        yield _text(frame.left - 6, y + 4, _worded(value, unit), "", "end")
    minutes = (frame.span[1] - frame.span[0]) / 60
    yield _text(frame.left, frame.bottom + 15, "0 min")
    yield _text(frame.right, frame.bottom + 15, f"{minutes:.0f} min", "", "end")


def _lines(panel: Shown, frame: _Frame) -> Iterator[str]:
    half = (frame.right - frame.left) / 2
    for number, one in enumerate(panel.series):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(frame.at(when, value) for when, value in one.values.items())
        yield f'<polyline points="{points}" stroke="{colour}"/>'
        if number > NAMED:
            continue
        more = len(panel.series) - NAMED
        name = f"and {more} more" if number == NAMED and more > 1 else one.name
        x, y = frame.left + half * (number % 2), frame.bottom + 30 + LEGEND * (number // 2)
        yield f'<rect x="{x:.0f}" y="{y - 6:.0f}" width="10" height="3" fill="{colour}"/>'
        yield _text(x + 14, y, _cut(name, half - 14))


def _round(value: float) -> float:
    """Return the next number above that an axis may end with."""
    if value <= 0 or not math.isfinite(value):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 5, 10) if step * power >= value * (1 - 1e-9))


def _worded(value: float, unit: str) -> str:
    scale, word = _SCALES.get(unit, (1, ""))
    scaled = value / scale
    return f"{scaled:,.0f}{word}" if scaled >= 100 else f"{scaled:.3g}{word}"


def _cut(name: str, pixels: float) -> str:
    """Return as much of a name as there is room for."""
    fits = int(pixels / LETTER)
    return name if len(name) <= fits else f"{name[: fits - 1]}…"


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "") -> str:
    more = (f' class="{kind}"' if kind else "") + (f' text-anchor="{anchor}"' if anchor else "")
    return f'<text x="{x:.0f}" y="{y:.0f}"{more}>{escape(text)}</text>'
