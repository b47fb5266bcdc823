"""The end of a certificate (X.509, RFC 5280 section 4.1), read from its PEM form. Pure: OpenSSL shows it to no one."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 64 * 1024
"""Characters of a certificate that are read."""
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]{1,65536}?)-----END CERTIFICATE-----")
_SEQUENCE, _VERSION, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18
_BEFORE_VALIDITY = 3
"""Fields between the version and the validity: serialNumber, signature and issuer."""


class _Element(NamedTuple):
    """One element of DER: its tag and its content."""

    tag: int
    content: bytes


def end_of(pem: str) -> datetime | None:
    """Return `notAfter` of the first certificate in PEM, which is the owner's; None where none can be read."""
    block = _BLOCK.search(pem[:LARGEST])
    try:
        return None if block is None else _end(base64.b64decode("".join(block[1].split()), validate=True))
    except (binascii.Error, ValueError, IndexError):
        return None


def _end(der: bytes) -> datetime | None:
    [body] = _inside(next(_elements(der), _Element(0, b"")), _SEQUENCE)[:1]
    fields = _inside(body, _SEQUENCE)
    validity = fields[_BEFORE_VALIDITY + (fields[0].tag == _VERSION)]
    moment = _moment(_inside(validity, _SEQUENCE)[1])
    return moment if moment >= EARLIEST else None


def _inside(element: _Element, tag: int) -> list[_Element]:
    if element.tag != tag:
        raise ValueError("another element")
    return [*_elements(element.content)]


def _elements(der: bytes) -> Iterator[_Element]:
    """Yield elements one after another. Raises ValueError for one that is cut off, or without a definite length."""
    at = 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(der[at : at + size], "big"), at + size
            if not size:
                raise ValueError("no definite length")
        if at + length > len(der):
            raise ValueError("cut off")
        yield _Element(tag, der[at : at + length])
        at += length


def _moment(time: _Element) -> datetime:
    """Return an instant as section 4.1.2.5 has it: to the second, in UTC, with a century of two digits from 1950."""
    text = time.content.decode("ascii")
    if time.tag == _UTC_TIME and len(text) == len("YYMMDDHHMMSSZ"):
        text = ("19" if text[:2] >= "50" else "20") + text
    elif time.tag != _GENERALIZED_TIME:
        raise ValueError("no time")
    if len(text) != len("YYYYMMDDHHMMSSZ"):
        raise ValueError("no time of RFC 5280")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
