"""The request log: requests, answers and their effects, numbered in the order of the effects."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scim_operator.simulator.messages import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scim_operator.simulator.messages import Reply, Request

_READS = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. `time` and `duration` are seconds; `status` 0 is a dropped connection.

    `violation`: it came while a Retry-After ran. `faults` took effect on it. `body` is kept only where asked for.
    """

    sequence: int
    time: float
    method: str
    path: str
    query: Mapping[str, str]
    status: int
    effect: Effect
    resource_id: str
    duration: float
    violation: bool = False
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    body: str = ""

    @property
    def reads(self) -> bool:
        """Returns whether it only asks: a GET, or a search."""
        return self.method in _READS or self.path.endswith("/.search")

    def document(self) -> dict[str, Any]:
        """Returns the JSON form."""
        return {**{name: getattr(self, name) for name in self.__dataclass_fields__}, "query": dict(self.query)}


@dataclass(slots=True)
class RequestLog:
    """The latest requests and the counts of all. `last` is the number of the newest entry, 0 when there is none."""

    limit: int = 200_000
    with_bodies: bool = False
    last: int = 0
    violations: int = 0
    reads: int = 0
    writes: int = 0
    methods: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    effects: Counter[str] = field(default_factory=Counter)
    _entries: deque[Entry] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._entries = deque(maxlen=self.limit)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def record(self, request: Request, reply: Reply, started: float, ended: float, *, violation: bool) -> Entry:
        """Adds an entry; `started` and `ended` are seconds of one clock."""
        self.last += 1
        entry = Entry(
            self.last,
            started,
            request.method,
            request.path,
            request.query,
            0 if reply.drop else reply.status,
            reply.effect,
            reply.resource_id,
            ended - started,
            violation,
            tuple(request.hits),
            reply.notes,
            request.body.decode(errors="replace") if self.with_bodies else "",
        )
        self._entries.append(entry)
        self._count(entry)
        return entry

    def since(self, sequence: int) -> list[Entry]:
        """Returns the entries with a greater number."""
        return [entry for entry in self._entries if entry.sequence > sequence]

    def changes(self, since: int = 0) -> list[Entry]:
        """Returns the entries that changed something at the service."""
        changing = {Effect.CREATED, Effect.MODIFIED, Effect.DELETED}
        return [entry for entry in self.since(since) if entry.effect in changing]

    def requests_to_write(self, since: int = 0) -> list[Entry]:
        """Returns the entries of requests for a change, with or without effect."""
        return [entry for entry in self.since(since) if not entry.reads]

    def clear(self) -> None:
        """Forgets entries and counts; the numbering goes on, so that `since` stays true."""
        self._entries.clear()
        self.violations = self.reads = self.writes = 0
        for counter in (self.methods, self.statuses, self.effects):
            counter.clear()

    def stats(self) -> dict[str, Any]:
        """Returns the counts."""
        return {
            "requests": self.reads + self.writes,
            "read": self.reads,
            "write": self.writes,
            "methods": dict(self.methods),
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "effects": dict(self.effects),
            "violations": self.violations,
            "last": self.last,
        }

    def _count(self, entry: Entry) -> None:
        self.methods[entry.method] += 1
        self.statuses[entry.status] += 1
        self.effects[entry.effect.value] += 1
        self.violations += entry.violation
        if entry.reads:
            self.reads += 1
        else:
            self.writes += 1
