"""Manifests as text that kubectl reads back as the same values, and that a reviewer can believe.

YAML takes `NO` for false, `1e3` for a number and, in other readers, `2026-11-01` for a date. So only what no reader of
YAML 1.1 or 1.2 takes for anything but a text stands without quotes; what does not show, or turns text round, is
escaped. Every value is one line, for lines that are folded differ with their length.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from scim_operator.core.printing import one_line, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LETTER = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
_PLAIN = re.compile(rf"[{_LETTER}](?:[{_LETTER}0-9._@/()+,&' -]*[{_LETTER}0-9._@/()+&'-])?")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""No number, for a number has no dash within; most identity providers' ids are such."""
_WORDS = frozenset({"y", "yes", "n", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity"})
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


def manifest_text(body: Mapping[str, Any]) -> str:
    """Return one document, with the line that separates it from the next; `body` has JSON's values."""
    return f"---\n{document_text(body)}"


def document_text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return any of JSON's values as one document."""
    lines: list[str] = []
    if isinstance(value, dict) and value:
        _mapping(value, 0, lines)
    elif isinstance(value, list) and value:
        _sequence(value, 0, lines)
    else:
        lines.append(_leaf(value))
    return "\n".join(lines) + "\n"


def entry_lines(name: str, value: Any, indent: int) -> list[str]:  # noqa: ANN401 - any JSON value
    """Return the lines of one entry of a mapping whose keys begin at the column `indent`."""
    lines: list[str] = []
    _mapping({name: value}, indent, lines)
    return lines


def item_lines(value: Any, indent: int) -> list[str]:  # noqa: ANN401 - any JSON value
    """Return the lines of one item of a sequence whose dashes are at the column `indent`."""
    lines: list[str] = []
    _sequence([value], indent, lines)
    return lines


def flow(value: Any, quote: str = "") -> str:  # noqa: ANN401 - any JSON value
    """Return a value on one line, as it stands between braces; `quote` is the quotation mark that texts are to have."""
    if isinstance(value, dict):
        inner = ", ".join(f"{flow(name, quote)}: {flow(each, quote)}" for name, each in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        inner = ", ".join(flow(each, quote) for each in value)
        return f"[{inner}]"
    if not isinstance(value, str):
        return json.dumps(value)
    text = quoted(value, quote) if quote else scalar(value)
    return quoted(value, "'") if text == value and "," in text else text


def quoted(text: str, quote: str) -> str:
    """Return a text as YAML in quotation marks, double ones where single ones cannot hold it."""
    if quote == "'" and one_line(text) == text:
        doubled = text.replace("'", "''")
        return f"'{doubled}'"
    escaped = "".join(map(_escaped, text))
    return '"' + escaped.replace("##[", r"##\x5b").replace("##vso[", r"##vso\x5b") + '"'  # no command to a CI


def scalar(text: str) -> str:
    """Return a text as YAML: plain where no reader takes it for anything else, with quotes otherwise."""
    if (_PLAIN.fullmatch(text) and text.lower() not in _WORDS) or _UUID.fullmatch(text):
        return text
    return quoted(text, "'")


@lru_cache(maxsize=1024)
def _key(name: str) -> str:
    return scalar(name)


def _escaped(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if visible(character) == character:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _mapping(value: Mapping[str, Any], indent: int, lines: list[str]) -> None:
    pad = " " * indent
    for name, each in value.items():
        _entry(f"{pad}{_key(name)}:", each, indent, lines)


def _entry(head: str, value: Any, indent: int, lines: list[str]) -> None:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        lines.append(f"{head} {scalar(value)}")
    elif isinstance(value, dict) and value and not _is_reference(value):
        lines.append(head)
        _mapping(value, indent + 2, lines)
    elif isinstance(value, list) and value:
        lines.append(head)
        _sequence(value, indent, lines)
    else:
        lines.append(f"{head} {_leaf(value)}")


def _sequence(values: Sequence[Any], indent: int, lines: list[str]) -> None:
    pad = " " * indent
    for each in values:
        if isinstance(each, dict | list) and each:
            first = len(lines)
            if isinstance(each, dict):
                _mapping(each, indent + 2, lines)
            else:
                _sequence(each, indent + 2, lines)
            lines[first] = f"{pad}- {lines[first][indent + 2 :]}"
        else:
            lines.append(f"{pad}- {_leaf(each)}")


def _leaf(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, dict) and value:
        return f"{{name: {scalar(value['name'])}}}"
    return json.dumps(value)


def _is_reference(value: dict[str, Any]) -> bool:
    """Return whether a value names an object, which reads best on the line of what refers to it."""
    return len(value) == 1 and isinstance(name := value.get("name"), str) and _NAME.fullmatch(name) is not None
