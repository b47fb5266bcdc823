"""A service whose answers are changed on their way: the simulator works, and says what `lie` makes of it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.job.connection.credentials import token_source
from scim_operator.scim.connect import client_over
from scim_operator.scim.protocol import Response
from scim_operator.scim.transport import AiohttpTransport
from scim_operator.scim.url import service_url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from scim_operator.scim.client import ScimClient
    from scim_operator.scim.protocol import Request

    Real = Callable[[], Awaitable[Response]]
    Lie = Callable[[Request, Real], Awaitable[Response]]

JSON = {"content-type": "application/scim+json"}


async def truth(_request: Request, real: Real) -> Response:
    return await real()


class Liar:
    """`lie` is given each request and what answers it in truth; start a rig with it as its effects."""

    around = None

    def __init__(self, lie: Lie = truth) -> None:
        self.lie = lie

    def connector(self, clock: Any) -> Callable[..., Any]:
        async def connect(settings: Any, secret_reader: Any) -> ScimClient:
            spec = settings.spec.service
            url = service_url(spec.url, allow_insecure=True)
            self._inner = AiohttpTransport(url, connections=8, allow_loopback=True)
            token = token_source(secret_reader, settings, ca_bundle=None, clock=clock)
            return client_over(self, spec, token, clock=clock, random=random.Random(1))

        return connect

    async def send(self, request: Request, headers: Mapping[str, str]) -> Response:
        return await self.lie(request, lambda: self._inner.send(request, headers))

    async def close(self) -> None:
        await self._inner.close()


def says(document: Any, status: int = 200) -> Response:
    """An answer with that document."""
    return Response(status, JSON, orjson.dumps(document))
