"""Single values of what a service or token endpoint sends: ids, members, counts and times. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from scim_operator.core.keys import ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.resource import Document, JsonValue

LONGEST_ID = 512
"""Characters of a resource's id: a UUID has 36, a distinguished name some hundred."""
MOST = 1_000_000_000
"""The greatest count that is believed to be one."""
LONGEST_LIFE = 10 * 365 * 86_400.0
"""Seconds. A token that lives longer than ten years is one whose life is not known."""


_NUMBER = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18})?")


class Unreadable(ValueError):  # noqa: N818 - as the errors of errors.py are named
    """The content cannot be used. The text is a clause that says why, and quotes nothing of it."""


def resource_id(value: JsonValue) -> str:
    """Return the id that a service gave a resource (RFC 7643 section 3.1), numbers as text. Raises Unreadable."""
    if type(value) is int:
        return str(value)
    if type(value) is not str:
        raise Unreadable(f"its id is {_KINDS.get(type(value), 'no text')}, and must be a text")
    if not value.strip():
        raise Unreadable("its id is empty")
    if len(value) > LONGEST_ID:
        raise Unreadable(f"its id has more than {LONGEST_ID} characters")
    if not value.isprintable() or value in (".", ".."):
        raise Unreadable("its id has unprintable characters, or is a step in a path")
    return value


_KINDS = {type(None): "missing", bool: "a boolean", float: "a decimal number", list: "a list", dict: "an object"}


def attribute(document: Mapping[str, JsonValue], name: str) -> JsonValue:
    """Return an attribute by its name, which is case-insensitive; None when absent."""
    if name in document:
        return document[name]
    wanted = name.lower()
    return next((value for key, value in document.items() if key.lower() == wanted), None)


def count(value: JsonValue) -> int | None:
    """Return a count, also from services that quote their numbers; None when it is not one."""
    if type(value) is str and len(value) <= 20 and value.isascii() and value.strip().isdecimal():
        value = int(value)
    return value if type(value) is int and 0 <= value <= MOST else None


def lifetime(value: JsonValue) -> float | None:
    """Return the seconds for which a token holds, given as a number or text; None where missing or not a time."""
    if type(value) is str:
        value = float(value) if _NUMBER.fullmatch(value.strip()) else None
    if type(value) not in (int, float):
        return None
    return float(value) if 0 < value <= LONGEST_LIFE else None


def members(value: JsonValue) -> list[Document]:
    """Return the members of a group, each with an id in its `value` where it names anyone. Raises Unreadable."""
    if value is None:
        return []
    if type(value) is not list:
        raise Unreadable("its members are no list")
    read: list[Document] = value
    if (ids := _ids(read)) is None:
        read = [_member(member) for member in value]
        ids = [member["value"] for member in read if "value" in member]
    text = "".join(ids)  # looked at as one, which takes a tenth of the time of looking at each
    if not _is_printable(text) or len(text) > LONGEST_ID * len(ids):
        raise Unreadable("the id of one of its members is too long, or has unprintable characters")
    return read


def _ids(members: list[Document]) -> list[str] | None:
    """Return the members' ids where each is a text that is there; None where they have to be looked at one by one."""
    try:
        ids = [member["value"] for member in members]
    except (KeyError, TypeError):
        return None
    return ids if all(ids) and _TEXT.issuperset(map(type, ids)) else None


_TEXT = frozenset({str})


def _is_printable(text: str) -> bool:
    return not text.encode().translate(None, _PRINTABLE) if text.isascii() else text.isprintable()


_PRINTABLE = bytes(range(0x20, 0x7F))


def _member(member: JsonValue) -> Document:
    """Return a member whose value is a text. One without a value is whom its `$ref` means; without either, no one."""
    if type(member) is not dict:
        raise Unreadable("one of its members is no object")
    value, kind = attribute(member, "value"), attribute(member, "type")
    member = {name: each for name, each in member.items() if name.lower() not in ("value", "type")}
    if value in (None, ""):
        meant, value = _referred(attribute(member, "$ref"))
        kind = kind or meant or None
    if value != "":
        member["value"] = resource_id(value)
    return member if kind is None else {**member, "type": kind}


def manager(value: JsonValue) -> JsonValue:
    """Return a user's manager with the id of whom its `$ref` means where it has no value; anything else as it is."""
    if type(value) is not dict or attribute(value, "value") not in (None, ""):
        return value
    kind, id = _referred(attribute(value, "$ref"))
    try:
        found = resource_id(id)
    except Unreadable:
        return value
    if kind != ResourceType.USER.value:
        return value
    return {**{name: each for name, each in value.items() if name.lower() != "value"}, "value": found}


def _referred(uri: JsonValue) -> tuple[str, str]:
    """Return type and id of the user or group at a URI, whole or relative; empty texts where it is of neither."""
    if type(uri) is not str:
        return "", ""
    endpoint, _, id = uri.partition("#")[0].partition("?")[0].rstrip("/").rpartition("/")
    found = _TYPES.get(endpoint.rpartition("/")[2].lower(), "")
    return (found, unquote(id)) if found else ("", "")


_TYPES = {type.endpoint.strip("/").lower(): type.value for type in ResourceType}
