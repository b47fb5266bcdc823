"""An API server that knows lists, watches, objects and merge patches: for more objects than a real one takes soon.

It stands below the transport: a real KubeClient asks it over loopback.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from scim_operator.kube.client import KubeClient
from scim_operator.kube.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

NAMESPACE = "identity"
BASE = f"/apis/scim-operator.io/v1alpha1/namespaces/{NAMESPACE}"
NOW = "2026-11-30T02:00:00Z"


class Lists:
    """The objects of one namespace, by plural and name. `patches` are those that were taken, with their managers."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, dict[str, Any]]] = {
            plural: {} for plural in ("scimusers", "scimgroups", "provisioningconfigs")
        }
        self.patches: list[tuple[str, str, dict[str, Any]]] = []
        self.events: list[dict[str, Any]] = []
        """What each watch shows as it begins."""
        self.version = "1"
        """That of each list."""
        self.watches: list[str] = []
        """The plural of each watch that was opened."""
        self.whole = 0
        """How many lists were asked for, but for those of one object."""
        self._shown: dict[str, web.StreamResponse] = {}
        """The newest watch of each plural."""
        self.refused = ""
        """Why patches are refused, "" where they are not."""

    def put(self, plural: str, manifests: Iterable[dict[str, Any]]) -> None:
        """Take in objects, as the API server would return them."""
        for manifest in manifests:
            self.objects[plural][manifest["metadata"]["name"]] = served(manifest)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[KubeClient]:
        """Serve inside the block; gives a client."""
        app = web.Application()
        app.add_routes([
            web.get(f"{BASE}/{{plural}}", self._list),
            web.get(f"{BASE}/{{plural}}/{{name}}", self._get),
            web.patch(f"{BASE}/{{plural}}/{{name}}", self._patch),
        ])  # fmt: skip
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            server = f"http://127.0.0.1:{runner.addresses[0][1]}"
            async with KubeClient(Credentials(server=server, namespace=NAMESPACE), person=True) as client:
                yield client
        finally:
            await runner.cleanup()

    async def _list(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("watch"):
            return await self._watch(request)
        self.whole += request.query.get("limit") != "1"
        listed = list(self.objects[request.match_info["plural"]].values())
        begin, limit = int(request.query.get("continue", 0)), int(request.query.get("limit", 0)) or len(listed)
        more = str(begin + limit) if begin + limit < len(listed) else ""
        body = {"metadata": {"resourceVersion": self.version, "continue": more}, "items": listed[begin : begin + limit]}
        return web.Response(body=orjson.dumps(body), content_type="application/json")

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        self.watches.append(request.match_info["plural"])
        response = web.StreamResponse()
        await response.prepare(request)
        for event in self.events:
            await response.write(orjson.dumps(event) + b"\n")
        self._shown[request.match_info["plural"]] = response
        await asyncio.Event().wait()
        return response

    async def show(self, plural: str, event: dict[str, Any]) -> None:
        """Show an event in the watch that is open."""
        await self._shown[plural].write(orjson.dumps(event) + b"\n")

    async def _get(self, request: web.Request) -> web.Response:
        found = self.objects[request.match_info["plural"]].get(request.match_info["name"])
        if found is None:
            return web.Response(status=404, body=b"{}")
        return web.Response(body=orjson.dumps(found), content_type="application/json")

    async def _patch(self, request: web.Request) -> web.Response:
        if self.refused:
            said = {"kind": "Status", "message": self.refused}
            return web.Response(status=422, body=orjson.dumps(said), content_type="application/json")
        name, patch = request.match_info["name"], await request.json()
        self.patches.append((name, request.query.get("fieldManager", ""), patch))
        return await self._get(request)


def served(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return a manifest with what the API server sets."""
    metadata = {"namespace": NAMESPACE, "uid": f"uid-{manifest['metadata']['name']}", "generation": 1}
    return {**manifest, "metadata": {**metadata, "resourceVersion": "1", **manifest["metadata"]}}


def user(number: int, reason: str = "Provisioned", config: str = "vmware") -> dict[str, Any]:
    """A user with an outcome at one service."""
    name = f"user-{number:06}"
    spec = {"userName": f"{name}@corp.example", "name": {"givenName": "Given", "familyName": f"Family{number}"}}
    return {"metadata": {"name": name}, "spec": spec, "status": outcome(reason, config)}


def group(name: str, *members: dict[str, Any], reason: str = "Provisioned") -> dict[str, Any]:
    """A group with an outcome at one service."""
    spec = {"displayName": name.title(), "members": list(members)}
    return {"metadata": {"name": name}, "spec": spec, "status": outcome(reason, "vmware")}


def outcome(reason: str, config: str) -> dict[str, Any]:
    """A status as the operator writes it."""
    ready = reason == "Provisioned"
    told = {"reason": reason, "message": f"{reason}, as a sentence.", "lastTransitionTime": NOW}
    conditions = [{"type": "Ready", "status": str(ready), **told}]
    conditions += [] if ready else [{"type": "Stalled", "status": "True", **told}]
    return {
        "observedGeneration": 1,
        "conditions": conditions,
        "services": [{"config": config, "conditions": conditions}],
    }


def config(name: str = "vmware", **status: Any) -> dict[str, Any]:
    """A ProvisioningConfig with a status."""
    service = {"url": "https://vc.example.com/scim/v2", "auth": {"bearer": {"secretRef": {"name": "t", "key": "t"}}}}
    told = {"reason": "TestPassed", "message": "The service answered.", "lastTransitionTime": NOW}
    conditions = [{"type": type_, "status": "True", **told} for type_ in ("Ready", "Connected")]
    spec = {"service": service, "scope": "All", "mode": "Apply"}
    return {"metadata": {"name": name}, "spec": spec, "status": {"conditions": conditions, **status}}
