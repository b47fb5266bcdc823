"""What the members of one config's groups are found out from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scim_operator.core.records.tombstones import Tombstones
    from scim_operator.job.gather.candidates import Candidates
    from scim_operator.job.gather.namespace import Namespace
    from scim_operator.job.gather.presence import Presence
    from scim_operator.job.gather.remote_indexes import RemoteIndexes
    from scim_operator.job.gather.service_entries import Entries


@dataclass(frozen=True, slots=True)
class Sources:
    """The manifests, what is on record of them, and the service; `tombstones` are of those who were disabled."""

    namespace: Namespace
    entries: Entries
    tombstones: Tombstones
    index: RemoteIndexes
    presence: Presence
    candidates: Candidates
