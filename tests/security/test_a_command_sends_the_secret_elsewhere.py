"""An administrator's own command would send a Secret, or the token of a pull request's job, to the author's server.

The API server is a real one, and so is the server of the author: it must not hear a byte.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.envtest.manifests import as_yaml, config, user
from tests.support.listener import Listener, listener
from tools.cluster.crds import install_crds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.desk import Desk
    from tools.cluster.controlplane import ControlPlane

CANARY = "canary-of-another-application"
MAIN = (sys.executable, "-c", "from scim_operator.cli import main; main()")


@pytest.fixture
async def elsewhere() -> AsyncIterator[Listener]:
    async with listener() as made:
        yield made


async def scim(*words: str, **environment: str) -> str:
    """Run a command to its end; what it says, which repeats no secret."""
    process = await asyncio.create_subprocess_exec(
        *(*MAIN, *words),
        env={**os.environ, "SCIM_OPERATOR_ALLOW_INSECURE_SERVICES": "true", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await process.communicate())[0].decode()
    assert CANARY not in said
    assert "Traceback" not in said
    return said


@pytest.fixture
async def attacked(api_server: ControlPlane, namespace: str, elsewhere: Listener) -> ControlPlane:
    """A namespace in which an author has named the database's password and a URL of their own."""
    manifest = config("vmware", namespace, elsewhere.url)
    service = manifest["spec"]["service"]
    service |= {"allowInsecure": True, "auth": {"bearer": {"secretRef": {"name": "db", "key": "password"}}}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": namespace}}
    secret["stringData"] = {"password": CANARY}  # type: ignore[assignment]

    def make() -> None:
        install_crds(api_server)
        manifests = as_yaml(secret, manifest, user("ada", namespace))
        api_server.kubectl("apply", "--server-side", "-f", "-", input=manifests)

    await asyncio.to_thread(make)
    return api_server


@pytest.mark.parametrize("command", ["test-connection", "explain", "plan"])
async def test_a_command_with_the_administrator_s_rights_sends_nothing(
    attacked: ControlPlane, namespace: str, elsewhere: Listener, command: str, tmp_path: Path
) -> None:
    place = ("-n", namespace, f"--kubeconfig={attacked.kubeconfig}")
    (tmp_path / "ada.yaml").write_text(as_yaml(user("ada", namespace)))
    words = {
        "test-connection": ("test-connection", "vmware"),
        "explain": ("explain", "scimuser/ada"),
        "plan": ("plan", str(tmp_path), "--against-cluster", "--config=vmware"),
    }
    said = await scim(*words[command], *place)
    assert "Secret db in namespace" in said
    assert '"hosts":' in said, "the line to type"
    assert elsewhere.heard_nothing


def lead(at: Desk, elsewhere: Listener) -> None:
    """What a pull request changes."""
    at.configure(service={**at.spec["service"], "url": elsewhere.url})


@pytest.mark.parametrize("command", [("plan",), ("apply", "--auto-approve")])
@pytest.mark.parametrize("hosts", ["", "vc.example.com", "127.0.0.1"])
async def test_the_token_of_a_job_goes_to_the_hosts_that_the_job_names(
    at: Desk, elsewhere: Listener, command: tuple[str, ...], hosts: str
) -> None:
    """The author of a pull request controls the URL in the directory, and nothing of the job."""
    lead(at, elsewhere)
    name, *options = command
    said = await scim(name, str(at.folder), *options, SCIM_TOKEN=CANARY, SCIM_TOKEN_HOSTS=hosts)
    assert f"--token-hosts=127.0.0.1:{elsewhere.port}" in said
    assert elsewhere.heard_nothing


async def test_a_ca_that_a_job_names_vouches_for_the_same_hosts_alone(
    at: Desk, elsewhere: Listener, tmp_path: Path
) -> None:
    (tmp_path / "ca.crt").write_text("PEM")
    tls = {"caBundleRef": {"name": "vc-ca"}}
    at.configure(service={**at.spec["service"], "url": elsewhere.url, "tls": tls})
    said = await scim("plan", str(at.folder), f"--ca-file={tmp_path}/ca.crt", SCIM_TOKEN=CANARY)
    assert "--token-hosts" in said
    assert elsewhere.heard_nothing


async def test_a_job_sends_no_token_in_the_clear_unless_it_says_so(at: Desk, elsewhere: Listener) -> None:
    lead(at, elsewhere)
    hosts = f"127.0.0.1:{elsewhere.port}"
    insecure = {"SCIM_OPERATOR_ALLOW_INSECURE_SERVICES": ""}
    said = await scim("plan", str(at.folder), SCIM_TOKEN=CANARY, SCIM_TOKEN_HOSTS=hosts, **insecure)
    assert "--allow-insecure-services" in said
    assert elsewhere.heard_nothing
