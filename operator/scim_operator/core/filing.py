"""What is filed under each key: nearly always one thing, and then nothing is made to hold it.

A set takes 216 bytes even for one thing, a hundred thousand times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

K = TypeVar("K")
V = TypeVar("V")

MANY = 8
"""Things under one key from which on they are a set, in which each is found at once."""


class _Few(tuple[V, ...]):
    """Some things; a type of its own, because a thing that is filed may be a tuple."""

    __slots__ = ()


class _Many(set[V]):
    """Many things."""

    __slots__ = ()


_SEVERAL = (_Few, _Many)


class Filing(Generic[K, V]):
    """Things by key, each once under one key; in no order. A thing is no set."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[K, V | _Few[V] | _Many[V]] = {}

    def __len__(self) -> int:
        """Return how many keys have something."""
        return len(self._found)

    def __contains__(self, key: object) -> bool:
        return key in self._found

    def __iter__(self) -> Iterator[K]:
        """Iterate over the keys that have something."""
        return iter(self._found)

    def of(self, key: K) -> Collection[V]:
        """Return what is filed under a key, as it is now: it is not to be kept, nor walked through while it changes."""
        if key not in self._found:
            return ()
        found = self._found[key]
        return found if isinstance(found, _SEVERAL) else (found,)

    def add(self, key: K, thing: V) -> None:
        """File a thing under a key."""
        known = self.of(key)
        if thing in known:
            return
        if isinstance(known, _Many):
            known.add(thing)
        elif len(known) >= MANY:
            self._found[key] = _Many((*known, thing))
        else:
            self._found[key] = _Few((*known, thing)) if known else thing

    def discard(self, key: K, thing: V) -> None:
        """Take a thing away, if it is filed under the key."""
        known = self.of(key)
        if thing not in known:
            return
        if isinstance(known, _Many) and len(known) > MANY:
            known.discard(thing)
        else:
            self._keep(key, [each for each in known if each != thing])

    def mark(self, key: K, thing: V, *, present: bool) -> None:
        """File a thing under a key, or take it away there."""
        (self.add if present else self.discard)(key, thing)

    def move(self, thing: V, old: Iterable[K], new: Iterable[K]) -> None:
        """File a thing under the new keys in place of the old ones."""
        before, after = set(old), set(new)
        for key in before ^ after:
            self.mark(key, thing, present=key in after)

    def _keep(self, key: K, left: list[V]) -> None:
        if not left:
            del self._found[key]
        else:
            self._found[key] = _Few(left) if len(left) > 1 else left[0]
