"""The few REST calls that we make to the Kubernetes API, on one aiohttp session, with its errors translated once.

No client library: the official one is 126 MB on disk and decodes into objects that we would only take apart again.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import orjson

from scim_operator.core.records.field_managers import MANAGER
from scim_operator.errors import (
    DependencyNotReady,
    PreconditionFailed,
    Rejected,
    Throttled,
    TransientError,
    Unavailable,
    Unreachable,
)
from scim_operator.kube.credentials import Authorization, Credentials
from scim_operator.kube.resources import LEASES
from scim_operator.kube.streams import lines, status_message
from scim_operator.scim.fenced import FencedConnector

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping

    from scim_operator.kube.resources import ApiResource

Socket = aiohttp.ClientWebSocketResponse
Manifest = dict[str, Any]
"""An object as the API server returns it."""

MERGE_PATCH = "application/merge-patch+json"
REQUEST_SECONDS = 60.0
CONNECT_SECONDS = 10.0
CONCURRENCY = 32
PAGE = 500
"""Objects of one page of a list."""
WAITS = 5
"""Number of 429 answers that one call waits out before it raises Throttled."""
LONGEST_WAIT = 30.0


class Forbidden(DependencyNotReady):
    """RBAC does not allow it; the message names what to grant."""

    reason = "Forbidden"


class _Unauthenticated(Forbidden):
    """401: the token may just have rotated."""


class ExpiredWatch(TransientError):  # noqa: N818
    """410: the resource version, or the continue token, is older than what the API server keeps. List again."""

    reason = "ExpiredWatch"


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a call: enough to build its URL and to describe a failure in one sentence."""

    resource: ApiResource
    namespace: str | None
    name: str = ""
    subresource: str = ""

    @property
    def path(self) -> str:
        """Return the path at the API server."""
        return self.resource.path(self.namespace, self.name, self.subresource)

    def __str__(self) -> str:
        name = "/".join(part for part in (self.resource.plural, self.name, self.subresource) if part)
        return f"{name} in namespace {self.namespace}" if self.namespace else f"{name} in all namespaces"


def no_such(target: Target) -> DependencyNotReady:
    """Return the error for a named object that does not exist."""
    return DependencyNotReady(f"There is no {target.resource.kind} {target.name} in namespace {target.namespace}.")


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list: its objects, the token of the next ("" at the end), and the version of the whole list."""

    items: list[Manifest]
    next: str
    resource_version: str


class KubeClient:
    """Calls to one API server. Use as an async context manager; `on_answer` hears each method and HTTP status.

    `person`: the calls are made for a person at a command, so messages name that person's missing rights.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        concurrency: int = CONCURRENCY,
        person: bool = False,
        on_answer: Callable[[str, str], None] = lambda method, code: None,
    ) -> None:
        self._credentials = credentials
        self._authorization = Authorization(credentials)
        self._concurrency = concurrency
        self._person = person
        self._on_answer = on_answer
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        ssl = self._credentials.ssl_context() if self._credentials.server.startswith("https") else True
        # Watches hold their connection for minutes, so they must not count against the limit of the writers.
        connector = FencedConnector(limit=0, ssl=ssl, keepalive_timeout=30)
        self._slots = asyncio.Semaphore(self._concurrency)
        self._session = aiohttp.ClientSession(self._credentials.server, connector=connector)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session:
            await self._session.close()
            await asyncio.sleep(0)  # asyncio closes the sockets in its next round

    async def get(self, target: Target) -> Manifest | None:
        """Return one object, or None when there is none of that name."""
        return await self._call("get", "GET", target)

    async def page(self, target: Target, *, limit: int, token: str = "", label: str = "") -> ListPage:
        """Return one page of at most `limit` objects (0: all of them), those with a label where one is named.

        Raises ExpiredWatch when `token` is too old.
        """
        params = {"limit": str(limit), "continue": token, "labelSelector": label}
        body = await self._call("list", "GET", target, params=params)
        if body is None:
            raise _missing(target)
        metadata, items = body.get("metadata") or {}, body.get("items") or []
        if not isinstance(metadata, dict) or not isinstance(items, list):
            raise Unavailable(f"The API server's answer for {target} is not a list.", status=502)
        return ListPage(items, str(metadata.get("continue") or ""), str(metadata.get("resourceVersion") or ""))

    async def demand(self, target: Target) -> Manifest:
        """Return one object; raises DependencyNotReady, naming it, when there is none of that name."""
        found = await self.get(target)
        if found is None:
            raise no_such(target)
        return found

    async def every(self, target: Target) -> AsyncGenerator[Manifest, None]:
        """Yield all objects of a list, page by page, with their kind, which items of a list lack."""
        token = ""
        while True:
            page = await self.page(target, limit=PAGE, token=token)
            for manifest in page.items:
                yield {"kind": target.resource.kind, **manifest}
            if not (token := page.next):
                return

    async def text(self, path: str, **params: str) -> str:
        """Return the answer at a path, such as that of a pod's log; raises Rejected where it is refused."""
        headers = await self._authorization.header()
        try:
            async with self._slots, self._request("GET", path, params, headers, None) as response:
                if response.status >= 400:
                    raise Rejected(f"The API server answers {response.status} at {path}.", status=response.status)
                return (await response.read()).decode(errors="replace")
        except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
            raise _unreachable(error, self._credentials.server) from error

    @contextlib.asynccontextmanager
    async def websocket(self, target: Target, protocol: str, **params: str) -> AsyncIterator[Socket]:
        """Open a websocket, such as that of a pod's port-forward; raises Forbidden and the like where it is refused."""
        headers, proxy = await self._authorization.header(), self._credentials.proxy
        timeout = aiohttp.ClientWSTimeout(ws_close=CONNECT_SECONDS)
        try:
            async with self._open.ws_connect(
                target.path, protocols=[protocol], params=params, headers=headers, proxy=proxy, timeout=timeout
            ) as socket:
                yield socket
        except aiohttp.WSServerHandshakeError as error:
            if error.status == 403 and self._person:
                raise Forbidden(refused_sentence("create", target)) from error
            raise _refused(error.status, error.headers or {}, "", "connect to", target) from error
        except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
            raise _unreachable(error, self._credentials.server) from error

    async def patch(self, target: Target, body: Mapping[str, Any], *, manager: str = MANAGER) -> Manifest | None:
        """Send a merge patch (RFC 7396); return the object as it is now, None when gone. Raises PreconditionFailed."""
        return await self._call("patch", "PATCH", target, params={"fieldManager": manager}, body=body)

    async def create(
        self, target: Target, body: Mapping[str, Any], *, dry_run: bool = False, manager: str = MANAGER
    ) -> Manifest | None:
        """Create the object, or with `dry_run` ask whether that would be taken; return None when the namespace is gone.

        `manager` is whose the fields are in `metadata.managedFields`. Raises PreconditionFailed where there is one.
        """
        params = {"dryRun": "All" if dry_run else "", "fieldManager": manager}
        return await self._call("create", "POST", target, params=params, body=body)

    async def watch(self, target: Target, resource_version: str, *, seconds: int) -> AsyncGenerator[bytes, None]:
        """Yield the lines of a watch from `resource_version` on, bookmarks included; ends when the server ends it."""
        params = {
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": resource_version,
            "timeoutSeconds": str(seconds),
        }
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)
        try:
            async with self._open.get(
                target.path,
                params=params,
                headers=await self._authorization.header(),
                timeout=timeout,
                proxy=self._credentials.proxy,
            ) as response:
                await self._check(response, "watch", target)
                with _aborting(response):
                    async for line in lines(response.content.iter_any()):
                        yield line
        except _Unauthenticated:
            self._authorization.forget()
            raise
        except (aiohttp.ClientError, ConnectionError) as error:
            raise _unreachable(error, self._credentials.server) from error

    @property
    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("KubeClient is used outside of `async with`.")
        return self._session

    async def _call(
        self,
        verb: str,
        method: str,
        target: Target,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Manifest | None:
        renewed = False
        for wait in range(WAITS + 1):
            try:
                return await self._once(verb, method, target, params, body)
            except _Unauthenticated:
                if renewed:
                    raise
                renewed = True
                self._authorization.forget()
            except Throttled as error:
                if wait == WAITS or error.retry_after > LONGEST_WAIT:
                    raise
                # Every client got the same number of seconds: do not come back all at once.
                await asyncio.sleep(error.retry_after * random.uniform(1.0, 1.5))  # noqa: S311 - no secret
        raise Throttled(f"The API server kept answering 429 to {verb} {target}.", retry_after=LONGEST_WAIT)

    async def _once(
        self,
        verb: str,
        method: str,
        target: Target,
        params: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
    ) -> Manifest | None:
        headers, data = await self._authorization.header(), None
        if body is not None:
            headers["Content-Type"] = MERGE_PATCH if method == "PATCH" else "application/json"
            data = orjson.dumps(body)
        try:
            async with self._slot(target), self._request(method, target.path, params, headers, data) as response:
                self._on_answer(method, str(response.status))
                if response.status == 404:
                    return None
                await self._check(response, verb, target)
                return _object(await response.read(), target)
        except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
            raise _unreachable(error, self._credentials.server) from error

    def _slot(self, target: Target) -> contextlib.AbstractAsyncContextManager[None]:
        """Return what a request waits for: for nothing where it is for a Lease, which must be renewed in time."""
        return contextlib.nullcontext() if target.resource == LEASES else self._slots

    def _request(
        self, method: str, path: str, params: Mapping[str, str] | None, headers: Mapping[str, str], data: bytes | None
    ) -> contextlib.AbstractAsyncContextManager[aiohttp.ClientResponse]:
        timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS, sock_connect=CONNECT_SECONDS)
        proxy, params = self._credentials.proxy, {name: value for name, value in (params or {}).items() if value}
        return self._open.request(method, path, params=params, data=data, headers=headers, timeout=timeout, proxy=proxy)

    async def _check(self, response: aiohttp.ClientResponse, verb: str, target: Target) -> None:
        if response.status >= 400:
            if self._person and response.status == 403:
                raise Forbidden(refused_sentence(verb, target))
            raise _refused(response.status, response.headers, status_message(await response.read()), verb, target)


@contextlib.contextmanager
def _aborting(response: aiohttp.ClientResponse) -> Iterator[None]:
    # A watch that is left early is often dead: do not wait half a minute for its TLS shutdown.
    try:
        yield
    finally:
        if response.connection and response.connection.transport:
            response.connection.transport.abort()


def _object(data: bytes, target: Target) -> Manifest:
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Unavailable(f"The API server's answer for {target} is not JSON.", status=502) from error
    if not isinstance(body, dict):
        raise Unavailable(f"The API server's answer for {target} is not an object.", status=502)
    return body


def _refused(status: int, headers: Mapping[str, str], message: str, verb: str, target: Target) -> Exception:
    known = _EXPECTED.get(status)
    if known:
        return known(verb, target)
    if status == 429:
        return Throttled(f"The API server throttles {verb} {target}.", retry_after=_seconds(headers))
    answer = f"The API server answered {status} to {verb} {target}. {message}".strip()
    return Unavailable(answer, status=status) if status >= 500 else Rejected(answer, status=status)


def _unauthenticated(_verb: str, _target: Target) -> Exception:
    return _Unauthenticated("The API server does not accept our token. Check the ServiceAccount or the kubeconfig.")


def _conflict(verb: str, target: Target) -> Exception:
    return PreconditionFailed(f"{target} has changed meanwhile, so {verb} was refused.")


def _expired(verb: str, target: Target) -> Exception:
    return ExpiredWatch(f"The API server no longer has the version of {target} that {verb} asked for.")


def forbidden_sentence(verb: str, target: Target) -> str:
    """Return which right is missing and where to grant it."""
    plural = f"{target.resource.plural}/{target.subresource}" if target.subresource else target.resource.plural
    group = target.resource.group or "core"
    if target.namespace:
        place, role = f"in namespace {target.namespace}", f"the Role of the operator there (API group {group})"
    else:
        place, role = "in all namespaces", f"the ClusterRole of the operator (API group {group})"
    return f"The operator may not {verb} {plural} {place}: grant it in {role}."


def refused_sentence(verb: str, target: Target) -> str:
    """Return the same sentence for a person who lacks the right."""
    what = f"{target.resource.plural}/{target.subresource}" if target.subresource else target.resource.plural
    place = f"in namespace {target.namespace}" if target.namespace else "in all namespaces"
    return f"You may not {verb} {what} {place}: have it granted (API group {target.resource.group or 'core'})."


def _missing(target: Target) -> DependencyNotReady:
    if target.resource.group:
        return DependencyNotReady(
            f"The API server does not know {target.resource.plural}.{target.resource.group}: "
            "install the CRDs with `scim-operator crds | kubectl apply --server-side -f -`."
        )
    return DependencyNotReady(f"{target} does not exist.")


_EXPECTED: dict[int, Callable[[str, Target], Exception]] = {
    401: _unauthenticated,
    403: lambda verb, target: Forbidden(forbidden_sentence(verb, target)),
    404: lambda _verb, target: _missing(target),
    409: _conflict,
    410: _expired,
}


def _unreachable(error: Exception, server: str) -> Unreachable:
    sent = not isinstance(error, aiohttp.ClientConnectorError)
    detail = str(error) or type(error).__name__
    return Unreachable(f"No answer from the API server at {server}: {detail}.", sent=sent)


def _seconds(headers: Mapping[str, str]) -> float:
    try:
        return max(0.0, float(headers.get("Retry-After", "1")))
    except ValueError:
        return 1.0
