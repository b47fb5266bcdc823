"""A pod's port over the API server, as `kubectl port-forward` opens it: by the right to pods/portforward, and no more.

Each connection is one websocket, with the kubelet's protocol: two channels for each port, one for data and one for what
went wrong, and the port's number first on both. No port is opened on this machine: a socket in a folder of our own is.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from typing import TYPE_CHECKING

import aiohttp

from scim_operator.core.printing import one_line
from scim_operator.errors import ScimOperatorError, Unavailable
from scim_operator.kube.client import Target
from scim_operator.kube.resources import PODS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from scim_operator.kube.client import KubeClient, Socket

PROTOCOL = "v4.channel.k8s.io"
DATA, ERROR = 0, 1
_CHUNK = 16 << 10


class PortForward:
    """A way to one port of a pod. `problem` is why the last connection failed, None where none did."""

    def __init__(self, client: KubeClient, namespace: str, pod: str, port: int) -> None:
        self._client = client
        self._target = Target(PODS, namespace, pod, "portforward")
        self._port = port
        self.problem: ScimOperatorError | None = None

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[str]:
        """Give the path of a Unix socket, inside the block: each connection to it goes to the port."""
        with tempfile.TemporaryDirectory(prefix="scim-") as folder:  # which its owner alone may enter
            path = f"{folder}/port"
            async with await asyncio.start_unix_server(self._connected, path):
                yield path

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.problem = None
        try:
            async with self._client.websocket(self._target, PROTOCOL, ports=str(self._port)) as socket:
                await _joined(self._sent(reader, socket), self._received(socket, writer))
        except ScimOperatorError as error:
            self.problem = error
        finally:
            writer.close()

    async def _sent(self, reader: asyncio.StreamReader, socket: Socket) -> None:
        while chunk := await reader.read(_CHUNK):
            await socket.send_bytes(bytes([DATA]) + chunk)

    async def _received(self, socket: Socket, writer: asyncio.StreamWriter) -> None:
        begun = {DATA: False, ERROR: False}
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.BINARY or not message.data or message.data[0] not in begun:
                raise Unavailable(f"The port-forward to {self._target.name} does not speak {PROTOCOL}.")
            channel, text = message.data[0], message.data[1:]
            if not begun[channel]:
                begun[channel] = True  # the number of the port
            elif channel == ERROR:
                said = one_line(text.decode(errors="replace"))[:300]
                raise Unavailable(f"The port-forward to {self._target.name} fails: {said}")
            else:
                writer.write(text)
                await writer.drain()


async def _joined(*ways: Coroutine[None, None, None]) -> None:
    """Run both directions until one ends; the other one is then of no use. Raises what the first raised."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            with contextlib.suppress(ConnectionError):
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
