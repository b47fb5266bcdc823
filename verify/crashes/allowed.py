"""What may end otherwise, and why: where the cluster breaks what Kubernetes promises, or does what its manual forbids.

In every case nothing may be there twice, no part of the operator may end, and it must come to rest.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from verify.crashes.blows import Blow
from verify.crashes.views import Lie

if TYPE_CHECKING:
    from verify.crashes.ending import Ending
    from verify.crashes.views import Sight

ALL = ("users", "groups", "manifests", "config")
_LATER = frozenset({"delete-later", "group-emptied"})
"""Scenarios in which something is noted to be deleted later."""
_RESTORED = frozenset({Lie.RESTORED, Lie.RESTORED_UNDER})
_WITHIN_LIMITS = frozenset({"few-at-a-time"})
"""Scenarios at whose limits it matters what was booked: what a killed operator booked and did not send counts twice."""


def compared(scenario: str, wrong: Blow | Sight) -> tuple[str, ...]:
    """Return which parts of an ending must be as they are where nothing goes wrong.

    A list that is older than a write that was answered: Kubernetes promises that a list without a resourceVersion is
    the newest. A leaver whose manifest has gone may be enabled again by a manifest that is no more.

    Two operators at once, without Leases, as an older release is: AnotherOperator reports them. Each keeps its own list
    of what is to be deleted later, so what one has noted may stay, disabled or emptied.
    """
    if scenario in _WITHIN_LIMITS:
        return ()
    if isinstance(wrong, Blow):
        return () if wrong.stale else ALL
    if wrong.lie is Lie.STALE:
        return ()
    return ("manifests", "config") if wrong.lie is Lie.SECOND and scenario in _LATER else ALL


def as_restored(ending: Ending, wrong: Blow | Sight) -> Ending:
    """Return an ending as a backup of etcd may leave it.

    What left the scope after the backup was made, and was not looked at before, is as if it had never been in it: of
    that nothing is said.
    """
    if isinstance(wrong, Blow) or wrong.lie not in _RESTORED:
        return ending
    lines = (line.replace("['True OutOfScope'] []", "[' '] []") for line in ending.manifests)
    return replace(ending, manifests=tuple(sorted(lines)))


def twice(ending: Ending) -> str:
    """Return what is there twice, a line each; empty where nothing (promise S2)."""
    names = Counter(one.rpartition("('userName', ")[2] for one in ending.users)
    names.update(one.partition("('displayName', ")[2].partition(")")[0] for one in ending.groups)
    return "\n".join(f"  twice: {name}" for name, count in names.items() if count > 1)
