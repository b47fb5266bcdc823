"""The users that the end-to-end run makes."""

from __future__ import annotations

from typing import Any

GROUP_VERSION = "scim-operator.io/v1alpha1"


def user(namespace: str, name: str, **spec: Any) -> dict[str, Any]:  # noqa: ANN401 - any value of a SCIM attribute
    """Return a ScimUser manifest with all that VMware Identity Service requires; `spec` overrides parts of it."""
    address = f"{name}@e2e.example"
    required = {
        "userName": address,
        "externalId": f"e2e-{name}",
        "active": True,
        "name": {"givenName": name.title(), "familyName": "Example"},
        "emails": [{"type": "work", "value": address, "primary": True}],
    }
    return {
        "apiVersion": GROUP_VERSION,
        "kind": "ScimUser",
        "metadata": {"name": name, "namespace": namespace, "labels": {"made-by": "e2e"}},
        "spec": required | spec,
    }


def users(namespace: str, prefix: str, count: int) -> list[dict[str, Any]]:
    """Return `count` users named `prefix-000` and so on."""
    return [user(namespace, f"{prefix}-{number:03}") for number in range(count)]
