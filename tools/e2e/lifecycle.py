"""Installing, upgrading, killing and uninstalling the operator."""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, datetime
from typing import Any

from tools.e2e import shell, volumes
from tools.e2e.checks import active, at_service, complaints, not_ready, out_of_step, require
from tools.e2e.installation import LOG_CLAIM, OPERATOR, RELEASE, Installation, is_true
from tools.e2e.manifests import user, users
from tools.e2e.place import QUICKSTART
from tools.e2e.shell import E2EError, kubectl, until

RESTRICTED = "pod-security.kubernetes.io/enforce=restricted"
MANY = 300
SOON = 20.0  # seconds in which a watch brings a new config; without one it is found by the roll call, later
# What examples/quickstart assigns: Alan and the visitors are not, and compilers are members of engineering.
IN_SCOPE = {"ada@corp.example", "grace@corp.example", "charles@corp.example"}
TEAMS = {"Engineering": {"ada@corp.example", "grace@corp.example"}, "Compilers": {"grace@corp.example"}}


def install(run: Installation) -> str:
    kubectl("create", "namespace", run.namespace)
    kubectl("label", "namespace", run.namespace, RESTRICTED)
    kept = volumes.make_claim(run, LOG_CLAIM)
    started = time.monotonic()
    shell.helm(*run.helm_command("install"))
    require(run.ready_pod(), "helm is done waiting, but the operator's pod is not Ready")
    return f"both pods Ready after {time.monotonic() - started:.1f} s, the log on {kept}"


def restricted_is_enforced(run: Installation) -> str:
    try:
        kubectl("run", "plain", run.scoped, f"--image={run.image}", "--dry-run=server")
    except E2EError as refused:
        require("violates PodSecurity" in str(refused), str(refused))
        return "a plain pod is refused, ours run"
    raise E2EError("the namespace admits a pod that does not meet the restricted standard")


def quickstart(run: Installation) -> str:
    since = datetime.now(UTC)
    kubectl("apply", "-k", QUICKSTART)
    started = time.monotonic()
    until(lambda: is_true(run.config(), "Ready"), "the ProvisioningConfig is Ready", limit=SOON)
    seconds = time.monotonic() - started
    tenant = run.tenant()
    require(set(tenant.by_name()) == IN_SCOPE, f"at the service: {set(tenant.by_name())}, expected {IN_SCOPE}")
    require(tenant.members() == TEAMS, f"at the service: {tenant.members()}, expected {TEAMS}")
    require(not complaints(run, since), f"the operator complains:\n{complaints(run, since)}")
    return f"{tenant.counted()} at the simulator after {seconds:.1f} s"


def upgrade(run: Installation) -> str:
    """Make changes while the old pod stops and the new one starts: none may get lost."""
    run.patch_config({"scope": "All", "assignments": None})
    before = run.ready_pod()
    team = users(run.namespace, "during", 20)
    shell.apply(team)
    until(lambda: at_service(run, team), "the users to be changed are at the service", limit=60)
    changes = change_during_upgrade(run, team)
    require(run.ready_pod() not in {"", before}, "the upgrade left the old pod in place")
    until(lambda: not out_of_step(run), "every change made during the upgrade is at the service", limit=60)
    gone = team[0]["spec"]["userName"]
    until(lambda: not active(run, gone), "the user deleted during the upgrade is disabled", limit=60)
    require(not run.tenant().duplicates(), f"duplicates: {run.tenant().duplicates()}")
    return f"{changes} creates, as many edits and a removal made meanwhile, all at the service"


def change_during_upgrade(run: Installation, team: list[dict[str, Any]]) -> int:
    """Apply one new user and one edit after another as long as helm upgrades; return how many of each."""
    command = [shell.helm_command(), *run.helm_command("upgrade", "--set=podAnnotations.e2e=upgraded")]
    kubectl_delete = f"scimuser/{team[0]['metadata']['name']}"
    changes = 0
    with subprocess.Popen(
        command, cwd=shell.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as helm:
        while helm.poll() is None or changes < 3:
            edited = team[1 + changes % (len(team) - 1)]["metadata"]["name"]
            edit = user(run.namespace, edited, title=f"title {changes}")
            shell.apply([user(run.namespace, f"new-{changes:03}"), edit])
            if changes == 1:
                kubectl("delete", kubectl_delete, run.scoped, "--wait=false")
            changes += 1
        said = helm.stderr.read() if helm.stderr else ""
    require(helm.returncode == 0, f"helm upgrade: {said}")
    return changes


def pod_deleted_in_mid_sweep(run: Installation) -> str:
    run.patch_config({"suspend": True})
    crowd = users(run.namespace, "crowd", MANY)
    shell.apply(crowd)
    present = len(run.tenant().users)
    run.patch_config({"suspend": False})
    until(lambda: len(run.tenant().users) >= present + MANY // 5, "a fifth of the users is created", limit=120)
    kubectl("delete", "pod", run.ready_pod(), run.scoped, "--grace-period=1")
    seen = len(run.tenant().users) - present
    require(seen < MANY, f"all {MANY} users were there before the pod was gone: not in mid-sweep")
    started = time.monotonic()
    until(run.ready_pod, "a new pod is Ready", limit=60)
    until(lambda: at_service(run, crowd), "every user is at the service", limit=180)
    until(lambda: not not_ready(run), "every user and group is Ready", limit=120)
    tenant = run.tenant()
    require(not tenant.duplicates(), f"duplicates: {tenant.duplicates()}")
    require(len(tenant.users) == present + MANY, f"{len(tenant.users)} users, expected {present + MANY}")
    created = run.effects()["created"]
    there = len(tenant.users) + len(tenant.groups)
    require(created == there, f"{created} resources were created, and {there} are there")
    seconds = time.monotonic() - started
    until(run.memory, "the kubelet measured the pod's memory", limit=60)
    return f"killed at {seen} of {MANY}, complete {seconds:.1f} s later, none created twice; {run.memory()} MiB"


def uninstall(run: Installation) -> str:
    before, effects = run.tenant(), run.effects()
    shell.helm("uninstall", RELEASE, run.scoped, "--wait")
    until(
        lambda: not shell.objects("pods", run.scoped, f"--selector={OPERATOR}"),
        "the operator's pod is gone",
        limit=60,
    )
    require(run.tenant() == before, "the tenant is not what it was before the uninstall")
    require(run.effects() == effects, f"requests changed the tenant: {effects} became {run.effects()}")
    kept = len(run.manifests())
    require(kept, "the manifests went with the release")
    return f"{before.counted()} as before, {kept} manifests kept"
