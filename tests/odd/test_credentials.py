"""Services that want other credentials than a token: HTTP Basic, and headers of a gateway."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from scim_operator.cli.directory import Request, connected, secret_reader_of
from scim_operator.errors import HostNotNamed, SecretNotFound
from scim_operator.job.base.settings import settings_of
from scim_operator.scim.clock import SystemClock
from scim_operator.scim.egress import Egress
from scim_operator.simulator.settings import SCHEMES, Wanted
from tests.security.test_canaries import parrot

if TYPE_CHECKING:
    from pathlib import Path

    from scim_operator.job.base.settings import Settings
    from tests.support.rig import Rig

NAME, PASSWORD = "operator", "p\u00e4ss: w0rd & more"
KEY = "key-of-the-gateway-0123456789"


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def want(r: Rig, password: str = "", key: str = "", *, schemes: tuple[str, ...] = SCHEMES) -> None:
    """From now on the service wants a password, a header's value, or both."""
    now, headers = r.simulator.settings, (("X-Api-Key", key),) if key else ()
    wanted = Wanted(schemes, NAME if password else "", headers)
    r.simulator.settings = replace(now, token=password or now.token, wanted=wanted)


def use(r: Rig, auth: dict[str, Any], **more: Any) -> None:
    r.spec["service"] = {**r.spec["service"], "auth": auth, **more}


def use_basic(r: Rig, **more: Any) -> None:
    r.cluster.secrets["login", "username"] = f"{NAME}\n".encode()
    r.cluster.secrets["login", "password"] = f"{PASSWORD}\n".encode()
    r.cluster.bind("login", r.simulator.url)
    use(r, {"basic": {"secretRef": {"name": "login"}}}, **more)


def use_key(r: Rig, host: str = "") -> list[dict[str, Any]]:
    r.cluster.secrets["gateway", "api-key"] = f"{KEY}\n".encode()
    r.cluster.bind("gateway", host or r.simulator.url)
    return [{"name": "X-Api-Key", "secretRef": {"name": "gateway", "key": "api-key"}}]


def refused(r: Rig) -> int:
    return r.simulator.log.statuses[401]


async def test_a_service_that_wants_http_basic(hurried: Rig) -> None:
    want(hurried, PASSWORD)
    use_basic(hurried)
    hurried.user("ada")
    await hurried.start()
    await hurried.settle()
    assert hurried.writes() == ["POST /Users"]
    assert refused(hurried) == 0


async def test_a_password_that_was_changed_is_taken_up_without_a_restart(hurried: Rig) -> None:
    want(hurried, PASSWORD)
    use_basic(hurried)
    await hurried.start()
    await hurried.settle()
    want(hurried, "another")
    hurried.cluster.secrets["login", "password"] = b"another"
    hurried.user("ada")
    await hurried.until(lambda: hurried.at_service("ada") is not None)
    assert hurried.condition("Connected") == ("True", "TestPassed")


async def test_a_password_that_the_service_repeats_is_shown_nowhere(hurried: Rig) -> None:
    async with parrot(hurried.simulator.url.rsplit("/usergroup", 1)[0]) as service:
        service.secrets = [PASSWORD, KEY, basic(NAME, PASSWORD), basic(NAME, PASSWORD)[6:]]
        service.choose = lambda _: 401
        use_basic(hurried, headers=use_key(hurried))
        hurried.spec["service"]["url"] = service.url + "/usergroup" + hurried.simulator.url.rsplit("/usergroup", 1)[1]
        for secret in ("login", "gateway"):
            hurried.cluster.bind(secret, service.url)
        await hurried.start()
        await hurried.until(lambda: hurried.condition("Connected") == ("False", "Unauthorized"))
        shown = str(hurried.status) + str(hurried.events())
        assert not [each for each in service.secrets if each in shown]


@pytest.mark.parametrize(
    ("way", "says"),
    [("basic", "The password or the header X-Api-Key has expired"), ("header", "The header X-Api-Key has expired")],
)
async def test_a_refusal_names_what_was_refused(r: Rig, way: str, says: str) -> None:
    """No message speaks of a token where there is none."""
    want(r, "another", "another")
    headers = use_key(r)
    if way == "basic":
        use_basic(r, headers=headers)
    else:
        use(r, {}, headers=headers)
    await r.start()
    await r.until(lambda: r.condition("Connected") == ("False", "Unauthorized"))
    [message] = [each["message"] for each in r.status["conditions"] if each["type"] == "Connected"]
    assert says in message
    assert "token" not in message
    await r.stop()


async def test_a_name_with_a_colon_is_reported_and_not_sent(r: Rig) -> None:
    use_basic(r)
    r.cluster.secrets["login", "username"] = b"a:b"
    await r.start()
    await r.until(lambda: r.condition("Connected") == ("False", "Unauthorized"))
    assert not [*r.entries()]
    await r.stop()


async def test_a_gateway_that_wants_a_header_besides_the_token(hurried: Rig) -> None:
    want(hurried, PASSWORD, KEY)
    use_basic(hurried, headers=use_key(hurried))
    hurried.user("ada")
    await hurried.start()
    await hurried.settle()
    assert hurried.writes() == ["POST /Users"]
    want(hurried, PASSWORD, "another")
    hurried.cluster.secrets["gateway", "api-key"] = b"another"
    hurried.user("charles")
    await hurried.until(lambda: hurried.at_service("charles") is not None)


async def test_a_header_alone_may_be_all_that_a_service_wants(hurried: Rig) -> None:
    want(hurried, key=KEY, schemes=())
    use(hurried, {}, headers=use_key(hurried))
    hurried.user("ada")
    await hurried.start()
    await hurried.settle()
    assert hurried.writes() == ["POST /Users"]
    assert {entry.notes[-1] for entry in hurried.entries()} == {"showed X-Api-Key"}


async def test_a_header_goes_to_no_host_that_its_secret_does_not_name(r: Rig) -> None:
    use_basic(r, headers=use_key(r, "https://elsewhere.example"))
    await r.start()
    await r.until(lambda: r.condition("Connected") == ("False", "HostNotNamed"))
    assert not [*r.entries()]
    await r.stop()


async def test_a_header_whose_secret_ceases_to_name_the_host_is_sent_no_more(hurried: Rig) -> None:
    want(hurried, PASSWORD)
    use_basic(hurried, headers=use_key(hurried))
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
    want(r, PASSWORD, KEY)
    use_basic(r, headers=use_key(r))
    host = urlsplit(r.simulator.url).netloc
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
    (tmp_path / "token").write_text("canary-of-a-token")
    use_basic(r, headers=use_key(r))
    egress = Egress(allow_insecure=True)
    request = Request(tmp_path, token_file=tmp_path / "token", url=r.simulator.url, egress=egress)
    with pytest.raises(SecretNotFound, match="login/username"):
        await probed(request, settings_of_rig(r))
    assert not [*r.entries()]


async def probed(request: Request, settings: Settings) -> None:
    async with connected(settings, secret_reader_of(request, settings), SystemClock(), request.egress):
        pass
