"""The operator's own key: read from a Secret at the start, made there where it is missing, or of this process alone.

Proofs in statuses (`core.seal`) hold as long as the key does. Without a usable Secret the operator works with a key
that ends with the process: what an earlier process recorded is then matched again, which adoption governs.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import secrets
from typing import TYPE_CHECKING

from scim_operator.errors import PreconditionFailed, ScimOperatorError, TerminalError
from scim_operator.kube.client import Forbidden, KubeClient, Target
from scim_operator.kube.resources import SECRETS
from scim_operator.kube.secret_reader import value_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scim_operator.core.seal import Seal
    from scim_operator.kube.client import Manifest
    from scim_operator.observability.metrics import Metrics

logger = logging.getLogger(__name__)

FIELD = "key"
"""The key of the Secret's data under which the operator's key is."""
LENGTH = 32
"""Bytes of a key that we make, and the fewest that are accepted."""
ROUNDS = 5
"""Number of attempts at a write while another process is faster."""
PAUSE = 2.0
"""Seconds between attempts while the API server does not answer."""


class OperatorKey:
    """Gives `seal` the key of Secret `name` in `namespace`. `metrics` shows whether the key will last."""

    def __init__(self, client: KubeClient, namespace: str, name: str, seal: Seal, metrics: Metrics) -> None:
        self._client = client
        self._target = Target(SECRETS, namespace, name)
        self._seal = seal
        self._metrics = metrics
        self._known = False
        self._asking = asyncio.Lock()

    async def before(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` once the key is known: nothing may be proved with one key and checked with another."""
        async with self._asking:
            if not self._known:
                await self._take_up()
                self._known = True
        await work()

    async def _take_up(self) -> None:
        key = await self._persistently()
        if key:
            self._seal.take(key)
        self._metrics.own_key(lasting=bool(key))

    async def _persistently(self) -> bytes:
        """Return the key, b"" where there is none to be had. Ask the API server until it answers."""
        while True:
            try:
                return await self._read_or_make()
            except (Forbidden, TerminalError) as error:
                logger.warning("%s %s", error, self._consequence)
                return b""
            except ScimOperatorError as error:
                logger.info("The operator's key is not read yet: %s", error)
                await asyncio.sleep(PAUSE)

    @property
    def _consequence(self) -> str:
        return (
            f"Without the Secret {self._target.name} in namespace {self._target.namespace} the operator uses a key of "
            "this process alone: after a restart, resources without our mark wait for adoption again."
        )

    async def _read_or_make(self) -> bytes:
        for _ in range(ROUNDS):
            found = await self._client.get(self._target)
            key = _key_in(found) if found else b""
            if key:
                return key if len(key) >= LENGTH else self._too_short()
            if await self._made(found):
                logger.info("A key was made in the Secret %s.", self._target.name)
        raise PreconditionFailed(f"The Secret {self._target.name} changes faster than it can be written.")

    def _too_short(self) -> bytes:
        logger.warning(
            "The Secret %s holds under %s fewer than %d bytes: remove that key, and a new one is made. %s",
            self._target.name,
            FIELD,
            LENGTH,
            self._consequence,
        )
        return b""

    async def _made(self, found: Manifest | None) -> bool:
        """Write a new key, unless another process does so at the same time; return whether it was written."""
        data = {FIELD: base64.b64encode(secrets.token_bytes(LENGTH)).decode()}
        try:
            if found is None:
                body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": self._target.name}, "data": data}
                created = await self._client.create(Target(SECRETS, self._target.namespace), body)
                return created is not None
            version = {"resourceVersion": found["metadata"]["resourceVersion"]}
            return await self._client.patch(self._target, {"metadata": version, "data": data}) is not None
        except PreconditionFailed:
            return False


def _key_in(secret: Manifest) -> bytes:
    return value_of(secret, FIELD) or b""
