"""What happened in a simulated world, in order: requests with what they changed, writes to Kubernetes, and edits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from verify.fates import Fate

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(slots=True)
class Exchange:
    """One request of an operator, to the service or to the API server, and what came of it.

    `before` and `after` are the resource or object that it is about, None where there is none.
    """

    sender: str
    to_service: bool
    method: str
    path: str
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    sent: float = 0.0
    arrived: float | None = None
    fate: Fate | None = None
    status: int = 0
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    retry_after: float = 0.0
    """The seconds that the answer asks to wait."""
    groups: frozenset[str] = frozenset()
    """The ids of the groups that a user was in who was to be deleted."""
    again: bool = False
    """Whether it is the second arrival of a duplicated request."""
    answered: bool = False
    """Whether its sender has the answer."""

    @property
    def writes(self) -> bool:
        """Return whether it may change something."""
        return self.method in WRITES

    @property
    def weighs(self) -> bool:
        """Return whether it may change what anyone asked for: no Event, and no Lease."""
        return self.writes and self.type not in {"events", "leases"}

    @property
    def changed(self) -> bool:
        """Return whether it did change something."""
        return self.before != self.after

    @property
    def type(self) -> str:
        """Return the endpoint, such as Users, or the plural name of a Kubernetes resource."""
        return self.path.strip("/").split("/")[0]

    @property
    def id(self) -> str:
        """Return the id in its path, or of what it created."""
        _, _, id = self.path.strip("/").partition("/")
        return id or str((self.after or {}).get("id", ""))

    def __str__(self) -> str:
        to = "service" if self.to_service else "api"
        fate = f" ({self.fate.value})" if self.fate is not None and self.fate.value != "fine" else ""
        return f"{self.sent:10.3f} {self.sender} → {to} {self.method} {self.path} {self.status or ''}{fate}"


@dataclass(slots=True)
class Deed:
    """What a person, the cluster or the campaign did, in words."""

    at: float
    words: str

    def __str__(self) -> str:
        return f"{self.at:10.3f} {self.words}"


class History:
    """Everything in order. Those in `watchers` see each exchange as it is sent, and again when it has taken effect."""

    def __init__(self) -> None:
        self.entries: list[Exchange | Deed] = []
        self.sending: list[Callable[[Exchange], None]] = []
        self.done: list[Callable[[Exchange], None]] = []
        self.ended: list[Callable[[Exchange], None]] = []
        self.writes = 0
        """Requests and Kubernetes writes so far that could change something, Events and Leases aside."""

    def sends(self, exchange: Exchange) -> None:
        """Note that a request leaves an operator."""
        for see in self.sending:
            see(exchange)

    def ends(self, exchange: Exchange) -> None:
        """Note that its sender waits for a request no longer, with an answer or without one."""
        for see in self.ended:
            see(exchange)

    def did(self, exchange: Exchange) -> None:
        """Note that a request has taken effect, or was refused."""
        self.entries.append(exchange)
        if exchange.weighs:
            self.writes += 1
        for see in self.done:
            see(exchange)

    def note(self, at: float, words: str) -> None:
        """Note what someone else did."""
        self.entries.append(Deed(at, words))

    def text(self, last: int = 0) -> str:
        """Return the newest entries, all with 0, a line each."""
        return "\n".join(str(entry) for entry in self.entries[-last:])
