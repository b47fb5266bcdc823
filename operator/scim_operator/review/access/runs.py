"""Since when something holds without interruption. Pure.

What cannot be known for a while interrupts nothing, and is remembered as a gap.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from collections.abc import Set as AbstractSet
    from datetime import datetime

Key = TypeVar("Key", bound="Hashable")


class Point(NamedTuple):
    """A place in the history: `number` counts commits and dates that came, `commit` counts commits alone.

    `date` is when one of the manifests' dates came, None for the date of the commit; `cause` is the commit that had set
    that date.
    """

    number: int
    commit: int
    date: datetime | None = None
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """The commits from which on, and until which, it was not known. `end` None: to the last one."""

    begin: int
    end: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Run:
    """Since when something holds, and the gaps in that."""

    since: Point
    gaps: tuple[Gap, ...] = ()

    @property
    def in_doubt(self) -> bool:
        """Return whether it is not known now."""
        return bool(self.gaps) and self.gaps[-1].end is None

    def doubted(self, at: Point, why: str) -> Run:
        """Return the same, not known from here on."""
        return self if self.in_doubt else replace(self, gaps=(*self.gaps, Gap(at.commit, None, why)))

    def known(self, at: Point) -> Run:
        """Return the same, known again from here on."""
        return replace(self, gaps=(*self.gaps[:-1], replace(self.gaps[-1], end=at.commit))) if self.in_doubt else self

    def together(self, *others: Run) -> Run:
        """Return since when all of these hold, with the gaps that matter from there on."""
        runs = (self, *others)
        since = max((each.since for each in runs), key=lambda point: point.number)
        gaps = {gap for each in runs for gap in each.gaps if gap.end is None or gap.end >= since.commit}
        return Run(since, tuple(sorted(gaps, key=lambda gap: (gap.begin, gap.why))))


@dataclass(slots=True)
class Runs(Generic[Key]):
    """Runs of many things. `why` says of one that is not there why that cannot be known; "" where it is known."""

    _open: dict[Key, Run] = field(default_factory=dict)
    _doubtful: set[Key] = field(default_factory=set)
    _leading: dict[Key, Gap] = field(default_factory=dict)

    def get(self, key: Key) -> Run | None:
        """Return the run of a thing that holds, or of which it is not known now; None for what does not."""
        return self._open.get(key)

    def there(self) -> AbstractSet[Key]:
        """Return what holds, or may."""
        return self._open.keys()

    def doubtful(self) -> Iterator[Key]:
        """Yield what is not known now."""
        yield from tuple(self._doubtful)
        yield from tuple(self._leading)

    def note(self, key: Key, at: Point, *, holds: bool, why: str = "") -> None:
        """Note whether something holds from here on; `why` it is not known, whatever `holds` says."""
        run = self._open.get(key)
        if why:
            self._doubt(key, run, at, why)
            return
        self._doubtful.discard(key)
        leading = self._leading.pop(key, None)
        if not holds:
            self._open.pop(key, None)
        elif run is None:
            begun = (replace(leading, end=at.commit),) if leading is not None else ()
            self._open[key] = Run(at, begun)
        else:
            self._open[key] = run.known(at)

    def _doubt(self, key: Key, run: Run | None, at: Point, why: str) -> None:
        if run is None:
            self._leading.setdefault(key, Gap(at.commit, None, why))
        else:
            self._open[key] = run.doubted(at, why)
            self._doubtful.add(key)

    def set(
        self,
        now: AbstractSet[Key],
        at: Point,
        why: Callable[[Key], str],
        before_it: Gap | None = None,
        *,
        among: AbstractSet[Key] | None = None,
    ) -> None:
        """Note that exactly these hold from here on; `why` is asked of those that do not any more.

        `before_it`: nothing was known of any until here. `among`: of these alone, the others stay as they are.
        """
        before = self._open.keys() if among is None else self._open.keys() & among
        for key in before - now:
            self.note(key, at, holds=False, why=why(key))
        for key in now - before:
            self._open[key] = Run(at, () if before_it is None else (replace(before_it, end=at.commit),))
        for key in self._doubtful & now:
            self.note(key, at, holds=True)
