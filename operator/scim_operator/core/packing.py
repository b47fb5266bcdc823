"""JSON texts that resemble each other, kept small: what they have in common is in a sample, and not in each of them.

Reading one takes a few microseconds, as much as parsing it does. What is unpacked is what was packed, to the byte.
"""

from __future__ import annotations

import zlib

_WINDOW = -13
"""Deflate without header and checksum, over a window of 8 KiB: memory needs neither, and more is no smaller."""
_MEMORY = 6
_PLAIN, _DEFLATED = b"=", b"-"
THOROUGHLY = 16_384
"""Bytes up to which a text is packed thoroughly, which takes no longer for short ones."""
LARGEST = 262_144
"""Bytes of a text that is packed: a larger one would hold others up for more than some milliseconds."""
SAMPLE = 4_096
"""Bytes of a sample: each text that is packed or unpacked costs its reading."""


class Packing:
    """Packs texts, each for itself. `sample` is made of texts that are like those; only its end counts."""

    __slots__ = ("_sample",)

    def __init__(self, sample: bytes) -> None:
        self._sample = sample[-SAMPLE:]

    def pack(self, text: bytes) -> bytes:
        """Return what `unpack` makes the text of; of no text, nothing."""
        if not text or len(text) > LARGEST:
            return plain(text)
        level = 6 if len(text) <= THOROUGHLY else 1
        made = zlib.compressobj(level, zlib.DEFLATED, _WINDOW, _MEMORY, zlib.Z_DEFAULT_STRATEGY, self._sample)
        packed = b"".join((_DEFLATED, made.compress(text), made.flush()))
        return packed if len(packed) <= len(text) else plain(text)

    def unpack(self, packed: bytes) -> bytes:
        """Return the text."""
        if packed[:1] != _DEFLATED:
            return packed[1:]
        return zlib.decompressobj(_WINDOW, self._sample).decompress(packed[1:])


def plain(text: bytes) -> bytes:
    """Return what any packing makes the text of, whatever its sample."""
    return _PLAIN + text if text else b""
