"""Notifications by webhook and by mail, to a receiver in the cluster."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from email import message_from_string
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.e2e import pods, shell
from tools.e2e.checks import require
from tools.e2e.receiver import HTTP_PORT, SMTP_PORT
from tools.e2e.shell import kubectl, until

if TYPE_CHECKING:
    from tools.e2e.installation import Installation

NAME = "e2e-receiver"
SOURCE = Path(__file__).with_name("receiver.py")
SIGNING_KEY = secrets.token_urlsafe(16)
TO = "identity-team@e2e.example"
GATHERED = 60.0
"""Seconds within which a digest comes: the first waits half a minute for more."""


def receiver(run: Installation) -> str:
    """Start a receiver, and have the config notify it."""
    container = {"image": run.image, "command": ["python", "/source/receiver.py"]}
    shell.apply(
        [
            pods.config_map(run, NAME, {"receiver.py": SOURCE.read_text()}),
            pods.service(run, NAME, HTTP_PORT, SMTP_PORT),
            pods.deployment(run, NAME, container, {"source": {"configMap": {"name": NAME}}}),
            pods.secret(run, NAME, **credentials(run)),
        ]
    )
    kubectl("rollout", "status", f"deployment/{NAME}", run.scoped, "--timeout=60s")
    run.patch_config({"notifications": targets()})
    return "a webhook and a mail address are notified from here on"


def credentials(run: Installation) -> dict[str, str]:
    """Return the Secret's content: the webhook's URL and key, and the mail server."""
    host = f"{NAME}.{run.namespace}.svc"
    mail = {"host": host, "port": str(SMTP_PORT), "tls": "none", "from": "scim-operator@e2e.example"}
    hosts = f"{host}:{HTTP_PORT},{host}:{SMTP_PORT}"
    return {"hosts": hosts, "url": f"http://{host}:{HTTP_PORT}/hook", "key": SIGNING_KEY, **mail}


def targets() -> list[dict[str, Any]]:
    reference = {"name": NAME}
    webhook = {"urlSecretRef": reference, "signingKeyRef": reference, "allowInsecure": True}
    mail = {"to": [TO], "smtpSecretRef": reference, "allowInsecure": True}
    return [{"webhook": webhook}, {"email": mail}]


def received(run: Installation, by: str) -> list[dict[str, Any]]:
    lines = map(json.loads, kubectl("logs", run.scoped, f"deployment/{NAME}").splitlines())
    return [line for line in lines if line.get("by") == by]


def events(run: Installation, topic: str, config: str) -> list[dict[str, Any]]:
    """Return the CloudEvents of a topic that came about a config; a signature that is not ours is an error."""
    for one in received(run, "webhook"):
        signed = hmac.new(SIGNING_KEY.encode(), one["body"].encode(), hashlib.sha256).hexdigest()
        require(one["signature"] == f"sha256={signed}", f"the signature {one['signature']} is wrong")
    data = [json.loads(one["body"])["data"] for one in received(run, "webhook")]
    return [one for one in data if (one["topic"], one["config"]) == (topic, config)]


def mails(run: Installation, topic: str) -> list[str]:
    """Return the subjects of the mails about a topic that came to the address."""
    found = [message_from_string(one["body"]) for one in received(run, "mail")]
    return [mail["Subject"] for mail in found if mail["To"] == TO and topic in mail["Subject"]]


def reported(run: Installation, topic: str, config: str) -> dict[str, Any]:
    """Wait for a webhook, and return its data."""
    until(lambda: events(run, topic, config), f"a webhook reports {topic} of {config}", limit=GATHERED)
    return events(run, topic, config)[-1]
