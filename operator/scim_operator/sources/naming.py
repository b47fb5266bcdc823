"""Names of manifests: valid for Kubernetes, and made of what identifies a row alone, whatever else the source has.

So a name is the same in each run and in any order. Only where two rows come to the same name does it depend on both:
then each of them gets a part that is made of what is unique about it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST = 63
"""Characters of a name: a name of this length may be a label, and part of a mark, too."""
_DIGITS = 8
_OTHERS = re.compile(r"[^a-z0-9.]+")
_EDGES = re.compile(r"-*\.[-.]*")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a name is made of. `base` is what it shows, `unique` what no other row has, `kept` a name that is given."""

    base: str
    unique: str
    kept: str = ""


def names(wanted: Mapping[int, Wanted], noun: str) -> tuple[dict[int, str], tuple[tuple[int, ...], ...]]:
    """Return a name for each, and which of them would have had the same one; `noun` stands in where nothing shows."""
    first = {number: each.kept or name_of(each.base, each.unique, noun) for number, each in wanted.items()}
    counts = Counter(first.values())
    same: dict[str, list[int]] = {}
    for number, name in first.items():
        if counts[name] > 1 and not wanted[number].kept:
            same.setdefault(name, []).append(number)
            first[number] = told_apart(name, wanted[number].unique)
    return first, tuple(map(tuple, same.values()))


def name_of(base: str, unique: str, noun: str) -> str:
    """Return the name that a text gives; one that would lose something gets a part that is made of `unique`."""
    shown, whole = _shown(base)
    if not shown:
        return told_apart(noun, unique)
    return shown if whole and len(shown) <= LONGEST else told_apart(shown, unique)


def told_apart(name: str, unique: str) -> str:
    """Return the name with the digits of what is unique about a row."""
    digits = hashlib.sha256(unicodedata.normalize("NFC", unique).casefold().encode()).hexdigest()[:_DIGITS]
    return f"{name[: LONGEST - _DIGITS - 1].rstrip('-.')}-{digits}"


def doubles(named: Iterable[str]) -> frozenset[str]:
    """Return the names that stand more than once."""
    return frozenset(name for name, count in Counter(named).items() if count > 1)


def _shown(text: str) -> tuple[str, bool]:
    """Return what of a text a name can show, and whether no letter or digit is lost."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(each for each in decomposed if not unicodedata.combining(each))
    whole = all(each.isascii() for each in bare if each.isalnum())
    dashed = _OTHERS.sub("-", bare)
    return _EDGES.sub(".", dashed).strip("-."), whole
