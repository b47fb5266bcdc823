"""People in a namespace where the chart's admission policies are in force."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.envtest import manifests
from tools.cluster.controlplane import KubectlError

if TYPE_CHECKING:
    from tools.cluster.controlplane import ControlPlane

HOME = "identity"
OPERATOR = f"system:serviceaccount:{HOME}:scim-operator"
CHANGED_BY = "scim-operator.io/changed-by"
DIGEST, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
EVERYTHING = ["get", "list", "watch", "create", "update", "patch", "delete"]
WRITES = {"apiGroups": ["scim-operator.io"], "resources": ["*"], "verbs": EVERYTHING}
APPROVES = {"apiGroups": ["scim-operator.io"], "resources": ["provisioningconfigs"], "verbs": ["approve"]}
USERS = {"wendy": [WRITES], "will": [WRITES], "abe": [WRITES, APPROVES], "alma": [WRITES, APPROVES]}
"""Wendy and Will may write everything and approve nothing; Abe and Alma may do both."""


@dataclass(frozen=True)
class Place:
    """A namespace where the policies are in force, and people in it."""

    plane: ControlPlane
    namespace: str = HOME

    def kubectl(self, user: str, *words: str, stdin: str | None = None) -> str:
        who = [f"--as={user}"] if user else []
        return self.plane.kubectl(*words, f"--namespace={self.namespace}", *who, input=stdin)

    def create(self, user: str, manifest: dict[str, Any]) -> None:
        self.kubectl(user, "create", "-f", "-", stdin=json.dumps(manifest))

    def patch(self, user: str, spec: dict[str, Any] | None = None, **annotations: str | None) -> None:
        """Patch the config `vmware`: parts of its spec, and its annotation changed-by as `by`."""
        body: dict[str, Any] = {"spec": spec} if spec is not None else {}
        if annotations:
            body["metadata"] = {"annotations": {CHANGED_BY: annotations["by"]}}
        self.kubectl(user, "patch", "provisioningconfig", "vmware", "--type=merge", f"--patch={json.dumps(body)}")

    def config(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.kubectl("", "get", "provisioningconfig", "vmware", "-o", "json"))
        return found


def grant(plane: ControlPlane, namespace: str, user: str, rules: list[dict[str, Any]]) -> None:
    kind = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": user, "namespace": namespace}}
    role = {**kind, "kind": "Role", "rules": rules}
    subject = {"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"}
    ref = {"kind": "Role", "name": user, "apiGroup": "rbac.authorization.k8s.io"}
    binding = {**kind, "kind": "RoleBinding", "roleRef": ref, "subjects": [subject]}
    items = {"apiVersion": "v1", "kind": "List", "items": [role, binding]}
    plane.kubectl("create", "-f", "-", input=json.dumps(items))


def refuses_marks(at: Place) -> bool:
    """The three policies come into force together, within a second or so."""
    probe = manifests.user("probe", HOME)
    probe["spec"]["externalId"] = "identity/other"
    try:
        at.kubectl("", "create", "--dry-run=server", "-f", "-", stdin=json.dumps(probe))
    except KubectlError as error:
        return "another manifest" in str(error)
    return False


def refused(message: str) -> Any:
    return pytest.raises(KubectlError, match=message)
