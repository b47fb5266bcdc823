"""A match report, as people and machines read it: who at the service is whose manifest, and who is no one's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scim_operator.core.keys import Kind


class Standing(StrEnum):
    """What a manifest and what is at the service are to each other, what needs a decision first."""

    AMBIGUOUS = "Ambiguous"
    SHARED = "Shared"
    EXTERNAL_ID = "ExternalIdDiffers"
    REFUSED = "Refused"
    UNKNOWN = "Unknown"
    GIT = "OnlyInGit"
    SERVICE = "OnlyAtService"
    MATCHED = "Matched"
    LEFT_OUT = "LeftOut"

    @property
    def meaning(self) -> str:
        """Return what it means, in a few words."""
        return _MEANINGS[self]


_MEANINGS = {
    Standing.AMBIGUOUS: "several resources for one manifest",
    Standing.SHARED: "several manifests for one resource, or for one name",
    Standing.EXTERNAL_ID: "one to one, with another externalId at the service, which keeps it",
    Standing.REFUSED: "one to one, and the operator does not take it over",
    Standing.UNKNOWN: "cannot be said",
    Standing.GIT: "in Git alone",
    Standing.SERVICE: "at the service alone",
    Standing.MATCHED: "one to one",
    Standing.LEFT_OUT: "not provisioned by this config",
}
AS_WISHED = frozenset({Standing.MATCHED, Standing.LEFT_OUT})


@dataclass(frozen=True, slots=True)
class Row:
    """A manifest, or a resource that no manifest matches (`manifest` is "" then).

    Args: manifest, as scimuser/ada; name, the userName or displayName; by, the attribute that matched; ids, of what
    matches at the service; note, what follows, or what to do.
    """

    standing: Standing
    kind: Kind
    manifest: str
    name: str
    by: str = ""
    ids: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class MatchReport:
    """All manifests of a config, and all that its service has."""

    config: str
    rows: tuple[Row, ...] = field(repr=False)
    faults: tuple[str, ...] = ()
    """What is wrong with the files, in words, each with its place."""

    @property
    def counts(self) -> Counter[tuple[Kind, Standing]]:
        """Return how many there are of each kind and standing."""
        return Counter((row.kind, row.standing) for row in self.rows)

    @property
    def ways(self) -> Counter[tuple[Kind, str]]:
        """Return how many match one to one by each attribute."""
        return Counter((row.kind, row.by) for row in self.rows if row.standing is Standing.MATCHED)

    @property
    def is_one_to_one(self) -> bool:
        """Return whether each manifest that the config provisions has its resource, and each resource its manifest."""
        return not self.faults and all(row.standing in AS_WISHED for row in self.rows)

    def of(self, standing: Standing) -> list[Row]:
        """Return the rows of a standing."""
        return [row for row in self.rows if row.standing is standing]
