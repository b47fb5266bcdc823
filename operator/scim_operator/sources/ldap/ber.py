"""The part of BER that LDAP uses (RFC 4511 section 5.1): tags of one byte, lengths that are definite."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BOOLEAN, INTEGER, OCTETS, ENUMERATED, SEQUENCE = 0x01, 0x02, 0x04, 0x0A, 0x30
SET = 0x31
_MOST_LENGTH = 5
"""Bytes of a length, its first included: four say up to 4 GiB."""


class Malformed(ValueError):  # noqa: N818 - as the errors of errors.py
    """Bytes that are no BER as LDAP uses it."""


def element(tag: int, *parts: bytes) -> bytes:
    """Return an element with its content."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(value: int, tag: int = INTEGER) -> bytes:
    """Return a number that is not negative."""
    return element(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def boolean(*, value: bool, tag: int = BOOLEAN) -> bytes:
    """Return a truth value."""
    return element(tag, b"\xff" if value else b"\0")


def text(value: str | bytes, tag: int = OCTETS) -> bytes:
    """Return a string."""
    return element(tag, value.encode() if isinstance(value, str) else value)


def size_of(head: bytes) -> tuple[int, int] | None:
    """Return the lengths of head and content of the element that begins so; None where more is needed to say.

    Errors: Malformed.
    """
    if len(head) < 2:
        return None
    first = head[1]
    if first < 0x80:
        return 2, first
    count = first & 0x7F
    if not 0 < count < _MOST_LENGTH:
        raise Malformed
    if len(head) < 2 + count:
        return None
    return 2 + count, int.from_bytes(head[2 : 2 + count], "big")


def elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the tag and the content of each element of a sequence. Errors: Malformed."""
    at = 0
    while at < len(content):
        sizes = size_of(content[at : at + 2 + _MOST_LENGTH])
        if sizes is None or at + sum(sizes) > len(content):
            raise Malformed
        head, size = sizes
        yield content[at], content[at + head : at + head + size]
        at += head + size


def number(content: bytes) -> int:
    """Return the number of an INTEGER or ENUMERATED. Errors: Malformed."""
    if not 0 < len(content) <= 8:
        raise Malformed
    return int.from_bytes(content, "big", signed=True)


def only(tags: tuple[int, ...], content: bytes) -> list[bytes]:
    """Return the contents of elements that must have these tags, in order; more may follow. Errors: Malformed."""
    found = list(elements(content))
    if tuple(tag for tag, _ in found[: len(tags)]) != tags:
        raise Malformed
    return [each for _, each in found]
