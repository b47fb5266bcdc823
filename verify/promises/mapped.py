"""Whether the service holds what a manifest says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scim_operator.kube.resources import USERS
from verify.promises.documents import document_of, flat, path_of, paths_of, profile_of, same

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from scim_operator.kube.client import Target
    from verify.promises.ground import Ground
    from verify.promises.state import State


Shown = Callable[[str], dict[str, Any] | None]
"""Returns a resource by its id, None where there is none."""


def unlike(
    ground: Ground, state: State, target: Target, skipped: Container[str] = (), shown: Shown | None = None
) -> list[str]:
    """Return what the service does not hold as a manifest has it, for the resource that is most like it."""
    show = shown or ground.world.service.shown
    there = [document for id in ground.ids_of(target) if (document := show(id))]
    every = [[*_attributes(state, target, one, skipped), *_members(ground, state, target, one, show)] for one in there]
    return min(every, key=len, default=["there is no resource"])


def _attributes(state: State, target: Target, shown: dict[str, Any], skipped: Container[str]) -> Iterator[str]:
    wanted, has = flat(document_of(target, state.objects[target])), flat(shown)
    mapped = {path_of(one["target"]) for one in state.rules(target).get("mappings") or ()}
    made_up = set() if state.objects[target]["spec"].get("externalId") else {"externalId"}  # an older mark may stay
    for path in (paths_of(target, profile_of(state.config)) & wanted.keys()) - mapped - made_up:
        value = None if wanted[path] == "" else wanted[path]
        if path not in skipped and not same(value, has.get(path)):
            yield path


def _members(ground: Ground, state: State, target: Target, shown: dict[str, Any], show: Shown) -> Iterator[str]:
    wanted = None if target.resource == USERS else state.members(target)
    policy = state.objects[target]["spec"].get("membershipPolicy", "Exclusive")
    if wanted is None or policy == "Observe":
        return
    has = set(shown["members"])
    for user in wanted.sure:
        ids = {id for id in ground.ids_of(user) if show(id) and not ground.has_lost(user, id)}
        if ids and not has & ids:
            yield f"the member {user.name}"
    for id in has if policy == "Exclusive" else ():
        if not wanted.may_have(ground.owners[("Users", id)]):
            yield f"without the member {id}"
