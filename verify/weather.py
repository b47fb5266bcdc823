"""What befalls requests and watches on their way: how long they take, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from verify.fates import Fate, View

Choice = TypeVar("Choice")

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from verify.apiserver import Event
    from verify.history import Exchange


@dataclass(slots=True)
class Weather:
    """Draws what happens from one seeded source. All is fine until a share says otherwise; shares are from 0 to 1."""

    random: Random
    service: dict[Fate, float] = field(default_factory=dict)
    api: dict[Fate, float] = field(default_factory=dict)
    views: dict[View, float] = field(default_factory=dict)
    stale_lists: float = 0.0
    slowness: float = 0.02
    """The longest that one way takes, in seconds, on a day like any other."""
    forced: Callable[[Exchange], Fate | None] = lambda exchange: None
    """What a crash sweep wants for one certain request; None leaves it to the shares."""
    forced_view: Callable[[Event], View | None] = lambda event: None
    """What a watch makes of one certain event; None leaves it to the shares."""
    lists_as_of: int | None = None
    """The version of the API server that lists show for now, None for the newest."""
    hides: bool = False
    """Whether a watch lacks an event, or has another one, until everything is listed again."""

    def clear(self) -> None:
        """Let everything be fine from now on."""
        self.service, self.api, self.views, self.stale_lists = {}, {}, {}, 0.0
        self.forced = lambda exchange: None
        self.forced_view = lambda event: None
        self.lists_as_of = None

    def latency(self) -> float:
        """Return the seconds that one way takes."""
        return self.random.uniform(0.0005, self.slowness)

    def of(self, exchange: Exchange) -> Fate:
        """Return what becomes of a request to the service or to the API server."""
        shares = self.service if exchange.to_service else self.api
        return self.forced(exchange) or self._drawn(shares, Fate.FINE)

    def view(self, event: Event) -> View:
        """Return what a watch makes of an event."""
        return self.forced_view(event) or self._drawn(self.views, View.TRUE)

    def lists_stale(self) -> bool:
        """Return whether the next list comes from a cache that lags behind."""
        return self.random.random() < self.stale_lists

    def _drawn(self, shares: dict[Choice, float], otherwise: Choice) -> Choice:
        if not shares:
            return otherwise
        drawn = self.random.random()
        for choice, share in shares.items():
            drawn -= share
            if drawn < 0:
                return choice
        return otherwise
