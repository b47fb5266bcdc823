"""The chart installed for the run: its names, its values, and what it is asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tools.e2e import shell
from tools.e2e.shell import kubectl, until
from tools.e2e.tenant import Tenant, tenant_of

RELEASE = "scim-operator"
CHART = "charts/scim-operator"
SIMULATOR, SIMULATOR_PORT = f"{RELEASE}-simulator", 8080
KINDS = "scimusers,scimgroups"
OPERATOR = "app.kubernetes.io/component=operator"
CONFIG = "vmware"  # of examples/quickstart
LOG_CLAIM = "e2e-log"
KEEP = "simulator.annotations.helm\\.sh/resource-policy=keep"
TIMEOUT = "--timeout=180s"
CALLED = "networkPolicy.egressPorts={443,2525,5432,8080}"  # with the run's own mail, PostgreSQL and webhook
CONTROL_TOKEN = "e2e-control"  # noqa: S105 - of a simulator that goes with the run
CONTROL = f"simulator.controlToken={CONTROL_TOKEN}"
_ASKED = f"?control_token={CONTROL_TOKEN}"


@dataclass(frozen=True)
class Installation:
    """One release in one namespace, run from one image."""

    namespace: str
    image: str

    @property
    def scoped(self) -> str:
        return f"--namespace={self.namespace}"

    @property
    def values(self) -> list[str]:
        """Return the chart's values. The simulator is kept when the release goes: the tenant must outlive the operator.

        The provisioning log is the chart's own SQLite, on a claim.
        """
        repository, _, tag = self.image.rpartition(":")
        given = [f"image.repository={repository}", f"image.tag={tag}", "simulator.enabled=true", CONTROL, KEEP]
        given.append(f"provisioningLog.existingClaim={LOG_CLAIM}")
        given.append(CALLED)
        return [f"--set={value}" for value in given]

    def helm_command(self, verb: str, *more: str) -> list[str]:
        """Return the command of `helm install` or `helm upgrade` that waits until the pods are ready."""
        return [verb, RELEASE, CHART, self.scoped, "--wait", TIMEOUT, *self.values, *more]

    def tenant(self) -> Tenant:
        return tenant_of(self._ask("dump"))

    def effects(self) -> dict[str, int]:
        """Return how many requests created, modified and deleted something at the service, since it runs."""
        counted: dict[str, int] = self._ask("stats")["effects"]
        return {name: times for name, times in counted.items() if name != "none"}

    def requests(self) -> int:
        """Return how many requests the service has had since it runs."""
        return int(self._ask("stats")["requests"])

    def memory(self) -> int:
        """Return the memory of the operator's pod in MiB; 0 until the kubelet, which looks every 10 s or so, has it."""
        pod = self.pods()[0]
        path = f"/api/v1/nodes/{pod['spec']['nodeName']}/proxy/stats/summary"
        pods: list[dict[str, Any]] = json.loads(kubectl("get", "--raw", path))["pods"]
        held = next((one for one in pods if one["podRef"]["uid"] == pod["metadata"]["uid"]), {})
        return int(held.get("memory", {}).get("workingSetBytes", 0)) // 2**20

    def fault(self, written: str) -> None:
        """Have the simulator do wrong, as the texts of `--fault` say."""
        kubectl("create", "--raw", f"{self._simulator}/faults{_ASKED}", "-f", "-", input=json.dumps(written))

    def _ask(self, what: str) -> dict[str, Any]:
        """Ask a control endpoint of the simulator."""
        answer: dict[str, Any] = json.loads(kubectl("get", "--raw", f"{self._simulator}/{what}{_ASKED}"))
        return answer

    @property
    def simulator(self) -> str:
        """Return the host and port at which pods reach the simulator."""
        return f"{SIMULATOR}.{self.namespace}.svc:{SIMULATOR_PORT}"

    @property
    def _simulator(self) -> str:
        """Return the path of its control endpoints, through the API server's proxy to its Service."""
        return f"/api/v1/namespaces/{self.namespace}/services/{SIMULATOR}:{SIMULATOR_PORT}/proxy/_simulator"

    def manifests(self) -> list[dict[str, Any]]:
        """Return the users and groups."""
        return shell.objects(KINDS, self.scoped)

    def pods(self) -> list[dict[str, Any]]:
        """Return the operator's pods that are not on their way out."""
        found = shell.objects("pods", self.scoped, f"--selector={OPERATOR}")
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def ready_pod(self) -> str:
        """Return the name of the operator's pod that is Ready, or empty."""
        return next((str(pod["metadata"]["name"]) for pod in self.pods() if is_true(pod, "Ready")), "")

    def log(self, *options: str) -> str:
        """Return the log of the operator's pod."""
        return kubectl("logs", self.scoped, f"deployment/{RELEASE}", *options)

    def config(self, name: str = CONFIG) -> dict[str, Any]:
        return shell.objects("provisioningconfigs", self.scoped, name)[0]

    def patch_config(self, spec: dict[str, Any]) -> None:
        body = json.dumps({"spec": spec})
        kubectl("patch", "provisioningconfig", CONFIG, self.scoped, "--type=merge", f"--patch={body}")

    def restart(self) -> None:
        """Delete the operator's pod, and wait for its successor."""
        before = self.ready_pod()
        kubectl("delete", "pod", before, self.scoped, "--grace-period=1")
        until(lambda: self.ready_pod() not in {"", before}, "a new pod is Ready", limit=60)


def condition(one: dict[str, Any], type_: str) -> dict[str, Any]:
    """Return a condition of an object's status; empty when it has none."""
    found: list[dict[str, Any]] = one.get("status", {}).get("conditions", [])
    return next((entry for entry in found if entry["type"] == type_), {})


def is_true(one: dict[str, Any], type_: str) -> bool:
    return condition(one, type_).get("status") == "True"
