"""Pods that the run adds to the namespace, which admits only what meets the restricted standard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.e2e.installation import Installation

NOBODY = 65534
RESTRICTED_CONTAINER = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def config_map(run: Installation, name: str, files: Mapping[str, str]) -> dict[str, Any]:
    """Return a ConfigMap of files."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _named(run, name), "data": dict(files)}


def secret(run: Installation, name: str, **values: str) -> dict[str, Any]:
    """Return a Secret."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": _named(run, name), "stringData": values}


def service(run: Installation, name: str, *ports: int) -> dict[str, Any]:
    """Return a Service of the pods that `deployment` makes under this name."""
    listed = [{"name": f"port-{port}", "port": port} for port in ports]
    spec = {"selector": {"app": name}, "ports": listed}
    return {"apiVersion": "v1", "kind": "Service", "metadata": _named(run, name), "spec": spec}


def deployment(
    run: Installation,
    name: str,
    container: dict[str, Any],
    volumes: Mapping[str, dict[str, Any]],
    **pod: Any,  # noqa: ANN401 - any field of a pod
) -> dict[str, Any]:
    """Return a Deployment of one container, with each volume mounted below `/` by its name."""
    mounts = [{"name": volume, "mountPath": f"/{volume}"} for volume in volumes]
    whole = {"name": name, "securityContext": RESTRICTED_CONTAINER, "volumeMounts": mounts, **container}
    security = {"runAsNonRoot": True, "runAsUser": NOBODY, "seccompProfile": {"type": "RuntimeDefault"}}
    spec = {
        "securityContext": security,
        "containers": [whole],
        "volumes": [{"name": volume, **source} for volume, source in volumes.items()],
        "terminationGracePeriodSeconds": 2,
        **pod,
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _named(run, name),
        "spec": {
            "replicas": 1,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": spec},
        },
    }


def _named(run: Installation, name: str) -> dict[str, str]:
    return {"name": name, "namespace": run.namespace}
