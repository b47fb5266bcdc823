"""A safety that can be switched off: a change of the source text that is made in a copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one text in one file below `scim_operator`; the text must be there, and once."""

    file: str
    old: str
    new: str

    def make(self, package: Path) -> None:
        """Change the file. Raises ValueError where the text is not there as it should be: then this list is stale."""
        path = package / self.file
        text = path.read_text()
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file} has {text.count(self.old)} times what a switch replaces: {self.old!r}")
        path.write_text(text.replace(self.old, self.new))


@dataclass(frozen=True, slots=True)
class Switch:
    """One safety in words, the promise that it keeps, how to switch it off, and where that should be noticed.

    `tests` are what pytest is given. `scenarios` are the crash scenarios that are played, or single cases of them,
    `campaigns` the seeds that come first, and `lives` those of other kinds, as `guarded 5`; where nothing is named, all
    scenarios, and campaigns from the first on.
    `seconds`: how long the simulation looks at it at least.
    `simulated`: the simulated world has what it is about; it has neither HTTP nor files nor a second namespace.
    """

    safety: str
    promise: str
    changes: tuple[Change, ...]
    tests: tuple[str, ...]
    scenarios: tuple[str, ...] = ()
    campaigns: tuple[int, ...] = ()
    lives: tuple[str, ...] = ()
    seconds: float = 0.0
    simulated: bool = True

    @property
    def places(self) -> tuple[str, ...]:
        """Return the campaigns, those of other kinds, and the scenarios as words."""
        return (*map(str, self.campaigns), *self.lives, *self.scenarios)
