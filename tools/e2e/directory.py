"""A directory of people deleted by mistake, held, and put back by `scim-operator undelete`."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tools.e2e import limits
from tools.e2e.checks import at_service, not_ready, require
from tools.e2e.installation import is_true
from tools.e2e.manifests import GROUP_VERSION, users
from tools.e2e.shell import kubectl, kubectl_scim, until

if TYPE_CHECKING:
    from tools.e2e.installation import Installation

PEOPLE = 200
PREFIX = "directory"
TEAMS = {f"{PREFIX}-first": range(120), f"{PREFIX}-last": range(100, PEOPLE)}
NOBODY = {"percent": 0, "min": 0, "max": 0}
"""However slowly a directory is deleted, nobody is let go."""


def deleted_by_mistake(run: Installation) -> str:
    """Delete 200 people and two groups, and put them back from outside of the cluster, as a person would."""
    allowed = run.config()["spec"].get("limits")
    refused = {"disables": NOBODY, "memberRemovals": NOBODY}
    run.patch_config({"scope": "All", "assignments": None, "limits": refused})
    with tempfile.TemporaryDirectory() as folder:
        git, kept = Path(folder) / "git", Path(folder) / "kept.json"
        write(run, git)
        kubectl("apply", "-f", str(git))
        until(lambda: provisioned(run), f"{PEOPLE} people and their groups are Ready", limit=600)
        before, effects = run.tenant(), run.effects()
        require(at_service(run, users(run.namespace, PREFIX, PEOPLE)), "someone of the directory is not at the service")
        kubectl("delete", "-f", str(git), "--wait=false")
        until(lambda: limits.plan(run).get("disables") == PEOPLE, "all of them are held", limit=300)
        kubectl("apply", "-f", str(git))
        require(len(leaving(run)) == PEOPLE + len(TEAMS), "an apply alone took deletions back")
        started = time.monotonic()
        said = kubectl_scim("undelete", run.scoped, f"--filename={git}", f"--keep={kept}")
        seconds = time.monotonic() - started
        require(f"Put back: {PEOPLE + len(TEAMS)} manifests." in said, said)
        unchanged = kubectl("apply", "-f", str(git))
    require(unchanged.count("unchanged") == PEOPLE + len(TEAMS), f"they are not what the directory has:\n{unchanged}")
    until(lambda: provisioned(run), "all of them are Ready again", limit=300)
    until(lambda: is_true(run.config(), "Ready"), "the config is Ready again", limit=120)
    require(not limits.plan(run).get("held"), f"a plan is still held: {limits.plan(run)}")
    require(run.tenant() == before, "someone is not who they were at the service")
    require(run.effects() == effects, f"writes were sent: {effects} became {run.effects()}")
    run.patch_config({"limits": None})
    run.patch_config({"limits": allowed})
    return f"{PEOPLE} people and {len(TEAMS)} groups held, put back in {seconds:.1f} s: the same ids, no write"


def write(run: Installation, folder: Path) -> None:
    """Write the directory as Git has it."""
    folder.mkdir()
    (folder / "people.yaml").write_text(yaml.safe_dump_all(users(run.namespace, PREFIX, PEOPLE)))
    (folder / "teams.yaml").write_text(yaml.safe_dump_all(group(run, name, TEAMS[name]) for name in TEAMS))


def group(run: Installation, name: str, people: range) -> dict[str, Any]:
    members = [{"userRef": {"name": f"{PREFIX}-{number:03}"}} for number in people]
    return {
        "apiVersion": GROUP_VERSION,
        "kind": "ScimGroup",
        "metadata": {"name": name, "namespace": run.namespace},
        "spec": {"displayName": name, "members": members},
    }


def ours(run: Installation) -> list[dict[str, Any]]:
    return [one for one in run.manifests() if one["metadata"]["name"].startswith(f"{PREFIX}-")]


def leaving(run: Installation) -> list[dict[str, Any]]:
    return [one for one in ours(run) if "deletionTimestamp" in one["metadata"]]


def provisioned(run: Installation) -> bool:
    """Return whether all are there, not on their way out, and everything is Ready."""
    return len(ours(run)) == PEOPLE + len(TEAMS) and not leaving(run) and not not_ready(run)
