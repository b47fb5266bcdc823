"""The provisioning log, as a person asks it: `kubectl scim logs`, which runs in the operator's pod."""

from __future__ import annotations

import csv
import io
import json
import time
from typing import TYPE_CHECKING, Any

from tools.e2e.checks import edit, require, title_at_service
from tools.e2e.shell import kubectl_scim, until

if TYPE_CHECKING:
    from tools.e2e.installation import Installation

ADA, ADA_NAME = "ada", "ada@corp.example"
REFUSAL = "status=400:invalidValue;method=PATCH;path=/Users;times=1"
ASKED = ("--user=ada", "--since=1h", "--failed")


def logs(run: Installation, *options: str) -> str:
    return kubectl_scim("logs", run.scoped, *options)


def records(run: Installation, *options: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logs(run, "--output=jsonl", "--limit=10000", *options).splitlines()]


def ids(run: Installation) -> set[str]:
    return {str(record["id"]) for record in records(run)}


def retitle(run: Installation, title: str) -> None:
    """Give Ada another title, and wait for it at the service."""
    edit(run, ADA, title=title)
    until(lambda: title_at_service(run, ADA_NAME) == title, "the title is at the service", limit=30)


def has_title(run: Installation, title: str) -> bool:
    """Return whether a record says that Ada was given this title."""
    changes = [change for record in records(run, "--user=ada") for change in record["modifiedProperties"]]
    return any(title in str(change["newValue"]) for change in changes)


def searched(run: Installation) -> str:
    """Have one request refused, find it in every form, then fix the manifest."""
    run.fault(REFUSAL)
    edit(run, ADA, title="Refused")
    started = time.monotonic()
    until(lambda: "SchemaPropertyCanOnlyAcceptValue" in logs(run, *ASKED), "the failure is in the log", limit=30)
    seconds = time.monotonic() - started
    rows = list(csv.DictReader(io.StringIO(logs(run, *ASKED, "--output=csv"))))
    found = json.loads(logs(run, *ASKED, "--output=json"))
    require([row["id"] for row in rows] == [one["id"] for one in found], "CSV and JSON show other records")
    require({row["status"] for row in rows} == {"failure"}, f"--failed shows {[row['status'] for row in rows]}")
    require({row["name"] for row in rows} == {ADA}, f"--user shows {[row['name'] for row in rows]}")
    whole = logs(run, f"--id={rows[-1]['id']}")
    require("What to do" in whole and rows[-1]["recommendedAction"] in whole, f"--id does not say what to do:\n{whole}")
    retitle(run, "Analyst again")
    return f"a refusal is found {seconds:.1f} s later, as table, CSV, JSON and by its id"


def outlives_a_pod(run: Installation) -> str:
    before = ids(run)
    require(before, "the log is empty")
    run.restart()
    after = ids(run)
    require(before <= after, f"{len(before - after)} of {len(before)} records went with the pod")
    retitle(run, "Analyst after the restart")
    until(lambda: has_title(run, "Analyst after the restart"), "the new pod writes to the log", limit=30)
    return f"{len(before)} records kept, new ones added"
