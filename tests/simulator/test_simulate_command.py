"""`scim-operator simulate` as a process: ready line, token file, TLS, faults, SIGTERM, and what it refuses."""

from __future__ import annotations

import base64
import signal
import socket
import ssl
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner

from scim_operator.cli.simulate import command
from scim_operator.simulator.catalogue import FaultName
from tests.simulator.client import person
from tests.support.waiting import HANG

OPERATOR = Path(__file__).parents[2] / "operator"
TLS = Path(__file__).parents[1] / "scim" / "tls"
CALL = "from scim_operator.cli.simulate import command; command()"


@contextmanager
def running(*arguments):
    """The process and the URL that it tells when it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-c", CALL, "--port", "0", *arguments],
        env={"PYTHONPATH": str(OPERATOR)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        assert line.startswith("Ready at "), line + process.stderr.read()
        yield process, line.removeprefix("Ready at ").strip()
    finally:
        process.kill()
        process.communicate()


async def test_serves_until_sigterm(tmp_path):
    secret = tmp_path / "token"
    secret.write_text("T\n")
    with running("--token-file", str(secret), "--fault", "status=503;times=1;method=POST") as (process, url):
        headers = {"Authorization": "Bearer T", "Content-Type": "application/scim+json"}
        async with aiohttp.ClientSession(headers=headers) as session:
            statuses = []
            for _ in range(2):
                async with session.post(f"{url}/Users", json=person(), headers=headers) as answer:
                    statuses.append(answer.status)
            assert statuses == [503, 201]
            process.send_signal(signal.SIGTERM)
            assert process.wait(HANG) == 0
            assert "for tests" in process.stderr.read()


async def test_a_control_token_from_a_file_opens_the_control_endpoints(tmp_path):
    secret = tmp_path / "control"
    secret.write_text("C\n")
    options = ("--token", "T", "--host", "0.0.0.0", "--control-token-file", str(secret))
    with running(*options) as (_, url):
        root = url.partition("/usergroup/")[0]
        async with aiohttp.ClientSession() as session:
            for token, status in (("", 401), ("T", 401), ("C", 200)):
                headers = {"Authorization": f"Bearer {token}"}
                async with session.get(f"{root}/_simulator/dump", headers=headers) as answer:
                    assert answer.status == status


async def test_a_profile_has_its_habits():
    with running("--token", "T", "--profile", "slack") as (_, url):
        headers = {"Authorization": "Bearer T", "Content-Type": "application/scim+json"}
        async with aiohttp.ClientSession(headers=headers) as session:
            lenient = {"schemas": person()["schemas"], "userName": "ada", "emails": person()["emails"]}
            async with session.post(f"{url}/Users", json=lenient) as answer:
                assert answer.status == 201, "no VMware attributes are required"
                id = (await answer.json(content_type=None))["id"]
            async with session.post(f"{url}/Users", json={**lenient, "userName": "bob", "emails": []}) as answer:
                assert answer.status == 400, "an e-mail is"
            async with session.delete(f"{url}/Users/{id}") as answer:
                assert answer.status == 204
            async with session.get(f"{url}/Users/{id}") as answer:
                assert (await answer.json(content_type=None))["active"] is False, "DELETE deactivates"


async def test_tls():
    context = ssl.create_default_context(cafile=str(TLS / "ca.pem"))
    options = ("--tls-cert", str(TLS / "localhost.pem"), "--tls-key", str(TLS / "localhost.key"))
    with running("--token", "T", *options) as (_, url):
        assert url.startswith("https://")
        trusted = {"ssl": context, "server_hostname": "localhost", "headers": {"Authorization": "HZN T"}}
        async with aiohttp.ClientSession() as session, session.get(f"{url}/Users", **trusted) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    ("arguments", "reported"),
    [
        pytest.param([], "--token or --token-file", id="no token"),
        pytest.param(["--token", "T", "--token-file", __file__], "one of them only", id="two tokens"),
        pytest.param(["--token", ""], "empty", id="empty token"),
        pytest.param(["--token", "T", "--host", "0.0.0.0"], "--control-token", id="open to all"),
        pytest.param(["--token", "T", "--host", "::"], "--control-token", id="open to all, IPv6"),
        pytest.param(["--token", "T", "--host", "sim.example"], "--control-token", id="open under a name"),
        pytest.param(["--token", "T", "--fault", "nope"], "no fault of that name", id="unknown fault"),
        pytest.param(["--token", "T", "--tls-key", __file__], "--tls-cert", id="a key without certificate"),
        pytest.param(["--token", "T", "--page-cap", "0"], "page-cap", id="no page"),
        pytest.param(["--no-token"], "--header or --client-ca", id="nothing to show"),
        pytest.param(["--no-token", "--token", "T"], "one of them only", id="a token and none"),
        pytest.param(["--token", "T", "--header", "X-Api-Key"], "NAME: VALUE", id="a header without a value"),
        pytest.param(["--token", "T", "--username", "a:b"], "colon", id="a name that Basic cannot carry"),
        pytest.param(["--token", "T", "--client-ca", __file__], "--tls-cert", id="client certificates without TLS"),
    ],
)
def test_wrong_options(arguments, reported):
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert reported in result.output


def failing(*arguments):
    process = subprocess.run(
        [sys.executable, "-c", CALL, "--token", "T", *arguments],
        env={"PYTHONPATH": str(OPERATOR)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert "Traceback" not in process.stderr
    return process.stderr


def test_address_in_use_is_reported():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "choose another --port" in failing("--port", str(taken.getsockname()[1]))


def test_file_that_is_no_certificate_is_reported():
    assert "--tls-cert" in failing("--port", "0", "--tls-cert", __file__)


def test_help_lists_every_fault():
    output = CliRunner().invoke(command, ["--help"]).output
    assert all(f"  {name.value} " in output for name in FaultName)


async def test_a_password_a_header_and_a_client_certificate():
    context = ssl.create_default_context(cafile=str(TLS / "ca.pem"))
    context.load_cert_chain(TLS / "client.pem", TLS / "client.key")
    files = {"--tls-cert": "localhost.pem", "--tls-key": "localhost.key", "--client-ca": "client-ca.pem"}
    tls = [part for option, name in files.items() for part in (option, str(TLS / name))]
    with running("--token", "T", "--username", "ada", "--header", "X-Api-Key: key", *tls) as (_, url):
        trusted = {"ssl": context, "server_hostname": "localhost"}
        login = "Basic " + base64.b64encode(b"ada:T").decode()
        async with aiohttp.ClientSession(headers={"Authorization": login}) as session:
            for headers, status in (({}, 401), ({"X-Api-Key": "key"}, 200)):
                async with session.get(f"{url}/Users", headers=headers, **trusted) as answer:
                    assert answer.status == status


async def test_a_header_alone():
    with running("--no-token", "--header", "X-Api-Key: key") as (_, url):
        headers = {"X-Api-Key": "key"}
        async with aiohttp.ClientSession() as session, session.get(f"{url}/Users", headers=headers) as answer:
            assert answer.status == 200
