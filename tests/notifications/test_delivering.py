"""Notifications on their way: a real HTTP receiver and a real mail server, on a clock that runs fast."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.api.notifications import Notification, Topic
from scim_operator.core.connection.quarantine import Cause
from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
from scim_operator.core.plan.plan import PlanCounts
from scim_operator.core.report.notice import Notice, approval_required, failing, quarantined, recovered
from scim_operator.observability.metrics import Metrics
from scim_operator.observability.notifications.channels import Ways
from scim_operator.observability.notifications.post import Post
from scim_operator.scim.egress import Egress
from tests.notifications.conftest import TLS
from tests.support.cluster import Cluster
from tests.support.hurried import HurriedClock
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.notifications.conftest import MailServer, Receiver

KEY = ConfigKey("identity", "vmware")

# aiosmtpd leaves its end of a connection open when the client turns its certificate down.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


class Office:
    """A post, the Secrets that it reads, and what it delivers to."""

    def __init__(self, haste: float) -> None:
        self.clock = HurriedClock(haste)
        self.cluster = Cluster(self.clock)
        self.metrics = Metrics()
        self.post = Post(Ways(self.cluster, self.cluster.egress), self.cluster, self.clock, self.metrics)
        self.targets: tuple[Notification, ...] = ()

    def tell(self, notice: Notice) -> None:
        self.post.notify(KEY, self.targets, notice)

    def to(self, **target: Any) -> None:
        self.targets = (Notification.from_manifest(target),)

    def hook(self, url: str, **more: Any) -> None:
        self.cluster.secrets["hook", "url"] = url.encode()
        self.cluster.bind("hook", url)
        self.to(webhook={"urlSecretRef": {"name": "hook"}, "allowInsecure": True}, **more)

    def counted(self, what: str) -> float:
        labels = {"config": str(KEY), "channel": self.targets[0].channel}
        return self.metrics.registry.get_sample_value(f"scim_notifications_{what}_total", labels) or 0.0

    @property
    def complaints(self) -> list[str]:
        return [message for reason, message in self.cluster.events if reason == "NotificationFailed"]


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    made = Office(200)
    yield made
    await made.post.close()


def users(number: int) -> list[ObjectKey]:
    return [ObjectKey(Kind.USER, "identity", f"user{each:03}") for each in range(number)]


async def test_a_webhook_gets_a_signed_cloud_event(office: Office, receiver: Receiver) -> None:
    office.cluster.secrets |= {("hook", "url"): receiver.url.encode() + b"\n", ("sign", "key"): b"signing-key"}
    ref = {"urlSecretRef": {"name": "hook"}, "signingKeyRef": {"name": "sign"}, "allowInsecure": True}
    office.cluster.bind("hook", receiver.url)
    office.cluster.bind("sign", receiver.url)
    office.to(webhook=ref)
    office.tell(approval_required("sha256:abc", PlanCounts(disables=700)))
    await until(lambda: bool(receiver.bodies))
    event = json.loads(receiver.bodies[0])
    assert event["specversion"] == "1.0"
    assert event["type"] == "io.scim-operator.approvalrequired"
    assert event["source"].endswith("/namespaces/identity/provisioningconfigs/vmware")
    assert event["data"]["digest"] == "sha256:abc"
    assert "700 disables" in event["data"]["message"]
    wanted = hmac.new(b"signing-key", receiver.bodies[0], hashlib.sha256).hexdigest()
    assert receiver.headers[0]["X-Scim-Operator-Signature"] == f"sha256={wanted}"
    assert receiver.headers[0]["Content-Type"].startswith("application/cloudevents+json")
    await until(lambda: office.counted("sent") == 1)


async def test_failures_come_as_a_digest_and_not_as_a_flood(office: Office, receiver: Receiver) -> None:
    office.hook(receiver.url, digestInterval="10m")
    for number in range(1, 51):
        office.tell(failing({"Rejected": number}, users(number)))
    await until(lambda: len(receiver.bodies) == 1)
    first = json.loads(receiver.bodies[0])["data"]
    assert first["counts"] == {"Rejected": 50}
    assert (len(first["objects"]), first["more"]) == (20, 30)
    office.tell(failing({"Rejected": 51}, users(51)))
    office.tell(failing({"Rejected": 52}, users(52)))
    await until(lambda: len(receiver.bodies) == 2)
    earlier, later = (datetime.fromisoformat(json.loads(body)["time"]) for body in receiver.bodies)
    assert later - earlier >= timedelta(seconds=599), "not before the interval has passed"
    assert json.loads(receiver.bodies[1])["data"]["counts"] == {"Rejected": 52}


async def test_quarantine_does_not_wait_for_a_digest(office: Office, receiver: Receiver) -> None:
    office.hook(receiver.url)
    office.tell(failing({"Rejected": 1}, users(1)))
    office.tell(quarantined(Cause.CREDENTIALS))
    await until(lambda: len(receiver.bodies) == 2)
    topics = [json.loads(body)["data"]["topic"] for body in receiver.bodies]
    assert topics == ["Quarantine", "Failure"]


async def test_what_was_over_before_it_was_reported_is_not_reported(office: Office, receiver: Receiver) -> None:
    office.hook(receiver.url)
    office.tell(failing({"Rejected": 1}, users(1)))
    office.tell(recovered(Topic.FAILURE, "."))
    office.tell(recovered(Topic.QUARANTINE, "It began before a restart."))
    await until(lambda: len(receiver.bodies) == 1)
    assert json.loads(receiver.bodies[0])["data"]["ends"] == "Quarantine"


async def test_only_what_is_asked_for_is_reported(office: Office, receiver: Receiver) -> None:
    office.hook(receiver.url, topics=["Quarantine"])
    office.tell(recovered(Topic.QUARANTINE, "."))
    office.tell(quarantined(Cause.INCOMPATIBLE))
    await until(lambda: len(receiver.bodies) == 1)
    assert json.loads(receiver.bodies[0])["data"]["reason"] == "ServiceIncompatible"


async def test_a_receiver_that_fails_is_tried_again_with_the_same_id(office: Office, receiver: Receiver) -> None:
    office.hook(receiver.url)
    receiver.status = 503
    office.tell(quarantined(Cause.CREDENTIALS))
    await until(lambda: len(receiver.bodies) == 2)
    receiver.status = 200
    await until(lambda: office.counted("sent") == 1)
    assert len({json.loads(body)["id"] for body in receiver.bodies}) == 1


async def test_a_receiver_that_is_away_costs_five_attempts_and_is_counted(office: Office, receiver: Receiver) -> None:
    office.hook(receiver.url)
    receiver.status = 302
    office.tell(quarantined(Cause.CREDENTIALS))
    await until(lambda: office.counted("failed") == 1)
    assert len(receiver.bodies) == 5, "and no redirect is followed"


REFUSED: list[Any] = [
    pytest.param("http://169.254.169.254/latest", True, "link-local or cloud metadata", id="cloud metadata"),
    pytest.param("https://127.0.0.1/hook", False, "loopback", id="loopback, not allowed"),
    pytest.param("http://hooks.example/x", False, "must begin with https://", id="in the clear"),
    pytest.param("file:///etc/passwd", True, "holds no URL", id="no web address"),
]


@pytest.mark.parametrize(("url", "insecure", "said"), REFUSED)
async def test_an_address_that_nothing_may_be_sent_to(office: Office, url: str, insecure: bool, said: str) -> None:
    office.cluster.secrets |= {("hook", "url"): url.encode(), ("hook", "hosts"): b"hooks.example:80,169.254.169.254:80"}
    office.to(webhook={"urlSecretRef": {"name": "hook"}, "allowInsecure": insecure})
    office.tell(quarantined(Cause.CREDENTIALS))
    await until(lambda: office.counted("failed") == 1)
    assert len(office.complaints) == 1
    assert said in office.complaints[0]
    assert url not in office.complaints[0], "the URL is a secret"


async def test_a_missing_secret_is_said_once_and_taken_up_when_it_comes(office: Office, receiver: Receiver) -> None:
    office.to(webhook={"urlSecretRef": {"name": "hook"}, "allowInsecure": True})
    office.tell(quarantined(Cause.CREDENTIALS))
    await until(lambda: bool(office.complaints))
    office.tell(recovered(Topic.QUARANTINE, "."))
    office.cluster.bind("hook", receiver.url)
    office.cluster.secrets["hook", "url"] = receiver.url.encode()
    await until(lambda: len(receiver.bodies) == 2)
    assert len(office.complaints) == 1


async def test_reporting_never_waits(office: Office, receiver: Receiver) -> None:
    office.hook(receiver.url)
    receiver.silent = True
    for _ in range(1000):
        office.tell(quarantined(Cause.CREDENTIALS))
    assert receiver.bodies == [], "it has not even been asked yet: nothing was awaited"
    await until(lambda: len(receiver.bodies) == 1)
    await office.post.close()


def smtp(office: Office, server: MailServer, **changes: str) -> None:
    keys = {
        "host": "localhost",
        "port": str(server.port),
        "username": "scim",
        "password": "hidden-password",
        "from": "scim@corp.example",
        "ca.crt": (TLS / "ca.pem").read_text(),
        **changes,
    }
    keys["hosts"] = f"{keys['host']}:{server.port}"
    office.cluster.secrets |= {("smtp", key): value.encode() for key, value in keys.items() if value}
    office.to(
        email={"to": ["a@corp.example", "b@corp.example"], "smtpSecretRef": {"name": "smtp"}, "allowInsecure": True}
    )


async def test_a_mail_goes_over_starttls_with_a_login(office: Office, mail_server: MailServer) -> None:
    smtp(office, mail_server)
    office.tell(failing({"Rejected": 2, "Conflict": 1}, users(3)))
    await until(lambda: len(mail_server.mails) == 1)
    envelope, login, encrypted = mail_server.mails[0]
    assert (login, encrypted) == ("scim", True)
    assert envelope.mail_from == "scim@corp.example"
    assert envelope.rcpt_tos == ["a@corp.example", "b@corp.example"]
    text = envelope.content.decode()
    assert "Subject: [scim-operator] identity/vmware: Failure: ObjectsFailed" in text
    assert "Auto-Submitted: auto-generated" in text
    assert "- scimuser/user002" in text
    assert "Rejected: 2" in text
    assert "hidden-password" not in text


NOT_SENT: list[Any] = [
    pytest.param({"password": "wrong"}, "refuses username and password", id="a wrong password"),
    pytest.param({"ca.crt": ""}, "", id="a certificate that nobody vouches for"),
    pytest.param({"tls": "maybe"}, "write starttls or tls", id="a mode that is none"),
    pytest.param({"port": "smtp"}, "between 1 and 65535", id="a port that is none"),
    pytest.param({"port": "9" * 5_000}, "between 1 and 65535", id="a port with more digits than Python reads"),
    pytest.param({"from": "a@corp.example\r\nBcc: b"}, "key from: write one address", id="a sender on two lines"),
    pytest.param({"host": ""}, "host", id="no host"),
    pytest.param({"host": "169.254.169.254"}, "nothing may be sent to", id="cloud metadata"),
]


@pytest.mark.parametrize(("changes", "said"), NOT_SENT)
async def test_a_mail_that_cannot_be_sent_is_given_up(
    office: Office, mail_server: MailServer, changes: dict[str, str], said: str
) -> None:
    smtp(office, mail_server, **changes)
    office.tell(quarantined(Cause.CREDENTIALS))
    await until(lambda: office.counted("failed") == 1)
    assert mail_server.mails == []
    assert said in "".join(office.complaints)
    assert "hidden-password" not in str(office.cluster.events)


async def test_no_name_begins_a_header_of_its_own(office: Office, mail_server: MailServer) -> None:
    smtp(office, mail_server)
    office.tell(Notice(Topic.QUARANTINE, "A\r\nBcc: eve@evil.example", "x\r\n\r\nBcc: y", objects=("a\r\nb",)))
    await until(lambda: len(mail_server.mails) == 1)
    lines = mail_server.mails[0][0].content.decode().splitlines()
    assert not [line for line in lines if line.startswith("Bcc")]
    assert mail_server.mails[0][0].rcpt_tos == ["a@corp.example", "b@corp.example"]


# Apprise imports what Python is about to give up.
@pytest.mark.filterwarnings("ignore:.*deprecated.*:DeprecationWarning")
async def test_apprise_delivers_what_its_url_names(office: Office, receiver: Receiver) -> None:
    office.cluster.secrets["chat", "url"] = receiver.url.replace("http://", "json://").encode()
    office.cluster.bind("chat", receiver.url)
    office.post.ways = Ways(office.cluster, Egress(networks=(ip_network("127.0.0.0/8"),)))
    office.to(apprise={"urlSecretRef": {"name": "chat"}})
    office.tell(quarantined(Cause.CREDENTIALS))
    await until(lambda: len(receiver.bodies) == 1)
    assert "Quarantine" in json.loads(receiver.bodies[0])["title"]


@pytest.mark.filterwarnings("ignore:.*deprecated.*:DeprecationWarning")
async def test_a_url_that_apprise_does_not_know_is_said(office: Office) -> None:
    office.cluster.secrets |= {("chat", "url"): b"nonsense", ("chat", "hosts"): b"chat.example"}
    office.to(apprise={"urlSecretRef": {"name": "chat"}})
    office.tell(quarantined(Cause.CREDENTIALS))
    await until(lambda: office.counted("failed") == 1)
    assert "no URL that Apprise knows" in office.complaints[0]
