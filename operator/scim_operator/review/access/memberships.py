"""Since when whom a group has, and by which ways, followed from change to change."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from scim_operator.core.keys import Kind
from scim_operator.core.members.selection import Means
from scim_operator.review.access.runs import Gap, Run, Runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    from scim_operator.job.gather.namespace import Change, Namespace
    from scim_operator.review.access.moments import Moment
    from scim_operator.review.access.runs import Point

UNREADABLE = "unreadable"
FAILING = "an expression fails"


class Way(NamedTuple):
    """How a group comes to a user: by which group, itself or one nested in it, and by which field of that."""

    group: str
    means: Means


@dataclass(frozen=True, slots=True)
class Wanted:
    """The namespace that is looked at, whether a config decides, and the one group or user that is asked about."""

    namespace: str
    config: bool
    group: str = ""
    user: str = ""


class Memberships:
    """The memberships of a namespace. `hear` each change of it; `settle` after those of one moment."""

    def __init__(self, namespace: Namespace, wanted: Wanted) -> None:
        self._namespace = namespace
        self._wanted = wanted
        self._members: dict[str, Runs[str]] = defaultdict(Runs)
        self._ways: dict[str, Runs[tuple[str, Way]]] = defaultdict(Runs)
        self._touched: set[str] = set()
        self._moved: dict[str, set[str]] = defaultdict(set)
        self._reach: dict[str, AbstractSet[str]] = {}
        self._hidden: dict[str, Gap] = {}

    def hear(self, change: Change) -> None:
        """Note whose memberships may have changed."""
        key = change.key
        if key.kind is Kind.GROUP:
            self._touched |= {key.name, *change.groups}
            return
        for group in change.groups | self._namespace.topology.groups_of(key.name):
            self._moved[group].add(key.name)

    def emerge(self, group: str, before: Point) -> None:
        """Note that nothing could be read of a group until now."""
        self._hidden.setdefault(group, Gap(before.commit, None, UNREADABLE))

    def settle(self, at: Point, moment: Moment, *, again: bool) -> None:
        """Note what has come of it. `again`: what could not be known before may be known now."""
        if again:
            self._touched |= {*self._members}
        for name in self._touched:
            self._follow(name, at, moment)
        for name in self._moved.keys() - self._touched:
            self._follow(name, at, moment, self._moved[name])
        self._touched.clear()
        self._moved.clear()

    def there(self, group: str) -> AbstractSet[str]:
        """Return the users whom a group has, or may have."""
        return self._members[group].there()

    def held(self, group: str, user: str, way: Way | None) -> Run | None:
        """Return since when a group has a user, by any way or by this one; None where it has not."""
        return self._members[group].get(user) if way is None else self._ways[group].get((user, way))

    def _follow(self, name: str, at: Point, moment: Moment, only: AbstractSet[str] | None = None) -> None:
        """Note who is in a group, and by which way; of these users alone, where no one else has moved."""
        if self._wanted.group and name != self._wanted.group:
            return
        if self._wanted.user:
            only = {self._wanted.user}
        reached = self._namespace.topology.nesting.descendants((name,))
        why, before_it = self._doubts(name, reached, at, moment)
        users = self._namespace.topology.effective_users(name)
        if only is not None:
            users = users & only
        self._members[name].set(users, at, why, before_it, among=only)
        ways = {(user, way) for each in reached for user, way in self._had(each, only)}
        among = None if only is None else {key for user in only for key in self._known(name, user)}
        self._ways[name].set(ways, at, lambda key: why(key[0]), before_it, among=among)

    def _doubts(
        self, name: str, reached: AbstractSet[str], at: Point, moment: Moment
    ) -> tuple[Callable[[str], str], Gap | None]:
        """Return what says why it is not known whether a user is in a group, and since when nothing was known."""
        before = self._reach.get(name, frozenset()) | reached
        selects = self._namespace.topology.selects(reached)  # whom it names, it names whatever cannot be read of them
        unknown = {key.name for key in moment.obscure if key.kind is Kind.USER and selects}
        hidden = any(key.kind is Kind.GROUP and key.name in before for key in moment.obscure)
        fault = any(map(self._namespace.topology.fault, reached))
        before_it = self._hidden.get(name)
        if hidden:
            self._hidden.setdefault(name, Gap(at.commit, None, UNREADABLE))
        else:
            self._reach[name] = reached
            self._hidden.pop(name, None)

        def why(user: str) -> str:
            if hidden or user in unknown:
                return UNREADABLE
            return FAILING if fault else ""

        return why, before_it

    def _had(self, group: str, only: AbstractSet[str] | None) -> Iterator[tuple[str, Way]]:
        topology = self._namespace.topology
        for user in topology.direct_users(group) if only is None else only:
            yield from ((user, Way(group, means)) for means in topology.means(group, user))

    def _known(self, group: str, user: str) -> Iterator[tuple[str, Way]]:
        """Yield the ways by which a group has or had a user."""
        reached = self._reach.get(group, frozenset())
        yield from ((user, Way(each, means)) for each in reached for means in Means)
