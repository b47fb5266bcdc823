"""Judges whether the connection of a session still works by what happens to its objects."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scim_operator.errors import ScimOperatorError

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
        try:
            await self._service.probe()
        except ScimOperatorError:
            return False
        return True

    def connection_lost(self, error: ScimOperatorError) -> None:
        """End the session: nothing works until credentials, URL or service change."""
        if not self.lost.done():
            self.lost.set_exception(error)

    async def stumbled(self, key: ObjectKey, error: ScimOperatorError) -> None:
        """Count a request that failed in a way that heals; after many in a row, ask whether the service is away."""
        self._stumbled.append(key)
        if len(self._stumbled) < STUMBLES or self._asking:
            return
        self._asking = True
        try:
            if not await self.still_connected():
                self._retries.pardon(self._stumbled)
                self.connection_lost(error)
        finally:
            self._asking = False
        self._stumbled.clear()

    def succeeded(self) -> None:
        """Note that an object came to rest, so the connection works."""
        self._stumbled.clear()
