"""Text in columns: nothing is lost, nothing is wider than it may be, and colour changes no character."""

from __future__ import annotations

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_operator.cli.layout import Look, Tone, columns, laid_out, wrapped
from scim_operator.cli.look import in_colour
from scim_operator.cli.tables import block, table

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z", "M"]) | st.just(" "), max_size=120)
HOSTILE = "\x1b[31mred\x1b[0m\nREADY True \u202e ##[error]"


@given(TEXTS, st.integers(2, 60))
def test_what_is_wrapped_is_whole_and_fits(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert max(map(columns, lines)) <= width
    assert "".join(lines).replace(" ", "").replace(r"\x3a", ":") == text.replace(" ", "")


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=5), st.integers(40, 120))
def test_a_table_fits_its_width_and_colour_changes_nothing(rows: list[tuple[str, str, str]], width: int) -> None:
    head, tones = ("NAME", "READY", "MESSAGE"), {"READY": lambda row: Tone.GOOD}
    plain = table(head, rows, Look(width=width), tones=tones)
    assert max(map(columns, plain.splitlines())) <= width
    assert click.unstyle(table(head, rows, Look(colour=True, width=width), tones=tones)) == plain
    assert "\x1b" not in plain


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=4), st.integers(60, 120))
def test_a_block_is_the_same_in_colour(rows: list[tuple[str, str]], width: int) -> None:
    pairs = [(name[:10], value) for name, value in rows]
    assert click.unstyle(block(pairs, Look(colour=True, width=width))) == block(pairs, Look(width=width))


def test_without_a_width_nothing_is_broken_or_left_out() -> None:
    text = table(("A", "URL"), [("a", "x" * 300)], spare=("URL",))
    assert text.splitlines()[1] == f"a   {'x' * 300}"


def test_spare_columns_give_way_before_cells_are_broken() -> None:
    rows = [("vmware", "https://a.example/" + "x" * 50, "True", "the message that explains it")]
    text = table(("NAME", "URL", "READY", "MESSAGE"), rows, Look(width=60), spare=("URL",))
    assert text.splitlines() == [
        "NAME     READY   MESSAGE",
        "vmware   True    the message that explains it",
    ]
    narrow = table(("NAME", "URL", "READY", "MESSAGE"), rows, Look(width=40), spare=("URL",))
    assert narrow.splitlines()[1:] == ["vmware   True    the message that", "                 explains it"]


def test_hostile_cells_steer_nothing() -> None:
    for look in (Look(), Look(colour=True), Look(width=40), Look(colour=True, width=40)):
        text = click.unstyle(table(("NAME", "MESSAGE"), [(HOSTILE, HOSTILE)], look)) + block([("Name", HOSTILE)], look)
        assert "\x1b[31m" not in text
        assert "\u202e" not in text
        assert "##[" not in text
        assert "READY True" not in {line.strip() for line in text.splitlines()}


def test_wide_characters_take_two_columns() -> None:
    assert (columns("ada"), columns("日本"), columns("e\u0301")) == (3, 4, 1)
    assert wrapped("日本語", 4) == ["日本", "語"]


def test_long_lines_go_on_below_to_the_right() -> None:
    text = laid_out("  - delete   user   ada\n        " + "member " * 12, Look(width=60))
    first, second, third = text.splitlines()
    assert first == "  - delete   user   ada"
    assert second.startswith("        member")
    assert third.startswith("          member")


@pytest.mark.parametrize(
    ("choice", "environ", "terminal", "expected"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, True, False),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("auto", {"CLICOLOR_FORCE": "0"}, False, False),
        ("auto", {"CLICOLOR": "0"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"CLICOLOR_FORCE": "1"}, True, False),
    ],
)
def test_when_output_is_in_colour(choice: str, environ: dict[str, str], terminal: bool, expected: bool) -> None:
    assert in_colour(choice, environ, terminal=terminal) is expected


@pytest.mark.parametrize("text", ["a ::error::b " * 12, "a" * 39 + "::error::" + "b" * 60, "::" * 60])
def test_no_line_that_begins_here_is_a_command_to_a_ci(text: str) -> None:
    assert not any(line.lstrip().startswith("::") for line in laid_out(f"x {text}", Look(width=40)).splitlines()[1:])
    assert not any(line.startswith("::") for line in wrapped(f"x {text}", 40)[1:])
