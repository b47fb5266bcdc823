"""Every effect of a job, counted (each request to the service, each write to Kubernetes), and a crash at any."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, TypeVar

from scim_operator.job.connection.credentials import token_source
from scim_operator.scim.connect import client_over
from scim_operator.scim.egress import Egress
from scim_operator.scim.transport import AiohttpTransport
from scim_operator.scim.url import service_url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from scim_operator.job.base.ports import SecretReader
    from scim_operator.job.base.settings import Settings
    from scim_operator.scim.client import ScimClient
    from scim_operator.scim.clock import Clock
    from scim_operator.scim.protocol import Request, Response
    from scim_operator.scim.transport import Transport

T = TypeVar("T")


class Effects:
    """Counts effects, and stops the process at effect `crash_at`: before it, or `after` it, its answer lost."""

    def __init__(self, crash_at: int = 0, *, after: bool = False) -> None:
        self.count = 0
        self.crashed = asyncio.Event()
        self._crash_at = crash_at
        self._after = after

    async def around(self, act: Callable[[], Awaitable[T]]) -> T:
        """Let one effect happen, unless the process is gone."""
        self.count += 1
        dies = self.count == self._crash_at
        if dies and not self._after:
            self.crashed.set()
        await self._if_alive()
        answer = await act()
        if dies:
            self.crashed.set()
        await self._if_alive()
        return answer

    async def _if_alive(self) -> None:
        if self.crashed.is_set():
            await asyncio.Event().wait()

    def connector(self, clock: Clock) -> Callable[[Settings, SecretReader], Awaitable[ScimClient]]:
        """How a job connects when its requests are counted."""

        async def connect(settings: Settings, secret_reader: SecretReader) -> ScimClient:
            spec = settings.spec.service
            url = service_url(spec.url, allow_insecure=spec.allow_insecure)
            inner = AiohttpTransport(url, connections=spec.budget.concurrency, allow_loopback=True)
            token = token_source(
                secret_reader, settings, ca_bundle=None, clock=clock, egress=Egress(allow_insecure=True)
            )
            return client_over(Counted(inner, self), spec, token, clock=clock, random=random.Random())

        return connect


class Counted:
    """A transport whose requests are effects."""

    def __init__(self, inner: Transport, effects: Effects) -> None:
        self._inner = inner
        self._effects = effects

    async def send(self, request: Request, headers: Mapping[str, str]) -> Response:
        return await self._effects.around(lambda: self._inner.send(request, headers))

    async def close(self) -> None:
        await self._inner.close()
