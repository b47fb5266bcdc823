"""The chart installed for the run: its names, its values, and what it is asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tools.e2e import shell
from tools.e2e.tenant import Tenant, tenant_of

RELEASE = "scim-operator"
CHART = "charts/scim-operator"
OPERATOR = "app.kubernetes.io/component=operator"
KEEP = "simulator.annotations.helm\\.sh/resource-policy=keep"
TIMEOUT = "--timeout=180s"


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
        """The simulator with it, kept when the release goes: it is the tenant that must outlive the operator."""
        repository, _, tag = self.image.rpartition(":")
        given = [f"image.repository={repository}", f"image.tag={tag}", "simulator.enabled=true", KEEP]
        return [f"--set={value}" for value in given]

    def helm_command(self, verb: str, *more: str) -> list[str]:
        """`helm install` or `helm upgrade`, waiting until the pods are ready."""
        return [verb, RELEASE, CHART, self.scoped, "--wait", TIMEOUT, *self.values, *more]

    def tenant(self) -> Tenant:
        return tenant_of(self._ask("dump"))

    def effects(self) -> dict[str, int]:
        """How many requests created, modified and deleted something at the service, since it runs."""
        counted: dict[str, int] = self._ask("stats")["effects"]
        return {name: times for name, times in counted.items() if name != "none"}

    def memory(self) -> int:
        """The MiB that the operator's pod holds; 0 while the kubelet, which looks every 10 s or so, has not seen it."""
        pod = self.pods()[0]
        path = f"/api/v1/nodes/{pod['spec']['nodeName']}/proxy/stats/summary"
        pods: list[dict[str, Any]] = json.loads(shell.kubectl("get", "--raw", path))["pods"]
        held = next((one for one in pods if one["podRef"]["uid"] == pod["metadata"]["uid"]), {})
        return int(held.get("memory", {}).get("workingSetBytes", 0)) // 2**20

    def _ask(self, what: str) -> dict[str, Any]:
        """A control endpoint of the simulator, through the API server's proxy to its Service."""
        service = f"/api/v1/namespaces/{self.namespace}/services/{RELEASE}-simulator:http/proxy"
        answer: dict[str, Any] = json.loads(shell.kubectl("get", "--raw", f"{service}/_simulator/{what}"))
        return answer

    def pods(self) -> list[dict[str, Any]]:
        """The operator's pods that are not on their way out."""
        found = shell.objects("pods", self.scoped, f"--selector={OPERATOR}")
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def ready_pod(self) -> str:
        """The name of the operator's pod that is Ready, or empty."""
        return next((str(pod["metadata"]["name"]) for pod in self.pods() if is_true(pod, "Ready")), "")

    def config(self) -> dict[str, Any]:
        return shell.objects("provisioningconfigs", self.scoped)[0]

    def patch_config(self, spec: dict[str, Any]) -> None:
        name = self.config()["metadata"]["name"]
        body = json.dumps({"spec": spec})
        shell.kubectl("patch", "provisioningconfig", name, self.scoped, "--type=merge", f"--patch={body}")


def condition(one: dict[str, Any], type_: str) -> dict[str, Any]:
    """A condition of an object's status; empty when it has none."""
    found: list[dict[str, Any]] = one.get("status", {}).get("conditions", [])
    return next((entry for entry in found if entry["type"] == type_), {})


def is_true(one: dict[str, Any], type_: str) -> bool:
    return condition(one, type_).get("status") == "True"
