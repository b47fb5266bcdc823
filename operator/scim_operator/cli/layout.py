"""Text in a terminal's columns: how wide it is, where it breaks, and in which colour it stands. Pure.

What comes in is text of ours, or of others made harmless by `core.printing`: nothing here looks for escapes. Colour is
put on last, so that it changes no width, and output without it is the same text.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from scim_operator.core.printing import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NARROWEST = 40
"""Columns for which text is still laid out; in a narrower terminal it runs over."""
_WIDE = frozenset({"W", "F"})


class Tone(StrEnum):
    """What a text says of a thing, as the parameters of its escape sequence (ECMA-48 section 8.3.117)."""

    GOOD = "32"
    BAD = "31"
    WAITING = "33"
    HEADING = "1"
    FAINT = "2"


@dataclass(frozen=True, slots=True)
class Look:
    """How text is shown. `width` is the number of columns to keep to, None for as many as it takes."""

    colour: bool = False
    width: int | None = None

    def painted(self, text: str, tone: Tone | None) -> str:
        """Return the text in a tone, where colour is wanted."""
        return f"\x1b[{tone.value}m{text}\x1b[0m" if self.colour and tone is not None and text else text

    def narrowed(self, columns: int) -> Look:
        """Return the look of text that stands so many columns to the right."""
        return self if self.width is None else replace(self, width=max(self.width - columns, NARROWEST))


PLAIN = Look()


def columns(text: str) -> int:
    """Return how many columns a text takes: two for East Asian characters, none for marks on others."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def padded(text: str, width: int) -> str:
    """Return the text with blanks up to a width."""
    return text + " " * (width - columns(text))


def wrapped(text: str, width: int) -> list[str]:
    """Return the text as lines of at most `width` columns; what has no blank to break at breaks anywhere.

    What would be a command to a CI at the beginning of a line is none on the lines that begin here either.
    """
    if columns(text) <= width:
        return [text]
    lines: list[str] = []
    for word in map(one_line, text.split(" ")):
        if lines and columns(lines[-1]) + 1 + columns(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.extend(_broken(word, width))
    return lines


def _broken(word: str, width: int) -> Iterator[str]:
    """Yield a word in parts that fit, none of which begins like a command to a CI."""
    if columns(word) > width:
        word = word.replace("::", r":\x3a")
    while columns(word) > width:
        end = _end(word, width)
        yield word[:end]
        word = word[end:]
    yield word


def _end(word: str, width: int) -> int:
    """Return how many characters of a word fit; at least one, for a line is never empty."""
    taken = 0
    for at, character in enumerate(word):
        taken += _columns(character)
        if taken > width:
            return max(at, 1)
    return len(word)


def laid_out(text: str, look: Look, tone: Callable[[str], Tone | None] = lambda line: None) -> str:
    """Return text of several lines in a look: long lines go on below, a little to the right of where they begin."""
    if look == PLAIN:
        return text
    return "\n".join(_line(line, look, tone(line)) for line in text.split("\n"))


def _line(line: str, look: Look, tone: Tone | None) -> str:
    if look.width is None or columns(line) <= look.width:
        return look.painted(line, tone)
    body = line.lstrip(" ")
    indent = len(line) - len(body)
    first, *rest = wrapped(body, max(look.width - indent - 2, NARROWEST // 2))
    parts = [" " * indent + first, *(" " * (indent + 2) + each for each in rest)]
    return "\n".join(look.painted(each, tone) for each in parts)
