"""A wrong token in a Secret, as `kubectl get scpc` shows it, the quarantine that follows, and the way out."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tools.e2e import notifying, pods, shell
from tools.e2e.checks import left_out, require
from tools.e2e.installation import condition, is_true
from tools.e2e.shell import kubectl, until

if TYPE_CHECKING:
    from tools.e2e.installation import Installation

NAME, SECRET = "locked-out", "e2e-token"
WRONG = {"token": "not-the-token"}
LONG = "E2E_LONG"
PERSISTENCE, LONGEST_PAUSE = 600.0, 300.0
"""Seconds for which a service must refuse the token before it is left alone, and between two attempts at most."""


def wrong_secret(run: Installation) -> str:
    before = run.tenant()
    shell.apply([pods.secret(run, SECRET, **WRONG, hosts=hosts(run)), locked_out(run)])
    started = time.monotonic()
    until(lambda: reason(run, "Connected") == "Unauthorized", "the refusal shows", limit=30)
    refused = time.monotonic() - started
    require("NotConnected" in row(run), f"kubectl get scpc does not show why: {row(run)}")
    quarantined = quarantine(run) if os.environ.get(LONG) else ""
    shell.apply([pods.secret(run, SECRET, token=token(run), hosts=hosts(run))])
    mended = time.monotonic()
    until(lambda: is_true(run.config(NAME), "Ready"), "the right token is taken up", limit=30)
    back = time.monotonic() - mended
    require(not is_true(run.config(NAME), "Quarantined"), "the quarantine is not over")
    if quarantined:
        notifying.reported(run, "Recovered", NAME)
    kubectl("delete", "provisioningconfig", NAME, run.scoped)
    require(run.tenant() == before, "the second config changed something at the service")
    aside = left_out(LONG, "the quarantine begins with the first refusal after ten minutes")
    return f"refused after {refused:.1f} s, accepted {back:.1f} s after the fix; {quarantined or aside}"


def quarantine(run: Installation) -> str:
    """Wait out the minutes after which a service is left alone; what the table shows then."""
    until(
        lambda: is_true(run.config(NAME), "Quarantined"),
        "the quarantine begins",
        limit=PERSISTENCE + LONGEST_PAUSE + 30,
    )
    require("Quarantined" in row(run), f"kubectl get scpc does not show the quarantine: {row(run)}")
    asked = run.requests()
    notifying.reported(run, "Quarantine", NAME)
    require(run.requests() == asked, "a service that is left alone was asked")
    return f"quarantined meanwhile ({reason(run, 'Quarantined')}), reported by webhook, and no request sent"


def locked_out(run: Installation) -> dict[str, Any]:
    """Return a second config for the simulator. It assigns no one; in mode Plan it cannot end what the first has."""
    spec = run.config()["spec"]
    auth = {"bearer": {"secretRef": {"name": SECRET, "key": "token"}}}
    return {
        "apiVersion": run.config()["apiVersion"],
        "kind": "ProvisioningConfig",
        "metadata": {"name": NAME, "namespace": run.namespace},
        "spec": {
            "mode": "Plan",
            "service": {**spec["service"], "auth": auth},
            "notifications": notifying.targets(),
        },
    }


def token(run: Installation) -> str:
    """Return the token that the quickstart's own config sends."""
    held = run.config()["spec"]["service"]["auth"]["bearer"]["secretRef"]
    secret = json.loads(kubectl("get", "secret", held["name"], run.scoped, "-o", "json"))
    return base64.b64decode(secret["data"][held["key"]]).decode()


def hosts(run: Installation) -> str:
    """Return the simulator's host and port, which a Secret for it names."""
    return urlsplit(run.config()["spec"]["service"]["url"]).netloc


def reason(run: Installation, type_: str) -> str:
    return str(condition(run.config(NAME), type_).get("reason", ""))


def row(run: Installation) -> str:
    """Return the line of `kubectl get scpc`."""
    return kubectl("get", "scpc", NAME, run.scoped, "--no-headers").strip()
