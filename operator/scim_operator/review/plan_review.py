"""A plan as people review it: who would get and lose which access, and which attributes change. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from scim_operator.core.approval.digest import digest_of
from scim_operator.core.plan.plan import PlanCounts, count
from scim_operator.core.plan.verb import Verb
from scim_operator.core.values import valueclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scim_operator.core.keys import ObjectKey, ResourceType
    from scim_operator.core.plan.plan import Plan

REDACTED = "[Redacted]"


class Attribute(NamedTuple):
    """One attribute that changes; None is no value. Sensitive values are redacted already."""

    path: str
    old: Any
    new: Any


@valueclass(frozen=True, slots=True)
class Step:
    """The planned change of one object. `name` is its userName or displayName, members are named likewise.

    `waiting` is what of the plan waits for approval, None where nothing does, and `goes_on` what does not wait.
    """

    key: ObjectKey
    name: str
    plan: Plan
    attributes: tuple[Attribute, ...] = ()
    gains: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    waiting: Plan | None = None
    goes_on: Plan | None = None

    @property
    def held(self) -> bool:
        """Return whether any of it waits."""
        return self.waiting is not None

    @property
    def released(self) -> Plan:
        """Return what may be sent."""
        return self.goes_on or self.plan

    @property
    def verb(self) -> Verb:
        """Return what happens to the resource; what is taken over as it is counts as changed."""
        return self.plan.verb or Verb.UPDATE

    @property
    def digest(self) -> str:
        """Names this step and no other, up to values that are sensitive."""
        return digest_of((self.plan,))

    @property
    def rest(self) -> str:
        """Names what is left of the step once what goes on is done, "" where that is nothing."""
        return digest_of((self.waiting,)) if self.waiting is not None else ""


@dataclass(frozen=True, slots=True)
class Problem:
    """An object that cannot be provisioned as it stands."""

    key: ObjectKey
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Scope:
    """The number of objects in scope; who enters and leaves it, where an earlier revision is known."""

    users: int = 0
    groups: int = 0
    entering: tuple[str, ...] | None = None
    leaving: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A resource type that could not be listed: so none of its manifests is planned."""

    type: ResourceType
    reason: str
    manifests: int


@dataclass(frozen=True)
class Review:
    """A whole plan. `approval` is the digest that releases what is held, "" where nothing is."""

    config: str
    steps: tuple[Step, ...] = field(repr=False)
    """Not in the repr: `asyncio.run` has Python's `signal` make one of its result, which then takes seconds."""
    problems: tuple[Problem, ...] = ()
    scope: Scope = field(default_factory=Scope)
    unmanaged: int = 0
    approval: str = ""
    because: str = ""
    """The reason why it is held, as a clause."""
    protected: tuple[str, ...] = ()
    """The protected objects that it touches: an approval must name them."""
    adopted: tuple[str, ...] = ()
    """Those that the service has already and no one owns, so that they are taken over."""
    digests: Callable[[], Iterable[tuple[str, str]]] = field(default=tuple, repr=False)
    """Makes `sources`, which only a saved plan needs."""
    blocked: str = ""
    """The reason why nothing would be sent anyway, such as a suspended config."""
    left: tuple[Problem, ...] = ()
    """Those of the problems that carrying the plan out does not show: manifests that were set aside for their errors,
    and whom an earlier revision gave access that nothing ends."""
    forgotten: tuple[str, ...] = ()
    """What an earlier revision had and cannot be remembered: of whom it is not known whether their access ends."""
    faults: tuple[str, ...] = ()
    """What is wrong with the files, in words, each with its place: that is set aside, and the rest is planned."""
    notes: tuple[str, ...] = ()
    """More about the plan that a reviewer should know."""
    unread: tuple[Unread, ...] = ()
    """What could not be listed."""
    unshown: tuple[tuple[str, int], ...] = ()
    """Attributes that the service does not show, and of how many objects they are taken to be as last sent."""

    @cached_property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """Return every manifest in the plan, and its digest."""
        return tuple(sorted(self.digests()))

    @property
    def counts(self) -> PlanCounts:
        """Return the plan in numbers."""
        return count(step.plan for step in self.steps)

    @property
    def is_whole(self) -> bool:
        """Return whether all of the manifests can be provisioned as they stand, and are planned."""
        return not (self.problems or self.forgotten or self.unread or self.faults)

    @property
    def held(self) -> int:
        """Return how many steps wait for approval."""
        return sum(step.held for step in self.steps)

    @property
    def digest(self) -> str:
        """Names the plan with the manifests that it was made of."""
        text = orjson.dumps([self.config, self.sources, sorted((str(s.key), s.digest) for s in self.steps)])
        return "sha256:" + hashlib.sha256(text).hexdigest()

    @property
    def access(self) -> dict[str, tuple[list[str], list[str]]]:
        """Return by member the groups that it would join and leave."""
        found: dict[str, tuple[list[str], list[str]]] = {}
        for step in self.steps:
            for number, members in enumerate((step.gains, step.losses)):
                for member in members:
                    found.setdefault(member, ([], []))[number].append(step.name)
        return dict(sorted(found.items()))

    def of(self, *verbs: Verb) -> list[Step]:
        """Return the steps with one of these verbs."""
        return [step for step in self.steps if step.verb in verbs]


def moved(before: Iterable[tuple[str, str]], now: Iterable[tuple[str, str]]) -> list[str]:
    """Return the names whose digests differ, or that one side lacks."""
    left, right = dict(before), dict(now)
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))
