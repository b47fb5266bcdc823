"""Whether what went wrong with one object will last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.errors import DependencyNotReady

if TYPE_CHECKING:
    from scim_operator.core.keys import ObjectKey
    from scim_operator.errors import ScimOperatorError
    from scim_operator.job.apply.events import ObjectEvents
    from scim_operator.job.base.retries import Retries


@dataclass(frozen=True, slots=True)
class Lasting:
    """The judge of errors, for one session."""

    retries: Retries
    events: ObjectEvents

    async def lasts(self, key: ObjectKey, error: ScimOperatorError) -> bool:
        """Return whether an error will last: it came again and again, or everything else at the service works."""
        if self.retries.is_decayed(key):
            return True
        return isinstance(error, DependencyNotReady) and await self.events.still_connected()
