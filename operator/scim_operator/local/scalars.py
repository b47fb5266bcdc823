"""Values of plain scalars, as kubectl reads them: YAML 1.1 by go-yaml v2, then JSON.

`yes`, `no`, `on` and `off` are booleans there, `012` is ten, `1e3` a number, and a date stays the text that it is.
"""

from __future__ import annotations

import math
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Scalar = str | int | float | bool | None

_WORDS: Mapping[str, Scalar] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*|0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+)", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_NOT_JSON = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NUMERIC = frozenset("+-.0123456789")
MAX_DIGITS = 400
"""Longer ones are text: no number is so long."""
_LARGEST = 2**63
"""Beyond it a whole number is a float, for Go and for JSON libraries alike."""


def resolve(text: str) -> Scalar:
    """Return the value of a plain scalar. Errors: ValueError for infinity and no-number, which JSON cannot carry."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC or len(text) > MAX_DIGITS:
        return text
    return _number(text)


def _number(text: str) -> Scalar:
    if _NOT_JSON.fullmatch(text):
        raise ValueError(f"{text} is no number that Kubernetes takes; put quotes around it")
    plain = text if text[0] == "." else text.replace("_", "")
    if _INTEGER.fullmatch(plain):
        return _bounded(_integer(plain), text)
    if _FLOAT.fullmatch(plain):
        return _float(plain, text)
    return text


def _float(plain: str, text: str) -> Scalar:
    """Go writes a whole number as one into JSON, which knows no difference; what no float holds stays text."""
    number = float(plain)
    if math.isinf(number):
        return text
    return int(number) if number.is_integer() and abs(number) < _LARGEST else number


def _integer(text: str) -> int:
    sign, digits = (text[0], text[1:]) if text[0] in "+-" else ("", text)
    octal = len(digits) > 1 and digits[0] == "0" and digits[1] in "01234567"
    return int(sign + ("0o" if octal else "") + digits, 0)


def _bounded(number: int, text: str) -> Scalar:
    """Go keeps what fits into 64 bits, and makes a float of the rest; what no float holds stays text."""
    if -_LARGEST <= number < _LARGEST:
        return number
    return text if abs(number) > sys.float_info.max else float(number)
