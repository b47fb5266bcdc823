"""What a replica does about one Lease next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scim_operator.core.leases.lease import Moment, Seen

PATIENCE = 10.0
"""Seconds that the one who is chosen has for taking a Lease that no one holds, before another does."""
PREFERENCE = 2.0
"""Seconds that the one to whom a Lease was released has for taking it, before the one who is chosen does."""
HASTE = 10.0
"""Seconds for which a Lease that another is to release to us is looked at often: it may never do so."""


class Move(Enum):
    """One step."""

    WAIT = "another holds it, or is to take it"
    TAKE = "write our name into it"
    RENEW = "we hold it, and go on"
    ASK = "another holds it that is ours by choice: ask for it"
    GIVE = "we hold it, and the one that is chosen asks for it"


@dataclass(frozen=True, slots=True)
class Replica:
    """One replica before one Lease: its name, its pod ("" outside of one), and who is chosen.

    `waited` is for how many seconds it has wanted the Lease, or seen none where there is none; `ready` is whether it
    could serve at once.
    """

    name: str
    pod: str
    chosen: str
    waited: float
    ready: bool = True


def is_coming(known: Seen | None, name: str, now: float) -> bool:
    """Return whether another is to release a Lease to `name` any moment, by its monotonic clock."""
    if known is None or known.lease.holder in ("", name) or known.lease.wanted != name:
        return False
    return now - known.asked < HASTE


def move(known: Seen | None, replica: Replica, now: Moment) -> Move:
    """Return the next step."""
    if known is None:
        return _free(replica, "", replica.waited) if replica.waited >= 0 else Move.WAIT
    lease = known.lease
    if lease.holder == replica.name:
        return Move.GIVE if lease.wanted == replica.chosen != replica.name and lease.wanted else Move.RENEW
    if lease.holder and replica.pod and lease.pod == replica.pod:
        return Move.TAKE  # a pod runs one process at a time: the former one has ended
    over = known.over(now)
    if over is not None:
        return _free(replica, lease.wanted, min(over, replica.waited))
    asks = replica.ready and replica.chosen == replica.name != lease.wanted
    return Move.ASK if asks else Move.WAIT


def _free(replica: Replica, wanted: str, waited: float) -> Move:
    """Take it if it was released to us; else who is chosen comes, and then anyone.

    The Leases of one neighbourhood are released to one replica. Another that holds itself for chosen, by who lived a
    moment ago, would get some of them, and neither would see who claims what at the service.
    """
    if replica.name == (wanted or replica.chosen):
        return Move.TAKE
    patience = PREFERENCE if replica.name == replica.chosen else PATIENCE
    return Move.TAKE if waited >= patience else Move.WAIT
