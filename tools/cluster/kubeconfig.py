"""Kubeconfig files. They are written as JSON, which is YAML, so that no YAML library is needed before `make setup`."""

from __future__ import annotations

import base64
import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_kubeconfig(path: Path, url: str, certificate: Path, token: str, *, namespace: str = "default") -> None:
    """Write a kubeconfig with one cluster, user and context, readable by its owner only."""
    authority = base64.b64encode(certificate.read_bytes()).decode()
    context = {"cluster": "scim-operator", "user": "scim-operator", "namespace": namespace}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "scim-operator", "cluster": {"server": url, "certificate-authority-data": authority}}],
        "users": [{"name": "scim-operator", "user": {"token": token}}],
        "contexts": [{"name": "scim-operator", "context": context}],
        "current-context": "scim-operator",
    }
    write_private(path, json.dumps(config, indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, in one step."""
    made = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    made.replace(path)
