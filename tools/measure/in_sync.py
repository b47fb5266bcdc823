"""A tenant of any size that is in sync already, in seconds: for what is measured of an operator at rest.

The operator itself provisions the first group and its users. What it leaves of them in etcd is the pattern of all
others: they are written there past the API server, with ids, identities and proofs by the operator's own code and key,
and the service is given their resources. An operator that starts over them has nothing to write
(`tests/envtest/test_in_sync.py`).
"""

from __future__ import annotations

import base64
import json
import random
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.status import entry_from_json, entry_to_json
from scim_operator.core.seal import Seal
from scim_operator.job.base.settings import settings_of
from scim_operator.job.gather.remembering import remembered
from tools import bench_bare
from tools.cluster.etcd import Etcd
from tools.cluster.progress import say
from tools.live import kube
from tools.live.stage import CONFIG, Stage, staged
from tools.measure.people import GROUP_SIZE, create_all, everyone, group, user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane
    from tools.live.kube import Manifest

PATIENCE = 300.0
KEY_SECRET, KEY_NAMESPACE = "scim-operator-key", "default"
REGISTRY = f"/registry/{kube.GROUP}"
SEEDED = 5_000
"""Resources that the service is given in one request."""
_DRAWN = 1
"""Ids are drawn, so that they have no order, and are the same each time."""


@dataclass(frozen=True)
class Population:
    """Twenty users or more, groups of twenty of them, at least one; with `everyone`, one more group of so many."""

    users: int
    groups: int
    everyone: int = 0

    @classmethod
    def of(cls, objects: int) -> Population:
        """Return so many objects, nine users to one group."""
        groups = objects // 10
        return cls(objects - groups, groups)

    @property
    def objects(self) -> int:
        return self.users + self.groups + bool(self.everyone)


@dataclass(frozen=True)
class Pattern:
    """One object that the operator provisioned, as etcd has it."""

    kind: Kind
    body: Manifest

    def copy(self, manifest: Manifest, uid: str) -> Manifest:
        """Return the same with the name and the spec of a manifest, and without a status."""
        metadata = {**self.body["metadata"], "name": manifest["metadata"]["name"], "uid": uid}
        return {**self.body, "metadata": metadata, "spec": {**self.body["spec"], **manifest["spec"]}}


class Copier:
    """Makes objects and their resources after the patterns of a stage; `ids` are those of the first users."""

    def __init__(self, patterns: dict[Kind, Pattern], config: Manifest, key: bytes, ids: dict[str, str]) -> None:
        self._patterns = patterns
        self._notary = remembered(settings_of(config), config["status"], Seal(key)).notary
        self._draw = random.Random(_DRAWN)  # noqa: S311 - no secret
        self._ids = ids

    @cached_property
    def _entries(self) -> dict[Kind, Any]:
        return {kind: each.body["status"]["services"][0] for kind, each in self._patterns.items()}

    def new_id(self) -> str:
        return str(uuid.UUID(int=self._draw.getrandbits(128), version=4))

    def resource(self, manifest: Manifest) -> dict[str, Any]:
        """Return what the operator would have created, with an id of its own."""
        namespace, name = manifest["metadata"]["namespace"], manifest["metadata"]["name"]
        if manifest["kind"] == "ScimUser":
            self._ids[name] = self.new_id()
            mails = [{"type": each["type"], "value": each["value"]} for each in manifest["spec"]["emails"]]
            return {"id": self._ids[name], **bench_bare.document(manifest, namespace), "emails": mails}
        members = [{"value": self._ids[each["userRef"]["name"]]} for each in manifest["spec"]["members"]]
        return {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "id": self.new_id(),
            "externalId": f"{namespace}/{name}",
            "displayName": manifest["spec"]["displayName"],
            "members": members,
        }

    def stored(self, manifest: Manifest, resource: dict[str, Any]) -> tuple[str, bytes]:
        """Return key and value in etcd of an object that the operator has provisioned as this resource."""
        kind, namespace = Kind(manifest["kind"]), manifest["metadata"]["namespace"]
        name = manifest["metadata"]["name"]
        body, shown = self._patterns[kind].copy(manifest, self.new_id()), self._entries[kind]
        known = replace(
            entry_from_json(shown), id=resource["id"], identity=self._notary.identity(kind, resource), proof=""
        )
        entry = self._notary.signed(ObjectKey(kind, namespace, name), known)
        body["status"] = {**body["status"], "services": [entry_to_json(entry, shown, "")]}
        return stored_at(kind, namespace, name), orjson.dumps(body)


def stored_at(kind: Kind, namespace: str, name: str) -> str:
    """Return where etcd has an object."""
    return f"{REGISTRY}/{kube.PLURALS[kind]}/{namespace}/{name}"


@asynccontextmanager
async def in_sync(
    plane: ControlPlane,
    namespace: str,
    folder: Path,
    population: Population,
    **spec: Any,  # noqa: ANN401 - JSON
) -> AsyncIterator[Stage]:
    """Provide a stage in a new namespace with such a tenant, and no operator; `spec` overrides parts of the config."""
    plane.kubectl("create", "namespace", namespace)
    async with staged(plane, namespace, folder) as stage, aiohttp.ClientSession() as session:
        etcd = Etcd(session, plane.etcd)
        copier = await _copier(stage, etcd, population, spec)
        for manifests in (_users(population, namespace), _groups(population, namespace)):
            for some in _some(manifests):
                resources = [copier.resource(each) for each in some]
                await stage.service.seed(some[0]["kind"].removeprefix("Scim") + "s", resources)
                await etcd.put(map(copier.stored, some, resources))
        await stage.kube.until_listed(population.objects)
        say(f"{population.objects} objects are in sync")
        yield stage


async def _copier(stage: Stage, etcd: Etcd, population: Population, spec: dict[str, Any]) -> Copier:
    """Let the operator provision the first group and its users, and learn from them."""
    namespace = stage.kube.namespace
    await create_all(stage.kube, [user(number, namespace) for number in range(GROUP_SIZE)])
    await create_all(stage.kube, [group(0, population.users, namespace)])
    stage.start_operator()
    async with stage.kube.following(kube.USERS, kube.GROUPS) as mirror:
        await stage.kube.create(kube.CONFIGS, stage.config(**spec))
        await mirror.all_ready(GROUP_SIZE + 1, PATIENCE)
        await stage.swept()
        ids = {name: each["status"]["services"][0]["id"] for (_, name), each in mirror.objects.items()}
    stage.stop_operator()
    first = {Kind.USER: "user-00000", Kind.GROUP: "group-00000"}
    patterns = {
        kind: Pattern(kind, orjson.loads(await etcd.get(stored_at(kind, namespace, name))))
        for kind, name in first.items()
    }
    return Copier(patterns, await stage.kube.get(kube.CONFIGS, CONFIG), operator_key(stage.plane), ids)


def operator_key(plane: ControlPlane) -> bytes:
    """Return the key with which the operator proves what it wrote."""
    found = plane.kubectl("get", "secret", KEY_SECRET, f"--namespace={KEY_NAMESPACE}", "--output=json")
    return base64.b64decode(json.loads(found)["data"]["key"])


def _users(population: Population, namespace: str) -> Iterator[Manifest]:
    return (user(number, namespace) for number in range(GROUP_SIZE, population.users))


def _groups(population: Population, namespace: str) -> Iterator[Manifest]:
    for number in range(1, population.groups):
        yield group(number, population.users, namespace)
    if population.everyone:
        yield everyone(population.everyone, namespace)


def _some(manifests: Iterator[Manifest]) -> Iterator[list[Manifest]]:
    while some := list(islice(manifests, SEEDED)):
        yield some
