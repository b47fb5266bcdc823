"""The inputs of an evaluation, and its budget."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scim_operator.core.expressions.faults import Exhausted, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from scim_operator.core.expressions.meter import Meter
    from scim_operator.core.resource import Document, JsonValue

MAX_COST = 100_000
"""Steps that one evaluation may take, of some tenth of a microsecond each: some 10 to 20 ms in all."""

EVALUATION = 20
"""Steps that are counted for an evaluation besides its parts, where many are counted together."""

TURN, LIBRARY, FAULT = 2, 8, 60
"""Steps of a turn of a comprehension besides its parts, of a call of a mapping function, of a fault that is caught."""

CHARACTER, DRAW = 4, 5
"""Steps of a character of a text that is read one by one, and of a number that is drawn."""

MAX_TEXT = 1 << 20
"""Characters of the longest string that may arise on the way."""

CHARACTERS_PER_STEP = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """Values of the variables, and what a pure function cannot know.

    Args:
        user, group: SCIM documents as manifests describe them; None where there is none, which reads as empty.
        groups: the names of the groups that the user is in, nested ones too.
        roles: the names of the application roles from the assignments.
        config: the attributes of the ProvisioningConfig.
        row: what a source of manifests has of one object, as it names it.
        now: the time for Now(), with a time zone; None where an expression must not depend on it.
        random: `random(n)` gives an integer from 0 to n-1 for Guid() and RandomString(), from a good source.
        taken: whether the service has a value already, for SelectUniqueValue.
        meter: counts the cost of all evaluations together, None to count nothing.
    """

    user: Document | None = None
    group: Document | None = None
    groups: Sequence[str] = ()
    roles: Sequence[JsonValue] = ()
    config: Mapping[str, JsonValue] = field(default_factory=dict)
    row: Mapping[str, JsonValue] = field(default_factory=dict)
    now: datetime | None = None
    random: Callable[[int], int] | None = None
    taken: Callable[[str], bool] | None = None
    meter: Meter | None = None


class Frame:
    """One evaluation: the activation, the variables of comprehensions, the patterns in use, the steps that are left.

    It may serve the next one with the same activation, which begins with all steps and no patterns.
    """

    __slots__ = ("activation", "left", "local", "patterns")

    def __init__(self, activation: Activation) -> None:
        self.activation = activation
        self.local: dict[str, JsonValue] = {}
        self.patterns: dict[str, Any] = {}
        self.left = MAX_COST

    def charge(self, steps: int) -> None:
        """Count `steps`. Raises Exhausted when there are too many."""
        self.left -= steps
        if self.left < 0:
            raise Exhausted(
                f"The expression takes more than {MAX_COST} steps; nest fewer comprehensions, or give them shorter "
                "lists and texts"
            )

    def charge_text(self, length: int) -> None:
        """Count the making or reading of a text of that many characters, before it is made."""
        if length > MAX_TEXT:
            raise Exhausted(f"A text of more than {MAX_TEXT} characters would arise; shorten its parts")
        self.charge(1 + length // CHARACTERS_PER_STEP)

    def now(self) -> datetime:
        """Return the time of this evaluation. Raises Fault where there is none."""
        if self.activation.now is None:
            raise Fault("Now() has no time here; use it where mappings are evaluated")
        return self.activation.now

    def below(self, limit: int) -> int:
        """Return a random integer from 0 to limit - 1. Raises Fault where randomness is not given."""
        if self.activation.random is None:
            raise Fault("Nothing random is available here; use Guid and RandomString in mappings that apply OnCreate")
        self.charge(DRAW)
        return self.activation.random(limit)
