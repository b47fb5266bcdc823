"""Entra's mapping functions on texts.

Reference: docs/identity/app-provisioning/functions-for-customizing-application-data.md of MicrosoftDocs/entra-docs, and
where that is silent .NET, on which Entra's service runs. A source without a value gives none (null), unless it says so
here: the target is then left alone, or gets its default.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from scim_operator.core.expressions import case
from scim_operator.core.expressions.faults import Fault
from scim_operator.core.expressions.frame import CHARACTER
from scim_operator.core.expressions.library.diacritics import without_diacritics
from scim_operator.core.expressions.library.registry import declare

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.core.expressions.frame import Frame
    from scim_operator.core.resource import JsonValue

BINARY_COMPARE, TEXT_COMPARE = 0, 1
"""VBA's vbBinaryCompare and vbTextCompare."""


def append(_: Frame, source: str | None, suffix: str | None) -> str | None:
    """Append(source, suffix): the source with the suffix after it; a source without a value stays without."""
    return None if source is None else source + (suffix or "")


def left(_: Frame, source: str | None, count: int) -> str:
    """Left(source, count): the first characters; "" of no value, all of it where `count` is negative."""
    return (source or "") if count < 0 else (source or "")[:count]


def mid(_: Frame, source: str | None, start: int, length: int) -> str | None:
    """Mid(source, start, length): characters from `start`, counted from 1, as far as there are any."""
    if source is None:
        return None
    first = max(start, 1) - 1
    return source[first : first + max(length, 0)]


def word(_: Frame, source: str | None, number: int, delimiters: str | None) -> str:
    """Word(source, number, delimiters): the word of that number, counted from 1, between any of the delimiters.

    "" where there is no such word. Delimiters side by side have no word between them.
    """
    text, separators = source or "", delimiters or ""
    words = re.split(f"[{re.escape(separators)}]+", text) if separators else [text]
    words = [each for each in words if each]
    return words[number - 1] if 1 <= number <= len(words) else ""


def in_str(_: Frame, text: str | None, part: str | None, start: int | None = None, compare: int | None = None) -> int:
    """InStr(text, part, start, compare): where the part first stands in the text, counted from 1; 0 where it does not.

    Compares case-sensitively (vbBinaryCompare) unless vbTextCompare is given.
    """
    if compare not in (None, BINARY_COMPARE, TEXT_COMPARE):
        raise Fault("InStr: compareType is vbBinaryCompare or vbTextCompare; write one of them")
    if start is not None and start < 1:
        raise Fault("InStr: start counts from 1; write 1 or more")
    haystack, needle = text or "", part or ""
    if compare == TEXT_COMPARE:
        haystack, needle = case.lower(haystack), case.lower(needle)
    return haystack.find(needle, (start or 1) - 1) + 1


def normalize_diacritics(frame: Frame, source: str | None) -> str | None:
    """NormalizeDiacritics(source): letters without their accents, by the table of the reference."""
    if source is None:
        return None
    frame.charge(CHARACTER * len(source))
    return without_diacritics(source)


def strip_spaces(_: Frame, source: str | None) -> str | None:
    """StripSpaces(source): the source without its spaces; other white space stays."""
    return None if source is None else source.replace(" ", "")


def _cased(change: Callable[[str, str], str]) -> Callable[..., str | None]:
    def run(_: Frame, source: str | None, culture: str | None = None) -> str | None:
        return None if source is None else change(source, culture or "")

    return run


def p_case(frame: Frame, source: str | None, separators: str | None = None) -> str | None:
    """PCase(source, wordSeparators): the first letter of each word in upper case, all others in lower case.

    Without separators words are parted as .NET's ToTitleCase does; with them, by these characters alone.
    """
    if source is None:
        return None
    frame.charge(CHARACTER * len(source))
    return case.title_case(source) if separators is None else case.proper_case(source, separators)


def to_base64(_: Frame, source: str | None) -> str | None:
    """ConvertToBase64(source): base64 of the source in UTF-16, little-endian, which is what .NET calls Unicode."""
    return None if source is None else base64.b64encode(source.encode("utf-16-le", "surrogatepass")).decode()


def to_hex(_: Frame, source: str | None) -> str | None:
    """ConvertToUTF8Hex(source): the bytes of the source in UTF-8, as upper-case hexadecimal digits."""
    return None if source is None else source.encode(errors="replace").hex().upper()


def c_str(_: Frame, value: JsonValue) -> str | None:
    """CStr(value): a number, boolean or text as text; True and False as .NET spells them."""
    return as_text(value, "CStr")


def as_text(value: JsonValue, what: str) -> str | None:
    """Return the value as Entra's functions write it; None stays None. Raises Fault for lists and objects."""
    if value is None or type(value) is str:
        return value
    if type(value) is bool:
        return "True" if value else "False"
    if type(value) is int:
        return str(value)
    if type(value) is float:
        return f"{value:.15g}"
    if isinstance(value, dict) and isinstance(value.get("value"), str):
        return str(value["value"])
    raise Fault(f"{what} takes single values; take one of a list with Item(…, 1), or all with Join")


TEXT = [
    declare("Append(source: text, suffix: text): text", append),
    declare("Left(source: text, count: int): text", left),
    declare("Mid(source: text, start: int, length: int): text", mid),
    declare("Word(source: text, number: int, delimiters: text): text", word),
    declare("InStr(text: text, part: text, start?: int, compareType?: int): int", in_str),
    declare("NormalizeDiacritics(source: text): text", normalize_diacritics),
    declare("StripSpaces(source: text): text", strip_spaces),
    declare("ToLower(source: text, culture?: text): text", _cased(case.lower)),
    declare("ToUpper(source: text, culture?: text): text", _cased(case.upper)),
    declare("PCase(source: text, wordSeparators?: text): text", p_case),
    declare("ConvertToBase64(source: text): text", to_base64),
    declare("ConvertToUTF8Hex(source: text): text", to_hex),
    declare("CStr(value: any): text", c_str),
]
