"""Reads the Secrets and ConfigMaps that configs name, one by one: the operator neither lists nor watches them.

What is read stays here unless the object itself names where it is to go (`core.secrecy.destinations.released`).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from scim_operator.core.secrecy.destinations import HOSTS, released
from scim_operator.errors import SecretNotFound
from scim_operator.kube.client import KubeClient, Manifest, Target
from scim_operator.kube.resources import CONFIG_MAPS, SECRETS
from scim_operator.scim.egress import STRICT

if TYPE_CHECKING:
    from scim_operator.core.secrecy.destinations import DataRef, To, Values
    from scim_operator.kube.resources import ApiResource
    from scim_operator.scim.egress import Egress

_RESOURCES: dict[str, ApiResource] = {"Secret": SECRETS, "ConfigMap": CONFIG_MAPS}


class KubeSecretReader:
    """The job's Vault on a cluster. Nothing is kept, so a rotated Secret is in force at the next read."""

    def __init__(self, client: KubeClient, egress: Egress = STRICT) -> None:
        self._client = client
        self._egress = egress

    async def read(self, ref: DataRef, to: To) -> Values:
        """See `job.base.ports.Vault.read`."""
        manifest = await self._client.get(Target(_RESOURCES[ref.kind], ref.namespace, ref.name))
        if manifest is None:
            wanted = ref.keys[0] if ref.keys else HOSTS
            raise SecretNotFound(
                f"{ref.kind} {ref.name} does not exist in namespace {ref.namespace}: create it with the key {wanted}, "
                f"and with {HOSTS}, the hosts that it may go to."
            )
        annotations = manifest["metadata"].get("annotations") or {}
        found = {key: value_of(manifest, key) for key in (HOSTS, *ref.keys, *ref.optional)}
        found |= {key: _encoded(annotations[key]) for key in ref.optional if "/" in key and key in annotations}
        data = {key: value for key, value in found.items() if value is not None}
        insecure = self._egress.allow_insecure
        return released(ref, data, to, type=str(manifest.get("type") or ""), allow_insecure=insecure)


def value_of(manifest: Manifest, key: str) -> bytes | None:
    """Return the value of a Secret or a ConfigMap under `key`, None when there is none."""
    data, binary = manifest.get("data") or {}, manifest.get("binaryData") or {}
    if manifest.get("kind") == "ConfigMap" and key in data:
        return _encoded(data[key])
    encoded = binary.get(key) if manifest.get("kind") == "ConfigMap" else data.get(key)
    try:
        return None if encoded is None else base64.b64decode(encoded, validate=True)
    except (TypeError, ValueError):  # binascii.Error is one, and so is what a character beyond ASCII brings about
        return None


def _encoded(value: object) -> bytes | None:
    """Return a value as bytes, None for what is no text: half of a surrogate pair."""
    try:
        return str(value).encode()
    except UnicodeEncodeError:
        return None
