"""What an operator does in the background, beside its jobs."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from scim_operator.core.unexpected import trace
from scim_operator.errors import LeaseLost
from scim_operator.scim.fence import behind

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from scim_operator.observability.metrics import Metrics
    from scim_operator.scim.fence import Fence

logger = logging.getLogger(__name__)


class Chores:
    """Tasks that no one waits for, and which the end of the operator cuts off."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self.tasks: set[asyncio.Task[None]] = set()

    def begin(self, chore: Coroutine[Any, Any, None], name: str, fence: Fence) -> None:
        """Do something, as long as its fence lets it change anything."""
        with behind(fence):
            task = asyncio.create_task(self._seen(chore), name=name)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def cut_off(self) -> None:
        """End all of them wherever they stand."""
        for task in self.tasks:
            task.cancel()

    async def _seen(self, chore: Coroutine[Any, Any, None]) -> None:
        """Run a chore, and log its exceptions."""
        try:
            await chore
        except LeaseLost as error:
            logger.debug("A chore is another replica's by now: %s", error)
        except Exception as error:  # noqa: BLE001
            self._metrics.internal_error(None)
            logger.error("A chore failed: %s", trace(error))  # noqa: TRY400 - the traceback may quote a person
