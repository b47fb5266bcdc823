"""The sources of a plan, from a directory or a cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scim_operator.job.gather.peers import Peers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.seal import Seal
    from scim_operator.job.base.settings import Settings


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of a plan. `config_status` is the config's status where a cluster has one, {} without a cluster."""

    settings: Settings
    records: tuple[SourceRecord, ...]
    config_status: Mapping[str, Any]
    before: tuple[SourceRecord, ...] | None = None
    """The records of an earlier revision, None where none is known: who enters and leaves the scope."""
    before_settings: Settings | None = None
    other_namespaces: Peers = field(default_factory=Peers)
    """What the configs of other namespaces own and claim at the same service."""
    waits_for: str = ""
    """The cluster's config that serves the service instead, "" where none does."""
    forgotten: tuple[str, ...] = ()
    """What an earlier revision had and cannot be remembered: of whom it is not known whether their access ends."""
    aside: Mapping[ObjectKey, str] = field(default_factory=dict)
    """Manifests that were set aside for their errors, each with those and what counts meanwhile, in words."""
    faults: tuple[str, ...] = ()
    """All errors of the files, in words."""
    notes: tuple[str, ...] = ()
    """Notes on the sources for anyone who reviews the plan."""
    seal: Seal | None = None
    """The key of the digests in the records' statuses, where the command has made those."""
