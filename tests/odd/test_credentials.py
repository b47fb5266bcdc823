"""Services that want other credentials than a token: HTTP Basic, and headers of a gateway."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from scim_operator.cli.directory import Request, connected, secret_reader_of
from scim_operator.errors import HostNotNamed, SecretNotFound
from scim_operator.job.base.settings import settings_of
from scim_operator.scim.clock import SystemClock
from scim_operator.scim.egress import Egress
from tests.support.gateway import gateway

if TYPE_CHECKING:
    from pathlib import Path

    from scim_operator.job.base.settings import Settings
    from tests.support.rig import Rig

NAME, PASSWORD = "operator", "p\u00e4ss: w0rd & more"
KEY = "key-of-the-gateway-0123456789"


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def use(r: Rig, url: str, auth: dict[str, Any], **more: Any) -> None:
    r.spec["service"] = {**r.spec["service"], "url": url, "auth": auth, **more}


def use_basic(r: Rig, url: str, **more: Any) -> None:
    r.cluster.secrets["login", "username"] = f"{NAME}\n".encode()
    r.cluster.secrets["login", "password"] = f"{PASSWORD}\n".encode()
    r.cluster.bind("login", url)
    use(r, url, {"basic": {"secretRef": {"name": "login"}}}, **more)


def use_key(r: Rig, url: str) -> list[dict[str, Any]]:
    r.cluster.secrets["gateway", "api-key"] = f"{KEY}\n".encode()
    r.cluster.bind("gateway", url)
    return [{"name": "X-Api-Key", "secretRef": {"name": "gateway", "key": "api-key"}}]


async def test_a_service_that_wants_http_basic(hurried: Rig) -> None:
    async with gateway(hurried) as service:
        service.wanted = {"Authorization": basic(NAME, PASSWORD)}
        use_basic(hurried, service.url)
        hurried.user("ada")
        await hurried.start()
        await hurried.settle()
        assert hurried.writes() == ["POST /Users"]
        assert service.refused == 0


async def test_a_password_that_was_changed_is_taken_up_without_a_restart(hurried: Rig) -> None:
    async with gateway(hurried) as service:
        service.wanted = {"Authorization": basic(NAME, PASSWORD)}
        use_basic(hurried, service.url)
        await hurried.start()
        await hurried.settle()
        service.wanted = {"Authorization": basic(NAME, "another")}
        hurried.cluster.secrets["login", "password"] = b"another"
        hurried.user("ada")
        await hurried.until(lambda: hurried.at_service("ada") is not None)
        assert hurried.condition("Connected") == ("True", "TestPassed")


async def test_a_password_that_the_service_repeats_is_shown_nowhere(hurried: Rig) -> None:
    async with gateway(hurried) as service:
        service.wanted = {"Authorization": basic(NAME, "another")}
        use_basic(hurried, service.url, headers=use_key(hurried, service.url))
        await hurried.start()
        await hurried.until(lambda: hurried.condition("Connected") == ("False", "Unauthorized"))
        shown = str(hurried.status) + str(hurried.events())
        token = service.wanted["Authorization"].partition(" ")[2]
        assert not [each for each in (PASSWORD, KEY, token, basic(NAME, PASSWORD)[6:]) if each in shown]


async def test_a_name_with_a_colon_is_reported_and_not_sent(r: Rig) -> None:
    async with gateway(r) as service:
        use_basic(r, service.url)
        r.cluster.secrets["login", "username"] = b"a:b"
        await r.start()
        await r.until(lambda: r.condition("Connected") == ("False", "Unauthorized"))
        assert not service.heard
        await r.stop()


async def test_a_gateway_that_wants_a_header_besides_the_token(hurried: Rig) -> None:
    async with gateway(hurried) as service:
        service.wanted = {"X-Api-Key": KEY, "Authorization": basic(NAME, PASSWORD)}
        use_basic(hurried, service.url, headers=use_key(hurried, service.url))
        hurried.user("ada")
        await hurried.start()
        await hurried.settle()
        assert hurried.writes() == ["POST /Users"]
        service.wanted["X-Api-Key"] = "another"
        hurried.cluster.secrets["gateway", "api-key"] = b"another"
        hurried.user("charles")
        await hurried.until(lambda: hurried.at_service("charles") is not None)


async def test_a_header_alone_may_be_all_that_a_service_wants(hurried: Rig) -> None:
    async with gateway(hurried) as service:
        service.wanted = {"X-Api-Key": KEY}
        use(hurried, service.url, {}, headers=use_key(hurried, service.url))
        hurried.user("ada")
        await hurried.start()
        await hurried.settle()
        assert hurried.writes() == ["POST /Users"]
        assert not [heard for heard in service.heard if "Authorization" in heard]


async def test_a_header_goes_to_no_host_that_its_secret_does_not_name(r: Rig) -> None:
    async with gateway(r) as service:
        headers = use_key(r, "https://elsewhere.example")
        use_basic(r, service.url, headers=headers)
        await r.start()
        await r.until(lambda: r.condition("Connected") == ("False", "HostNotNamed"))
        assert not service.heard
        await r.stop()


async def test_a_header_whose_secret_ceases_to_name_the_host_is_sent_no_more(hurried: Rig) -> None:
    async with gateway(hurried) as service:
        use_basic(hurried, service.url, headers=use_key(hurried, service.url))
        hurried.spec["interval"] = "1m"
        await hurried.start()
        await hurried.settle()
        hurried.cluster.secrets["gateway", "hosts"] = b"elsewhere.example"
        await hurried.until(lambda: hurried.condition("Connected") == ("False", "HostNotNamed"))


def in_files(folder: Path, **values: str) -> Request:
    """The options of a command that was given Secrets as files: `login__password` is login/password."""
    for name, value in values.items():
        path = folder.joinpath(*name.split("__"))
        path.parent.mkdir(exist_ok=True)
        path.write_text(value)
    return Request(folder, secrets=folder, egress=Egress(allow_insecure=True))


def settings_of_rig(r: Rig) -> Settings:
    metadata = {"namespace": "identity", "name": "vmware", "uid": "1", "generation": 1}
    return settings_of({"metadata": metadata, "spec": r.spec})


async def test_plan_and_apply_take_them_from_files(r: Rig, tmp_path: Path) -> None:
    async with gateway(r) as service:
        service.wanted = {"X-Api-Key": KEY, "Authorization": basic(NAME, PASSWORD)}
        use_basic(r, service.url, headers=use_key(r, service.url))
        host = urlsplit(service.url).netloc
        request = in_files(tmp_path, login__username=NAME, login__password=PASSWORD, login__hosts=host)
        settings = settings_of_rig(r)
        with pytest.raises(SecretNotFound, match="--secrets with a file gateway/api-key"):
            await probed(request, settings)
        request = in_files(tmp_path, **{"gateway__api-key": KEY})
        with pytest.raises(HostNotNamed):
            await probed(request, settings)
        await probed(in_files(tmp_path, gateway__hosts=host), settings)


async def test_a_token_that_was_given_is_no_header_and_no_password(r: Rig, tmp_path: Path) -> None:
    """Or a change in review could have it sent under a name that a server logs."""
    async with gateway(r) as service:
        (tmp_path / "token").write_text("canary-of-a-token")
        use_basic(r, service.url, headers=use_key(r, service.url))
        request = Request(tmp_path, token_file=tmp_path / "token", url=service.url, egress=Egress(allow_insecure=True))
        with pytest.raises(SecretNotFound, match="login/username"):
            await probed(request, settings_of_rig(r))
        assert not service.heard


async def probed(request: Request, settings: Settings) -> None:
    async with connected(settings, secret_reader_of(request, settings), SystemClock(), request.egress):
        pass
