"""Resources that are kept for a manifest which is about to take them, so that no two take one at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
    from scim_operator.job.owners.holdings import Holdings


class Reservations:
    """The manifest that each resource is kept for."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._takers: dict[tuple[str, Kind, str], ObjectKey] = {}

    def taker(self, key: ConfigKey, kind: Kind, id: str) -> ObjectKey | None:
        """Return the manifest that is about to take a resource of a config's service."""
        return self._takers.get((self._holdings.place(self._holdings[key]), kind, id)) if self._takers else None

    def reserve(self, key: ConfigKey, taker: ObjectKey, id: str) -> bool:
        """Keep a resource for a manifest; return whether it is kept for that one."""
        return self._takers.setdefault((self._holdings.place(self._holdings[key]), taker.kind, id), taker) == taker

    def release(self, key: ConfigKey, taker: ObjectKey) -> None:
        """Keep nothing for a manifest of a config any more: others look again at what it may have changed."""
        for place in [place for place, each in self._takers.items() if each == taker]:
            del self._takers[place]
            for holding in self._holdings:
                holding.moved(*place[1:], by=key)
