"""A real etcd and kube-apiserver on loopback: RBAC on, a token file, self-made keys and certificate."""

from __future__ import annotations

import json
import os
import secrets
import socket
import ssl
import subprocess
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tools.cluster import processes
from tools.cluster.kubeconfig import write_kubeconfig, write_private
from tools.cluster.progress import ClusterError, tail, wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tools.cluster.binaries import Binaries

_START_SECONDS = 300.0  # 3 s on an idle machine; a loaded one is given time, with a line every ten seconds


class KubectlError(Exception):
    """kubectl ended with an error; the message is what it said."""


@dataclass(frozen=True)
class Process:
    """A running process and the mark that distinguishes it from a later one with the same pid."""

    pid: int
    mark: str


@dataclass(frozen=True)
class ControlPlane:
    """A running control plane, and the ways in."""

    url: str
    admin_token: str = field(repr=False)
    folder: Path
    binaries: Binaries
    processes: tuple[Process, ...]
    etcd: str
    """The URL of etcd, which asks for no credentials."""
    children: tuple[subprocess.Popen[bytes], ...] = field(default=(), repr=False)  # where this process started them

    @property
    def kubeconfig(self) -> Path:
        """Return the administrator's kubeconfig (cluster-admin by group system:masters)."""
        return self.folder / "kubeconfig"

    @property
    def certificate(self) -> Path:
        """Return the API server's certificate and its authority, PEM."""
        return self.folder / "certs" / "apiserver.crt"

    @property
    def running(self) -> bool:
        return all(processes.is_same(one.pid, one.mark) for one in self.processes)

    def kubectl(self, *args: str, input: str | None = None, kubeconfig: Path | None = None) -> str:  # noqa: A002
        """Run kubectl as the administrator, or with another kubeconfig; return its output, or raise KubectlError."""
        command = [self.binaries.kubectl, f"--kubeconfig={kubeconfig or self.kubeconfig}", *args]
        env = dict(os.environ) | {"KUBECACHEDIR": str(self.folder / "kubectl-cache")}
        ended = subprocess.run(command, input=input, capture_output=True, text=True, check=False, env=env)
        if ended.returncode != 0:
            raise KubectlError(f"kubectl {' '.join(args)}: {ended.stderr.strip()}")
        return ended.stdout

    def create_namespace(self, name: str) -> None:
        """Create a namespace with one request, a small part of what it costs to start kubectl. Raises OSError."""
        _asked(self, "/api/v1/namespaces", {"metadata": {"name": name}})

    def service_account_token(self, name: str, namespace: str) -> str:
        """Return a token for a ServiceAccount, minted through the TokenRequest API."""
        return self.kubectl("create", "token", name, f"--namespace={namespace}").strip()

    def service_account_kubeconfig(self, name: str, namespace: str) -> Path:
        """Return a kubeconfig that acts as a ServiceAccount, with its rights and no more."""
        path = self.folder / f"{namespace}.{name}.kubeconfig"
        token = self.service_account_token(name, namespace)
        write_kubeconfig(path, self.url, self.certificate, token, namespace=namespace)
        return path

    def stop(self) -> None:
        """End the processes of this control plane, the API server first so that it does not mourn etcd."""
        for one in reversed(self.processes):
            processes.end(one.pid, one.mark)
        for child in self.children:
            child.wait()


def start(folder: Path, binaries: Binaries, *, die_with_parent: bool) -> ControlPlane:
    """Start a control plane with its data, logs and kubeconfig in `folder`, on free ports of loopback.

    Another process may take a port between our looking and its use, so a start that fails for that is tried again.
    """
    for attempt in (1, 2, 3):
        try:
            return _start_once(folder / f"run{attempt}", folder, binaries, die_with_parent=die_with_parent)
        except _PortTakenError:
            continue
    raise ClusterError("Three times in a row another process took the port meant for etcd or the API server.")


class _PortTakenError(Exception):
    pass


def _start_once(run: Path, folder: Path, binaries: Binaries, *, die_with_parent: bool) -> ControlPlane:
    run.mkdir(parents=True)
    etcd_port, port = free_ports(2)
    token = secrets.token_urlsafe(24)
    certs = folder / "certs"
    certs.mkdir(mode=0o700, exist_ok=True)
    write_private(folder / "tokens.csv", f'{token},admin,admin,"system:masters"\n')
    commands = {
        "etcd": _etcd(binaries, run, etcd_port),
        "kube-apiserver": _apiserver(binaries, folder, etcd_port, port),
    }
    children = {
        n: processes.spawn(c, folder / f"{n}.log", die_with_parent=die_with_parent) for n, c in commands.items()
    }
    marked = tuple(Process(child.pid, processes.started_at(child.pid) or "") for child in children.values())
    etcd = f"http://127.0.0.1:{etcd_port}"
    plane = ControlPlane(f"https://127.0.0.1:{port}", token, folder, binaries, marked, etcd, tuple(children.values()))
    try:
        _wait_ready(plane, children)
        write_kubeconfig(plane.kubeconfig, plane.url, plane.certificate, token)
    except BaseException:
        plane.stop()
        raise
    return plane


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that nothing listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _etcd(binaries: Binaries, run: Path, port: int) -> Sequence[str]:
    client = f"http://127.0.0.1:{port}"
    return [
        binaries.etcd,
        f"--data-dir={run / 'etcd'}",
        "--unsafe-no-fsync",  # the data need not outlive the machine
        f"--quota-backend-bytes={8 << 30}",  # a hundred thousand objects, each written a few times
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        "--listen-peer-urls=http://127.0.0.1:0",
        "--log-level=warn",
    ]


def _apiserver(binaries: Binaries, folder: Path, etcd_port: int, port: int) -> Sequence[str]:
    """Return the API server's command. It makes its serving key in --cert-dir before it reads ServiceAccount keys,
    so that one RSA key serves for both and no openssl is asked for.
    """
    key = folder / "certs" / "apiserver.key"
    return [
        binaries.apiserver,
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder / 'certs'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--disable-admission-plugins=ServiceAccount",  # no controller manager makes the default ServiceAccounts
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--endpoint-reconciler-type=none",  # a loopback address cannot be an endpoint
    ]


def _wait_ready(plane: ControlPlane, children: dict[str, subprocess.Popen[bytes]]) -> None:
    def settled() -> bool:
        return any(child.poll() is not None for child in children.values()) or is_ready(plane)

    ready = wait_until(settled, "waiting for the API server", limit=_START_SECONDS)
    for name, child in children.items():
        if child.poll() is not None:
            _explain_end(name, plane.folder)
    if not ready:
        said = tail(plane.folder / "kube-apiserver.log")
        raise ClusterError(f"The API server was not ready after {_START_SECONDS:.0f} s; the end of its log:\n{said}")


def _explain_end(name: str, folder: Path) -> None:
    said = tail(folder / f"{name}.log")
    if "address already in use" in said:
        raise _PortTakenError
    raise ClusterError(f"{name} ended while starting; the end of its log:\n{said}")


def is_ready(plane: ControlPlane) -> bool:
    """Return whether /readyz answers 200, the bootstrap of the RBAC roles included."""
    try:
        return _asked(plane, "/readyz") == 200
    except OSError:  # no certificate yet, no listener yet, or 500 while a check is open
        return False


def _asked(plane: ControlPlane, path: str, body: dict[str, Any] | None = None) -> int:
    """Return the status that the API server answers the administrator's GET with, or POST; OSError from 400 on."""
    headers = {"Authorization": f"Bearer {plane.admin_token}", "Content-Type": "application/json"}
    sent = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{plane.url}{path}", sent, headers)  # noqa: S310
    https = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=plane.certificate))
    # Without a proxy, even if the environment sets one: it is on loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), https)
    with opener.open(request, timeout=10 if body is None else 60) as answer:
        return int(answer.status)
