"""The API server as the administrator sees it: apply, delete, follow what becomes of objects, and count requests."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from tools.cluster.controlplane import ControlPlane

Manifest = dict[str, Any]
GROUP = "scim-operator.io"
API_VERSION = f"{GROUP}/v1alpha1"
USERS, GROUPS, CONFIGS = "scimusers", "scimgroups", "provisioningconfigs"
PLURALS = {"ScimUser": USERS, "ScimGroup": GROUPS, "ProvisioningConfig": CONFIGS}
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
_APPLY = {"Content-Type": "application/apply-patch+yaml"}  # JSON is YAML
_REQUESTS = re.compile(r"^apiserver_request_total\{(?P<labels>[^}]*)\} (?P<count>\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_WRITES = {"POST", "PUT", "PATCH", "APPLY", "DELETE"}
PAGE = 500
RETRIES = 30


class KubeError(Exception):
    """The API server refused a request; the message has its words."""


class Kube:
    """Requests to one namespace; `opened` makes one."""

    def __init__(self, session: aiohttp.ClientSession, namespace: str) -> None:
        self.session = session
        self.namespace = namespace

    def path(self, plural: str, name: str = "", subresource: str = "") -> str:
        """Return the path of a collection, an object or its subresource."""
        core = plural in {"secrets", "namespaces"}
        base = f"/{'api/v1' if core else f'apis/{API_VERSION}'}/namespaces/{self.namespace}"
        return "/".join(part for part in (base, plural, name, subresource) if part)

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> Any:  # noqa: ANN401 - JSON
        """Send one request; raise with the API server's words for anything but 2xx, for 429 only when it lasts."""
        data = None if body is None else orjson.dumps(body)
        for _ in range(RETRIES):
            async with self.session.request(method, path, data=data, **options) as answer:
                text = await answer.read()
            if answer.status < 300:
                return orjson.loads(text)
            if answer.status != 429:  # a CRD just installed answers so for a moment
                break
            await asyncio.sleep(1.0)
        raise KubeError(f"{method} {path}: {answer.status} {text[:500].decode(errors='replace')}")

    async def create(self, plural: str, manifest: Manifest) -> Manifest:
        """Send POST, as `kubectl create` does."""
        created: Manifest = await self.call(
            "POST", self.path(plural), manifest, headers={"Content-Type": "application/json"}
        )
        return created

    async def apply(self, manifest: Manifest) -> Manifest:
        """Apply on the server side, as `kubectl apply --server-side` does."""
        plural = PLURALS[manifest["kind"]]
        query = {"fieldManager": "tools", "force": "true"}
        path = self.path(plural, manifest["metadata"]["name"])
        applied: Manifest = await self.call("PATCH", path, manifest, params=query, headers=_APPLY)
        return applied

    async def delete(self, plural: str, name: str) -> None:
        """Send DELETE; return before the finalizers are off."""
        await self.call("DELETE", self.path(plural, name))

    async def get(self, plural: str, name: str) -> Manifest:
        found: Manifest = await self.call("GET", self.path(plural, name))
        return found

    async def versions(self) -> dict[tuple[str, str], str]:
        """Return the resource version of every object of ours: equal before and after means that no one wrote."""
        found = {}
        for plural in PLURALS.values():
            async for item in self._every(plural):
                found[plural, item["metadata"]["name"]] = item["metadata"]["resourceVersion"]
        return found

    async def _every(self, plural: str) -> AsyncIterator[Manifest]:
        """Yield all objects of a kind, page by page: a list of fifty thousand at once can outlast its time limit."""
        token = ""
        while True:
            page = await self.call("GET", self.path(plural), params={"limit": str(PAGE), "continue": token})
            for item in page["items"]:
                yield item
            if not (token := page["metadata"].get("continue", "")):
                return

    async def until_listed(self, count: int, seconds: float = 900.0) -> None:
        """Wait until the API server lists so many users and groups, whoever put them into etcd.

        Its cache takes minutes for a hundred thousand that come at once, and answers 504 meanwhile.
        """
        async with asyncio.timeout(seconds):
            while await self._count(USERS) + await self._count(GROUPS) != count:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.5)

    async def _count(self, plural: str) -> int:
        """Return how many the API server lists; -1 while its cache is behind etcd."""
        try:
            found = await self.call("GET", self.path(plural), params={"limit": "1"})
        except KubeError as error:
            if "Too large resource version" not in str(error):
                raise
            return -1
        return len(found["items"]) + int(found["metadata"].get("remainingItemCount") or 0)

    async def writes(self) -> Counter[str]:
        """Return the API server's count of writes to our kinds since its start, by resource and subresource."""
        async with self.session.get("/metrics") as answer:
            text = await answer.text()
        counts: Counter[str] = Counter()
        for line in _REQUESTS.finditer(text):
            labels = dict(_LABEL.findall(line["labels"]))
            if labels["group"] == GROUP and labels["verb"] in _WRITES:
                counts["/".join(filter(None, (labels["resource"], labels["subresource"])))] += int(float(line["count"]))
        return counts

    @asynccontextmanager
    async def following(self, *plurals: str) -> AsyncIterator[Mirror]:
        """Provide a mirror of the namespace's objects of these kinds, kept up to date by watches."""
        mirror = Mirror()
        tasks = [asyncio.create_task(self._follow(plural, mirror)) for plural in plurals]
        for task in tasks:
            task.add_done_callback(mirror.ended)
        try:
            yield mirror
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, plural: str, mirror: Mirror) -> None:
        while True:
            await self._watch(plural, mirror)

    async def _watch(self, plural: str, mirror: Mirror) -> None:
        listed = await self.call("GET", self.path(plural))
        for item in listed["items"]:
            mirror.put(plural, item)
        query = {"watch": "1", "resourceVersion": listed["metadata"]["resourceVersion"], "timeoutSeconds": "86400"}
        async with self.session.get(self.path(plural), params=query, timeout=aiohttp.ClientTimeout()) as stream:
            if stream.status != 200:  # 429 for a moment after the CRD was installed
                await asyncio.sleep(0.2)
                return
            rest = b""
            async for chunk in stream.content.iter_any():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    event = orjson.loads(line)
                    mirror.take(plural, event["type"], event["object"])


class Mirror:
    """Objects as the API server shows them; `until` waits for something to become true of them."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], Manifest] = {}
        self.unready: set[tuple[str, str]] = set()
        self.changed_at = 0.0
        self._moved = asyncio.Event()
        self._error: BaseException | None = None

    def get(self, plural: str, name: str) -> Manifest | None:
        return self.objects.get((plural, name))

    def ended(self, task: asyncio.Task[None]) -> None:
        """Note that a watch has ended, and report why to anyone who waits."""
        self._error = None if task.cancelled() else task.exception()
        self._moved.set()

    def put(self, plural: str, manifest: Manifest) -> None:
        key = (plural, manifest["metadata"]["name"])
        self.objects[key] = manifest
        if is_ready(manifest):
            self.unready.discard(key)
        else:
            self.unready.add(key)
        self.changed_at = asyncio.get_running_loop().time()
        self._moved.set()

    def take(self, plural: str, type_: str, manifest: Manifest) -> None:
        """Take in one event of a watch."""
        if type_ == "DELETED":
            key = (plural, manifest["metadata"]["name"])
            self.objects.pop(key, None)
            self.unready.discard(key)
            self._moved.set()
        else:
            self.put(plural, manifest)

    def ready(self, plural: str, name: str, generation: int = 0) -> bool:
        """Return whether the object is Ready for at least that generation."""
        return is_ready(self.get(plural, name), generation)

    async def all_ready(self, count: int, seconds: float) -> None:
        """Wait until there are `count` objects and each is Ready."""
        await self.until(lambda: len(self.objects) == count and not self.unready, f"{count} Ready objects", seconds)

    async def until(self, holds: Callable[[], bool], what: str, seconds: float) -> None:
        """Wait until `holds`, looking again at each event; AssertionError naming `what` after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    if self._error is not None:
                        raise self._error
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            raise AssertionError(f"{what} did not come about within {seconds:.0f} s") from None


def is_ready(manifest: Mapping[str, Any] | None, generation: int = 0) -> bool:
    """Return whether the status says Ready for at least that generation, and for the newest, with no member awaited."""
    if manifest is None:
        return False
    wanted = max(generation, manifest["metadata"]["generation"])
    status = manifest.get("status") or {}
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in status.get("conditions", ()))
    awaited = any("pendingMembers" in one for one in status.get("services", ()))
    return ready and not awaited and status.get("observedGeneration", 0) >= wanted


@asynccontextmanager
async def opened(plane: ControlPlane, namespace: str) -> AsyncIterator[Kube]:
    """Provide the administrator's connection to a control plane."""
    headers = {"Authorization": f"Bearer {plane.admin_token}"}
    context = ssl.create_default_context(cafile=plane.certificate)
    connector = aiohttp.TCPConnector(limit=64, ssl=context)
    async with aiohttp.ClientSession(plane.url, headers=headers, connector=connector) as session:
        yield Kube(session, namespace)
    await asyncio.sleep(0)  # asyncio closes the sockets in its next round
