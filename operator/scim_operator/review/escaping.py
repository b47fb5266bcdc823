"""Escapes names and values of manifests and services, so that they do not act in a terminal, a log or a comment."""

from __future__ import annotations

import re
from typing import Any

import orjson

from scim_operator.core.printing import one_line

LONGEST = 200
"""Characters of a value that are shown to people; the JSON form has all of it."""
_RUN = re.compile("`+")
_PLAIN = re.compile(r"(?!\s*::|.*(?://|www\.))[\w ,.:;()/'=-]*")
"""Sentences in which Markdown, and what GitHub makes of it and of a log, sees nothing but words."""


def value(found: Any) -> str:  # noqa: ANN401 - any JSON value
    """A value on one line, shortened; texts in quotes, `(none)` for no value."""
    if found is None:
        return "(none)"
    text = one_line(orjson.dumps(found, default=str).decode())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def code(text: str) -> str:
    """Return the text as a code span of Markdown, in which nothing is a link, a mention or HTML (CommonMark 6.1)."""
    line = one_line(text)
    if len(line) > LONGEST:
        line = f"{line[:LONGEST]}…"
    fence = "`" * (max(map(len, _RUN.findall(line)), default=0) + 1)
    padding = " " if line.startswith(("`", " ")) or line.endswith(("`", " ")) or not line else ""
    return f"{fence}{padding}{line}{padding}{fence}"


def prose(text: str) -> str:
    """A sentence of Markdown; as a code span where it has anything that could be live."""
    return text if _PLAIN.fullmatch(text) else code(text)
