"""Makes tombstones durable before the manifests go that could say the same."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scim_operator.core.records.tombstones import Tombstones
    from scim_operator.job.report.reporter import Reporter


class DurableTombstones:
    """The tombstones of one session in its config's status; one write serves many that wait for it."""

    def __init__(self, tombstones: Tombstones, reporter: Reporter) -> None:
        self._tombstones = tombstones
        self._reporter = reporter
        self._writing = asyncio.Lock()
        self._written = 0

    async def write(self) -> None:
        """Return once every tombstone that was set before the call is in the status. Errors: NotWritten."""
        version = self._tombstones.version
        async with self._writing:
            if self._written < version:
                current = self._tombstones.version
                await self._reporter.write_durably()
                self._written = current
