"""`plan` and `apply` over files take every way to a service, with Secrets from a folder, and keep the same rules."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
import yaml

from scim_operator.core.secrecy.destinations import destination_of
from scim_operator.simulator.settings import Wanted
from tests.odd.test_ways_to_a_service import CLIENTS, SERVER
from tests.support.desk import Desk, desk
from tests.support.proxy import TLS, ConnectProxy, connect_proxy, tls_of_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

KEY, PASSWORD = "key-of-the-gateway", "password-of-the-proxy"
CONFIG = yaml.safe_load(
    (TLS.parents[2] / "examples" / "ways-to-a-service" / "config.yaml").read_text()  # the example itself
)

Way = tuple[Desk, ConnectProxy, "Path"]


@pytest.fixture
async def way(tmp_path: Path) -> AsyncIterator[Way]:
    """A service that wants all that the example has, and the example's config and Secrets."""
    wanted = Wanted(username="ada", headers=(("X-Api-Key", KEY),), client_ca=CLIENTS)
    async with desk(tmp_path, wanted=wanted, **SERVER) as at, connect_proxy(tls_of_server()) as proxy:
        proxy.wanted = "Basic " + base64.b64encode(f"operator:{PASSWORD}".encode()).decode()
        service = CONFIG["spec"]["service"]
        url = at.simulator.url.replace("127.0.0.1", "localhost")
        proxied = {"proxy": {**service["proxy"], "url": proxy.url}, "profile": "vmware-identity-service"}
        at.spec["service"] = {**service, **proxied, "url": url, "allowInsecure": True}
        at.configure()
        at.user("ada")
        yield at, proxy, in_folder(tmp_path / "secrets", at.simulator.token, url, proxy.url)


def in_folder(folder: Path, token: str, *urls: str) -> Path:
    client = {"tls.crt": (TLS / "client.pem").read_text(), "tls.key": (TLS / "client.key").read_text()}
    secrets = {
        "scim-login": {"username": "ada\n", "password": f"{token}\n"},
        "scim-gateway": {"api-key": f"{KEY}\n"},
        "scim-client": client,
        "scim-ca": {"ca.crt": (TLS / "ca.pem").read_text()},
        "scim-proxy": {"username": "operator\n", "password": f"{PASSWORD}\n"},
    }
    for name, values in secrets.items():
        to = urls[1:] if name == "scim-proxy" else urls
        (folder / name).mkdir(parents=True)
        for key, value in {**values, "hosts": ",".join(str(destination_of(url)) for url in to)}.items():
            (folder / name / key).write_text(value)
    return folder


async def test_the_example_is_planned_and_applied(way: Way) -> None:
    at, proxy, folder = way
    planned = await at.run("plan", "--secrets", str(folder), token="")
    assert "ada@corp.example" in planned.output
    assert planned.exit_code == 2, planned.output
    done = await at.run("apply", "--auto-approve", "--secrets", str(folder), token="")
    assert done.exit_code == 0, done.output
    assert at.writes() == ["POST /Users"]
    assert {note for entry in at.simulator.log for note in entry.notes} == {"showed Basic, X-Api-Key, CN=client"}
    assert set(proxy.asked) == {at.spec["service"]["url"].split("/")[2]}
    shown = planned.output + done.output
    assert not [each for each in (KEY, PASSWORD, at.simulator.token) if each in shown]


@pytest.mark.parametrize("name", ["scim-login", "scim-gateway", "scim-client", "scim-ca", "scim-proxy"])
async def test_each_secret_has_to_name_the_way(way: Way, name: str) -> None:
    at, proxy, folder = way
    (folder / name / "hosts").write_text("elsewhere.example")
    refused = await at.run("plan", "--secrets", str(folder), token="")
    assert refused.exit_code == 1
    assert name in refused.output
    assert "does not name" in refused.output
    assert proxy.asked == []


@pytest.mark.parametrize(
    ("name", "key"),
    [("scim-login", "password"), ("scim-gateway", "api-key"), ("scim-client", "tls.key"), ("scim-proxy", "username")],
)
async def test_what_was_not_given_is_named(way: Way, name: str, key: str) -> None:
    at, proxy, folder = way
    (folder / name / key).unlink()
    refused = await at.run("plan", "--secrets", str(folder), token="")
    assert refused.exit_code == 1
    assert f"{name}" in refused.output
    assert key in refused.output
    assert proxy.asked == []
