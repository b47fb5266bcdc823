"""Objects that no plan disables, deletes, empties, renames, takes over or hands over unless an approval names them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from scim_operator.core.plan.plan import hands_over
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from scim_operator.core.expressions import Activation
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SelectedUsers
    from scim_operator.core.scope.expression import ScopeExpression


@dataclass(frozen=True, slots=True, order=True)
class Keeper:
    """A group that cannot do without one of its members, and its id at the service."""

    key: ObjectKey
    id: str


@dataclass(frozen=True, slots=True)
class Guarded:
    """The protection of one object. `floor`: a group is not left with fewer members; 0 sets none.

    `keepers` are the groups that cannot do without a user who leaves.
    """

    protected: bool = False
    floor: int = 0
    keepers: tuple[Keeper, ...] = ()

    def guard(self, plan: Plan, members: int = 0) -> Plan:
        """Return the plan, asking for an approval that names its object where needed; the group has `members`.

        Who joins counts for who leaves, and so comes first where the group cannot do without: a service may refuse
        the one and not the other, or be away after the first request.
        """
        if self._touches(plan, members):
            plan = replace(plan, asks=True, protected=True)
        return replace(plan, fills=True) if self._fills(plan, members) else plan

    def _touches(self, plan: Plan, members: int) -> bool:
        if self.protected and (plan.ends_access or plan.adopts or plan.renaming or hands_over(plan)):
            return True
        if not self.floor:
            return False
        if plan.removes:
            return bool(members)
        left = members - len(plan.member_removals) + len(plan.member_adds)
        return bool(plan.member_removals) and left < self.floor

    def _fills(self, plan: Plan, members: int) -> bool:
        if not (self.floor and plan.member_removals):
            return False
        staying = members - len(plan.member_removals)
        return staying < self.floor <= staying + len(plan.member_adds)

    def spares(self, staying: Iterable[bool]) -> bool:
        """Return whether enough of a group's other members stay, so that one may be deleted at the service.

        A deletion takes a user out of all groups at once, and no approval of the group's stands before it.
        """
        return not self.floor or sum(islice(filter(None, staying), self.floor)) >= self.floor


UNGUARDED = Guarded()


@dataclass(frozen=True, slots=True)
class Chosen:
    """An entry that protects by labels or by a condition; `floor` is its minMembers, 0 for users."""

    selector: SelectedUsers | None
    expression: ScopeExpression | None
    floor: int

    def covers(self, labels: Mapping[str, str], activation: Callable[[ScopeExpression], Activation]) -> bool:
        """Return whether it covers an object with these labels. Where a condition fails, it is taken to hold."""
        if self.selector is not None:
            return self.selector.selects(labels)
        assert self.expression is not None  # noqa: S101 - one of the two is there
        try:
            return self.expression.passes(activation(self.expression))
        except InvalidSpec:
            return True


@dataclass(frozen=True, slots=True)
class Protection:
    """`spec.protected` for one kind, compiled: `names` with their floors, and a `floor` for every group."""

    names: Mapping[str, int]
    chosen: tuple[Chosen, ...] = ()
    floor: int = 0

    @property
    def sets_floors(self) -> bool:
        """Return whether any group is not to be left with fewer than some members."""
        return bool(self.names or self.chosen or self.floor)

    def by_name(self, name: str) -> Guarded:
        """Return how far it is protected by its name alone, whatever becomes of its manifest."""
        if not (self.names or self.floor):
            return UNGUARDED
        return Guarded(name in self.names, max(self.names.get(name, 0), self.floor))

    def of(self, name: str, labels: Mapping[str, str], activation: Callable[[ScopeExpression], Activation]) -> Guarded:
        """Return how far an object is protected; the largest floor counts."""
        named = self.by_name(name)
        floors = [each.floor for each in self.chosen if each.covers(labels, activation)]
        return Guarded(named.protected or bool(floors), max([named.floor, *floors]))
