"""The chart's ServiceAccount, Role and RoleBinding without helm, which takes two minutes to build where it is missing.

The rules stand in the chart as plain YAML; a test compares what is made here with what helm renders.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tools.demo.children import DemoError

RULES = Path(__file__).parents[2] / "charts" / "scim-operator" / "templates" / "_rules.tpl"
NAME = "scim-operator"
RBAC = "rbac.authorization.k8s.io"

Manifest = dict[str, Any]


def rules() -> list[Manifest]:
    """Return what the chart lets the operator do in a namespace that it serves."""
    found = re.search(r'{{- define "scim-operator\.rules" -}}(.*){{- end -}}', RULES.read_text(), re.DOTALL)
    if found is None or "{{" in found[1]:
        raise DemoError(f"{RULES} is no longer plain YAML; tools/demo/rights.py reads it as such.")
    parsed: list[Manifest] = yaml.safe_load(found[1])
    return parsed


def write_manifests(folder: Path, namespace: str) -> Path:
    """Write them into a file."""
    path = folder / "rights.yaml"
    path.write_text(yaml.safe_dump_all(manifests(namespace), sort_keys=False))
    return path


def manifests(namespace: str) -> list[Manifest]:
    """Return the objects that give the operator its rights in `namespace`."""
    metadata = {"name": NAME, "namespace": namespace}
    key = {"name": f"{NAME}-key", "namespace": namespace}
    kept = {**key, "annotations": {"helm.sh/resource-policy": "keep"}}
    of_key = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": [key["name"]], "verbs": ["get", "patch"]}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata, "automountServiceAccountToken": False},
        {"apiVersion": "v1", "kind": "Secret", "metadata": kept, "type": "Opaque"},
        *_granted(metadata, rules()),
        *_granted(key, [of_key]),
    ]


def _granted(metadata: Manifest, rules: list[Manifest]) -> list[Manifest]:
    role = {"apiGroup": RBAC, "kind": "Role", "name": metadata["name"]}
    subject = {"kind": "ServiceAccount", "name": NAME, "namespace": metadata["namespace"]}
    return [
        {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": metadata, "rules": rules},
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": role,
            "subjects": [subject],
        },
    ]
