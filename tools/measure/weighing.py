"""The bytes of what a process holds, by owner, field and type."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_NOT_HELD = (type, ModuleType, FunctionType, BuiltinFunctionType)
"""What is there once, however many objects there are."""
MEBIBYTE = 1 << 20


@dataclass
class Weight:
    """The bytes of one owner, and their parts by type."""

    bytes: int = 0
    types: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, thing: object) -> None:
        """Count one object."""
        size, name = sys.getsizeof(thing), type(thing).__name__
        self.bytes += size
        self.types[name] += size
        self.counts[name] += 1


class Scales:
    """Weighs owners one after the other; what two of them hold counts for the first."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def ignore(self, *things: object) -> None:
        """Count these for no one."""
        self._seen.update(map(id, things))

    def weigh(self, things: Iterable[object]) -> Weight:
        """Return what these hold, and all that they lead to."""
        weight, waiting = Weight(), list(things)
        while waiting:
            thing = waiting.pop()
            if id(thing) in self._seen or isinstance(thing, _NOT_HELD):
                continue
            self._seen.add(id(thing))
            weight.add(thing)
            waiting += _referents(thing)
        return weight

    def fields(self, things: Iterable[Any]) -> dict[str, Weight]:
        """Return the same of dataclasses that are alike, field by field."""
        weights: dict[str, Weight] = {"itself": Weight()}
        for thing in things:
            self._seen.add(id(thing))
            weights["itself"].add(thing)
            for name in type(thing).__dataclass_fields__:
                found = self.weigh([getattr(thing, name)])
                held = weights.setdefault(name, Weight())
                held.bytes += found.bytes
                held.types += found.types
                held.counts += found.counts
        return weights


def _referents(thing: object) -> list[Any]:
    if isinstance(thing, MethodType):
        return [thing.__self__]
    if isinstance(thing, dict):  # Python does not tell of the keys where all are texts
        return [*thing.keys(), *thing.values()]
    return gc.get_referents(thing) if gc.is_tracked(thing) or isinstance(thing, tuple | frozenset) else []


def resident(pid: int | str = "self") -> int:
    """Return the resident memory of a process in bytes."""
    return _status(pid, "VmRSS")


def peak(pid: int | str = "self") -> int:
    """Return the most that was resident since `reset_peak`, or since its start."""
    return _status(pid, "VmHWM")


def reset_peak(pid: int | str = "self") -> None:
    """Begin to watch for the most that is resident."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _status(pid: int | str, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) << 10
