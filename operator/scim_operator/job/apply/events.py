"""What the work on single objects reports to its session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.errors import ScimOperatorError


class ObjectEvents(Protocol):
    """What the reconciler asks and reports."""

    async def still_connected(self) -> bool:
        """Return whether Test Connection passes now."""

    def connection_lost(self, error: ScimOperatorError) -> None:
        """Note that the service refuses the credentials or is no SCIM service, which ends all work for now."""

    async def stumbled(self, key: ObjectKey) -> None:
        """Note that a request for an object failed in a way that heals by itself."""

    def succeeded(self) -> None:
        """Note that an object came to rest."""

    async def parted(self, record: SourceRecord) -> None:
        """Note that this config is done with a manifest that is being deleted."""

    def turned(self) -> None:
        """Note that an object fails now and did not before, or the other way round."""

    def groups_moved(self, keys: set[ObjectKey]) -> None:
        """Note that the members of these groups came or went at the service."""
