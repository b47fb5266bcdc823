"""A resource while one request changes it: nothing is stored before the whole request passed every check."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scim_operator.simulator.messages import Document, Json, Refusal, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.simulator.members import MemberDraft
    from scim_operator.simulator.schema import ResourceType


@dataclass(slots=True)
class Draft:
    """The future resource. `named` counts the members that the request names, `display` gives a member's name."""

    type: ResourceType
    document: Document
    members: MemberDraft
    request: Request
    strict: bool = True
    named: int = 0
    notes: list[str] = field(default_factory=list)
    display: Callable[[str], str | None] = lambda _: None


def member_ids(value: Json) -> list[str]:
    """Returns the ids in a value of `members`: a list, or one member; raises Refusal 400 invalidValue."""
    items = value if isinstance(value, list) else [value]
    try:
        ids = [item["value"] for item in items]
    except (TypeError, KeyError):
        ids = [None]
    if not all(isinstance(identifier, str) and identifier for identifier in ids):
        raise Refusal(400, "Each member must be an object with the member's id as value.", "invalidValue")
    return ids
