"""LDAP's messages (RFC 4511 section 4): those that are sent, and what is read of those that come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.sources.ldap import ber
from scim_operator.sources.ldap.ber import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable

BASE, SUBTREE = 0, 2
PAGES = "1.2.840.113556.1.4.319"
"""The control for paged results (RFC 2696)."""
START_TLS = "1.3.6.1.4.1.1466.20037"
_BIND, _UNBIND, _SEARCH, _EXTENDED = 0x60, 0x42, 0x63, 0x77
_BOUND, _FOUND, _DONE, _REFERENCE, _ANSWERED = 0x61, 0x64, 0x65, 0x73, 0x78
_SIMPLE, _CONTROLS, _REQUEST_NAME = 0x80, 0xA0, 0x80
_DONE_TAGS = (_BOUND, _DONE, _ANSWERED)
UNSOLICITED = 0
"""The number of a message that answers none, such as a notice of disconnection."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry: its name, and its attributes with their values."""

    dn: str
    attributes: tuple[tuple[str, tuple[bytes, ...]], ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The end of an answer: its code, and where the next page begins, b"" where there is none."""

    code: int
    cookie: bytes = b""


@dataclass(frozen=True, slots=True)
class Reference:
    """A part of the directory that is on another server."""


Answer = Found | Done | Reference


def bind(number: int, dn: str, password: bytes) -> bytes:
    """Return the request to sign in."""
    return _message(number, ber.element(_BIND, ber.integer(3), ber.text(dn), ber.text(password, _SIMPLE)))


def start_tls(number: int) -> bytes:
    """Return the request for TLS on this connection."""
    return _message(number, ber.element(_EXTENDED, ber.text(START_TLS, _REQUEST_NAME)))


def unbind(number: int) -> bytes:
    """Return the farewell."""
    return _message(number, ber.element(_UNBIND))


def search(
    number: int, base: str, scope: int, filter: bytes, attributes: Iterable[str], page: tuple[int, bytes] | None = None
) -> bytes:
    """Return a search; `page` has the size of a page, and where it begins."""
    request = ber.element(
        _SEARCH,
        ber.text(base),
        ber.integer(scope, ber.ENUMERATED),
        ber.integer(0, ber.ENUMERATED),  # aliases are not followed
        ber.integer(0),
        ber.integer(0),
        ber.boolean(value=False),
        filter,
        ber.element(ber.SEQUENCE, *map(ber.text, attributes)),
    )
    return _message(number, request, b"" if page is None else _paged(*page))


def _paged(size: int, cookie: bytes) -> bytes:
    value = ber.element(ber.SEQUENCE, ber.integer(size), ber.text(cookie))
    return ber.element(_CONTROLS, ber.element(ber.SEQUENCE, ber.text(PAGES), ber.text(value)))


def _message(number: int, *parts: bytes) -> bytes:
    return ber.element(ber.SEQUENCE, ber.integer(number), *parts)


def read(message: bytes) -> tuple[int, Answer]:
    """Return the number of the request that a message answers, and the answer. Errors: Malformed."""
    [(tag, content)] = ber.elements(message)
    if tag != ber.SEQUENCE:
        raise Malformed
    (first, number), (operation, body), *rest = _at_least(2, content)
    if first != ber.INTEGER:
        raise Malformed
    controls = next((each for tag, each in rest if tag == _CONTROLS), b"")
    return ber.number(number), _answer(operation, body, controls)


def _at_least(count: int, content: bytes) -> list[tuple[int, bytes]]:
    found = list(ber.elements(content))
    if len(found) < count:
        raise Malformed
    return found


def _answer(operation: int, body: bytes, controls: bytes) -> Answer:
    if operation == _FOUND:
        return _found(body)
    if operation == _REFERENCE:
        return Reference()
    if operation in _DONE_TAGS:
        code, *_ = ber.only((ber.ENUMERATED, ber.OCTETS, ber.OCTETS), body)
        return Done(ber.number(code), _cookie(controls))
    raise Malformed


def _found(body: bytes) -> Found:
    name, listed, *_ = ber.only((ber.OCTETS, ber.SEQUENCE), body)
    attributes = []
    for tag, each in ber.elements(listed):
        if tag != ber.SEQUENCE:
            raise Malformed
        called, values, *_ = ber.only((ber.OCTETS, ber.SET), each)
        attributes.append((_text(called), tuple(value for _, value in ber.elements(values))))
    return Found(_text(name), tuple(attributes))


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Malformed from None


def _cookie(controls: bytes) -> bytes:
    for _, control in ber.elements(controls):
        name, *rest = [each for tag, each in ber.elements(control) if tag == ber.OCTETS] or [b""]
        if name == PAGES.encode() and rest:
            [(_, paged)] = ber.elements(rest[0])
            return ber.only((ber.INTEGER, ber.OCTETS), paged)[1]
    return b""
