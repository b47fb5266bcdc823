"""What a replica does about one Lease, as a table."""

from __future__ import annotations

from datetime import UTC, datetime
from math import inf

import pytest

from scim_operator.core.leases.lease import Lease, Moment, Seen
from scim_operator.core.leases.moves import PATIENCE, Move, Replica, move

NOW = Moment(100.0, datetime(2026, 11, 28, 20, 0, tzinfo=UTC))


def me(chosen: str = "me", *, pod: str = "", waited: float = 0.0, ready: bool = True) -> Replica:
    """This replica."""
    return Replica("me", pod, chosen, waited, ready)


def lease(holder: str, seen_for: float = 1.0, **more: str) -> Seen:
    """A Lease that has been seen as it is for some seconds."""
    return Seen(Lease(holder, **more), NOW.monotonic - seen_for, moved=True)


MOVES = [
    pytest.param(None, me(), Move.TAKE, id="none yet, and ours by choice"),
    pytest.param(None, me("other"), Move.WAIT, id="none yet, and another's by choice"),
    pytest.param(None, me("other", waited=PATIENCE), Move.TAKE, id="the one that is chosen does not come"),
    pytest.param(None, me(waited=-inf), Move.WAIT, id="never looked"),
    pytest.param(lease(""), me(), Move.TAKE, id="released, and ours by choice"),
    pytest.param(lease(""), me("other", waited=60), Move.WAIT, id="released just now, and another's by choice"),
    pytest.param(lease("", wanted="me"), me("other"), Move.TAKE, id="released to us"),
    pytest.param(lease("", wanted="other"), me(waited=60), Move.WAIT, id="released to another, and ours by choice"),
    pytest.param(lease("", 2.0, wanted="other"), me(waited=60), Move.TAKE, id="the same, and that one does not come"),
    pytest.param(lease("", 20.0), me("other", waited=60), Move.TAKE, id="released, and no one comes"),
    pytest.param(lease("other"), me("other"), Move.WAIT, id="another's, as chosen"),
    pytest.param(lease("other"), me(), Move.ASK, id="another's, and ours by choice"),
    pytest.param(lease("other"), me(ready=False), Move.WAIT, id="the same, and we could not serve yet"),
    pytest.param(lease("other", wanted="me"), me(), Move.WAIT, id="asked for already"),
    pytest.param(lease("other", 15.0), me(), Move.TAKE, id="another's that ended"),
    pytest.param(lease("other", 15.0), me("third", waited=60), Move.WAIT, id="ended, and a third's by choice"),
    pytest.param(lease("other", pod="p"), me("other", pod="p"), Move.TAKE, id="this pod's former process has it"),
    pytest.param(lease("other", pod=""), me("other", pod=""), Move.WAIT, id="two outside of pods are two"),
    pytest.param(lease("me"), me(), Move.RENEW, id="ours"),
    pytest.param(lease("me", 60.0), me(), Move.RENEW, id="ours, and it ended, and no one took it"),
    pytest.param(lease("me"), me("other"), Move.RENEW, id="ours, another's by choice, who does not ask"),
    pytest.param(lease("me", wanted="other"), me("other"), Move.GIVE, id="the one that is chosen asks"),
    pytest.param(lease("me", wanted="other"), me("third"), Move.RENEW, id="one asks that is not chosen"),
    pytest.param(lease("me", wanted="me"), me(), Move.RENEW, id="we asked for it ourselves"),
]


@pytest.mark.parametrize(("known", "replica", "expected"), MOVES)
def test_the_next_step(known: Seen | None, replica: Replica, expected: Move) -> None:
    assert move(known, replica, NOW) is expected
