"""The example of all ways to a service, in a real cluster: its Secrets as an administrator creates them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from scim_operator.core.secrecy.destinations import destination_of
from tests.envtest.manifests import as_yaml, user
from tests.envtest.test_commands import running, scim
from tests.support.proxy import TLS, connect_proxy, tls_of_server
from tests.support.waiting import HANG
from tools.cluster.controlplane import free_ports
from tools.cluster.progress import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.proxy import ConnectProxy
    from tools.cluster.controlplane import ControlPlane

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "examples" / "ways-to-a-service" / "config.yaml").read_text())
NAME = "behind-a-gateway"
KEY, PASSWORD, PROXY = "canary-of-the-gateway", "canary-of-the-login", "canary-of-the-proxy"


@contextlib.contextmanager
def a_proxy() -> Iterator[ConnectProxy]:
    """A proxy beside a test that waits for processes."""
    loop, made, end = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    found: list[ConnectProxy] = []

    async def serve() -> None:
        async with connect_proxy(tls_of_server()) as proxy:
            found.append(proxy)
            made.set()
            await end.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()])
    thread.start()
    made.wait(HANG)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
        loop.close()


@pytest.fixture
def way(crds: ControlPlane, namespace: str, tmp_path: Path) -> Iterator[tuple[ControlPlane, ConnectProxy]]:
    (port,) = free_ports(1)
    files = {"--tls-cert": "localhost.pem", "--tls-key": "localhost.key", "--client-ca": "client-ca.pem"}
    tls = [part for option, name in files.items() for part in (option, str(TLS / name))]
    wanted = ["--token", PASSWORD, "--username", "ada", "--header", f"X-Api-Key: {KEY}", *tls]
    url = f"https://localhost:{port}/usergroup/t/CUSTOMER/scim/v2"
    with running("simulate", "--port", str(port), *wanted, log=tmp_path / "simulator.log"), a_proxy() as proxy:
        create(crds, namespace, url, proxy.url)
        yield crds, proxy


def create(crds: ControlPlane, namespace: str, url: str, proxy: str) -> None:
    service = {**CONFIG["spec"]["service"], "url": url, "allowInsecure": True, "profile": "vmware-identity-service"}
    service["proxy"] = {**service["proxy"], "url": proxy}
    metadata = {"name": NAME, "namespace": namespace}
    spec = {**CONFIG["spec"], "service": service, "users": {"externalId": "Generated"}}
    config: dict[str, Any] = {**CONFIG, "metadata": metadata, "spec": spec}
    both = f"hosts={destination_of(url)},{destination_of(proxy)}"
    objects = {
        "secret generic scim-login": ["literal=username=ada", f"literal=password={PASSWORD}", f"literal={both}"],
        "secret generic scim-gateway": [f"literal=api-key={KEY}", f"literal={both}"],
        "secret generic scim-client": [
            f"file=tls.crt={TLS / 'client.pem'}", f"file=tls.key={TLS / 'client.key'}", f"literal={both}"
        ],
        "configmap scim-ca": [f"file=ca.crt={TLS / 'ca.pem'}", f"literal={both}"],
        "secret generic scim-proxy": [
            "literal=username=operator", f"literal=password={PROXY}", f"literal=hosts={destination_of(proxy)}"
        ],
    }  # fmt: skip
    for what, values in objects.items():
        crds.kubectl("create", *what.split(), *(f"--from-{value}" for value in values), "-n", namespace)
    crds.kubectl("apply", "--server-side", "-f", "-", input=as_yaml(config, user("ada", namespace)))


def test_connection_passes_by_all_ways(way: tuple[ControlPlane, ConnectProxy], namespace: str) -> None:
    plane, proxy = way
    wait_until(lambda: scim(plane, "test-connection", NAME, "-n", namespace).returncode == 0, "it", limit=HANG)
    ended = scim(plane, "test-connection", NAME, "-n", namespace)
    for said in (
        f"through {proxy.url}",
        "Secret scim-login, sent as Basic",
        "Secret scim-client, shown as a client certificate",
        "Secret scim-proxy, sent to the proxy",
        "Secret scim-gateway, key api-key, sent as X-Api-Key",
    ):
        assert said in ended.stdout
    assert "canary" not in ended.stdout + ended.stderr
    assert proxy.asked
    explained = scim(plane, "explain", "scimuser/ada", "-n", namespace)
    assert "create" in explained.stdout.lower(), explained.stdout + explained.stderr
    assert "canary" not in explained.stdout + explained.stderr


def test_a_secret_that_does_not_name_the_proxy_is_named(way: tuple[ControlPlane, ConnectProxy], namespace: str) -> None:
    plane, proxy = way
    patch = '{"stringData":{"hosts":"localhost"}}'
    plane.kubectl("patch", "secret", "scim-client", "-n", namespace, "--type=merge", "-p", patch)
    ended = scim(plane, "test-connection", NAME, "-n", namespace)
    assert ended.returncode == 1
    assert "Secret scim-client" in ended.stderr
    assert "does not name" in ended.stderr
    assert proxy.asked == []
