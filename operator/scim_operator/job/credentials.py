"""What a config refers to: its token, its CA bundle. A rotated Secret is taken up without a restart."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from scim_operator.job.ports import Vault
    from scim_operator.job.settings import Settings


class SecretToken:
    """The token in the Secret that `spec.service.auth` names; read once, and again when the service refuses it."""

    def __init__(self, vault: Vault, settings: Settings) -> None:
        self._vault = vault
        self._namespace = settings.namespace
        self._ref = settings.spec.service.auth.bearer.secret_ref
        self._token: str | None = None

    async def token(self, *, fresh: bool = False) -> str:
        """The token to send now; raises SecretNotFound naming what is missing, InvalidSpec when it is no text."""
        if self._token is None or fresh:
            body = await self._vault.read("Secret", self._namespace, self._ref.name, self._ref.key)
            try:
                self._token = body.decode()
            except UnicodeDecodeError:
                raise InvalidSpec(
                    f"Secret {self._ref.name}, key {self._ref.key}: the token is no UTF-8 text."
                ) from None
        return self._token


async def ca_bundle(vault: Vault, settings: Settings) -> bytes | None:
    """The CA certificates that the config names, None when it names none."""
    ref = settings.spec.service.tls.ca_bundle_ref
    return None if ref is None else await vault.read(ref.kind.value, settings.namespace, ref.name, ref.key)


async def fingerprint(vault: Vault, settings: Settings) -> str:
    """Changes whenever the token or the CA bundle does; raises SecretNotFound."""
    token = await SecretToken(vault, settings).token()
    bundle = await ca_bundle(vault, settings) or b""
    return hashlib.sha256(token.encode() + b"\0" + bundle).hexdigest()
