"""Excerpts of foreign text that are safe to show: no credentials, no personal data, nothing that changes every time.

A service's own words are often the only thing that tells what to mend, and often quote the person they are about.
So what was sent is cut out wherever it appears, then whatever looks quoted, like an address, a number or a token.
Text without ids and times also keeps a status from changing, and so being written, at each retry of the same failure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scim_operator.core.resource import JsonValue

LIMIT = 120
"""Characters of an excerpt."""

GAP = "…"
_SHORTEST_VALUE = 3  # "de" or "7" would be cut out of every word

_ATTRIBUTE = re.compile(
    r"urn:[\w.:-]+|[$.\w]*\b(?:userName|externalId|active|displayName|nickName|profileUrl|title|userType|locale|timezone|"
    r"preferredLanguage|password|emails|phoneNumbers|addresses|members|groups|roles|entitlements|ims|photos|schemas|"
    r"name|givenName|familyName|middleName|formatted|primary|type|value|Operations|op|path|meta|id|domain)\b[\w.]*",
    re.IGNORECASE,
)
"""What may stay in quotes: the name of an attribute is what the reader needs most."""

_QUOTED = re.compile(
    "\"([^\"]*)\"|(?<!\\w)'([^']*)'(?!\\w)|`([^`]*)`|\u201c([^\u201d]*)\u201d|\u2018([^\u2019]*)\u2019"
)
_HIDDEN = [
    re.compile(r"\b(?:bearer|hzn|basic)\s+(?=\S*\d)\S+|\btoken[:=]\s*\S+", re.IGNORECASE),
    re.compile(r"\beyJ[\w-]+\.[\w-]*(?:\.[\w-]*)?"),
    re.compile(r"[^\s<>(),;:\"']+@[^\s<>(),;\"']+"),
    re.compile(r"\b(?=[\w+/=-]*\d)[\w+/=-]{16,}"),
    re.compile(r"\+?\d(?:[\s().:/TZ-]?\d){4,}Z?"),
]
_MARKUP = re.compile(r"<[^>]*>")


def excerpt(text: str, private: Iterable[str] = ()) -> str:
    """At most LIMIT characters of `text` on one line, without the `private` values and all that looks personal."""
    text = " ".join(_MARKUP.sub(" ", text[: LIMIT * 40]).split())
    for value in sorted(set(private), key=len, reverse=True):
        if len(value) >= _SHORTEST_VALUE and value.casefold() in text.casefold():
            text = re.sub(re.escape(value), GAP, text, flags=re.IGNORECASE)
    text = _QUOTED.sub(_without_value, text)
    for pattern in _HIDDEN:
        text = pattern.sub(GAP, text)
    return text if len(text) <= LIMIT else text[: LIMIT - 1].rstrip() + GAP


def values_in(document: JsonValue) -> Iterator[str]:
    """Every string that a document holds as a person's value: what a service might quote back."""
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
    return match.group() if _ATTRIBUTE.fullmatch(inner) else GAP
