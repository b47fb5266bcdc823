"""Manifests written in JSON: one document after the other, held to the same rules as YAML."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from scim_operator.local.document import MAX_DEPTH, Document, NoJson, Unreadable, too_deep, twice
from scim_operator.local.scalars import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANKS = re.compile(r"[ \t\r\n]*")


def json_documents(text: str) -> Iterator[Document]:
    """Yield the documents of a text of JSON. Errors: Unreadable, at the first that is wrong."""
    decoder, number, start = _DECODER, 0, 0
    # Counted on from the document before: a file may hold ten thousand.
    line, begin, counted = 1, 0, 0
    escapes = "\\u" in text
    while (start := _past_blanks(text, start)) < len(text):
        line += text.count("\n", counted, start)
        begin = max(begin, text.rfind("\n", counted, start) + 1)
        counted = start
        try:
            value, start = decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            raise NoJson(f"no JSON: {error.msg}", error.lineno) from None
        except ValueError as error:
            raise Unreadable(str(error), line) from None
        except RecursionError:
            raise Unreadable(too_deep(), line) from None
        if _depth(value) > MAX_DEPTH:
            raise Unreadable(too_deep(), line)
        if escapes and not _is_unicode(value):
            raise Unreadable("half of a character, as \\ud800 without its other half; correct it", line)
        yield Document(value, line, number, begin, start)
        number += 1


def _depth(value: Any) -> int:  # noqa: ANN401 - any JSON value
    """Return the levels of nesting, counted a level at a time."""
    depth, level = 0, [value]
    while level := [part for part in level if isinstance(part, dict | list)]:
        depth += 1
        level = [inner for part in level for inner in (part.values() if isinstance(part, dict) else part)]
    return depth


def _is_unicode(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _past_blanks(text: str, start: int) -> int:
    found = _BLANKS.match(text, start)
    return found.end() if found else start


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) != len(pairs):
        times = Counter(name for name, _ in pairs)
        raise ValueError(twice(next(name for name in times if times[name] > 1)))
    return built


def _no_constant(name: str) -> Any:  # noqa: ANN401 - never returns
    raise ValueError(f"{name} is no JSON; write a number")


def _json_number(text: str) -> Any:  # noqa: ANN401 - int or float
    found = resolve(text)
    if not isinstance(found, int | float):
        raise ValueError(f"{text[:20]} is a number beyond all bounds; correct it")  # noqa: TRY004 - as json's own
    return found


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_json_number, parse_float=_json_number
)
