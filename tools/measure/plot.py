"""A plot of costs against the number of objects, as SVG: both axes logarithmic, so what is linear has slope one."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 200, 40, 50
COLOURS = ("#0b62a4", "#c0392b", "#2e7d32", "#8e44ad", "#d35400", "#00838f")
_STYLE = """text { font: 13px sans-serif; fill: #222 } .grid { stroke: #ddd } .title { font-weight: bold }
polyline { fill: none; stroke-width: 2 } rect { fill: #fff }"""


class _Axis:
    """Places values between two ends, in pixels; whole decades are marked."""

    def __init__(self, values: Sequence[float], begin: float, end: float) -> None:
        positive = [value for value in values if value > 0] or [1.0]
        self._low = math.floor(math.log10(min(positive)) + 1e-9)
        self._high = max(math.ceil(math.log10(max(positive)) - 1e-9), self._low + 1)
        self._begin, self._end = begin, end

    def at(self, value: float) -> float:
        """Return the pixel of a value; what is zero or less stands at the beginning."""
        share = (math.log10(value) - self._low) / (self._high - self._low) if value > 0 else 0.0
        return self._begin + share * (self._end - self._begin)

    @property
    def marks(self) -> list[float]:
        """Return the powers of ten."""
        return [10.0**power for power in range(self._low, self._high + 1)]


def svg(title: str, lines: Mapping[str, Mapping[int, float]]) -> str:
    """Return the plot of lines, each of values by number of objects. Equal input gives equal output."""
    across = _Axis([size for line in lines.values() for size in line], LEFT, WIDTH - RIGHT)
    up = _Axis([value for line in lines.values() for value in line.values()], HEIGHT - BOTTOM, TOP)
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}"/>',
        _text(LEFT, 22, title, 'class="title"'),
        *_grid(across, up),
    ]
    for number, (name, line) in enumerate(lines.items()):
        body += _line(name, line, across, up, number)
    return "\n".join([*body, "</svg>"]) + "\n"


def _grid(across: _Axis, up: _Axis) -> Iterator[str]:
    for mark in across.marks:
        x = across.at(mark)
        yield f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}"/>'
        yield _text(x, HEIGHT - BOTTOM + 20, f"{mark:,.0f}", 'text-anchor="middle"')
    for mark in up.marks:
        y = up.at(mark)
        yield f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
        yield _text(LEFT - 8, y + 4, f"{mark:,g}", 'text-anchor="end"')
    yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "objects", 'text-anchor="middle"')


def _line(name: str, line: Mapping[int, float], across: _Axis, up: _Axis, number: int) -> Iterator[str]:
    colour = COLOURS[number % len(COLOURS)]
    places = [(across.at(size), up.at(value)) for size, value in line.items()]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline points="{points}" stroke="{colour}"/>'
    for (x, y), (size, value) in zip(places, line.items(), strict=True):
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"><title>{size:,}: {value:,.3g}</title></circle>'
    y = TOP + 20 + 20 * number
    yield f'<circle cx="{WIDTH - RIGHT + 20}" cy="{y - 4}" r="5" fill="{colour}"/>'
    yield _text(WIDTH - RIGHT + 32, y, name)


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}"{" " if more else ""}{more}>{escape(text)}</text>'
