"""Plots of costs against the number of objects: well-formed, the same for the same figures, and in the document."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tools.measure import report
from tools.measure.plot import HEIGHT, LEFT, WIDTH, svg
from tools.measure.report import Figure, Point

if TYPE_CHECKING:
    from pathlib import Path

CHART = "CPU of a sweep <seconds>"
LINES = {"operator": {1_000: 0.2, 10_000: 2.0, 100_000: 20.0}, "bare script": {1_000: 0.1, 10_000: 1.0, 100_000: 0.0}}


def test_what_is_linear_is_a_straight_line_within_the_plot() -> None:
    root = ET.fromstring(svg(CHART, LINES))  # noqa: S314 - our own
    first = next(each for each in root if each.tag.endswith("polyline"))
    places = [tuple(map(float, pair.split(","))) for pair in first.attrib["points"].split()]
    slopes = {round((y2 - y1) / (x2 - x1), 2) for (x1, y1), (x2, y2) in pairwise(places)}
    assert len(slopes) == 1
    assert all(LEFT <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places)


def test_a_plot_names_its_chart_and_its_lines_whatever_they_are() -> None:
    texts = [each.text for each in ET.fromstring(svg(CHART, LINES)).iter() if each.tag.endswith("text")]  # noqa: S314
    assert {CHART, *LINES, "1,000", "100,000"} <= set(texts)
    assert svg(CHART, LINES) == svg(CHART, LINES)


def test_each_chart_with_several_sizes_is_a_file_that_the_document_shows(tmp_path: Path) -> None:
    figures = [
        Figure("a", "1 s", points=(Point("time", "ours", 1_000, 1.0), Point("memory", "ours", 1_000, 7.0))),
        Figure("b", "2 s", points=(Point("time", "ours", 2_000, 2.0),)),
    ]
    folder = tmp_path / "plots"
    shown = report.plots(folder, "quiet", figures)
    assert shown == "![time](plots/quiet-1.svg)"
    assert [each.name for each in folder.iterdir()] == ["quiet-1.svg"]


def test_a_part_that_has_no_plot_any_more_leaves_none_behind(tmp_path: Path) -> None:
    points = tuple(Point("time", "ours", size, 1.0) for size in (1, 2))
    report.plots(tmp_path, "quiet", [Figure("a", "1 s", points=points)])
    report.plots(tmp_path, "quiet", [Figure("a", "1 s")])
    assert not list(tmp_path.iterdir())
