"""Markdown as the site's generator reads it, from Markdown as GitHub does. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_CODE = re.compile(r"(^ *```.*?^ *```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^<!--.*?-->\n?", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"(?P<indent> *)(?P<marker>(?:[-*]|\d+\.) +)(?P<rest>\S.*)")
STEP = 4
"""How far the generator wants what belongs to an item of a list to be indented; GitHub counts from the item's text."""


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Return the text with `change` applied to what is neither in a fenced block nor in backquotes."""
    parts = _CODE.split(text)
    return "".join(part if place % 2 else change(part) for place, part in enumerate(parts))


def without_comments(text: str) -> str:
    """Return the text without comments: a table that follows one at once would be none for the generator."""
    return outside_code(text, lambda part: _COMMENT.sub("", part))


def indented(text: str) -> str:
    """Return the text with lists as the generator wants them: what belongs to an item indented, blank lines around."""
    lists = _Lists()
    return "\n".join(made for line in text.split("\n") for made in lists.read(line))


@dataclass
class _Lists:
    """Where in lists a text is: where the text of each open item begins; `loose`, whether the last has blank lines."""

    offsets: list[int] = field(default_factory=list)
    fenced: bool = False
    blank: bool = True
    loose: bool = False

    def read(self, line: str) -> list[str]:
        """Return a line as it is to be, with a blank one before it where the generator needs that."""
        item, inside = None if self.fenced else _ITEM.fullmatch(line), bool(self.offsets)
        if line and not self.fenced and (self.blank or item):
            self.offsets = [each for each in self.offsets if each <= _depth(line)]
        begins = item is not None and self._begins(item, inside=inside)
        apart = begins and not self.blank and (self.loose or not inside)
        made = [*([""] if apart else []), _moved(line, self.offsets)]
        if item and begins:
            self.offsets.append(len(item["indent"] + item["marker"]))
        self.loose = bool(self.offsets) and not begins and (self.loose or not line)
        self.fenced ^= line.lstrip().startswith("```")
        self.blank = not line
        return made

    def _begins(self, item: re.Match[str], *, inside: bool) -> bool:
        """Return whether this is an item; in a paragraph, a number other than 1 is only a number."""
        in_line = item["indent"] == " " * (self.offsets[-1] if self.offsets else 0)
        return in_line and (self.blank or inside or item["marker"].strip() in ("-", "*", "1."))


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _moved(line: str, offsets: Sequence[int]) -> str:
    """Return a line at the place where it belongs to the innermost of the items that it is in."""
    inside = [each for each in offsets if each <= _depth(line)]
    return " " * (STEP * len(inside)) + line[inside[-1] :] if line and inside else line


def title(text: str) -> str:
    """Return the first heading of a page, or "" where there is none."""
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return found[1] if found else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; what would end a cell or a line in it is replaced."""
    lines = [list(head), ["---"] * len(head), *(list(map(cell, row)) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(text: str) -> str:
    """Return a text as the cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def plain(text: str) -> str:
    """Return a text of the code as a cell in which nothing is taken for markup."""
    return outside_code(text, lambda part: re.sub(r"([\\*_<>\[\]{}~^])", r"\\\1", part))


def code(text: str) -> str:
    """Return a text as code, or "" where it is empty."""
    return f"`{text}`" if text else ""
