"""Walks through the moments of a history, and remembers since when who has access by which way.

It goes by what the operator goes by: its records, its groups, its decisions about scope, and its agenda of dates. Each
moment costs what it changed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.members.selection import Means
from scim_operator.job.gather.concerned import Concerned
from scim_operator.job.gather.namespace import Namespace
from scim_operator.review.access.runs import Gap, Point, Run, Runs
from scim_operator.review.access.standing import NO_CONFIG, Judge, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.namespace import Change
    from scim_operator.review.access.moments import Fault, Moment

BEGINNING = datetime.min.replace(tzinfo=UTC)


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


class Walk:
    """Since when who has access. `take` each moment in turn; then ask."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._now = BEGINNING
        self.namespace = Namespace(self._time)
        self.namespace.listen(self._hear)
        self.users: Runs[str] = Runs()
        self.groups: Runs[str] = Runs()
        self.members: dict[str, Runs[str]] = defaultdict(Runs)
        self.ways: dict[str, Runs[tuple[str, Way]]] = defaultdict(Runs)
        self.changed: dict[ObjectKey, int] = {}
        """The commit that last changed what a manifest means."""
        self.gone: dict[ObjectKey, int] = {}
        """The commit that removed it, for what is not there any more."""
        self.moments: list[Moment] = []
        self._concerned: set[ObjectKey] = set()
        self._touched: set[str] = set()
        self._moved: dict[str, set[str]] = defaultdict(set)
        self._due: set[ObjectKey] = set()
        self._reach: dict[str, AbstractSet[str]] = {}
        self._hidden: dict[str, Gap] = {}
        self._settings: Settings | None = None
        self._judge: Judge | None = None
        self._following: Concerned | None = None
        self._number = 0

    def _time(self) -> datetime:
        return self._now

    def take(self, moment: Moment) -> None:
        """Let the dates come that are due by then, and take in what the moment changed."""
        self.advance(moment.at)
        faults = self.moments[-1].obscure if self.moments else frozenset()
        self.moments.append(moment)
        here = len(self.moments) - 1
        for key in moment.gone:
            self.gone[key] = here
            self.namespace.drop(key, _uid(key))
        self._emerge(moment, here)
        for record in moment.put:
            self._put(record, here)
        self._configure(moment)
        self._settle(Point(self._next(), here), again=faults != moment.obscure)

    def advance(self, until: datetime) -> None:
        """Let time pass: what has dates takes effect at its instants."""
        while self.moments and (turn := self.namespace.next_turn) is not None and turn <= until:
            self._now = max(self._now, turn)
            self._due.clear()
            for _ in self.namespace.advancing():
                pass
            cause = max((self.changed.get(key, 0) for key in self._due), default=None)
            self._settle(Point(self._next(), len(self.moments) - 1, self._now, cause))
        self._now = max(self._now, until)

    def finish(self, at: datetime) -> None:
        """Let time pass until the moment that is asked about."""
        self.advance(at)
        if self.moments:
            self._settle(Point(self._next(), len(self.moments) - 1, self._now))

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _emerge(self, moment: Moment, here: int) -> None:
        """Note that those who emerge may have had access before, where that could not be read."""
        before = Point(self._next(), max(here - 1, 0))
        for key in moment.emerged:
            if key.namespace != self._wanted.namespace or self.namespace.get(key.kind, key.name) is not None:
                continue
            runs = self.users if key.kind is Kind.USER else self.groups
            runs.note(key.name, before, holds=False, why=UNREADABLE)
            if key.kind is Kind.GROUP:
                self._hidden.setdefault(key.name, Gap(before.commit, None, UNREADABLE))

    def _put(self, record: SourceRecord, here: int) -> None:
        if record.key.namespace != self._wanted.namespace:
            return
        before = self.namespace.get(record.key.kind, record.key.name)
        if before is None or meaning(before) != meaning(record):
            self.changed[record.key] = here
        self.gone.pop(record.key, None)
        self.namespace.put(record)

    def _hear(self, change: Change) -> None:
        key = change.key
        self._concerned.add(key)
        if change.due:
            self._due.add(key)
        if key.kind is Kind.GROUP:
            self._touched |= {key.name, *change.groups}
        else:
            for group in change.groups | self.namespace.topology.groups_of(key.name):
                self._moved[group].add(key.name)
        if self._judge is not None and self._judge.knowledge is not None and self._following is not None:
            self._judge.knowledge.desired.scopes.reconsider([key])
            self._concerned |= self._following.by(change)

    def _configure(self, moment: Moment) -> None:
        """Judge by another config, or by none, where it is another one now."""
        if self._judge is not None and moment.config is self._settings:
            return
        self._settings = moment.config
        self._judge = Judge(moment.config, self.namespace, self._time)
        self._following = None
        if self._judge.knowledge is not None:
            self._following = Concerned(self._judge.knowledge)
            self._following.begin()
        self._concerned |= self._everyone()

    def _everyone(self) -> set[ObjectKey]:
        found = {record.key for record in self.namespace.all_records()}
        kinds = {Kind.USER: self.users.there(), Kind.GROUP: self.groups.there()}
        return found | {self._key(kind, name) for kind, names in kinds.items() for name in names}

    def _settle(self, at: Point, *, again: bool = False) -> None:
        """Note what has come of it. `again`: what could not be known before may be known now."""
        moment, judge = self.moments[-1], self._judge
        assert judge is not None  # noqa: S101 - made with the first moment
        for _ in self.namespace.reconsider():
            pass
        if judge.knowledge is not None:
            judge.knowledge.desired.begin_sweep()
        if judge.varies or moment.config_obscure or (again and judge.knowledge is not None):
            self._concerned |= self._everyone()
        if again:
            self._concerned |= {self._key(Kind.USER, name) for name in self.users.doubtful()}
            self._concerned |= {self._key(Kind.GROUP, name) for name in self.groups.doubtful()}
            self._touched |= {*self.members}
        for key in self._concerned:
            self._note(key, at, moment, judge)
        for name in self._touched:
            self._follow(name, at, moment)
        for name in self._moved.keys() - self._touched:
            self._follow(name, at, moment, self._moved[name])
        self._concerned.clear()
        self._touched.clear()
        self._moved.clear()

    def _key(self, kind: Kind, name: str) -> ObjectKey:
        return ObjectKey(kind, self._wanted.namespace, name)

    def _note(self, key: ObjectKey, at: Point, moment: Moment, judge: Judge) -> None:
        runs = self.users if key.kind is Kind.USER else self.groups
        standing = judge.of(key) if judge.knowledge is not None or not self._wanted.config else NO_CONFIG
        why = standing.reason if standing.state is State.UNKNOWN else ""
        if not standing.holds and self._is_obscure(key, standing.reason, moment):
            why = UNREADABLE
        runs.note(key.name, at, holds=standing.holds, why=UNREADABLE if moment.config_obscure else why)

    @staticmethod
    def _is_obscure(key: ObjectKey, reason: str, moment: Moment) -> bool:
        """Return whether what cannot be read may be why it is not there: itself, or a group that assigns it."""
        return key in moment.obscure or (
            reason == "NotAssigned" and any(each.kind is Kind.GROUP for each in moment.obscure)
        )

    def _follow(self, name: str, at: Point, moment: Moment, only: AbstractSet[str] | None = None) -> None:
        """Note who is in a group, and by which way; of these users alone, where no one else has moved."""
        if self._wanted.group and name != self._wanted.group:
            return
        if self._wanted.user:
            only = {self._wanted.user}
        reached = self.namespace.topology.nesting.descendants((name,))
        why, before_it = self._doubts(name, reached, at, moment)
        users = self.namespace.topology.effective_users(name)
        if only is not None:
            users = users & only
        self.members[name].set(users, at, why, before_it, among=only)
        ways = {(user, way) for each in reached for user, way in self._had(each, only)}
        among = None if only is None else {key for user in only for key in self._known(name, user)}
        self.ways[name].set(ways, at, lambda key: why(key[0]), before_it, among=among)

    def _doubts(
        self, name: str, reached: AbstractSet[str], at: Point, moment: Moment
    ) -> tuple[Callable[[str], str], Gap | None]:
        """Return what says why it is not known whether a user is in a group, and since when nothing was known."""
        before = self._reach.get(name, frozenset()) | reached
        selects = self.namespace.topology.selects(reached)  # whom it names, it names whatever cannot be read of them
        unknown = {key.name for key in moment.obscure if key.kind is Kind.USER and selects}
        hidden = any(key.kind is Kind.GROUP and key.name in before for key in moment.obscure)
        fault = any(map(self.namespace.topology.fault, reached))
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
        topology = self.namespace.topology
        for user in topology.direct_users(group) if only is None else only:
            yield from ((user, Way(group, means)) for means in topology.means(group, user))

    def _known(self, group: str, user: str) -> Iterator[tuple[str, Way]]:
        """Yield the ways by which a group has or had a user."""
        reached = self._reach.get(group, frozenset())
        yield from ((user, Way(each, means)) for each in reached for means in Means)

    def since(self, group: str, user: str, way: Way | None = None) -> Run | None:
        """Return since when a user has access to a group, by any way or by this one; None for unknown."""
        held = self.members[group].get(user) if way is None else self.ways[group].get((user, way))
        one, other = self.users.get(user), self.groups.get(group)
        return held.together(one, other) if held is not None and one is not None and other is not None else None

    def faults(self, begin: int, end: int | None) -> Iterable[tuple[int, Fault]]:
        """Yield what could not be read from one moment until another, each once, with the moment that it began with."""
        seen: set[Fault] = set()
        for number in range(begin, len(self.moments) if end is None else end):
            for fault in self.moments[number].faults:
                if fault not in seen:
                    seen.add(fault)
                    yield number, fault


UNREADABLE = "unreadable"
FAILING = "an expression fails"


def meaning(record: SourceRecord) -> tuple[object, ...]:
    """Return what a manifest asks for, whatever it looks like, and wherever it stands."""
    return (
        record.packed_document,
        dict(record.labels),
        record.members,
        record.membership_policy,
        record.window,
        record.suspended,
        record.manager,
        record.adoption,
    )


def _uid(key: ObjectKey) -> str:
    return f"{key.kind.value}/{key.namespace}/{key.name}"
