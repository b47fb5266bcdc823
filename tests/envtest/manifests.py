"""Manifests and helpers for tests on a real API server."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable


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


async def until(done: Callable[[], object], what: str, limit: float = 30.0) -> None:
    """Wait until `done()` is true; a failure names `what`."""
    deadline = time.monotonic() + limit
    while not done():
        assert time.monotonic() < deadline, f"{what} did not come about within {limit:.0f} s"
        await asyncio.sleep(0.01)
