"""What of a service could not be listed when that was last tried, and why: resource types fail alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.errors import DependencyNotReady, PartMissing, ScimOperatorError, TransientError, WrongService

if TYPE_CHECKING:
    from scim_operator.core.keys import ResourceType


class Overview:
    """The resource types whose last listing failed. What is on record of them goes on by id."""

    def __init__(self) -> None:
        self._unread: dict[ResourceType, ScimOperatorError] = {}
        self.awaited = False
        """Whether a session has begun whose first listing is still under way."""

    @property
    def unread(self) -> frozenset[ResourceType]:
        """Return the types whose last listing failed."""
        return frozenset(self._unread)

    @property
    def error(self) -> ScimOperatorError | None:
        """Return why one of them failed, None where none did; what heals by itself comes first."""
        errors = sorted(self._unread.values(), key=lambda error: not isinstance(error, TransientError))
        return next(iter(errors), None)

    def trouble(self, type: ResourceType) -> ScimOperatorError | None:
        """Return why a type could not be listed, None where it was."""
        return self._unread.get(type)

    def read(self, type: ResourceType) -> None:
        """Note that a type was listed."""
        self._unread.pop(type, None)

    def failed(self, type: ResourceType, error: ScimOperatorError) -> None:
        """Note that a type could not be listed."""
        self._unread[type] = error

    def is_missing(self, type: ResourceType) -> bool:
        """Return whether the service has no such endpoint, so that its 404 to an id proves nothing."""
        return isinstance(self._unread.get(type), WrongService)

    def demand(self, type: ResourceType) -> None:
        """Raise PartMissing where the service has no endpoint of the type."""
        if self.is_missing(type):
            raise PartMissing(self._reason(type))

    def said(self) -> str:
        """Return which types cannot be listed, and why, in sentences; "" where all were."""
        return " ".join(f"{type.endpoint}: {reason}" for type, reason in self.reasons())

    def reasons(self) -> list[tuple[ResourceType, str]]:
        """Return which types cannot be listed, each with the reason, as sentences."""
        return [(type, self._reason(type)) for type in sorted(self._unread)]

    def _reason(self, type: ResourceType) -> str:
        """Return why a type cannot be listed, given that the service answers for the rest."""
        error = self._unread[type]
        return (error.alone if isinstance(error, DependencyNotReady) else "") or str(error)
