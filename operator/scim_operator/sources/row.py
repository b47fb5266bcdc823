"""What a source gives: rows, each a person or a group as the source has it, and what is said about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scim_operator.core.keys import Kind
    from scim_operator.core.resource import Document, JsonValue


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One person or group of a source.

    Args:
        kind: what manifest it becomes.
        place: where it stands, as messages say it: `line 17`, `User 2819c223`.
        values: what expressions see as `row`.
        document: the same as a SCIM resource; it is not changed.
        id: what members and managers name it by; "" where the source has no ids of its own.
        lasting: what it is called for ever, whatever its name is, and no other one ever; "" where there is no such.
        manager: what names the user's manager, "" for none.
        groups: the names of the groups that the user is in, where it is the users who say so.
        members: what names the group's members; None where the source does not say.
        columns: which column gave a field of the spec, by its place there, as `emails.value`.
        noun: what the source calls a column.
    """

    kind: Kind
    place: str
    values: Mapping[str, JsonValue]
    document: Document
    id: str = ""
    lasting: str = ""
    manager: str = ""
    groups: tuple[str, ...] = ()
    members: tuple[str, ...] | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    noun: str = "column"


@dataclass(frozen=True, slots=True, order=True)
class Refused:
    """A row that cannot become a manifest: where it stands, and what to do about it. No value of it is in there."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class Source(Protocol):
    """Where rows come from. `records` may be asked for once.

    `columns` are the names that a row has, None where rows differ; `yields` says of a value that no manifest can hold
    that it is left out, and not that its row is refused: a service's values cannot be corrected before the import.
    """

    @property
    def columns(self) -> frozenset[str] | None:
        """Return the names that every row has."""

    @property
    def yields(self) -> bool:
        """Return whether a value that no manifest can hold is left out."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what a person is told about the source, once its rows were read."""

    def records(self) -> Iterator[SourceRow | Refused]:
        """Yield the rows in the source's order. Errors: InvalidSpec, where nothing of it is to be used."""
