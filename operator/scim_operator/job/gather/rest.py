"""Which objects of one config rest, and what ends that: the one place where it is remembered (ADR 0029).

| what moves                                  | whose rest it ends                                                |
|---------------------------------------------|-------------------------------------------------------------------|
| a manifest, also by its status or metadata  | its own (`Intake`)                                                |
| what is on record of it                     | its own (`Entries`)                                               |
| anything that has an object looked at again | its own (`Lanes`): claims, scope, members, managers, dates        |
| a resource that came, went or changed       | its owner's, and that of whose mark it carries (`sweep/awake.py`) |
| whether and under which id someone is there | that of the groups and reports that refer to it (there too)       |
| the `Ground` of the config                  | all (there too)                                                   |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from scim_operator.core.keys import Kind, ObjectKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.decision.rest import Ground


class Rest(set[ObjectKey]):
    """The objects at rest, of one session. Only objects of these kinds rest."""

    examined: ClassVar[bool] = False
    """Whether what rests is planned all the same, and an error where something is due; verification sets it."""

    def __init__(self, kinds: Iterable[Kind] = Kind) -> None:
        super().__init__()
        self.kinds = frozenset(kinds)
        self._ground: Ground | None = None

    def stand_on(self, ground: Ground) -> None:
        """Note what holds for all objects now."""
        if ground != self._ground:
            self.clear()
        self._ground = ground

    def end(self, keys: Iterable[ObjectKey]) -> None:
        """Note that something moved on which the plans of these stand."""
        self.difference_update(keys)
