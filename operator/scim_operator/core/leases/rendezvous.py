"""Which replica a service goes to: rendezvous hashing, so that one that comes or goes moves its share and no more.

The services of one namespace go together, and so do the namespaces that name one service: their manifests are read
once, a manifest that is deleted leaves all of its services under one hand, and one registry sees who claims what.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from scim_operator.core.leases.lease import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from scim_operator.core.leases.lease import Place


def neighbourhoods(places: Iterable[Place]) -> dict[Place, Place]:
    """Return for each place the one that stands for all that it must stay with, by namespaces and addresses."""
    heads: dict[Place, Place] = {}
    first: dict[tuple[bool, str], Place] = {}
    for place in sorted(places):
        heads[place] = place
        for side in ((False, place.namespace), (True, place.address)):
            if side[1]:
                _join(heads, place, first.setdefault(side, place))
    return {place: _head(heads, place) for place in heads}


def _join(heads: dict[Place, Place], one: Place, other: Place) -> None:
    low, high = sorted((_head(heads, one), _head(heads, other)))
    heads[high] = low


def _head(heads: Mapping[Place, Place], place: Place) -> Place:
    while heads[place] != place:
        place = heads[place]
    return place


def choices(places: Collection[Place], members: Mapping[str, Iterable[str]]) -> dict[Place, str]:
    """Return who is to have each place, "" where no one can; see `chosen`."""
    heads = neighbourhoods(places)
    return {place: chosen(heads[place], members) for place in places}


def chosen(head: Place, members: Mapping[str, Iterable[str]]) -> str:
    """Return who is to have a neighbourhood, "" where no one can. `members` are the live ones and what each watches."""
    able = [name for name, watched in members.items() if {EVERYWHERE, head.namespace} & {*watched}]
    return max(able, key=lambda name: (_weight(head, name), name), default="")


def _weight(head: Place, member: str) -> bytes:
    return hashlib.sha256(f"{head.namespace}\n{head.address}\n{member}".encode()).digest()
