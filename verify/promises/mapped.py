"""Whether the service holds what a manifest says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.kube.resources import USERS
from verify.promises.documents import document_of, flat, path_of, paths_of, same

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from scim_operator.kube.client import Target
    from verify.promises.ground import Ground
    from verify.promises.state import State


def unlike(ground: Ground, state: State, target: Target, skipped: Container[str] = ()) -> list[str]:
    """Return what the service does not hold as a manifest has it, for the resource that is most like it."""
    shown = [document for id in ground.resources_of(target) if (document := ground.world.service.shown(id))]
    every = [[*_attributes(state, target, each, skipped), *_members(ground, state, target, each)] for each in shown]
    return min(every, key=len, default=["there is no resource"])


def _attributes(state: State, target: Target, shown: dict[str, Any], skipped: Container[str]) -> Iterator[str]:
    wanted, has = flat(document_of(target, state.objects[target])), flat(shown)
    mapped = {path_of(one["target"]) for one in state.rules(target).get("mappings") or ()}
    for path in (paths_of(target) & wanted.keys()) - mapped:
        value = None if wanted[path] == "" else wanted[path]
        if path not in skipped and not same(value, has.get(path)):
            yield path


def _members(ground: Ground, state: State, target: Target, shown: dict[str, Any]) -> Iterator[str]:
    wanted = None if target.resource == USERS else state.members(target)
    policy = state.objects[target]["spec"].get("membershipPolicy", "Exclusive")
    if wanted is None or policy == "Observe":
        return
    has = set(shown["members"])
    for user in wanted.sure:
        if (ids := ground.resources_of(user)) and not has & set(ids):
            yield f"the member {user.name}"
    for id in has if policy == "Exclusive" else ():
        if not wanted.may_have(ground.owners[("Users", id)]):
            yield f"without the member {id}"
