"""Who may write a ProvisioningConfig names any Secret of the namespace, and a URL of their own.

Nothing of a Secret leaves for a server that the Secret itself does not name, and no connection is made for it.
"""

from __future__ import annotations

from functools import partial
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.api.notifications import Notification
from scim_operator.core.connection.quarantine import Cause
from scim_operator.core.keys import ConfigKey
from scim_operator.core.report.notice import quarantined
from scim_operator.core.secrecy.destinations import Destination, may_go, named
from scim_operator.observability.metrics import Metrics
from scim_operator.observability.notifications.channels import Ways
from scim_operator.observability.notifications.post import Post
from scim_operator.scim.egress import Egress
from tests.support.cluster import Cluster
from tests.support.hurried import HurriedClock
from tests.support.listener import Listener, listener
from tests.support.rig import Rig, rig
from tests.support.tokens import CLIENT, token_endpoint
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CANARY = "canary-of-another-application"
LOOPBACK = Egress(networks=(ip_network("127.0.0.0/8"),))


@pytest.fixture
async def r() -> AsyncIterator[Rig]:
    async with rig(haste=20) as made:
        made.binds = False
        del made.cluster.secrets["vmware-scim", "hosts"]
        yield made


@pytest.fixture
async def elsewhere() -> AsyncIterator[Listener]:
    async with listener() as made:
        yield made


def config(r: Rig, url: str, secret: str, key: str) -> None:
    r.spec["service"] = {
        **r.spec["service"],
        "url": url,
        "auth": {"bearer": {"secretRef": {"name": secret, "key": key}}},
    }


def message(r: Rig) -> str:
    return next((c["message"] for c in r.status.get("conditions", ()) if c["type"] == "Connected"), "")


async def refused(r: Rig, reason: str) -> str:
    """Wait until the config says so; its message, which repeats nothing of a Secret."""
    await r.until(lambda: r.condition("Connected") == ("False", reason))
    assert CANARY not in str(r.status) + str(r.events())
    return message(r)


async def test_a_password_of_another_application_is_not_sent(r: Rig, elsewhere: Listener) -> None:
    r.cluster.secrets["db", "password"] = CANARY.encode()
    config(r, elsewhere.url, "db", "password")
    await r.start()
    said = await refused(r, "HostNotNamed")
    assert elsewhere.heard_nothing
    line = f"""patch secret db --type=merge --patch='{{"stringData":{{"hosts":"127.0.0.1:{elsewhere.port}"}}}}'"""
    assert f"kubectl --namespace identity {line}" in said


@pytest.mark.parametrize(
    "hosts", ["vc.example.com", "127.0.0.1", "127.0.0.1:1", "*", "*:PORT", "example.com/127.0.0.1"]
)
async def test_another_host_or_port_is_another_server(r: Rig, elsewhere: Listener, hosts: str) -> None:
    named = hosts.replace("PORT", str(elsewhere.port))
    r.cluster.secrets |= {("vmware-scim", "token"): CANARY.encode(), ("vmware-scim", "hosts"): named.encode()}
    config(r, elsewhere.url, "vmware-scim", "token")
    await r.start()
    assert named not in await refused(r, "HostNotNamed") or named == "127.0.0.1"
    assert elsewhere.heard_nothing


@pytest.mark.parametrize("host", ["stra\u00dfe.example", "\u03c3\u03b5\u03c2.example", "vc\u200d.example"])
def test_a_host_that_is_two_names_is_none(host: str) -> None:
    """Browsers read stra\u00dfe as xn--strae-oqa, older software as strasse, which someone else may register."""
    with pytest.raises(ValueError, match="no host"):
        named(host)
    assert "xn--" in may_go(host, Destination("strasse.example"))


async def test_credentials_of_a_registry_are_never_sent(r: Rig, elsewhere: Listener) -> None:
    """Not even to a host that the Secret names."""
    r.cluster.secrets["pull", ".dockerconfigjson"] = CANARY.encode()
    r.cluster.bind("pull", elsewhere.url)
    config(r, elsewhere.url, "pull", ".dockerconfigjson")
    await r.start()
    await refused(r, "InvalidSpec")
    assert elsewhere.heard_nothing


async def test_http_needs_the_flag_of_who_runs_the_operator(r: Rig, elsewhere: Listener) -> None:
    """allowInsecure of the config alone would send the token in the clear."""
    r.cluster.egress = LOOPBACK
    r.cluster.bind("vmware-scim", elsewhere.url)
    config(r, elsewhere.url, "vmware-scim", "token")
    await r.start()
    assert "--allow-insecure-services" in await refused(r, "InvalidSpec")
    assert r.condition("Ready") == ("False", "InvalidSpec")
    assert elsewhere.heard_nothing


@pytest.mark.parametrize("named", ["the service", "the token endpoint"])
async def test_a_client_s_credentials_need_both_servers(r: Rig, elsewhere: Listener, named: str) -> None:
    """The credentials go to tokenUrl, and the token that they get to the service: an author could choose either."""
    async with token_endpoint(CANARY) as endpoint:
        r.cluster.secrets |= {
            ("client", "client_id"): CLIENT[0].encode(),
            ("client", "client_secret"): CLIENT[1].encode(),
        }
        mine, theirs = (r.simulator.url, elsewhere.url) if named == "the service" else (elsewhere.url, endpoint.url)
        r.cluster.bind("client", r.simulator.url if named == "the service" else endpoint.url)
        auth = {"oauth2": {"tokenUrl": theirs, "secretRef": {"name": "client"}}}
        r.spec["service"] = {**r.spec["service"], "url": mine, "auth": auth}
        await r.start()
        await refused(r, "HostNotNamed")
        assert elsewhere.heard_nothing
        assert endpoint.asked == []
        await r.stop()


async def test_a_ca_is_trusted_for_the_hosts_that_it_names(r: Rig, elsewhere: Listener) -> None:
    """Else an author's CA, or anyone's, would vouch for whatever answers."""
    r.cluster.secrets["vc-ca", "ca.crt"] = b"PEM"
    r.cluster.bind("vmware-scim", elsewhere.url)
    config(r, elsewhere.url, "vmware-scim", "token")
    r.spec["service"]["tls"] = {"caBundleRef": {"name": "vc-ca"}}
    await r.start()
    assert "patch configmap vc-ca" in await refused(r, "HostNotNamed")
    assert elsewhere.heard_nothing


async def test_hosts_are_taken_up_without_a_restart(r: Rig) -> None:
    """The way back: whoever answers for the Secret types the line."""
    r.user("ada")
    await r.start()
    await refused(r, "HostNotNamed")
    r.cluster.bind("vmware-scim", r.simulator.url)
    await r.settle()
    assert r.writes() == ["POST /Users"]


async def test_a_host_that_is_taken_back_ends_the_session(r: Rig) -> None:
    """With the next sweep: a token that was read once is not sent for ever."""
    r.cluster.bind("vmware-scim", r.simulator.url)
    r.user("ada")
    await r.start()
    await r.settle()
    r.cluster.secrets["vmware-scim", "hosts"] = b"vc.example.com"
    await r.sweep_and_lose()
    await refused(r, "HostNotNamed")
    mark = r.mark()
    r.user("ada", title="Analyst")
    await r.until(lambda: "HostNotNamed" in str(r.events()))
    assert list(r.entries(mark)) == []


# --- notifications ---


class Told:
    """A post whose one target is a Secret of another application."""

    def __init__(self, egress: Egress) -> None:
        clock = HurriedClock(400)
        self.cluster = Cluster(clock)
        self.metrics = Metrics()
        self.post = Post(Ways(self.cluster, egress), self.cluster, clock, self.metrics)

    async def given_up(self, secret: dict[str, str], **target: Any) -> str:
        """Notify until it is given up; what was said about it."""
        self.cluster.secrets |= {("db", key): value.encode() for key, value in secret.items()}
        key = ConfigKey("identity", "vmware")
        notification = Notification.from_manifest(target)
        self.post.notify(key, [notification], quarantined(Cause.CREDENTIALS))
        labels = {"config": str(key), "channel": notification.channel}
        failed = partial(self.metrics.registry.get_sample_value, "scim_notifications_failed_total", labels)
        await until(failed, "that it is given up")
        await self.post.close()
        assert CANARY not in str(self.cluster.events)
        return " ".join(text for _, text in self.cluster.events)


WEBHOOK = {"webhook": {"urlSecretRef": {"name": "db"}, "allowInsecure": True}}
WEBHOOK_OF_TLS = {"webhook": {"urlSecretRef": {"name": "db"}}}
EMAIL = {"email": {"to": ["eve@evil.example"], "smtpSecretRef": {"name": "db"}, "allowInsecure": True}}
APPRISE = {"apprise": {"urlSecretRef": {"name": "db"}}}
NOTIFIED: list[Any] = [
    pytest.param(WEBHOOK, {"url": f"http://127.0.0.1:PORT/{CANARY}"}, id="a webhook without hosts"),
    pytest.param(WEBHOOK, {"url": f"http://127.0.0.1:PORT/{CANARY}", "hosts": "hooks.example"}, id="another webhook"),
    pytest.param(
        EMAIL,
        {"host": "127.0.0.1", "port": "PORT", "username": "app", "password": CANARY, "tls": "none"},
        id="a database's Secret as a mail server",
    ),
    pytest.param(APPRISE, {"url": f"json://127.0.0.1:PORT/{CANARY}"}, id="apprise without hosts"),
    pytest.param(
        APPRISE, {"url": f"json://127.0.0.1:PORT/{CANARY}", "hosts": "chat.example"}, id="apprise to another host"
    ),
]


@pytest.mark.filterwarnings("ignore:.*deprecated.*:DeprecationWarning")
@pytest.mark.parametrize(("target", "secret"), NOTIFIED)
async def test_a_notification_reports_nothing_to_another_host(
    elsewhere: Listener, target: dict[str, Any], secret: dict[str, str]
) -> None:
    reported = Told(Egress(allow_insecure=True, networks=LOOPBACK.networks))
    filled = {key: value.replace("PORT", str(elsewhere.port)) for key, value in secret.items()}
    assert "hosts" in await reported.given_up(filled, **target)
    assert elsewhere.heard_nothing


@pytest.mark.parametrize(
    "url", ["https://stra\u00dfe.example/hook", "https://vc.example.com:0/", r"https://a.example\@vc.example.com/"]
)
async def test_a_webhook_that_is_read_in_two_ways_is_refused(url: str) -> None:
    """What is compared with the hosts is what is connected to."""
    said = await Told(Egress()).given_up({"url": url, "hosts": "strasse.example,vc.example.com"}, **WEBHOOK_OF_TLS)
    assert "holds no URL" in said


@pytest.mark.filterwarnings("ignore:.*deprecated.*:DeprecationWarning")
async def test_what_a_name_resolves_to_is_judged_for_apprise_too(elsewhere: Listener) -> None:
    """A name of the author's may lead anywhere, and elsewhere the next time: the address connected to counts."""
    hosts = f"localhost:{elsewhere.port}"
    secret = {"url": f"json://{hosts}/{CANARY}", "hosts": hosts}
    assert "loopback" in await Told(Egress()).given_up(secret, **APPRISE)
    assert elsewhere.heard_nothing


@pytest.mark.parametrize("target", [WEBHOOK, EMAIL])
async def test_allow_insecure_of_a_notification_needs_the_flag_as_well(
    elsewhere: Listener, target: dict[str, Any]
) -> None:
    place = f"127.0.0.1:{elsewhere.port}"
    secret = {
        "url": f"http://{place}/x",
        "hosts": place,
        "host": "127.0.0.1",
        "port": str(elsewhere.port),
        "tls": "none",
    }
    assert "--allow-insecure-services" in await Told(LOOPBACK).given_up(secret, **target)
    assert elsewhere.heard_nothing
