"""Safe output: what does not show is shown by its number, and no text is a command to a CI."""

from __future__ import annotations

import json

import pytest

from scim_operator.core.printing import blanked, in_json, lines, one_line, visible

TEXTS = [
    ("Ada Lovelace", "Ada Lovelace", "Ada Lovelace"),
    ("Zoë 李", "Zoë 李", "Zoë 李"),
    ("a\nb", r"a\nb", "a b"),
    ("a\tb", r"a\tb", "a b"),
    ("\x1b[31mred", r"\x1b[31mred", " [31mred"),
    ("a\u202eb", r"a\u202eb", "a b"),
    ("a\u200bb", r"a\u200bb", "a b"),
    ("a\u00a0b", r"a\xa0b", "a b"),
    ("a\u3164b", r"a\u3164b", "a b"),
    ("a\u2800b", r"a\u2800b", "a b"),
    ("a\U000e0101b", r"a\U000e0101b", "a b"),
    ("a\ud800b", r"a\ud800b", "a b"),
]
"""A text, how it is shown, and how it is shown where an escape would distract."""


@pytest.mark.parametrize(("text", "shown", "plain"), TEXTS, ids=[shown for _, shown, _ in TEXTS])
def test_what_does_not_show_is_shown(text: str, shown: str, plain: str) -> None:
    assert visible(text) == one_line(text) == shown
    assert blanked(text) == plain


def test_something_else_may_stand_for_what_does_not_show() -> None:
    assert blanked("a b\nc\u200bd", "?") == "a b?c?d"


COMMANDS = [
    ("##[group]x", r"##\x5bgroup]x"),
    ("say ##[error]x", r"say ##\x5berror]x"),
    ("##vso[task]x", r"##vso\x5btask]x"),
    ("::set-output", r":\x3aset-output"),
    ("  ::debug::x", r"  :\x3adebug::x"),
    ("a ::debug::x", "a ::debug::x"),
    ("a::b", "a::b"),
    ("#[x]", "#[x]"),
]


@pytest.mark.parametrize(("text", "shown"), COMMANDS)
def test_no_text_is_a_command_to_a_ci(text: str, shown: str) -> None:
    assert one_line(text) == shown
    assert visible(text) == text, "for inside a command of ours"


def test_of_a_text_with_lines_each_is_safe() -> None:
    assert lines("a\n::b\n\x1bc\n") == "a\n:\\x3ab\n\\x1bc\n"


JSON = [
    {"a": "plain"},
    {"a": "Zoë 李"},
    {"a": "x\u202ey", "b": "Zoë"},
    {"a": "x\x7fy"},
    {"a": "\U000e0101 and \U0001f600"},
    {"a": "##[error] and ##vso[task]"},
    {"a\u200b": "\u00a0"},
]


@pytest.mark.parametrize("value", JSON, ids=str)
@pytest.mark.parametrize("indent", [None, 2], ids=["one line", "lines"])
def test_json_stays_the_same_json_and_shows_everything(value: dict, indent: int | None) -> None:
    text = in_json(json.dumps(value, ensure_ascii=False, indent=indent))
    assert json.loads(text) == value
    assert all(line.isprintable() for line in text.split("\n"))
    assert "##[" not in text
    assert "##vso[" not in text


def test_json_escapes_only_what_does_not_show() -> None:
    assert in_json('{"a": "Zoë\u200b"}') == r'{"a": "Zoë\u200b"}'
    assert in_json('{"a": "\U000e0101"}') == r'{"a": "\udb40\udd01"}'
    assert in_json('{\n\t"a": "é"\n}') == '{\n\t"a": "é"\n}', "a tab between the tokens is JSON's own"
    assert in_json('{\n\t"a": "\u200b"\n}') == '{\n\t"a": "\\u200b"\n}'
