"""Manifests and helpers for tests on a real API server."""

from __future__ import annotations

from typing import Any

import yaml

from tests.support.waiting import until  # noqa: F401 - tests have it from here


def user(name: str, namespace: str, **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "scim-operator.io/v1alpha1",
        "kind": "ScimUser",
        "metadata": {"name": name, "namespace": namespace, **metadata},
        "spec": {
            "userName": f"{name}@corp.example",
            "active": True,
            "name": {"givenName": name.title(), "familyName": "Lovelace"},
            "emails": [{"type": "work", "value": f"{name}@corp.example", "primary": True}],
        },
    }


def group(name: str, namespace: str, *members: str) -> dict[str, Any]:
    return {
        "apiVersion": "scim-operator.io/v1alpha1",
        "kind": "ScimGroup",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"displayName": name.title(), "members": [{"userRef": {"name": member}} for member in members]},
    }


def config(
    name: str, namespace: str, url: str = "https://vc.example.com/usergroup/t/CUSTOMER/scim/v2"
) -> dict[str, Any]:
    return {
        "apiVersion": "scim-operator.io/v1alpha1",
        "kind": "ProvisioningConfig",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "service": {"url": url, "auth": {"bearer": {"secretRef": {"name": "vmware-scim", "key": "token"}}}},
            "users": {"externalId": "Generated"},
        },
    }


def as_yaml(*manifests: dict[str, Any]) -> str:
    return yaml.safe_dump_all(manifests)
