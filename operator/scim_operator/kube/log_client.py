"""Asks the operator's pods for the provisioning log of namespaces, over port-forward, with a proof for each pod.

Each pod may have a log of its own, so all are asked and their answers put together; a database that they share is
asked once.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp
import orjson

from scim_operator.core.secrecy.passes import proof_of
from scim_operator.errors import DependencyNotReady, ScimOperatorError, Throttled, Unavailable
from scim_operator.kube.log_endpoint import COUNT, LOG, PASS, PORT, SCHEME
from scim_operator.kube.log_pass import read_pass
from scim_operator.kube.port_forward import PortForward
from scim_operator.observability.provisioning_log.asking import parameters
from scim_operator.observability.provisioning_log.flat import is_record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from scim_operator.kube.client import KubeClient, Manifest
    from scim_operator.observability.provisioning_log.record import Record
    from scim_operator.observability.provisioning_log.search import Query

SECONDS = 60.0
"""For one answer of a pod."""
LARGEST = 64 << 20
"""Bytes of an answer: ten times what the endpoint gives, for a record may be large by itself."""
_OLDER = "is it of an older release, or without --log-listen?"


class Way(Protocol):
    """A way to a port of a pod, as `PortForward` is one."""

    problem: ScimOperatorError | None

    def opened(self) -> contextlib.AbstractAsyncContextManager[str]:
        """Give the path of a Unix socket that leads there."""


@dataclass
class _Pod:
    """One pod, the session with it, and the passes of namespaces as they were last read."""

    name: str
    uid: str
    way: Way
    session: aiohttp.ClientSession
    passes: dict[str, str] = field(default_factory=dict)
    begins: str = ""
    shared: bool = False


class LogClient:
    """The log of some namespaces, from all of the operator's pods. Use inside `async with log_of(…)`."""

    def __init__(self, client: KubeClient, pods: Sequence[_Pod], complain: Callable[[str], None]) -> None:
        self._client = client
        self._pods = pods
        self._complain = complain
        self._complained: set[str] = set()

    async def find(self, query: Query, namespaces: Sequence[str]) -> list[Record]:
        """Return the newest `limit` records that fit, oldest first, each once."""
        found: dict[str, Record] = {}
        for namespace in namespaces:
            for pod in await self._answering(replace(query, namespace=namespace)):
                async for record in self._records(pod, replace(query, namespace=namespace)):
                    found[record["id"]] = record
        ordered = sorted(found.values(), key=lambda one: (one["activityDateTime"], one["id"]))
        return ordered[-query.limit :]

    async def count(self, query: Query, namespaces: Sequence[str]) -> int:
        """Return how many records fit, whatever the limit."""
        total = 0
        for namespace in namespaces:
            asked = replace(query, namespace=namespace)
            for pod in await self._answering(asked):
                count = (await self._ask(pod, COUNT, asked)).get("count")
                total += count if isinstance(count, int) else 0
        return total

    @property
    def begins(self) -> str:
        """The time of the oldest record that a pod which was asked has, "" where there is none."""
        return min((pod.begins for pod in self._pods if pod.begins), default="")

    async def _answering(self, query: Query) -> list[_Pod]:
        """Return the pods whose answers make up the log. Raises what the last said where none answers."""
        answering, problem = [], None
        for pod in self._pods:
            try:
                answer = await self._ask(pod, LOG, replace(query, limit=1))
            except ScimOperatorError as error:
                problem = error
                self._say(f"Pod {pod.name} does not answer, and its part of the log is left out: {error}")
                continue
            pod.begins, pod.shared = str(answer.get("begins") or ""), bool(answer.get("shared"))
            answering.append(pod)
            if pod.shared:
                return [pod]
        if not answering and problem:
            raise problem
        return answering

    def _say(self, sentence: str) -> None:
        if len(self._pods) > 1 and sentence not in self._complained:
            self._complained.add(sentence)
            self._complain(sentence)

    async def _records(self, pod: _Pod, query: Query) -> AsyncIterator[Record]:
        """Yield the newest records of a pod that fit, newest first, page by page."""
        left, before = query.limit, query.before
        while left > 0:
            answer = await self._ask(pod, LOG, replace(query, limit=left, before=before))
            given, before = _list(answer, "records"), _place(answer)
            records = [one for one in given if is_record(one)]
            if len(records) < len(given):
                self._complain(
                    f"Pod {pod.name} gives what are no records: is it the operator's pod? They are left out."
                )
            for record in records:
                yield record
            left -= len(records)
            if before is None or not records:
                return

    async def _ask(self, pod: _Pod, path: str, query: Query) -> dict[str, Any]:
        """Return a pod's answer, with the pass of the namespace, which is asked for where it is missing or over."""
        for renew in (False, True):
            given = await self._pass(pod, query.namespace, renew=renew)
            headers = {"Authorization": f"{SCHEME} {proof_of(given, pod.uid)}"}
            status, answer = await self._exchange(pod, "GET", path, parameters(query), headers)
            if status == 200:
                return answer
            if status != 401:
                raise _refusal(pod.name, status, answer)
        raise DependencyNotReady(f"Pod {pod.name} does not take the pass of namespace {query.namespace}: ask again.")

    async def _pass(self, pod: _Pod, namespace: str, *, renew: bool) -> str:
        """Return the pass of a namespace. Raises Forbidden where one may not read its Lease."""
        if not renew and (given := pod.passes.get(namespace) or await read_pass(self._client, namespace)):
            return pod.passes.setdefault(namespace, given)
        status, answer = await self._exchange(pod, "POST", PASS, [("namespace", namespace)], {})
        if status != 204:
            raise _refusal(pod.name, status, answer)
        pod.passes[namespace] = await read_pass(self._client, namespace)
        return pod.passes[namespace]

    async def _exchange(
        self, pod: _Pod, method: str, path: str, params: list[tuple[str, str]], headers: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        try:
            async with pod.session.request(method, path, params=params, headers=headers) as response:
                body = await _read(response)
        except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
            silent = Unavailable(f"Pod {pod.name} does not answer at {PORT}: {_OLDER}")
            raise pod.way.problem or silent from error
        return response.status, _object(body)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Return a body of a size that an operator gives."""
    body = b""
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > LARGEST:
            raise Unavailable(f"The answer is larger than {LARGEST >> 20} MiB: is that the operator's pod?")
    return body


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _list(answer: dict[str, Any], name: str) -> list[Any]:
    found = answer.get(name)
    return found if isinstance(found, list) else []


def _place(answer: dict[str, Any]) -> tuple[str, str] | None:
    """Return where the next page begins; None for no page more."""
    match _list(answer, "before"):
        case [str(at), str(id)]:
            return at, id
    return None


def _refusal(pod: str, status: int, answer: dict[str, Any]) -> ScimOperatorError:
    said = str(answer.get("message") or f"It answers {status}; {_OLDER}")
    if status == 429:
        return Throttled(said, retry_after=1.0)
    return Unavailable(said, status=status) if status >= 500 else DependencyNotReady(said)


@contextlib.asynccontextmanager
async def log_of(
    client: KubeClient, pods: Sequence[Manifest], complain: Callable[[str], None]
) -> AsyncIterator[LogClient]:
    """Give the log that these pods keep, inside the block; `complain` is given what is left out."""
    async with contextlib.AsyncExitStack() as stack:
        made = [await _pod(stack, client, pod["metadata"]) for pod in pods]
        yield LogClient(client, made, complain)


async def _pod(stack: contextlib.AsyncExitStack, client: KubeClient, metadata: dict[str, Any]) -> _Pod:
    way = PortForward(client, metadata["namespace"], metadata["name"], PORT)
    connector = aiohttp.UnixConnector(await stack.enter_async_context(way.opened()))
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    session = aiohttp.ClientSession("http://localhost", connector=connector, timeout=timeout)
    return _Pod(metadata["name"], metadata["uid"], way, await stack.enter_async_context(session))
