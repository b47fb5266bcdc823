"""The port to the Leases, under which one operator at a time works for a service (ADR 0028)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from scim_operator.scim.fence import Fence, fence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.leases.lease import Place


class Tenant(Protocol):
    """Works for the services whose Leases are held."""

    def gained(self, place: Place, statuses: Mapping[ConfigKey, Mapping[str, Any]]) -> None:
        """Note that a Lease is held: the configs of its place may be worked on, by the statuses that they have now."""

    def lost(self, place: Place) -> None:
        """Note that a Lease is not held any more: stop at once what was done under it."""

    async def give(self, place: Place) -> None:
        """Finish what is under way within a few seconds: the Lease is to be released."""


class Leases(Protocol):
    """The Leases that this operator has, or wants to have."""

    def serve(self, tenant: Tenant) -> None:
        """Note who is to hear what is gained and lost."""

    def want(self, place: Place, *, worked: bool) -> None:
        """Try to get a Lease from now on; `worked`: another has worked on one of its configs."""

    def unwant(self, place: Place) -> None:
        """Release a Lease: no config is left that needs it."""

    def fence(self, place: Place) -> Fence | None:
        """Return the fence of what is done under a Lease; None while it is not held."""

    def expects(self, place: Place) -> bool:
        """Return whether this operator is about to work under a Lease, by all that is known, and does not yet."""


class Sole:
    """No Leases: there is certainly no other operator."""

    def serve(self, tenant: Tenant) -> None:
        """See `Leases.serve`."""

    def want(self, place: Place, *, worked: bool) -> None:
        """See `Leases.want`."""

    def unwant(self, place: Place) -> None:
        """See `Leases.unwant`."""

    def fence(self, place: Place) -> Fence | None:
        """See `Leases.fence`."""
        return self._open

    def expects(self, place: Place) -> bool:
        """See `Leases.expects`."""
        return False

    def __init__(self) -> None:
        self._open = fence()
