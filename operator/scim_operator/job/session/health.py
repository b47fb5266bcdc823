"""Judges whether the connection of a session still works by what happens to its objects."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scim_operator.errors import ScimOperatorError, Unauthorized

if TYPE_CHECKING:
    from scim_operator.core.keys import ObjectKey
    from scim_operator.job.base.ports import Service
    from scim_operator.job.base.retries import Retries

STUMBLES = 8
"""Failures in a row, without a success between, after which the service is asked whether it is there at all."""


class Health:
    """The health of one connection. `lost` ends with the error that ended it.

    Objects that fail do not end it, however many they are: only a service that does not answer Test Connection does.
    """

    def __init__(self, service: Service, retries: Retries) -> None:
        self._service = service
        self._retries = retries
        self._stumbled: list[ObjectKey] = []
        self._asking = False
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def still_connected(self) -> bool:
        """Return whether Test Connection passes now."""
        return await self._trouble() is None

    async def _trouble(self) -> ScimOperatorError | None:
        """Return why Test Connection does not pass now, None where it passes."""
        try:
            await self._service.probe()
        except ScimOperatorError as error:
            return error
        return None

    def connection_lost(self, error: ScimOperatorError) -> None:
        """End the session: nothing works until credentials, URL or service change."""
        if not self.lost.done():
            self.lost.set_exception(error)

    async def stumbled(self, key: ObjectKey) -> None:
        """Count a request that failed in a way that heals; after many in a row, ask whether the service is away."""
        self._stumbled.append(key)
        if len(self._stumbled) < STUMBLES or self._asking:
            return
        self._asking = True
        try:
            trouble = await self._trouble()
        finally:
            self._asking = False
        if trouble is not None:
            if not isinstance(trouble, Unauthorized):  # a token that expires now is no reason for what failed before
                self._retries.pardon(self._stumbled)
            self.connection_lost(trouble)
        self._stumbled.clear()

    def succeeded(self) -> None:
        """Note that an object came to rest, so the connection works."""
        self._stumbled.clear()
