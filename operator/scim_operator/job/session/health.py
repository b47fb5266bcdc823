"""Judges whether the connection of a session still works by what happens to its objects."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scim_operator.errors import ScimOperatorError

if TYPE_CHECKING:
    from scim_operator.job.base.ports import Service

STUMBLES = 8
"""Failures in a row, without a success between, after which the connection itself is in doubt."""


class Health:
    """The health of one connection. `lost` ends with the error that ended it."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._stumbles = 0
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

    def stumbled(self, error: ScimOperatorError) -> None:
        """Count a request that failed in a way that heals; many in a row put the connection in doubt."""
        self._stumbles += 1
        if self._stumbles >= STUMBLES:
            self.connection_lost(error)

    def succeeded(self) -> None:
        """Note that an object came to rest, so the connection works."""
        self._stumbles = 0
