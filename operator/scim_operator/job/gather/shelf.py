"""Resources by id, packed: those of one service say nearly the same, so the first of them are the sample of the rest.

A hundred thousand users as JSON take a hundred megabytes, and packed a fifth of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.packing import SAMPLE, Packing, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, KeysView

EXAMPLES = 4
"""Resources that the sample is made of; they stay as they are."""
_OF_EACH = SAMPLE // EXAMPLES // 2
"""Bytes that the sample has of the beginning and of the end of each."""
_MARK = 8
"""Bytes of Python's own hash, which no one foresees: a text that differs has another, but for one in 2**64."""


class Shelf:
    """The JSON of resources. What is taken from it is what was put there, to the byte.

    `packs` False: each stays as it is, for a command that ends before memory matters.
    """

    __slots__ = ("_examples", "_kept", "_packing", "_packs")

    def __init__(self, *, packs: bool = True) -> None:
        self._packs = packs
        self._kept: dict[str, bytes] = {}
        self._examples: list[bytes] = []
        self._packing = Packing(b"")

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, id: object) -> bool:
        return id in self._kept

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def keys(self) -> KeysView[str]:
        """Return the ids, as they are at any time."""
        return self._kept.keys()

    def put(self, id: str, text: bytes) -> None:
        """Keep the JSON of a resource."""
        stays = not self._packs or len(self._examples) < EXAMPLES
        self._kept[id] = _mark(text) + (plain(text) if stays else self._packing.pack(text))
        if stays and self._packs:
            self._learn(text)

    def get(self, id: str) -> bytes | None:
        """Return the JSON of a resource, or None."""
        kept = self._kept.get(id)
        return None if kept is None else self._packing.unpack(kept[_MARK:])

    def has(self, id: str, text: bytes) -> bool:
        """Return whether the JSON of a resource is this one, without unpacking it."""
        kept = self._kept.get(id)
        return kept is not None and kept[:_MARK] == _mark(text)

    def drop(self, id: str) -> None:
        """Forget a resource."""
        self._kept.pop(id, None)

    def _learn(self, text: bytes) -> None:
        self._examples.append(text[:_OF_EACH] + text[_OF_EACH:][-_OF_EACH:])
        if len(self._examples) == EXAMPLES:
            self._packing = Packing(b"".join(self._examples))


def _mark(text: bytes) -> bytes:
    return hash(text).to_bytes(_MARK, "little", signed=True)
