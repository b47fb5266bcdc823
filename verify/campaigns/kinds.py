"""The kind of a fault: which promise is broken, or what sort of sentence it is, without who, when and how much."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PROMISE = re.compile(r"([^:]{1,40}) at \d+\.\d+: ")
_ERROR = re.compile(r"(\w+): ")
_VALUE = re.compile(r"\{[^}]*\}|\([^)]*\)|\[[^\]]*\]|'[^']*'|\S+@\S+|\b(?:None|True|False|\d+)\b")
_WHO = re.compile(r"\bthe (group|user|manifest) .+?(?=,| has | is )")


def kind(fault: str) -> str:
    """Return the kind of one fault of a campaign."""
    if named := _PROMISE.match(fault) or _ERROR.match(fault):
        return named[1]
    return _WHO.sub(r"the \1", _VALUE.sub("_", fault))


def kinds(faults: Iterable[str]) -> frozenset[str]:
    """Return the kinds of all of them."""
    return frozenset(map(kind, faults))
