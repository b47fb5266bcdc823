"""The picture of the chart's dashboard: what is asked, what is shown, and where it stands."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

from tools.e2e import board
from tools.measure.panels import Series, Shown, svg

SPAN = (1_000.0, 1_600.0)
CONNECTED = {"metric": {"config": "identity/vmware"}, "values": [[1_000, "0"], [1_300, "1"]]}
RATES = {"metric": {"config": "identity/vmware", "status": "200"}, "values": [[1_000, "NaN"], [1_300, "4"]]}
EVERYTHING = json.loads(board.BOARD.read_text())


def panels(answer: dict[str, Any]) -> dict[str, Shown]:
    return {one.title: one for one in board.shown(EVERYTHING, lambda _: [answer])}


def texts(drawn: str) -> list[str | None]:
    return [each.text for each in ET.fromstring(drawn).iter() if each.tag.endswith("text")]  # noqa: S314 - our own


def test_every_expression_of_the_dashboard_is_asked_without_grafanas_variables() -> None:
    asked: list[str] = []

    def answer(expression: str) -> list[dict[str, Any]]:
        asked.append(expression)
        return []

    board.shown(EVERYTHING, answer)
    assert len(asked) == sum(len(panel.get("targets", ())) for panel in EVERYTHING["panels"])
    assert not [one for one in asked if "$" in one]


def test_a_legend_has_the_labels_and_what_is_no_number_is_left_out() -> None:
    (line,) = panels(RATES)["Requests by outcome"].series
    assert line == Series("200", {1_300.0: 4.0})


def test_a_panel_of_states_shows_the_word_of_its_last_value() -> None:
    shown = panels(CONNECTED)["Connected"]
    assert {"Connected", "yes", "identity/vmware"} <= set(texts(svg("t", [shown], SPAN)))


def test_what_has_no_data_says_so() -> None:
    assert "No data" in texts(svg("t", [Shown("Memory", {"x": 0, "y": 0, "w": 8, "h": 7})], SPAN))


def test_a_line_ends_within_its_panel_and_is_the_same_each_time() -> None:
    line = Series("a <b>", {1_000.0: 0.0, 1_600.0: 3.0})
    shown = [Shown("Memory", {"x": 8, "y": 7, "w": 8, "h": 7}, [line], "bytes")]
    drawn = svg("t", shown, SPAN)
    places = next(each for each in ET.fromstring(drawn) if each.tag.endswith("polyline"))  # noqa: S314 - our own
    box = next(each for each in ET.fromstring(drawn) if each.attrib.get("class") == "panel")  # noqa: S314
    left, top = float(box.attrib["x"]), float(box.attrib["y"])
    right, bottom = left + float(box.attrib["width"]), top + float(box.attrib["height"])
    points = [tuple(map(float, pair.split(","))) for pair in places.attrib["points"].split()]
    assert all(left < x < right and top < y < bottom for x, y in points)
    assert points[0][1] > points[1][1], "more is higher"
    assert "a <b>" in texts(drawn)
    assert drawn == svg("t", shown, SPAN)


def test_of_many_lines_the_legend_names_some_and_counts_the_rest() -> None:
    lines = [Series(f"line {number}", {1_000.0: 1.0}) for number in range(9)]
    said = texts(svg("t", [Shown("Many", {"x": 0, "y": 0, "w": 8, "h": 7}, lines)], SPAN))
    assert "line 4" in said
    assert "and 4 more" in said
    assert "line 5" not in said


def test_texts_stay_in_their_panel() -> None:
    place = {"x": 0, "y": 0, "w": 6, "h": 7}
    lines = [
        Series(f"a name of {number} that is longer than its panel is wide", {1_000.0: 1_000.0}) for number in range(3)
    ]
    for kind in ("stat", "timeseries"):
        root = ET.fromstring(svg("t", [Shown("Many", place, lines, kind=kind)], SPAN))  # noqa: S314 - our own
        written = [each for each in root.iter() if each.tag.endswith("text")]
        box = next(each for each in root if each.attrib.get("class") == "panel")
        assert max(float(each.attrib["y"]) for each in written) < float(box.attrib["y"]) + float(box.attrib["height"])
    names = [str(each.text) for each in written if str(each.text).startswith("a name")]
    assert names
    assert all(len(name) < 20 and name.endswith("…") for name in names)
    assert "1,000" in [each.text for each in written]
