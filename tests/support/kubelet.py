"""A kubelet that knows port-forward alone: the API server of the tests has a node, and the ports of its pods are here.

The API server judges who may go there, as in any cluster, and passes the websocket on.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.support.proxy import tls_of_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tools.cluster.controlplane import ControlPlane

NODE = "node"
LABELS = {"app.kubernetes.io/name": "scim-operator", "app.kubernetes.io/component": "operator"}


@dataclass
class Kubelet:
    """`ports`: what the ports of each pod, by its name, are on this machine. `asked`: the pods that were gone to."""

    plane: ControlPlane
    ports: dict[str, dict[int, int]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        pod, port = request.match_info["pod"], int(request.query["port"])
        self.asked.append(pod)
        socket = web.WebSocketResponse(protocols=["v4.channel.k8s.io"])
        await socket.prepare(request)
        for channel in (0, 1):
            await socket.send_bytes(bytes([channel]) + port.to_bytes(2, "little"))
        try:
            local = self.ports.get(pod, {}).get(port, 9)
            reader, writer = await asyncio.open_connection("127.0.0.1", local)
        except OSError:
            await socket.send_bytes(b"\1error forwarding port: connection refused")
            return socket
        back = asyncio.create_task(_back(reader, socket))
        async for message in socket:
            if message.type is WSMsgType.BINARY and message.data[0] == 0:
                writer.write(message.data[1:])
        back.cancel()
        writer.close()
        return socket

    def pod(self, namespace: str, name: str, **ports: int) -> str:
        """Create a pod of the operator that is ready; return its uid."""
        owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "scim-operator-5d9c7b", "uid": "r-1"}
        body = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace, "labels": LABELS, "ownerReferences": [owner]},
            "spec": {"nodeName": NODE, "containers": [{"name": "operator", "image": "registry.example/operator"}]},
        }
        made: dict[str, Any] = json.loads(self.plane.kubectl("create", "-o=json", "-f", "-", input=json.dumps(body)))
        conditions = [{"type": "Ready", "status": "True"}]
        self._status("pod", name, {"phase": "Running", "conditions": conditions}, f"--namespace={namespace}")
        self.ports[name] = {int(port.removeprefix("p")): local for port, local in ports.items()}
        return str(made["metadata"]["uid"])

    def node(self, port: int) -> None:
        body = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}}
        self.plane.kubectl("create", "-f", "-", input=json.dumps(body))
        addresses = [{"type": "InternalIP", "address": "127.0.0.1"}, {"type": "Hostname", "address": "localhost"}]
        endpoint = {"kubeletEndpoint": {"Port": port}}
        self._status("node", NODE, {"addresses": addresses, "daemonEndpoints": endpoint})

    def _status(self, kind: str, name: str, status: dict[str, Any], *options: str) -> None:
        patch = json.dumps({"status": status})
        self.plane.kubectl("patch", kind, name, *options, "--subresource=status", "--type=merge", f"--patch={patch}")


async def _back(reader: asyncio.StreamReader, socket: web.WebSocketResponse) -> None:
    while chunk := await reader.read(4096):
        await socket.send_bytes(b"\0" + chunk)
    await socket.close()


@contextlib.asynccontextmanager
async def kubelet(plane: ControlPlane) -> AsyncIterator[Kubelet]:
    """A node of this control plane."""
    made = Kubelet(plane)
    app = web.Application()
    app.add_routes([web.get("/portForward/{namespace}/{pod}", made.serve)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls_of_server()).start()
    try:
        await asyncio.to_thread(made.node, runner.addresses[0][1])
        yield made
    finally:
        await runner.cleanup()
        await asyncio.to_thread(plane.kubectl, "delete", "node", NODE, "--wait=false")
