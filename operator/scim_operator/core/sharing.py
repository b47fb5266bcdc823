"""One object in place of many that are equal: what a hundred thousand manifests repeat is in memory once.

Only what is used most is kept, so that texts which no two objects have in common push each other out again.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

T = TypeVar("T", bound="Hashable")

KEPT = 4096
"""Values that are kept; those that a large tenant repeats are a few dozen."""
LONGEST = 1024
"""Characters of a text that is worth being kept for others."""


def shared(value: T) -> T:
    """Return a value that is equal, and the same object for all who ask with an equal one.

    It must be immutable, with all its parts, and equal only to what may stand in its place: 1 and True are not.
    """
    return cast("T", _one(value))


def shared_text(text: str) -> str:
    """Return the same for a text; a long one is left as it is."""
    return shared(text) if len(text) <= LONGEST else text


def shared_name(name: str) -> str:
    """Return the same for a name, as long as anyone has it: however many there are, each is used in several places.

    What is no text, as in a manifest that no API server took, stays what it is.
    """
    return sys.intern(name) if type(name) is str else name


def shared_mapping(texts: Mapping[str, str]) -> Mapping[str, str]:
    """Return the same for a mapping of texts, which cannot be changed."""
    return _mapping(tuple(texts.items()))


@lru_cache(maxsize=KEPT, typed=True)
def _one(value: Hashable) -> Hashable:
    return value


@lru_cache(maxsize=KEPT)
def _mapping(items: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    return MappingProxyType(dict(items))
