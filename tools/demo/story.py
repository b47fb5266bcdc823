"""The steps of the demo. Each shows what a person would type, waits for the effect, and shows the result."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from tools.cluster.crds import await_crds
from tools.demo import quickstart, rights, service
from tools.demo.children import DemoError
from tools.demo.kubectl import condition
from tools.demo.stage import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.demo.service import Service
    from tools.demo.stage import Stage

CONFIG = ("provisioningconfig", "vmware")
EVERYTHING = "scpc,scu,scg"
ADA, GRACE, CHARLES = (f"{name}@corp.example" for name in ("ada", "grace", "charles"))
GUEST = "guest@corp.example"

BAD_USER = """\
apiVersion: scim-operator.io/v1alpha1
kind: ScimUser
metadata:
  name: konrad
spec:
  userName: konrad@corp.example
  emails:
  - type: work
    value: Konrad Zuse
  addresses:
  - country: Germany
"""


def play(stage: Stage) -> Service:
    """Run all steps on a stage that has its control plane; return the service for anyone who wants to look further."""
    control_plane(stage)
    target = simulator(stage)
    install(stage)
    plan(stage, target)
    apply(stage, target)
    edit(stage, target)
    drift(stage, target)
    leave(stage, target)
    refuse(stage)
    return target


def control_plane(stage: Stage) -> None:
    stage.screen.step("A Kubernetes API server")
    stage.screen.done(f"etcd and kube-apiserver run; the API server is at {stage.plane.url}.")


def simulator(stage: Stage) -> Service:
    stage.screen.step("A service to provision to")
    target = stage.start_simulator()
    stage.screen.done(f"An embedded VMware Identity Service runs at {target.url}.")
    return target


def install(stage: Stage) -> None:
    screen, kubectl = stage.screen, stage.kubectl
    screen.step("Install the operator")
    kubectl.show("apply", "--server-side", "-f", "crds")
    await_crds(stage.plane)
    kubectl.show("create", "namespace", NAMESPACE)
    screen.say("The ServiceAccount, Role and RoleBinding of charts/scim-operator:")
    kubectl.show("apply", "-f", str(rights.write_manifests(stage.folder, NAMESPACE)))
    stage.start_operator()
    screen.done("The operator runs with a token of that ServiceAccount: it has the chart's rights and no more.")


def plan(stage: Stage, target: Service) -> None:
    screen = stage.screen
    screen.step("Plan: see what would happen")
    overlay, text = quickstart.write_overlay(stage.folder, target.url)
    screen.say(f"{overlay}/kustomization.yaml points examples/quickstart at the simulator:")
    screen.output(text)
    stage.kubectl.show("apply", "-k", str(overlay))
    watch(stage, "Planned", "the plan is made")
    stage.kubectl.show("get", EVERYTHING)
    stage.kubectl.show("get", "scpc", CONFIG[1], "-o", 'jsonpath={.status.plan}{"\\n"}')
    screen.table(("OBJECT", "WHAT WOULD BE DONE"), concluded(stage, "Planned"))
    expect(target.writes() == 0, "In mode Plan a request that changes something was sent to the service.")
    screen.done("The service has had no request that changes anything, and is still empty.")


def concluded(stage: Stage, reason: str) -> list[tuple[str, str]]:
    """Return the objects that are, or are not, Ready for `reason`, and the message."""
    found = [(one, condition(one, "Ready")) for one in stage.kubectl.all("scu,scg")]
    return [
        (f"{one['kind'].lower()}/{one['metadata']['name']}", str(ready["message"]))
        for one, ready in found
        if ready.get("reason") == reason
    ]


def apply(stage: Stage, target: Service) -> None:
    stage.screen.step("Apply: do it")
    began = time.monotonic()
    change_config(stage, {"mode": "Apply"})
    watch(stage, "Provisioned", "everything is provisioned")
    stage.screen.done(f"{time.monotonic() - began:.1f} s later everything that is in scope is at the service:")
    stage.kubectl.show("get", EVERYTHING)
    show_conditions(stage)
    show_service(stage, target)
    found = {user["userName"] for user in target.users()}
    expect(found == {ADA, GRACE, CHARLES}, f"At the service are {sorted(found)}, not ada, charles and grace.")
    stage.screen.say("Alan and the visitors are not assigned, and so they are not there.")


def show_conditions(stage: Stage) -> None:
    conditions = stage.kubectl.get(*CONFIG)["status"]["conditions"]
    rows = [tuple(str(one[name]) for name in ("type", "status", "reason", "message")) for one in conditions]
    stage.screen.table(("CONDITION", "STATUS", "REASON", "MESSAGE"), rows)


def edit(stage: Stage, target: Service) -> None:
    stage.screen.step("Edit a manifest")
    title = "Countess of computing"
    took = timed(
        stage,
        ("patch", "scimuser", "ada", "--type=merge", f"--patch={json.dumps({'spec': {'title': title}})}"),
        lambda: target.user(ADA).get("title") == title,
        "Ada's new title is at the service",
    )
    stage.screen.done(f"{took:.2f} s after kubectl was typed, the service shows the new title.")
    show_service(stage, target)


def drift(stage: Stage, target: Service) -> None:
    screen = stage.screen
    screen.step("Someone changes things at the service by hand")
    before = target.user(GRACE)["title"]
    target.create_user(GUEST, "Gina", "Guest")
    target.set_title(GRACE, "Changed by hand")  # last, so that the sweep that sees this sees both
    screen.say("Grace has another title now, and there is a user without a manifest, guest@corp.example.")
    screen.say(
        f"Waiting for the next sweep (every {quickstart.INTERVAL} here, every 40m unless spec.interval says else) …"
    )
    stage.children.until(lambda: target.user(GRACE).get("title") == before, "a sweep put Grace's title back")
    stage.children.until(lambda: unmanaged(stage) == 1, "the status counts the unmanaged user")
    screen.done(f"The sweep put the title {before!r} back. The user without a manifest is left alone and counted:")
    path = 'jsonpath={.status.lastSweep}{"\\n"}{.status.totals.users}{"\\n"}'
    stage.kubectl.show("get", "scpc", "vmware", "-o", path)
    show_service(stage, target)
    expect(bool(target.user(GUEST)), "The user that no manifest describes is gone from the service.")


def unmanaged(stage: Stage) -> int:
    count: int = stage.kubectl.get(*CONFIG)["status"]["totals"]["users"]["unmanaged"]
    return count


def leave(stage: Stage, target: Service) -> None:
    stage.screen.step("Someone leaves")
    id_ = target.user(GRACE)["id"]
    stage.screen.say("Grace loses the label by which she is in Compilers, and so in Engineering, which is assigned:")
    took = timed(
        stage,
        ("label", "scimuser", "grace", "team-"),
        lambda: disabled(target, GRACE) and not in_groups(target, GRACE),
        "Grace is out of her groups and disabled",
    )
    stage.screen.done(f"{took:.2f} s later she is out of both groups at the service, and disabled.")
    stage.screen.say("Charles' manifest is deleted; kubectl waits until the operator has disabled him:")
    stage.kubectl.show("delete", "scimuser", "charles")
    expect(disabled(target, CHARLES), "Charles' manifest is gone, but he is not disabled at the service.")
    show_service(stage, target)
    came_back(stage, target, id_)


def came_back(stage: Stage, target: Service, id_: str) -> None:
    stage.screen.say("Grace comes back:")
    took = timed(
        stage,
        ("label", "scimuser", "grace", "team=compiler"),
        lambda: target.user(GRACE)["active"] is True and in_groups(target, GRACE),
        "Grace is enabled and in her groups again",
    )
    expect(target.user(GRACE)["id"] == id_, "Grace came back as another user than she was.")
    stage.screen.done(f"{took:.2f} s later she is enabled and in her groups again, as the user that she was.")


def disabled(target: Service, user_name: str) -> bool:
    return target.user(user_name).get("active") is False


def in_groups(target: Service, user_name: str) -> bool:
    """Return whether some group has the user as a member."""
    id_ = target.user(user_name)["id"]
    return any(id_ == member["value"] for group in target.groups() for member in group.get("members") or ())


def refuse(stage: Stage) -> None:
    stage.screen.step("A mistake in a manifest")
    path = stage.folder / "konrad.yaml"
    path.write_text(BAD_USER)
    stage.screen.output(BAD_USER)
    stage.kubectl.refused("apply", "-f", str(path))
    stage.screen.done("The API server refused it: nothing was stored, and nothing was sent.")


def change_config(stage: Stage, spec: dict[str, Any]) -> None:
    patch = json.dumps({"spec": spec})
    stage.kubectl.show("patch", "scpc", CONFIG[1], "--type=merge", f"--patch={patch}")


def watch(stage: Stage, reason: str, what: str) -> None:
    """Wait until the config and all that is in its scope have come to `reason`, showing progress as it moves."""
    shown = ""

    def seen() -> bool:
        nonlocal shown
        config = stage.kubectl.get(*CONFIG)
        progress = progress_of(config)
        if progress and progress != shown:
            shown = progress
            stage.screen.say(progress)
        in_scope = config.get("status", {}).get("totals", {}).get("inScope")
        return condition(config, "Ready").get("reason") == reason and len(concluded(stage, reason)) == in_scope

    stage.children.until(seen, what)


def progress_of(config: dict[str, Any]) -> str:
    """Return the progress as a line; empty while the status is still that of an earlier spec."""
    ready, progress = condition(config, "Ready"), config.get("status", {}).get("progress")
    return f"progress: {progress['phase']}, {progress['percent']} %" if ready and progress else ""


def timed(stage: Stage, command: tuple[str, ...], seen: Callable[[], bool], what: str) -> float:
    """Run a command and wait until its effect is at the service; the seconds from the beginning of the command."""
    began = time.monotonic()
    stage.kubectl.show(*command)
    stage.children.until(seen, what)
    return time.monotonic() - began


def show_service(stage: Stage, target: Service) -> None:
    stage.screen.say("At the service (GET /Users and /Groups):")
    service.show(target, stage.screen)


def expect(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - an assertion, with words for people
    if not holds:
        raise DemoError(otherwise)
