"""Change limits: a mass removal waits for approval, even when the operator's pod dies."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tools.e2e import notifying
from tools.e2e.checks import require
from tools.e2e.installation import CONFIG, is_true
from tools.e2e.lifecycle import MANY
from tools.e2e.manifests import users
from tools.e2e.shell import kubectl, until

if TYPE_CHECKING:
    from tools.e2e.installation import Installation

LIMIT = 20


def mass_removal(run: Installation) -> str:
    run.patch_config({"limits": {"disables": {"percent": 0, "min": LIMIT, "max": LIMIT}}})
    crowd = users(run.namespace, "crowd", MANY)
    names = {one["spec"]["userName"] for one in crowd}
    others = active(run) - names
    kubectl("delete", "scimusers", *(one["metadata"]["name"] for one in crowd), run.scoped, "--wait=false")
    left = held(run, names)
    notifying.reported(run, "ApprovalRequired", CONFIG)
    until(lambda: notifying.mails(run, "ApprovalRequired"), "a mail asks for approval", limit=notifying.GATHERED)
    survives_a_restart(run, names, left)
    seconds = released(run, names)
    require(active(run) == others, f"{active(run) ^ others} changed with the plan")
    return (
        f"{len(left)} of {MANY} held, {MANY - len(left)} within the limit; webhook and mail asked; "
        f"held over a restart; approved and done in {seconds:.1f} s with the pod killed midway"
    )


def active(run: Installation) -> set[str]:
    """Return the userNames of those who may sign in."""
    return {str(one["userName"]) for one in run.tenant().users if one["active"]}


def plan(run: Installation) -> dict[str, Any]:
    found: dict[str, Any] = run.config()["status"].get("plan") or {}
    return found


def held(run: Installation, names: set[str]) -> set[str]:
    """Wait until all that are still active are held, and return them."""
    until(lambda: is_true(run.config(), "ApprovalRequired"), "the plan is held", limit=60)
    until(lambda: plan(run).get("disables") == len(names & active(run)), "the plan has all of them", limit=60)
    left = names & active(run)
    require(len(names) - len(left) <= LIMIT, f"{len(names) - len(left)} were disabled, the limit is {LIMIT}")
    return left


def survives_a_restart(run: Installation, names: set[str], left: set[str]) -> None:
    """Check that the new pod comes to the same plan, and carries out none of it."""
    digest = plan(run)["digest"]
    run.restart()
    until(lambda: f"{run.namespace}/{CONFIG}: swept" in run.log(), "the new pod has looked at everything", limit=60)
    require(is_true(run.config(), "ApprovalRequired"), "the plan is no longer held after a restart")
    require(plan(run)["digest"] == digest, "a restart changed the digest of the plan")
    require(names & active(run) == left, f"after a restart {len(left - active(run))} more were disabled")


def released(run: Installation, names: set[str]) -> float:
    """Approve, and kill the pod midway: the rest is done without being asked for again; how many seconds it took.

    The end may go unreported: a new pod does not know what the old one had reported (docs/adr/0012-quarantine.md).
    """
    started = time.monotonic()
    run.patch_config({"approvedPlan": plan(run)["digest"]})
    there = len(names & active(run))
    until(lambda: len(names & active(run)) < there, "the release begins", limit=30)
    run.restart()
    until(lambda: not names & active(run), "everyone in the plan is disabled", limit=120)
    until(lambda: is_true(run.config(), "Ready"), "the config is Ready again", limit=60)
    return time.monotonic() - started
