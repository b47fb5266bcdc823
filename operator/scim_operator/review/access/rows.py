"""Makes the rows of an answer: the state at one moment, each with since when it is so, from the walk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.review.access.answer import Named, Path, Row, Since, Unsure
from scim_operator.review.access.commits import origin_of
from scim_operator.review.access.standing import Standing, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from scim_operator.review.access.commits import Commit, Origin
    from scim_operator.review.access.memberships import Way
    from scim_operator.review.access.present import Present
    from scim_operator.review.access.runs import Gap, Run
    from scim_operator.review.access.walk import Walk

ACCOUNT = Named("")
"""In place of a group: the account itself."""

HIDDEN = Standing(State.UNKNOWN, "InvalidSpec", "The group had the user, and what cannot be read now may still say so.")


class Rows:
    """`walk` None: there is no history. `merged` gives the commits that a merge brought; `cut`: it is a shallow one."""

    def __init__(
        self, present: Present, walk: Walk | None, merged: Callable[[Commit], Iterable[Commit]], *, cut: bool
    ) -> None:
        self._present = present
        self._walk = walk
        self._merged = merged
        self._cut = cut
        self._origins: dict[str, Origin] = {}

    def of_group(self, group: str, user: str = "") -> Iterator[Row]:
        """Yield the rows of a group, of one user alone where that is named."""
        ways = self._present.ways.of_group(group)
        named = self._present.named(Kind.GROUP, group)
        for name, standing in self._present.members(group):
            if not user or name == user:
                paths = (self._path(group, name, way) for way in ways.get(name, ())) if standing.holds else ()
                since = self._since(self._run(group, name)) if standing.holds else None
                person = self._present.named(Kind.USER, name)
                yield Row(named, person, standing, since, tuple(sorted(paths, key=_order)))
        yield from self._doubtful(named, user)

    def _doubtful(self, group: Named, user: str) -> Iterator[Row]:
        """Yield the rows of those whom the group had, as far as what cannot be read now may still have them."""
        members = self._walk.memberships.there(group.name) if self._walk is not None else set()
        shown = {name for name, _ in self._present.members(group.name)}
        for name in sorted(members - shown):
            if not user or name == user:
                yield Row(group, self._present.named(Kind.USER, name), HIDDEN)

    def of_user(self, user: str) -> Iterator[Row]:
        """Yield the row of the account, then those of the groups that have it."""
        yield self.of_account(user)
        for group in self._present.groups_of(user):
            yield from self.of_group(group, user)

    def of_account(self, user: str) -> Row:
        """Return the row of the account itself."""
        standing = self._present.standing(Kind.USER, user)
        run = self._walk.standings.of(Kind.USER, user) if self._walk is not None and standing.holds else None
        return Row(ACCOUNT, self._present.named(Kind.USER, user), standing, self._since(run))

    def of_all(self) -> Iterator[Row]:
        """Yield the rows of all groups, then those of the accounts that are in none."""
        seen = set()
        for group in self._present.names(Kind.GROUP):
            for row in self.of_group(group):
                seen.add(row.user.name)
                yield row
        for user in self._present.names(Kind.USER):
            if user not in seen:
                yield self.of_account(user)

    def _path(self, group: str, user: str, way: Way) -> Path:
        chain, detail = self._present.ways.chain(group, way.group), self._present.ways.detail(way, user)
        return Path(chain, way.means, detail, self._since(self._run(group, user, way)))

    def _run(self, group: str, user: str, way: Way | None = None) -> Run | None:
        return self._walk.since(group, user, way) if self._walk is not None else None

    def _since(self, run: Run | None) -> Since | None:
        if run is None or self._walk is None:
            return None
        moments, since = self._walk.moments, run.since
        commit = moments[since.commit if since.cause is None else since.cause].commit
        if commit is None:
            return None
        date = since.date or moments[since.commit].at
        gaps = tuple(self._unsure(gap) for gap in run.gaps)
        least = self._cut and since.commit == 0
        return Since(commit, self._origin(commit), date, since.date is not None, least, gaps)

    def _unsure(self, gap: Gap) -> Unsure:
        assert self._walk is not None  # noqa: S101 - a gap is of a walk
        moments = self._walk.moments
        end = None if gap.end is None else moments[gap.end].commit
        faults = tuple(fault for _, fault in self._walk.faults(gap.begin, gap.end))
        return Unsure(moments[gap.begin].commit, end, gap.why, faults)

    def _origin(self, commit: Commit) -> Origin:
        if commit.id not in self._origins:
            self._origins[commit.id] = origin_of(commit, self._merged(commit))
        return self._origins[commit.id]


def _order(path: Path) -> tuple[int, tuple[str, ...], str]:
    return len(path.groups), path.groups, path.means.value


def counts(rows: Iterable[Row]) -> dict[State, int]:
    """Return the number of rows of each state."""
    found = dict.fromkeys(State, 0)
    for row in rows:
        found[row.standing.state] += 1
    return found
