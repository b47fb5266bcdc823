"""Takes deletions back on a cluster: says so, waits for the operator's answers, and makes manifests anew (ADR 0037)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.annotations import RESTORED, UNDELETE
from scim_operator.core.records.record import FINALIZER
from scim_operator.core.records.undelete import answered, asked_for, made_anew
from scim_operator.core.wording import rfc3339
from scim_operator.errors import PreconditionFailed, Rejected, ScimOperatorError
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS, OF_KIND

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from scim_operator.kube.client import KubeClient, Manifest

MANAGER = "scim-operator-undelete"
"""Whose the fields of a new manifest are until they are given back to those who applied the old one."""
AT_ONCE = 8
"""Manifests that are away at the same time, at most."""
SOON, LATER = 0.5, 5.0
"""Seconds between two looks at the statuses, at first and at most."""
TRIES = 5

Manifests = dict[ObjectKey, "Manifest"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a namespace has of what was asked for: being deleted, there, or not there; and who else is being deleted."""

    leaving: Manifests
    there: frozenset[ObjectKey]
    absent: frozenset[ObjectKey]
    others: frozenset[ObjectKey]


@dataclass(slots=True)
class Outcome:
    """What became of the manifests: those that were put back, and why others were not, in words."""

    back: set[ObjectKey] = field(default_factory=set)
    failed: dict[ObjectKey, str] = field(default_factory=dict)
    unanswered: frozenset[str] = frozenset()
    """The configs that have not answered, so that nothing was made anew."""
    quiet: bool = True
    """Whether the operator has taken up all that were put back."""


async def look(client: KubeClient, namespace: str, wanted: Iterable[ObjectKey]) -> Found:
    """Return what there is of `wanted` in a namespace."""
    asked, listed = frozenset(wanted), await _listed(client, namespace)
    leaving = {key: body for key, body in listed.items() if "deletionTimestamp" in body["metadata"]}
    chosen = {key: body for key, body in leaving.items() if key in asked}
    there = frozenset(asked & listed.keys() - leaving.keys())
    return Found(chosen, there, asked - listed.keys(), frozenset(leaving.keys() - asked))


class Undeletion:
    """One call of the command, in one namespace. `patience`: seconds that the operator has to answer.

    `keep` takes what is about to be made anew before anything of it goes.
    """

    def __init__(
        self, client: KubeClient, namespace: str, patience: float, keep: Callable[[Iterable[Manifest]], None]
    ) -> None:
        self._client = client
        self._namespace = namespace
        self._patience = patience
        self._keep = keep
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._outcome = Outcome()

    async def put_back(self, leaving: Manifests) -> Outcome:
        """Put these manifests back, users before groups."""
        outcome, configs = self._outcome, await self._configs()
        await self._each(leaving, self._can_be_made)
        marked = {key: body for key, body in leaving.items() if key not in outcome.failed}
        await self._each(marked, self._say)
        waiting = marked.keys() - outcome.failed.keys()
        answers, missing = await self._answers(waiting, configs)
        outcome.unanswered = missing
        if missing:
            return outcome
        # One that has gone meanwhile has been let go by the operator: it is made anew without an answer.
        found = {key: answers.get(key, leaving[key]) for key in waiting - outcome.back}
        self._keep([made_anew(body) for body in found.values()])
        for kind in Kind:
            await self._each({key: body for key, body in found.items() if key.kind is kind}, self._replace)
        outcome.quiet = await self._taken_up(found, configs)
        return outcome

    async def _each(
        self, manifests: Mapping[ObjectKey, Manifest], do: Callable[[ObjectKey, Manifest], Awaitable[None]]
    ) -> None:
        async def one(key: ObjectKey, body: Manifest) -> None:
            async with self._at_once:
                try:
                    await do(key, body)
                except ScimOperatorError as error:
                    self._outcome.failed[key] = str(error)

        async with asyncio.TaskGroup() as group:
            for key, body in manifests.items():
                group.create_task(one(key, body))

    async def _can_be_made(self, key: ObjectKey, body: Manifest) -> None:
        """Ask whether the API server would take the manifest: what it refuses would be gone for good."""
        others = [name for name in body["metadata"].get("finalizers", ()) if name != FINALIZER]
        if others:
            raise Rejected(f"It is held by another finalizer, {others[0]}: have that taken off first.", status=409)
        try:
            await self._client.create(self._all_of(key), made_anew(body), dry_run=True, manager=MANAGER)
        except PreconditionFailed:
            return  # nothing but that it is still there

    async def _say(self, key: ObjectKey, body: Manifest) -> None:
        uid = body["metadata"]["uid"]
        said = {"annotations": {UNDELETE: f"{uid} {rfc3339(datetime.now(UTC))}"}, "uid": uid}
        if await self._client.patch(self._one(key), {"metadata": said}) is None:
            await self._make(key, body)

    async def _answers(self, keys: Iterable[ObjectKey], configs: frozenset[str]) -> tuple[Manifests, frozenset[str]]:
        """Return the manifests once each config has answered, or which configs have not in time."""
        asked, found, missing = frozenset(keys) - self._outcome.back, {}, configs

        async def all_answered() -> bool:
            nonlocal found, missing
            listed = await _listed(self._client, self._namespace)
            found = {key: body for key, body in listed.items() if key in asked and asked_for(body["metadata"])}
            missing = frozenset(name for body in found.values() for name in configs if not answered(body, name))
            return not missing

        await self._wait(all_answered)
        return found, missing

    async def _replace(self, key: ObjectKey, body: Manifest) -> None:
        """Let a manifest go and make it anew: between the two it counts as there for the operator."""
        for _ in range(TRIES):
            metadata = body["metadata"]
            released = {name: metadata[name] for name in ("uid", "resourceVersion")}
            try:
                await self._client.patch(self._one(key), {"metadata": {**released, "finalizers": None}})
            except PreconditionFailed:
                newest = await self._client.get(self._one(key))
                if newest is None or newest["metadata"]["uid"] != metadata["uid"]:
                    break
                body = newest
            else:
                break
        await self._make(key, body)

    async def _make(self, key: ObjectKey, body: Manifest) -> None:
        try:
            await self._client.create(self._all_of(key), made_anew(body), manager=MANAGER)
        except PreconditionFailed:
            if "deletionTimestamp" in (await self._client.get(self._one(key)) or {}).get("metadata", {}):
                raise
        # Else someone else was quicker, as Argo CD and Flux may be: the operator knows it by its name.
        self._outcome.back.add(key)

    async def _taken_up(self, before: Manifests, configs: frozenset[str]) -> bool:
        """Wait until each config has said what became of the new manifests; then they need nothing of the old ones."""
        asked = {key for key in before if key in self._outcome.back}
        listed: Manifests = {}

        async def all_said() -> bool:
            nonlocal listed
            listed = await _listed(self._client, self._namespace)
            return all(_is_said(listed.get(key, {}), before[key], configs) for key in asked)

        done = await self._wait(all_said)
        said = {key: listed[key] for key in asked if key in listed and _is_said(listed[key], before[key], configs)}
        await self._each(said, lambda key, body: self._finish(key, body, before[key]))
        return done

    async def _finish(self, key: ObjectKey, body: Manifest, before: Manifest) -> None:
        """Take off what the old status said, and give the fields back to those who applied them."""
        metadata = body["metadata"]
        theirs = [each for each in before["metadata"].get("managedFields", ()) if "subresource" not in each]
        since = [each for each in metadata.get("managedFields", ()) if each.get("manager") != MANAGER]
        kept = {name: metadata[name] for name in ("uid", "resourceVersion")}
        changes = {**kept, "annotations": {RESTORED: None}, "managedFields": [*theirs, *since]}
        try:
            await self._client.patch(self._one(key), {"metadata": changes})
        except PreconditionFailed:
            newest = await self._client.get(self._one(key))
            if newest is not None and RESTORED in (newest["metadata"].get("annotations") or {}):
                await self._finish(key, newest, before)

    async def _wait(self, holds: Callable[[], Awaitable[bool]]) -> bool:
        """Wait until something holds, as long as patience lasts; return whether it does."""
        pause, loop = SOON, asyncio.get_running_loop()
        end = loop.time() + self._patience
        while not await holds():
            if loop.time() + pause > end:
                return False
            await asyncio.sleep(pause)
            pause = min(2 * pause, LATER)
        return True

    async def _configs(self) -> frozenset[str]:
        """Return the configs of the namespace, as far as they are not being deleted."""
        listed = [each["metadata"] async for each in self._client.every(Target(CONFIGS, self._namespace))]
        return frozenset(each["name"] for each in listed if "deletionTimestamp" not in each)

    def _all_of(self, key: ObjectKey) -> Target:
        return Target(OF_KIND[key.kind], self._namespace)

    def _one(self, key: ObjectKey) -> Target:
        return Target(OF_KIND[key.kind], self._namespace, key.name)


def _is_said(body: Manifest, before: Manifest, configs: frozenset[str]) -> bool:
    """Return whether the status says of each config that knew the old manifest what became of the new one."""
    names = {each["config"] for each in _services(before)} & configs
    return names <= {each["config"] for each in _services(body) if "undelete" not in each}


def _services(body: Manifest) -> Iterable[Mapping[str, str]]:
    listed: Iterable[Mapping[str, str]] = (body.get("status") or {}).get("services", ())
    return listed


async def _listed(client: KubeClient, namespace: str) -> Manifests:
    """Return all manifests of a namespace, as they are made anew: items of a list lack their version."""
    return {
        ObjectKey(kind, namespace, body["metadata"]["name"]): {"apiVersion": resource.api_version, **body}
        for kind, resource in OF_KIND.items()
        async for body in client.every(Target(resource, namespace))
    }
