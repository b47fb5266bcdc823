"""The verbs of a plan, and what each of them means to everything that handles plans."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from scim_operator.api.enums import Action
from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping


_DELETES = {Kind.USER: "user_deletes", Kind.GROUP: "group_deletes"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a verb for everything that handles plans.

    `action` is what `spec.*.actions` must list for it. `gravity` orders plans for people, the gravest first; `sign` and
    `past` show it. `counts` is the class of changes that it counts against, by kind. `ends_access`: access ends
    by it. `removes`: the resource is gone afterwards.
    """

    action: Action
    gravity: int
    sign: str
    past: str
    counts: Mapping[Kind, str] = field(default_factory=dict)
    ends_access: bool = False
    removes: bool = False


class Verb(StrEnum):
    """The change to the resource at the service. No other place lists the verbs."""

    meaning: Meaning

    def __new__(cls, value: str, meaning: Meaning) -> Self:
        """Make the member of a value and its meaning."""
        verb = str.__new__(cls, value)
        verb._value_ = value
        verb.meaning = meaning
        return verb

    CREATE = "Create", Meaning(Action.CREATE, 4, "+", "Created")
    UPDATE = "Update", Meaning(Action.UPDATE, 3, "~", "Changed")
    DISABLE = "Disable", Meaning(Action.DELETE, 1, "-", "Disabled", {Kind.USER: "disables"}, ends_access=True)
    DELETE = "Delete", Meaning(Action.DELETE, 0, "-", "Deleted", _DELETES, ends_access=True, removes=True)
