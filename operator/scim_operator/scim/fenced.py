"""The fence at its last place: on an open connection, just before something that changes anything is written to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp

from scim_operator.errors import LeaseLost
from scim_operator.scim.fence import fence

if TYPE_CHECKING:
    from aiohttp.connector import Connection


class FencedConnector(aiohttp.TCPConnector):
    """Makes connections, which may take seconds, and hands one out for a write only while the Lease is held."""

    async def connect(self, req: Any, *given: Any, **named: Any) -> Connection:  # noqa: ANN401 - aiohttp's
        """Return a connection for a request. Raises LeaseLost."""
        found = await super().connect(req, *given, **named)
        if req.method != "GET":
            try:
                fence().check()
            except LeaseLost:
                found.close()
                raise
        return found
