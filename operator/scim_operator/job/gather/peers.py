"""A job's view of the operator's other jobs: who owns, and who claims, what it is about to take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from scim_operator.core.decision.claims import Claims
    from scim_operator.core.keys import Kind, ObjectKey, ResourceType
    from scim_operator.job.gather.remote_index import RemoteIndex
    from scim_operator.job.gather.service_entries import Entries
    from scim_operator.job.gather.waits import Waits


class Surveyed(Protocol):
    """The others' view of a job that has listed its service."""

    entries: Entries
    waits: Waits

    @property
    def claims(self) -> Mapping[Kind, Claims]:
        """Return what its manifests claim."""

    @property
    def index(self) -> Mapping[ResourceType, RemoteIndex]:
        """Return what the service holds."""

    def shown_id(self, id: str) -> str:
        """Return the id of a resource, as people may see it."""


class Peers:
    """The others at one service. This one is alone there: a command, or a job of a test."""

    @property
    def alone(self) -> bool:
        """Return whether there are no others."""
        return True

    def owner(self, key: ObjectKey, id: str, *, ours: bool) -> ObjectKey | None:
        """Return the manifest that has the resource of that id before `key`; `ours`: `key` has it on record too."""
        return None

    def claimants(self, kind: Kind, values: Iterable[Hashable]) -> Mapping[ObjectKey, bool]:
        """Return the manifests of other namespaces that claim one of the values, and whether each owns a resource."""
        return {}

    @property
    def unknown(self) -> str:
        """Return why it cannot be known who else owns a resource, as a sentence; "" where it can."""
        return ""

    @property
    def coming(self) -> str:
        """Return who is about to claim what may be no one's, as a sentence; "" where no one is waited for."""
        return ""

    async def acquainted(self) -> bool:
        """Return, once it is known what the others own by what is on record, whether that is enough to go by.

        It is not for a config that is new to its service: only a listing shows whether it is another's by another name.
        """
        return True

    def staked(self, kind: Kind, values: frozenset[Hashable]) -> None:
        """Note that these values are claimed here now, or no longer are."""

    def let_go(self, kind: Kind, id: str) -> None:
        """Note that a resource is no longer owned here."""

    def reserve(self, key: ObjectKey, id: str) -> bool:
        """Keep a resource for a manifest that is about to take it; False where another is about to."""
        return True

    def release(self, key: ObjectKey) -> None:
        """Note that the manifest has taken what was kept for it, or has not."""

    def begins(self, manifest: Mapping[str, Any]) -> None:
        """Note that the config takes up a spec, and is to list its service."""

    def rests(self, *, for_good: bool) -> None:
        """Note that the config could not list its service, or is not to; `for_good`: it claims nothing from now on."""

    async def surveyed(self, knowledge: Surveyed) -> None:
        """Note that the service was listed; returns once what the others own and claim there is known.

        Never, where the listing shows that another config of the namespace serves the same service.
        """
