"""What becomes of rows: manifests, and all that a person is told about them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.scim.values import attribute

if TYPE_CHECKING:
    from scim_operator.sources.row import Refused, SourceRow
    from scim_operator.sources.targets import Draft

IDENTITY = {Kind.USER: "userName", Kind.GROUP: "displayName"}
"""The field that each kind must have, and that no two may share."""
NOUN = {Kind.USER: "user", Kind.GROUP: "group"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the manifests will be: the namespace, "" where none is named, and the owner of the config, "" for none."""

    namespace: str = ""
    owner: str = ""


@dataclass(slots=True)
class Made:
    """A row and what becomes of it."""

    row: SourceRow
    draft: Draft
    spec: dict[str, Any]
    name: str = ""
    team: str = ""
    base: str = ""
    """What the name is to be made of."""

    @property
    def kind(self) -> Kind:
        """Return the kind of the manifest."""
        return self.row.kind

    @property
    def called(self) -> str:
        """Return what users call the group that they are in, in lower case: its name at the source."""
        return str(attribute(self.row.document, "displayName") or "").lower()

    @property
    def identity(self) -> str:
        """Return the value that no other row of the kind has."""
        return str(self.spec[IDENTITY[self.kind]])


@dataclass(slots=True)
class Imported:
    """The outcome: manifests, refused rows, and counts of what a person is told."""

    manifests: list[Made] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    passed_over: Counter[Kind] = field(default_factory=Counter)
    """Rows for which `where` was not true."""
    left: Counter[str] = field(default_factory=Counter)
    """Attributes that manifests cannot hold, with the number of rows."""
    told_apart: list[tuple[str, ...]] = field(default_factory=list)
    """The places of rows that came to one name."""
    partial: list[str] = field(default_factory=list)
    """The names of groups that are additive, for they have members without a manifest."""
    loose: int = 0
    """References to managers who have no manifest."""
    without_id: Counter[Kind] = field(default_factory=Counter)

    def counts(self) -> Counter[Kind]:
        """Return the number of manifests of each kind."""
        return Counter(each.kind for each in self.manifests)
