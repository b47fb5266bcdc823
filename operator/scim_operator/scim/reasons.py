"""The reasons that a service gives for an error, wherever in the body they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.scim.values import attribute

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scim_operator.core.resource import JsonValue

LONGEST_TEXT = 4_000
"""Characters that are looked at of one text."""
MOST = 4
"""Reasons that are kept of one answer."""
DEEPEST = 4
"""Levels of nesting that are looked into."""

_TYPES = ("scimType", "type")
_MESSAGES = ("detail", "message", "msg", "error_description", "description", "reason", "title")
_PATHS = ("path", "field", "attribute", "pointer", "loc", "property", "target")
_CODES = ("code", "status", "schemas", "timestamp", "traceId", "requestId")
_NESTED = ("errors", "error", "details", "detail", "violations", "invalidParams", "invalid-params", "fields")


def reasons_in(content: Mapping[str, JsonValue]) -> tuple[str, str]:
    """Return the scimType and the reasons of an error body, "" where there is none. Neither is redacted.

    RFC 7644 section 3.12 has `scimType` and `detail`. VMware Identity Service and SCIM 1.1 nest them in `errors[]`;
    others have `details[]`, a list in `detail`, `error_description` (RFC 6749), or objects by field. A reason with a
    path is given as `path: message`.
    """
    found = list(_reasons(content, 0))
    types = [type for type, _ in found if type]
    texts = dict.fromkeys(text for _, text in found if text)
    return types[0] if types else "", "; ".join(list(texts)[:MOST])


def _reasons(content: JsonValue, depth: int) -> Iterator[tuple[str, str]]:
    """Yield the scimType and the text of each object that says something, the outermost first."""
    if depth > DEEPEST:
        return
    if isinstance(content, str):
        yield "", content[:LONGEST_TEXT]
    elif isinstance(content, list):
        for each in content[:MOST]:
            yield from _reasons(each, depth + 1)
    elif isinstance(content, dict):
        yield from _in_object(content, depth)


def _in_object(content: Mapping[str, JsonValue], depth: int) -> Iterator[tuple[str, str]]:
    described = _described(content)
    yield _text(content, _TYPES if depth else _TYPES[:1]), described
    for name in _NESTED:
        inner = attribute(content, name)
        if isinstance(inner, list | dict):
            yield from _reasons(inner, depth + 1)
    if depth and not described:
        yield from _by_field(content, depth)


def _by_field(content: Mapping[str, JsonValue], depth: int) -> Iterator[tuple[str, str]]:
    """Yield the reasons of an object whose names are fields, as `{"userName": ["is taken"]}`."""
    for field, value in list(content.items())[:MOST]:
        if field not in (*_NESTED, *_TYPES, *_PATHS, *_CODES) and isinstance(value, list | dict | str):
            yield from (("", f"{field}: {text}") for _, text in _reasons(value, depth + 1) if text)


def _described(content: Mapping[str, JsonValue]) -> str:
    message = _text(content, _MESSAGES)
    path = _path(content) if message else ""
    return f"{path}: {message}" if path and not message.startswith(path) else message


def _path(content: Mapping[str, JsonValue]) -> str:
    for name in _PATHS:
        value = attribute(content, name)
        if isinstance(value, list) and all(isinstance(part, str | int) for part in value):
            value = ".".join(map(str, value))
        if isinstance(value, str) and value:
            return value[:LONGEST_TEXT]
    return ""


def _text(content: Mapping[str, JsonValue], names: tuple[str, ...]) -> str:
    found = (attribute(content, name) for name in names)
    return next((value[:LONGEST_TEXT] for value in found if isinstance(value, str) and value), "")
