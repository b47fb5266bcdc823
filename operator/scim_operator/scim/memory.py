"""Memory limits of listings: for all configs together, and for each config.

A hostile service must not have the pod ended, and all other configs with it, nor must several of them together. What a
config holds counts twice, because a sweep reads it again before it lets go of what it had: so what was listed once can
always be listed again. A quarter is reserved in portions of a 64th, one for each config, so that a small tenant can
list however much the others take; the rest is first come, first served.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from scim_operator.errors import IncompleteListing

if TYPE_CHECKING:
    from collections.abc import Hashable

MIB = 1 << 20
PROCESS, LEAST, MOST = 256 * MIB, 128 * MIB, 1536 * MIB
"""Bytes of the process without listings; bytes that listings may always take, and at most unless a flag says more."""
COPIES = 2
COMMON, PORTION = 3 / 4, 1 / 64
"""Parts of the whole: what is open to every config, and what is reserved for each."""
LIMIT_FLAG = "--listing-limit"


def listing_memory(container: int | None) -> int:
    """Return the bytes for all listings in a container with so many bytes (None: no limit)."""
    return MOST if container is None else max(LEAST, min(MOST, container - PROCESS))


class ListingMemory:
    """The memory that the configs of one operator share: `total` bytes.

    A config counts as long as anything holds its share: anyone who holds a listing also holds the client that read it.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self._shares: WeakValueDictionary[Hashable, Share] = WeakValueDictionary()

    def share(self, owner: Hashable) -> Share:
        """Return the part of one config: the same one for the next session while the last one's listings are kept."""
        return self._shares.setdefault(owner, Share(self))

    @property
    def taken(self) -> int:
        """Return the bytes that all configs take."""
        return sum(share.taken for share in list(self._shares.values()))

    def fits(self, share: Share) -> bool:
        """Return whether a config stays within its portion, or within what is open to every config."""
        portion = self.total * PORTION
        above = sum(max(0, each.taken - portion) for each in list(self._shares.values()))
        return (share.taken <= portion or above <= self.total * COMMON) and self.taken <= self.total


@dataclass(eq=False, slots=True, weakref_slot=True)
class Share:
    """The memory that the listings of one config take."""

    memory: ListingMemory
    _held: dict[Hashable, int] = field(default_factory=dict)
    _reading: dict[Hashable, int] = field(default_factory=dict)

    @property
    def taken(self) -> int:
        """Bytes, with the copies of the next sweep."""
        kinds = self._held.keys() | self._reading.keys()
        return COPIES * sum(max(self._held.get(kind, 0), self._reading.get(kind, 0)) for kind in kinds)

    def read(self, kind: Hashable, amount: int) -> None:
        """Note to how many bytes the listing under way has come. Raises IncompleteListing where that is too much."""
        before, self._reading[kind] = self._reading.get(kind, 0), amount
        if amount <= before or amount <= self._held.get(kind, 0) or self.memory.fits(self):
            return
        self._reading[kind] = before
        raise IncompleteListing(
            "The listing takes more memory than is left for it: all configs of the operator share "
            f"{self.memory.total // MIB:,} MiB; nothing was concluded. Check spec.service.url, and what the service "
            f"lists; for a tenant of that size raise the memory limit of the operator's container, and {LIMIT_FLAG} "
            "(the chart's listingLimit) where it is set."
        )

    def keep(self, kind: Hashable) -> None:
        """Note that the listing is complete, and takes the place of the one before."""
        self._held[kind] = self._reading.pop(kind, 0)

    def give_up(self, kind: Hashable) -> None:
        """Forget a listing that ended incomplete; do nothing for a complete one."""
        self._reading.pop(kind, None)
