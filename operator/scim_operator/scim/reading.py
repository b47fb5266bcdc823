"""Turns what a service or token endpoint sends into values that all other code may rely on. Nothing else parses it.

Pure. The sender may be hostile: sizes are judged before anything is made of them, and what cannot be used is refused
with a sentence. Names of members are case-insensitive (RFC 7643 section 2.1): of two that differ in case only, the one
in the RFC's own spelling counts, else the first.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import orjson

from scim_operator.core.resource import ENTERPRISE_USER
from scim_operator.errors import IncompleteListing, Unreachable, WrongService, WrongServiceReason
from scim_operator.scim.protocol import ERROR, LIST_RESPONSE, Page, Response
from scim_operator.scim.values import LONGEST_ID, Unreadable, attribute, count, manager, members, resource_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.resource import Document, JsonValue

LARGEST = 99 * 1024 * 1024
"""Bytes that one answer and what is parsed of it may take together: a group of 100,000 members takes some 90 MB."""
LIGHT = 1024 * 1024
"""Bytes of a body that needs no weighing: any such body takes less than a third of `LARGEST`."""
LARGEST_RESOURCE = 1024 * 1024
"""Characters of a resource besides its members."""
LARGEST_NOTE = 256 * 1024
"""Bytes of an error, of a token or of the provider's configuration."""
DEEPEST = 32
"""Levels of nesting. SCIM itself needs seven, a ListResponse's own included."""
LONGEST_VERSION = 256
_OBJECT, _ARRAY, _VALUE = 200, 72, 100
"""Bytes that an object, an array and a further value take at most in CPython, besides their text."""


class TooLarge(Unreadable):
    """It would take more memory than it may."""


class Oversized(IncompleteListing):
    """A page that is too large to be read, so that asking for it a second time is of no use."""


def parse(body: bytes | bytearray, *, at_most: int = LARGEST) -> JsonValue:
    """Return the JSON of a body that takes at most so many bytes, read and parsed. Raises Unreadable."""
    if len(body) > at_most or (len(body) > LIGHT and _weight(body) > at_most):
        raise TooLarge(f"it takes more than {at_most // 1024:,} KiB of memory")
    if body.startswith(b"\xef\xbb\xbf"):
        body = body[3:]
    try:
        value = orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise Unreadable("it is broken JSON") from error
    _refuse_depth(body, value)
    return value


def note(body: bytes | bytearray) -> Mapping[str, JsonValue]:
    """Return the object in a short answer, such as an error or a token; {} where there is none that can be read."""
    try:
        value = parse(body, at_most=LARGEST_NOTE)
    except Unreadable:
        return {}
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, dict) else {}


def read_page(response: Response, most: int | None = None) -> Page:
    """Return the page that a successful answer to a listing carries; `most` is how many resources were asked for.

    Raises IncompleteListing when it is broken, larger than asked or unusable; WrongService when it is no listing.
    """
    content = _page_content(response)
    bare = isinstance(content, list)
    resources = content if bare else attribute(content, "Resources")
    total = None if bare else count(attribute(content, "totalResults"))
    if resources is None and total is None and LIST_RESPONSE not in str(attribute(content, "schemas")):
        raise _not_scim("JSON that is no ListResponse")
    resources = resources or []
    if not isinstance(resources, list):
        raise IncompleteListing("The listing's Resources are no list; nothing was concluded.")
    if most is not None and len(resources) > most:
        raise Oversized(
            f"The service answered with {len(resources):,} resources where {most:,} were asked for; nothing was "
            "concluded. If it cannot page, set spec.service.capabilities.pageSize to more than it holds."
        )
    size = len(response.body)
    listed = [_listed(number, each, size) for number, each in enumerate(resources, 1)]
    return Page(listed, total, size, "" if bare else _cursor(attribute(content, "nextCursor")))


def _cursor(value: JsonValue) -> str:
    cursor = str(value) if type(value) is int else value or ""
    if type(cursor) is not str or len(cursor) > 8 * LONGEST_ID or not cursor.isprintable():
        raise IncompleteListing("The listing's nextCursor cannot be used; nothing was concluded.")
    return cursor


def read_resource(response: Response) -> Document | None:
    """Return the resource that a successful answer carries; None for an empty body (204, and some 200 and 201).

    Raises Unreachable (sent) when the answer cannot be used, and WrongService when it is something else than a JSON
    object.
    """
    if _is_blank(response.body):
        return None
    try:
        content = parse(response.body)
    except Unreadable as error:
        if is_web_page(response):
            raise _not_scim("a web page") from error
        raise _unusable(error) from error
    if not isinstance(content, dict):
        raise _not_scim("JSON that is no object")
    try:
        if len(response.body) > LIGHT:
            _refuse_bulk(content)
        _refuse_error(content)
        return resource(content, needs_id=False)
    except Unreadable as error:
        raise _unusable(error) from error


def resource(content: JsonValue, *, needs_id: bool = True) -> Document:
    """Return a resource whose own attributes (`_OWN`) are what RFC 7643 says, in its spelling. Raises Unreadable.

    Other attributes stay as they are: they are compared by meaning (`equality.py`), with any type. May change
    `content` itself.
    """
    if type(content) is not dict:
        raise Unreadable("it is no object")
    for name in _misspelt(tuple(content), _OWN):
        content.setdefault(_SPELT[name.lower()], content.pop(name))
    if needs_id or content.get("id") is not None:
        content["id"] = resource_id(content.get("id"))
    if "members" in content:
        content["members"] = members(content["members"])
    if ENTERPRISE_USER in content:
        _tidy_manager(content[ENTERPRISE_USER])
    if "meta" in content:
        _tidy_meta(content)
    if "schemas" in content:
        _tidy_schemas(content)
    return content


_OWN = ("id", "members", "meta", "schemas", ENTERPRISE_USER)
_SPELT = {name.lower(): name for name in _OWN}


def _misspelt(names: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that match wanted ones in another case."""
    return _known_misspelt(names, wanted) if len(names) <= MANY_NAMES else _find_misspelt(names, wanted)


def _find_misspelt(names: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in wanted and name.lower() in wanted)


MANY_NAMES = 64
_known_misspelt = lru_cache(maxsize=256)(_find_misspelt)
"""Remembered, for a service writes the same names in all its resources."""


def is_web_page(response: Response) -> bool:
    """Return whether the answer comes from something that talks to browsers: a proxy, a login page, a load balancer."""
    return "html" in response.headers.get("content-type", "").lower() or response.body[:64].lstrip()[:1] == b"<"


def refuse_web_page(response: Response) -> None:
    """Raise WrongService when what reports success is something that talks to browsers."""
    if is_web_page(response):
        raise _not_scim("a web page")


def _weight(body: bytes | bytearray) -> int:
    """Return the bytes that body and parsed value take at most, estimated before anything is parsed."""
    width = 1
    if not body.isascii() or b"\\u" in body:
        # One character beyond the basic plane makes four bytes of every other one in its text.
        width = 4 if any(lead in body for lead in _ASTRAL) else 2
    objects, arrays, values = body.count(b"{"), body.count(b"["), body.count(b",")
    return len(body) * (1 + width) + objects * _OBJECT + arrays * _ARRAY + values * _VALUE


_ASTRAL = (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4", b"\\ud", b"\\uD")


def _refuse_depth(body: bytes | bytearray, value: JsonValue) -> None:
    """Refuse what nests too deep. The brackets alone tell it in most cases, ten times as fast as a walk."""
    brackets = body.translate(None, _NO_BRACKETS)
    for _ in range(DEEPEST):
        if not brackets:
            return
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
    level = [value] if type(value) is dict or type(value) is list else []
    for _ in range(DEEPEST):
        level = [
            each
            for held in level
            for each in (held.values() if type(held) is dict else held)
            if type(each) is dict or type(each) is list
        ]
        if not level:
            return
    raise Unreadable(f"it nests deeper than {DEEPEST} levels")


_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def _refuse_bulk(content: JsonValue) -> None:
    """Refuse a resource that is large although few belong to it: it is kept, compared and copied again and again."""
    bulk, waiting = 0, [content]
    while waiting and bulk <= LARGEST_RESOURCE:
        held = waiting.pop()
        if type(held) is dict:
            bulk += sum(map(len, held))
            waiting += [value for name, value in held.items() if name.lower() != "members"]
        elif type(held) is list:
            waiting += held
        else:
            bulk += len(held) if type(held) is str else 8
    if bulk > LARGEST_RESOURCE:
        raise TooLarge(f"it has more than {LARGEST_RESOURCE // 1024:,} KiB besides members")


def _refuse_error(content: Mapping[str, JsonValue]) -> None:
    """Refuse a SCIM error (RFC 7644 section 3.12), even one that came with a success status."""
    schemas = attribute(content, "schemas")
    if isinstance(schemas, list) and any(type(each) is str and each.lower() == ERROR.lower() for each in schemas):
        raise Unreadable("it reports success, and is an error")


def _is_blank(body: bytes | bytearray) -> bool:
    return not body or body.isspace()


def _page_content(response: Response) -> JsonValue:
    if _is_blank(response.body):
        raise IncompleteListing("The service answered a listing with an empty body; nothing was concluded.")
    try:
        content = parse(response.body)
    except TooLarge as error:
        raise Oversized(
            f"A page of the listing cannot be read: {error}; nothing was concluded. Lower "
            "spec.service.capabilities.pageSize."
        ) from error
    except Unreadable as error:
        if is_web_page(response):
            raise _not_scim("a web page") from error
        raise IncompleteListing(f"A page of the listing cannot be read: {error}; nothing was concluded.") from error
    if not isinstance(content, dict | list):
        raise _not_scim("JSON that is no ListResponse")
    return content


def _listed(number: int, content: JsonValue, size: int) -> Document:
    """Return the resource at that place of a page of so many bytes."""
    try:
        if size > LIGHT:
            _refuse_bulk(content)
        return resource(content)
    except Unreadable as error:
        kind = Oversized if isinstance(error, TooLarge) else IncompleteListing
        raise kind(
            f"Resource {number} of a page of the listing cannot be used: {error}. Nothing was concluded."
        ) from error


def _tidy_manager(extension: JsonValue) -> None:
    """Have a manager named by id, as a member is."""
    if type(extension) is dict:
        for name in _misspelt(tuple(extension), ("manager",)):
            extension.setdefault("manager", extension.pop(name))
        if "manager" in extension:
            extension["manager"] = manager(extension["manager"])


def _tidy_meta(content: Document) -> None:
    """Keep a version only where it can be sent back in a header (RFC 9110 section 8.8.3)."""
    meta = content["meta"]
    if type(meta) is not dict:
        del content["meta"]
        return
    for name in _misspelt(tuple(meta), ("version",)):
        meta.setdefault("version", meta.pop(name))
    version = meta.get("version")
    if version is not None and not (type(version) is str and _is_token(version)):
        del meta["version"]


def _is_token(text: str) -> bool:
    """Return whether a header can carry it: visible ASCII without spaces."""
    return 0 < len(text) <= LONGEST_VERSION and text.isascii() and text.isprintable() and " " not in text


def _tidy_schemas(content: Document) -> None:
    try:
        "".join(content["schemas"])
    except TypeError:
        del content["schemas"]
    else:
        if type(content["schemas"]) is not list:
            del content["schemas"]


def _unusable(error: Unreadable) -> Unreachable:
    return Unreachable(f"The service's answer cannot be used: {error}. The request may have taken effect.")


def _not_scim(what: str) -> WrongService:
    said, between = f"The service answered with {what}, not with SCIM", "a proxy or a login page"
    url = "spec.service.url, which ends in /scim/v2 for VMware Identity Service"
    error = WrongService(f"{said}: check {url}, and for {between} in between.", reason=WrongServiceReason.NOT_SCIM)
    error.alone = f"{said}, and other requests with SCIM: look for {between} in between."
    return error
