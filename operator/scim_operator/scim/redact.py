"""Excerpts of foreign text that are safe to show: no credentials, no personal data, nothing that changes every time.

A service's own words are often the only hint at what to fix, and often quote the person they are about.
So what must not be shown is cut out everywhere (`veil.py`), then anything that looks quoted, like an address, a
number or a token. Text without ids and times also keeps a status from changing, and so being written, at each retry of
the same failure. Each pattern begins where what it looks for begins, so that none goes through a text again and again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scim_operator.core.secrecy.veil import GAP, Veil

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scim_operator.core.resource import JsonValue

LIMIT = 120
"""Characters of an excerpt."""

_MOST = 40 * LIMIT
"""Characters that are looked at."""
_QUOTABLE = 100
"""Characters of an attribute's name: what is longer and quoted is none."""

_ATTRIBUTE = re.compile(
    r"urn:[\w.:-]+|[$.\w]*\b(?:userName|externalId|active|displayName|nickName|profileUrl|title|userType|locale|timezone|"
    r"preferredLanguage|password|emails|phoneNumbers|addresses|members|groups|roles|entitlements|ims|photos|schemas|"
    r"name|givenName|familyName|middleName|formatted|primary|type|value|Operations|op|path|meta|id|domain)\b[\w.]*",
    re.IGNORECASE,
)
"""Quoted words that may stay: the name of an attribute is what the reader needs most."""

_QUOTED = re.compile(
    "\"([^\"]*)\"|(?<!\\w)'([^']*)'(?!\\w)|`([^`]*)`|\u201c([^\u201c\u201d]*)\u201d|\u2018([^\u2018\u2019]*)\u2019"
)
_HIDDEN = [
    re.compile(r"\b(?:bearer|hzn|basic)\s+(?=\S*\d)\S+|\btoken[:=]\s*\S+", re.IGNORECASE),
    re.compile(r"\beyJ[\w-]+\.[\w-]*(?:\.[\w-]*)?"),
    re.compile(r"(?<![^\s<>(),;:\"'@])[^\s<>(),;:\"'@]+@[^\s<>(),;\"']+"),
    re.compile(r"(?<![\w+/=-])(?=[\w+/=-]*\d)[\w+/=-]{16,}"),
    re.compile(r"\+?\d(?:[\s().:/TZ-]?\d){4,}Z?"),
]


def excerpt(text: str, private: Iterable[str] = (), veil: Veil | None = None) -> str:
    """Return at most LIMIT characters of `text` on one line, without all that looks personal.

    `private` are values that it must not have besides those of the `veil`; "" while that is not complete.
    """
    if veil is not None and not veil.complete:
        return ""
    whole = len(text) <= _MOST
    text = (veil or Veil()).cut(text[:_MOST], private)
    text = _QUOTED.sub(_without_value, text)
    for pattern in _HIDDEN:
        text = pattern.sub(GAP, text)
    if len(text) > LIMIT:
        return text[: LIMIT - 1].rstrip() + GAP
    return text if whole else GAP  # its end is the beginning of something that was not looked at


def values_in(document: JsonValue) -> Iterator[str]:
    """Yield every string that a document holds as a person's value: what a service might quote back."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict):
        for name, value in document.items():
            if name not in {"schemas", "op", "path", "type"}:
                yield from values_in(value)
    elif isinstance(document, list):
        for value in document:
            yield from values_in(value)


def _without_value(match: re.Match[str]) -> str:
    inner = next(group for group in match.groups() if group is not None)
    return match.group() if len(inner) <= _QUOTABLE and _ATTRIBUTE.fullmatch(inner) else GAP
