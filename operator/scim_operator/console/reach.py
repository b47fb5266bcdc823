"""Which namespaces a console shows: one, those that are named, or all that the person may read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.wording import some
from scim_operator.kube.client import Forbidden, Target
from scim_operator.kube.resources import CONFIGS, GROUPS, NAMESPACES, USERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.kube.client import KubeClient

FEW = 10
"""Namespaces that are named in a sentence."""
TOGETHER = 10
"""Namespaces that are tried at once."""


@dataclass(frozen=True, slots=True)
class Reach:
    """`namespaces` are those that are shown, () for all of the cluster; `unseen` says which may not be read."""

    namespaces: tuple[str, ...]
    unseen: str = ""

    @property
    def home(self) -> str:
        """Return the namespace, where it is one; "" for several."""
        return self.namespaces[0] if len(self.namespaces) == 1 and not self.unseen else ""

    def __str__(self) -> str:
        if not self.namespaces:
            return "All namespaces"
        word = "Namespace" if len(self.namespaces) == 1 else "Namespaces"
        return f"{word} {some(self.namespaces, FEW)}"


async def reach_of(client: KubeClient, named: Sequence[str]) -> Reach:
    """Return what may be read of these namespaces, none for all. Raises Forbidden where nothing may be read."""
    if not named:
        if not await _refusal(client, None):
            return Reach(())
        named = await _all(client)
    limit = asyncio.Semaphore(TOGETHER)

    async def tried(namespace: str) -> str:
        async with limit:
            return await _refusal(client, namespace)

    refusals = dict(zip(named, await asyncio.gather(*map(tried, named)), strict=True))
    readable = tuple(namespace for namespace, refusal in refusals.items() if not refusal)
    if not readable:
        raise Forbidden(next(iter(refusals.values()), "There is no namespace that you may read."))
    hidden = [namespace for namespace in named if refusals[namespace]]
    first = f"Not shown: {some(hidden, FEW)}. {refusals[hidden[0]]}" if hidden else ""
    return Reach(readable, first)


async def _all(client: KubeClient) -> list[str]:
    try:
        return sorted([each["metadata"]["name"] async for each in client.every(Target(NAMESPACES, None))])
    except Forbidden as error:
        raise Forbidden(
            "You may neither read users, groups and configs of all namespaces nor list the namespaces: name those that "
            "you may read, each with --namespace."
        ) from error


async def _refusal(client: KubeClient, namespace: str | None) -> str:
    """Return which right is missing to read a namespace, "" for none."""
    try:
        for resource in (CONFIGS, USERS, GROUPS):
            await client.page(Target(resource, namespace), limit=1)
    except Forbidden as error:
        return str(error)
    return ""
