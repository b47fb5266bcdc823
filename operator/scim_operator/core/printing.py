"""Safe output: texts of others never steer a terminal, begin a line of their own, or hide what they say. Pure.

One rule for every output, be it a terminal or the log of a CI, which takes commands from what it logs. What does not
print is shown by its number, as Python writes it: control characters, escape sequences, blanks other than the space,
characters that reverse the text, and those that are invisible.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_UNSEEN = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
"""Characters that are printable by category but show nothing (Default_Ignorable_Code_Point, empty pattern)."""

_HIDDEN = re.compile(f"[{_UNSEEN}]")
_COMMAND = re.compile(r"##(?:vso)?\[|^\s*::")
"""Commands in a line to the CI that logs it: GitHub and Azure look for the first anywhere, GitHub for the second."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Characters that begin a formula in a spreadsheet, in full width too."""


def one_line(text: str) -> str:
    """Return the text on one line, with what does not show escaped, and no command to a CI."""
    text = visible(text)
    return _COMMAND.sub(_disarmed, text) if "##" in text or "::" in text else text


def visible(text: str) -> str:
    """Return the text on one line, with the invisible escaped, for use inside a command of ours to a CI."""
    if text.isprintable() and (text.isascii() or not _HIDDEN.search(text)):
        return text
    return "".join(map(_escaped, text))


def lines(text: str) -> str:
    """Return the same of a text whose lines are ours."""
    return "\n".join(map(one_line, text.split("\n")))


def blanked(text: str, instead: str = " ") -> str:
    """Return the text on one line, with the invisible replaced, for where an escape would only distract."""
    if text.isprintable() and not _HIDDEN.search(text):
        return text
    return "".join(each if _shows(each) else instead for each in text)


def cell(text: str) -> str:
    """Return a cell of a CSV on one line, quoted where a spreadsheet would take it for a formula, after blanks too."""
    begins = text.startswith(_FORMULA) or blanked(text, "").lstrip().startswith(_FORMULA)
    return f"'{one_line(text)}" if begins else one_line(text)


def in_json(text: str) -> str:
    """Return equivalent JSON in which invisible characters are escaped as JSON escapes them."""
    if not text.isascii() or "\x7f" in text:
        text = _per_line(text, _json_escaped)
    return text.replace("##[", r"##\u005b").replace("##vso[", r"##vso\u005b")  # which occur only in strings


def _per_line(text: str, escape: Callable[[str], str]) -> str:
    return "\n".join(
        line if line.isprintable() and not _HIDDEN.search(line) else "".join(map(escape, line))
        for line in text.split("\n")
    )


def _shows(character: str) -> bool:
    return character.isprintable() and not _HIDDEN.match(character)


def _escaped(character: str) -> str:
    return character if _shows(character) else character.encode("unicode_escape").decode()


def _disarmed(command: re.Match[str]) -> str:
    return f"{command[0][:-1]}\\x{ord(command[0][-1]):02x}"


def _json_escaped(character: str) -> str:
    if _shows(character) or character == "\t":
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
