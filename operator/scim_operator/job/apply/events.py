"""What one object at a time reports to its session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.errors import ScimOperatorError


class ObjectEvents(Protocol):
    """What the reconciler asks and reports."""

    async def still_connected(self) -> bool:
        """Whether Test Connection passes now."""

    def connection_lost(self, error: ScimOperatorError) -> None:
        """The service refuses the credentials or is no SCIM service: nothing can be done until that changes."""

    def stumbled(self, error: ScimOperatorError) -> None:
        """A request failed in a way that heals by itself."""

    def succeeded(self) -> None:
        """An object came to rest."""

    async def parted(self, record: SourceRecord) -> None:
        """This config is done with a manifest that is being deleted."""

    def groups_moved(self, keys: set[ObjectKey]) -> None:
        """The members of these groups came or went at the service."""
