"""Faults that the simulated service makes on purpose, as small values that are switched on and off.

A fault takes effect on the requests that its method and path prefix select, on every `every`-th of them, at most
`times` times. It is consulted where it matters, so that a request it cannot bear on does not use it up.
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from scim_operator.errors import InvalidSpec
from scim_operator.simulator.catalogue import CATALOGUE, FaultName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["Fault", "FaultBook", "FaultName"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. Raises InvalidSpec when `value` is not one that the fault of this name can have.

    Args:
        name: see `catalogue.CATALOGUE`.
        value: its setting; empty takes the catalogue's default.
        method: only requests with this method; None takes all.
        path: only requests whose path below the base URL starts so, for example `/Groups`; None takes all.
        times: how often it takes effect before it goes away; None never ends.
        every: takes effect on every n-th request that it could.
    """

    name: FaultName
    value: str = ""
    method: str | None = None
    path: str | None = None
    times: int | None = None
    every: int = 1

    def __post_init__(self) -> None:
        entry = CATALOGUE[self.name]
        if not self.value:
            object.__setattr__(self, "value", entry.default)
        if not re.fullmatch(entry.pattern, self.value):
            raise InvalidSpec(f"The fault {self.name.value} takes {entry.values}; give it one of these values.")
        if self.every < 1 or (self.times is not None and self.times < 1):
            raise InvalidSpec(f"The fault {self.name.value} takes `times` and `every` from 1 up.")

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Reads `NAME[=VALUE][;method=M][;path=P][;times=N][;every=N]`; raises InvalidSpec."""
        head, *limits = text.split(";")
        name, _, value = head.partition("=")
        options = dict(_option(limit) for limit in limits)
        return cls.of({"name": name, "value": value, **options})

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Fault:
        """Reads the JSON form, with the fields of this class as keys; raises InvalidSpec."""
        unknown = sorted(set(document) - set(cls.__dataclass_fields__))
        if unknown:
            raise InvalidSpec(
                f"A fault has no field {unknown[0]}; its fields are {', '.join(cls.__dataclass_fields__)}."
            )
        method = document.get("method")
        return cls(
            name=_name(str(document.get("name", "")).strip()),
            value=str(document.get("value") or ""),
            method=str(method).upper() if method else None,
            path=str(document["path"]) if document.get("path") else None,
            times=_number("times", document.get("times")),
            every=_number("every", document.get("every")) or 1,
        )

    def document(self) -> dict[str, Any]:
        """Returns the JSON form, without what is not set."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    def selects(self, method: str, path: str) -> bool:
        """Returns whether a request is among those that this fault is restricted to."""
        return self.method in {None, method} and (self.path is None or path.startswith(self.path))


def _name(text: str) -> FaultName:
    try:
        return FaultName(text)
    except ValueError:
        raise InvalidSpec(f"There is no fault of that name; the faults are {', '.join(FaultName)}.") from None


def _option(text: str) -> tuple[str, str]:
    key, mark, value = text.strip().partition("=")
    if not mark:
        raise InvalidSpec(
            "A fault is written NAME=VALUE;method=GET;path=/Users;times=3;every=5; each part needs a `=`."
        )
    return key, value


def _number(key: str, value: object) -> int | None:
    if value is None:
        return None
    try:
        return int(str(value))
    except ValueError:
        raise InvalidSpec(f"The field {key} of a fault is a whole number.") from None


@dataclass(slots=True)
class _Armed:
    """A fault with its counters. `tokens` and `filled` are the bucket of a rate limit."""

    fault: Fault
    left: int | None
    seen: int = 0
    tokens: float = math.nan
    filled: float = 0.0

    def take(self) -> bool:
        self.seen += 1
        if self.seen % self.fault.every:
            return False
        if self.left is not None:
            self.left -= 1
        return True


@dataclass(slots=True)
class _Wait:
    """A Retry-After that runs: requests that the fault selects are violations from `since` until `until`."""

    fault: Fault
    since: float
    until: float


@dataclass(slots=True)
class FaultBook:
    """The faults in force. `clock` gives seconds and is the one that waits are measured with."""

    clock: Callable[[], float] = time.monotonic
    grace: float = 0.05
    idle: bool = True
    _armed: dict[FaultName, list[_Armed]] = field(default_factory=dict)
    _waits: list[_Wait] = field(default_factory=list)

    def __iter__(self) -> Iterator[Fault]:
        return (armed.fault for group in self._armed.values() for armed in group)

    def add(self, *faults: Fault | str) -> None:
        """Switches faults on, beside those in force; a string is read by `Fault.parse`."""
        for given in faults:
            fault = Fault.parse(given) if isinstance(given, str) else given
            self._armed.setdefault(fault.name, []).append(_Armed(fault, fault.times))
            self.idle = False

    def replace(self, faults: Iterable[Fault]) -> None:
        """Switches off what is in force and on what is given."""
        self.clear()
        self.add(*faults)

    def clear(self, name: FaultName | None = None) -> None:
        """Switches off all faults, or those of one name; a Retry-After that was sent keeps running."""
        if name is None:
            self._armed.clear()
        else:
            self._armed.pop(name, None)
        self.idle = not self._armed

    def forget_waits(self) -> None:
        """Lets no Retry-After run any more."""
        self._waits.clear()

    def take(self, name: FaultName, method: str, path: str) -> Fault | None:
        """Returns the fault of that name that takes effect on this request, counted; None when there is none."""
        for armed in self._armed.get(name, ()):
            if armed.fault.selects(method, path) and armed.take():
                self._retire(armed)
                return armed.fault
        return None

    def peek(self, name: FaultName, method: str, path: str) -> str | None:
        """Returns the value of the first fault of that name that selects this request, without counting it."""
        found = (armed.fault.value for armed in self._armed.get(name, ()) if armed.fault.selects(method, path))
        return next(found, None)

    def counted(self, name: FaultName) -> int:
        """Returns how often the faults of that name were asked for."""
        return sum(armed.seen for armed in self._armed.get(name, ()))

    def limited(self, method: str, path: str) -> tuple[Fault, float] | None:
        """Returns the rate limit that this request exceeds and the seconds to wait, or None; takes one token."""
        now = self.clock()
        for armed in self._armed.get(FaultName.RATE_LIMIT, ()):
            if armed.fault.selects(method, path):
                wait = _draw(armed, now)
                if wait > 0:
                    return armed.fault, wait
        return None

    def reported(self, fault: Fault, seconds: float) -> None:
        """Notes that a client was just asked to wait; later requests that `fault` selects are violations."""
        now = self.clock()
        self._waits = [wait for wait in self._waits if wait.until > now]
        self._waits.append(_Wait(fault, now + self.grace, now + seconds))

    def violated(self, method: str, path: str) -> bool:
        """Returns whether a request that arrives now comes while a Retry-After runs."""
        if not self._waits:
            return False
        now = self.clock()
        return any(wait.since <= now < wait.until and wait.fault.selects(method, path) for wait in self._waits)

    def _retire(self, armed: _Armed) -> None:
        if armed.left == 0:
            group = self._armed[armed.fault.name]
            group.remove(armed)
            if not group:
                self.clear(armed.fault.name)


def _draw(armed: _Armed, now: float) -> float:
    """Takes one token from the bucket; gives the seconds until there is one when there is none."""
    rate, _, burst = armed.fault.value.partition("/")
    per_second, size = float(rate), float(burst or rate)
    size = max(size, 1.0)
    full = size if math.isnan(armed.tokens) else armed.tokens + (now - armed.filled) * per_second
    armed.tokens, armed.filled = min(full, size), now
    if armed.tokens >= 1:
        armed.tokens -= 1
        return 0.0
    return (1 - armed.tokens) / per_second
