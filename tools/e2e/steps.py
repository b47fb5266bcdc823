"""The steps of the end-to-end run, in their order. Each gives the sentence that its line ends with."""

from __future__ import annotations

import json
import subprocess
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import yaml

from tools.e2e import shell
from tools.e2e.installation import OPERATOR, RELEASE, Installation, is_true
from tools.e2e.manifests import user, users
from tools.e2e.shell import E2EError, kubectl, until

if TYPE_CHECKING:
    from collections.abc import Callable

QUICKSTART = "examples/quickstart"
RESTRICTED = "pod-security.kubernetes.io/enforce=restricted"
MANY = 300
SOON = 20.0  # seconds in which a watch brings a new config; without one it is found by the roll call, later
KINDS = "scimusers,scimgroups"
# What examples/quickstart assigns: Alan and the visitors are not, and compilers are members of engineering.
IN_SCOPE = {"ada@corp.example", "grace@corp.example", "charles@corp.example"}
TEAMS = {"Engineering": {"ada@corp.example", "grace@corp.example"}, "Compilers": {"grace@corp.example"}}


def require(holds: object, otherwise: str) -> None:
    if not holds:
        raise E2EError(otherwise)


def quickstart_namespace() -> str:
    """The namespace that the quickstart's manifests are for."""
    documents = [one for one in yaml.safe_load_all(kubectl("kustomize", QUICKSTART)) if one]
    configs = [one for one in documents if one["kind"] == "ProvisioningConfig"]
    require(configs, f"{QUICKSTART} has no ProvisioningConfig")
    return str(configs[0]["metadata"].get("namespace", "identity"))


def require_empty_cluster(namespace: str) -> str:
    """Refuse a cluster without a node, or one where the run would meddle with what somebody else has."""
    nodes = [one["metadata"]["name"] for one in shell.objects("nodes") if is_true(one, "Ready")]
    require(nodes, "the cluster has no node that is Ready; `kind create cluster` makes one")
    taken = kubectl("get", "namespaces", namespace, "--ignore-not-found", "-o", "name").split()
    crds = [name for name in kubectl("get", "crds", "-o", "name").split() if name.endswith("scim-operator.io")]
    require(
        not taken + crds,
        f"the cluster already has {', '.join(taken + crds)}: take a fresh one, or delete them if they are to go",
    )
    return f"{len(nodes)} node(s) ready, namespace {namespace} free"


def install(run: Installation) -> str:
    kubectl("create", "namespace", run.namespace)
    kubectl("label", "namespace", run.namespace, RESTRICTED)
    started = time.monotonic()
    shell.helm(*run.helm_command("install"))
    require(run.ready_pod(), "helm is done waiting, but the operator's pod is not Ready")
    return f"both pods Ready after {time.monotonic() - started:.1f} s"


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


def complaints(run: Installation, since: datetime) -> str:
    """What the operator logged above the level INFO; a watch that starts while its CRD is new may stumble before."""
    logged = kubectl("logs", run.scoped, f"deployment/{RELEASE}", f"--since-time={since:%Y-%m-%dT%H:%M:%SZ}")
    return "\n".join(line for line in logged.splitlines() if json.loads(line)["level"] != "INFO")


def not_ready(run: Installation) -> list[str]:
    """The objects that are not Ready, or whose status speaks of an older generation."""
    return [
        f"{one['kind']}/{one['metadata']['name']}"
        for one in shell.objects(KINDS, run.scoped)
        if not is_true(one, "Ready") or one["status"].get("observedGeneration") != one["metadata"]["generation"]
    ]


def upgrade(run: Installation) -> str:
    """Changes go on while the old pod stops and the new one starts: none may get lost."""
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
    """Apply one new user and one edit after another as long as helm upgrades; how many of each."""
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


def at_service(run: Installation, manifests: list[dict[str, Any]]) -> bool:
    return {one["spec"]["userName"] for one in manifests} <= set(run.tenant().by_name())


def out_of_step(run: Installation) -> list[str]:
    """The users whose title at the service is not their manifest's, or who are not there."""
    found = run.tenant().by_name()
    wanted = [one["spec"] for one in shell.objects("scimusers", run.scoped)]
    return [
        spec["userName"]
        for spec in wanted
        if spec["userName"] not in found or found[spec["userName"]].get("title") != spec.get("title")
    ]


def active(run: Installation, user_name: str) -> bool:
    return bool(run.tenant().by_name().get(user_name, {}).get("active"))


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
    kept = len(shell.objects(KINDS, run.scoped))
    require(kept, "the manifests went with the release")
    return f"{before.counted()} as before, {kept} manifests kept"


def clean_up(run: Installation) -> str:
    """Everything that the run made; the finalizers first, for nobody is there any more to honour them."""
    for kind in ("scimuser", "scimgroup", "provisioningconfig") if has_crds() else ():
        names = [one["metadata"]["name"] for one in shell.objects(kind, run.scoped)]
        if names:
            kubectl("patch", kind, *names, run.scoped, "--type=merge", '--patch={"metadata": {"finalizers": null}}')
    kubectl("delete", "namespace", run.namespace, "--ignore-not-found", "--timeout=300s")
    names = [name for name in kubectl("get", "crds", "-o", "name").split() if name.endswith("scim-operator.io")]
    if names:
        kubectl("delete", *names, "--timeout=60s")
    return "namespace and CustomResourceDefinitions removed"


def has_crds() -> bool:
    return "scimusers.scim-operator.io" in kubectl("get", "crds", "-o", "name")


STEPS: list[tuple[str, Callable[[Installation], str]]] = [
    ("helm install with the simulator", install),
    ("the restricted pod security standard", restricted_is_enforced),
    ("kubectl apply -k examples/quickstart", quickstart),
    ("helm upgrade without a lost event", upgrade),
    ("pod deleted in mid-sweep", pod_deleted_in_mid_sweep),
    ("helm uninstall leaves the tenant", uninstall),
]
