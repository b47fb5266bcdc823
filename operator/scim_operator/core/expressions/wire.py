"""Reading protobuf's wire format, as far as a checked expression needs it.

The compiler hands its result out as a serialized `cel.expr.CheckedExpr`; nothing else here speaks protobuf, so its
library is not worth a dependency. https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Message = dict[int, list["bytes | int"]]
"""The values of a message by field number, in order: bytes where length-delimited, else an unsigned integer."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def message(data: bytes) -> Message:
    """Return the fields of a serialized message. Raises ValueError where the data is malformed."""
    fields: Message = {}
    for number, value in _fields(data):
        fields.setdefault(number, []).append(value)
    return fields


def one(fields: Message, number: int) -> Message:
    """Return the message in that field; an empty one where it is absent, as protobuf has it."""
    return message(data(fields, number))


def each(fields: Message, number: int) -> Iterator[Message]:
    """Yield the messages in that repeated field."""
    return (message(value) for value in fields.get(number, ()) if isinstance(value, bytes))


def data(fields: Message, number: int) -> bytes:
    """Return the bytes in that field, the last if there are several; b"" where it is absent."""
    value = fields.get(number, [b""])[-1]
    return value if isinstance(value, bytes) else b""


def text(fields: Message, number: int) -> str:
    """Return the text in that field; "" where it is absent."""
    return data(fields, number).decode()


def unsigned(fields: Message, number: int) -> int:
    """Return the integer in that field; 0 where it is absent."""
    value = fields.get(number, [0])[-1]
    return value if isinstance(value, int) else 0


def signed(fields: Message, number: int) -> int:
    """Return the int64 in that field, which is written in two's complement."""
    value = unsigned(fields, number)
    return value - (1 << 64) if value >> 63 else value


def double(fields: Message, number: int) -> float:
    """Return the double in that field."""
    (value,) = struct.unpack("<d", unsigned(fields, number).to_bytes(8, "little"))
    return float(value)


def _fields(source: bytes) -> Iterator[tuple[int, bytes | int]]:
    position = 0
    while position < len(source):
        key, position = _varint(source, position)
        value, position = _value(source, position, key & 7)
        yield key >> 3, value


def _value(source: bytes, position: int, kind: int) -> tuple[bytes | int, int]:
    if kind == _VARINT:
        return _varint(source, position)
    if kind == _BYTES:
        length, position = _varint(source, position)
        return source[position : position + length], position + length
    width = {_FIXED64: 8, _FIXED32: 4}.get(kind)
    if width is None:
        raise ValueError(f"wire type {kind}")
    return int.from_bytes(source[position : position + width], "little"), position + width


def _varint(source: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = source[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
