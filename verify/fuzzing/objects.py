"""Kubernetes objects as an API server gives them, to be changed: the three kinds with every field, and statuses."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from verify.fuzzing.target import CANARY

Manifest = dict[str, Any]

EVERY_FIELD = Path(__file__).parents[2] / "tests" / "data" / "every-field.yaml"
NOW = "2026-01-01T00:00:00Z"


def condition(type: str, status: str = "True", reason: str = "Provisioned") -> Manifest:
    """Return a condition as the operator writes it."""
    said = {"type": type, "status": status, "reason": reason, "message": "As it should be."}
    return {**said, "lastTransitionTime": NOW, "observedGeneration": 1}


ENTRY = {
    "config": "vmware",
    "service": "0123456789abcdef",
    "id": "2819c223",
    "identity": "AAAAAAAAAAAA",
    "creating": "BBBBBBBBBBBB",
    "proof": "CCCCCCCCCCCCCCCCCCCCCC",
    "unprovenId": "4711",
    "applied": ["userName", "emails"],
    "reformatted": [{"path": "title", "sent": "aa", "got": "bb", "kept": True}],
    "members": ["*", "1"],
    "pendingMembers": ["ben"],
    "lastHandledReconcileAt": NOW,
    "conditions": [condition("Ready"), condition("Stalled", "False")],
}
OBJECT_STATUS = {
    "observedGeneration": 1,
    "lastHandledReconcileAt": NOW,
    "conditions": [condition("Ready"), condition("Reconciling", "Unknown")],
    "services": [ENTRY, {**ENTRY, "config": "other"}],
}
CONFIG_STATUS = {
    "observedGeneration": 1,
    "lastHandledReconcileAt": NOW,
    "operator": "pod-1",
    "claimedUrl": "https://tenant.example/scim/v2",
    "conditions": [condition(type) for type in ("Ready", "Connected", "Quarantined", "ApprovalRequired")],
    "service": {
        "url": "https://tenant.example/scim/v2",
        "profile": "generic",
        "capabilities": {
            "patch": {"value": True, "source": "Profile"},
            "pageSize": {"value": 100, "source": "Learned"},
            "memberRemoval": {"value": "Path", "source": "Learned"},
            "users": {"patch": {"value": False, "source": "Learned"}},
        },
        "quirks": [{"name": "PlainJson", "resourceType": "User", "attributes": ["title"]}],
    },
    "progress": {"phase": "Done", "done": 3, "total": 3, "percent": 100},
    "plan": {
        "digest": "sha256:ab",
        "creates": 1,
        "held": True,
        "reason": "Too many.",
        "protected": ["ScimUser/ada"],
        "first": [
            {"object": "ScimUser/ada", "verb": "Create", "attributes": ["title"], "memberAdds": 1, "protected": True}
        ],
    },
    "lastSweep": {"startedAt": NOW, "duration": "1s", "requests": {"read": 2, "write": 0}, "drift": 0},
    "totals": {"inScope": 2, "failed": 0, "users": {"inScope": 1, "foreign": 1}, "groups": {"pending": 1}},
    "limits": {
        "spent": [{"since": NOW, "disables": 1}],
        "owned": [{"since": NOW, "users": 3}],
        "usedPlan": "sha256:ab",
        "released": "AAAABBBB",
        "fullUntil": NOW,
        "firstSweep": True,
        "proof": "x",
    },
    "failures": [{"reason": "Rejected", "count": 2}],
    "tokenExpiry": {"time": NOW, "reported": 7, "field": "spec.service.auth.bearer"},
    "quarantine": {
        "reason": "Unauthorized",
        "error": "No.",
        "began": NOW,
        "seriesBegan": NOW,
        "seriesCount": 2,
        "nextAttempt": NOW,
        "credentials": "aa",
    },
    "tombstones": [{"id": "1", "kind": "ScimUser", "name": "eve", "deleteAt": NOW, "proof": "x"}],
}
ANNOTATIONS = {
    "scim-operator.io/creating": "vmware AAAA BBBB",
    "scim-operator.io/reconcile-requested-at": NOW,
    "scim-operator.io/revision": "abc123",
    "config.kubernetes.io/origin": "repo: a\nref: v1\n",
    "scim-operator.io/expires": "2026-12-31",
}


@cache
def files() -> tuple[Manifest, ...]:
    """Return manifests as people write them that together use every field."""
    return tuple(yaml.safe_load_all(EVERY_FIELD.read_text()))


def of_kind(kind: str) -> list[Manifest]:
    """Return the manifests of a kind as an API server returns them, with a status."""
    status = CONFIG_STATUS if kind == "ProvisioningConfig" else OBJECT_STATUS
    return [{**each, "metadata": _metadata(each["metadata"]["name"]), "status": status} for each in _written(kind)]


def _written(kind: str) -> list[Manifest]:
    return [each for each in files() if each["kind"] == kind]


def _metadata(name: str) -> Manifest:
    return {
        "name": name,
        "namespace": "identity",
        "uid": f"uid-of-{name}",
        "generation": 1,
        "resourceVersion": "17",
        "labels": {"team": "red"},
        "annotations": ANNOTATIONS,
        "finalizers": ["scim-operator.io/deprovision"],
        "creationTimestamp": NOW,
    }


SECRETS: list[Manifest] = [
    {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "identity", "annotations": ANNOTATIONS, "resourceVersion": "3"},
        "type": "Opaque",
        "data": {"token": "YWJj", "hosts": "dGVuYW50LmV4YW1wbGU=", "username": "YQ==", "password": "Yg=="},
    },
    {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "s", "namespace": "identity"},
        "data": {"token": CANARY, "hosts": "tenant.example:443, [fd12::1]"},
        "binaryData": {"ca.crt": "YWJj"},
    },
]
"""A Secret and a ConfigMap; what they hold must not be quoted."""
