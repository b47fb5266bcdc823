"""A table as text: its encoding, its delimiter, and the cells of each line, without what Excel does to them."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
ENCODINGS = ("utf-8", "utf-16", "cp1252", "iso-8859-1", "iso-8859-15", "cp1250", "cp1251", "shift_jis", "gb18030")
"""What --encoding takes. Only UTF-8, and UTF-16 with its mark, are found without being named."""
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SEPARATOR = re.compile(r"\Asep=([,;\t])\r?\n", re.IGNORECASE)
"""A first line by which Excel is told the delimiter."""
_AS_TEXT = re.compile(r'="((?:[^"]|"")*)"')
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"})
_ROUNDED = re.compile(r"-?\d+[.,]\d+E\+\d+")
LONGEST_CELL = 131_072


@dataclass(frozen=True, slots=True)
class Table:
    """The text of a table, and how it was read."""

    text: str
    encoding: str
    delimiter: str
    first: int = 1
    """The line of the header."""

    def lines(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the number of each line that has anything, and its cells. Errors: InvalidSpec."""
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter, strict=True)
        begins = self.first
        try:
            for cells in reader:
                if any(cells):
                    yield begins, cells
                begins = self.first + reader.line_num
        except csv.Error as error:
            raise InvalidSpec(f"line {begins}: {_why(str(error))}") from None


def read_table(body: bytes, *, encoding: str = "", delimiter: str = "") -> Table:
    """Return the table of a file; "" finds out encoding and delimiter. Errors: InvalidSpec."""
    text, found = text_of(body, encoding, "CSV UTF-8")
    if not text.strip():
        raise InvalidSpec("the file is empty; export it again")
    first = 1
    if told := _SEPARATOR.match(text):
        text, first, delimiter = text[told.end() :], 2, delimiter or told[1]
    return Table(text, found, delimiter or _delimiter(text), first)


def text_of(body: bytes, encoding: str, form: str) -> tuple[str, str]:
    """Return the text of a file and its encoding, found out where none is given; `form` is what to save it as.

    Errors: InvalidSpec, by line.
    """
    found = encoding or next((name for bom, name in _BOMS if body.startswith(bom)), "utf-8")
    if found == "utf-8" and body.startswith(_BOMS[0][0]):
        found = "utf-8-sig"
    try:
        text = body.decode(found)
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        if encoding:
            raise InvalidSpec(f"line {line}: not {encoding}; give another --encoding") from None
        raise InvalidSpec(
            f"line {line}: not UTF-8; save the file as {form}, or say what it is: --encoding cp1252 is Windows in "
            "Western Europe"
        ) from None
    if not encoding and "\0" in text[:200]:
        raise InvalidSpec("line 1: has zero bytes, as UTF-16 without its mark; give --encoding utf-16")
    return text, {"utf-8-sig": "utf-8"}.get(found, found)


def _delimiter(text: str) -> str:
    """Return what parts the names of the first line, outside of quotes."""
    line = text.lstrip("\r\n").splitlines()[0]
    counts = Counter(re.sub(r'"[^"]*"', "", line))
    best = max(DELIMITERS, key=lambda each: counts[each])
    several = [each for each in DELIMITERS if counts[each]]
    if len(several) > 1 and counts[several[0]] == counts[several[1]]:
        raise InvalidSpec("line 1: commas and semicolons, or tabs, are there alike; say which with --delimiter")
    return best


def _why(message: str) -> str:
    if "unexpected end" in message:
        return "a quotation mark is not closed, as where the file is cut off; export it again"
    if "field larger" in message:
        return f"a cell has more than {LONGEST_CELL} characters, as where a quotation mark is missing; correct it"
    return "a quotation mark stands within a cell; double it, and put the cell into quotation marks"


def plain(cell: str) -> str:
    """Return the value of a cell: `="0123"`, by which Excel keeps zeros, is 0123."""
    text = cell.strip()
    found = _AS_TEXT.fullmatch(text)
    return found[1].replace('""', '"') if found else text


def fault(value: str) -> str:
    """Return what is wrong with a value, and the fix; "" for nothing."""
    if value in _ERRORS:
        return "holds an error of the spreadsheet; correct its formula"
    if value.startswith("="):
        return "holds a formula; export values, as with Paste Special"
    if _ROUNDED.fullmatch(value):
        return "holds a number that the spreadsheet has rounded; format the column as text, and fill it in again"
    return ""
