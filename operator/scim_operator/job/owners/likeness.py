"""Compares what two configs list at two addresses, to find that both are one service."""

from __future__ import annotations

from functools import reduce
from itertools import islice
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import ObjectKey, ResourceType
from scim_operator.core.service.likeness import is_same_resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.job.gather.remote_index import RemoteIndex
    from scim_operator.job.owners.holding import Holding
    from scim_operator.scim.clock import Clock

MOST = 1000
"""Ids in common that are looked at: for one service with two addresses, the first is enough."""
BREATH = 100


async def shared(mine: Holding, other: Holding, clock: Clock) -> str | None:
    """A resource that both hold, as a message names it; None where there is none, or nothing is known of one."""
    assert mine.knowledge is not None  # noqa: S101 - asked of who has listed
    for type in ResourceType:
        index, listed = mine.knowledge.index[type], _listed(other, type)
        await clock.sleep(0)
        for number, id in enumerate(islice(index.common(listed), MOST)):
            one, another = index.get(id), _resource(other, listed, id)
            if one and another and is_same_resource(one, another):
                return f"the {type.value.lower()} {_shown(mine, other, id)}"
            if number % BREATH == BREATH - 1:
                await clock.sleep(0)
    return None


def _shown(mine: Holding, other: Holding, id: str) -> str:
    """Return the id, unless it is sensitive for one of the two."""
    known = (holding.knowledge for holding in (mine, other) if holding.knowledge is not None)
    return reduce(lambda shown, knowledge: knowledge.shown_id(shown), known, id)


def _listed(holding: Holding, type: ResourceType) -> RemoteIndex | Mapping[str, ObjectKey]:
    """Return what a config has listed; while it has not yet, or begins a new session, the manifests by their ids."""
    index = holding.knowledge.index[type] if holding.knowledge is not None else None
    return index if index is not None and index.listed else holding.owned(type.kind)


def _resource(holding: Holding, listed: RemoteIndex | Mapping[str, ObjectKey], id: str) -> dict[str, Any] | None:
    found = listed.get(id)
    return _described(holding, found, id) if isinstance(found, ObjectKey) else found


def _described(holding: Holding, owner: ObjectKey, id: str) -> dict[str, Any] | None:
    """Return the resource as its manifest describes it."""
    record = holding.namespace.get(owner.kind, owner.name)
    return {**record.document, "id": id} if record is not None else None
