"""Reads the Secrets and ConfigMaps that configs name, one by one: the operator neither lists nor watches them."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from scim_operator.errors import SecretNotFound
from scim_operator.kube.client import KubeClient, Manifest, Target
from scim_operator.kube.resources import CONFIG_MAPS, SECRETS

if TYPE_CHECKING:
    from scim_operator.kube.resources import ApiResource

_RESOURCES: dict[str, ApiResource] = {"Secret": SECRETS, "ConfigMap": CONFIG_MAPS}


class KubeVault:
    """The job's Vault on a cluster. Nothing is kept, so a rotated Secret is in force at the next read."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client

    async def read(self, kind: str, namespace: str, name: str, key: str) -> bytes:
        """The bytes under `key` of the Secret or ConfigMap; raises SecretNotFound naming what is missing."""
        manifest = await self._client.get(Target(_RESOURCES[kind], namespace, name))
        if manifest is None:
            raise SecretNotFound(
                f"{kind} {name} does not exist in namespace {namespace}: create it with the key {key}."
            )
        value = value_of(manifest, key)
        if value is None:
            raise SecretNotFound(f"{kind} {name} in namespace {namespace} has no key {key}: add it.")
        return value


def value_of(manifest: Manifest, key: str) -> bytes | None:
    """What a Secret or a ConfigMap holds under `key`, None when nothing."""
    data, binary = manifest.get("data") or {}, manifest.get("binaryData") or {}
    if manifest.get("kind") == "ConfigMap" and key in data:
        return str(data[key]).encode()
    encoded = binary.get(key) if manifest.get("kind") == "ConfigMap" else data.get(key)
    try:
        return None if encoded is None else base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return None
