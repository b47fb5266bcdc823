"""The inputs of a decision: the config's rules for a resource type, and the facts about one object."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

from scim_operator.core.decision.claims import NO_EXCHANGES, NONE, Contention
from scim_operator.core.decision.protection import UNGUARDED, Guarded
from scim_operator.core.ownership.owner import Owner
from scim_operator.core.plan.membership import STRANGERS
from scim_operator.core.values import valueclass

if TYPE_CHECKING:
    from collections.abc import Container

    from scim_operator.api.enums import Action, Adoption, Removal
    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.claims import Exchanges
    from scim_operator.core.keys import ObjectKey, ResourceType
    from scim_operator.core.mapping.mapping import DesiredAttributes, Mappings
    from scim_operator.core.plan.membership import Acquaintance, Membership
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.core.resource import Document
    from scim_operator.core.scope.scope import ScopeDecision, Scoping
    from scim_operator.core.seal import Seal


@dataclass(frozen=True)
class Rules:
    """A config's rules for one resource type, compiled; what follows from them is found out once.

    `immutable` are attributes that the service never changes; `owner` says who provisions, `transfer_to` the owner to
    whom everything is handed over, "" where nothing is.
    """

    type: ResourceType
    enabled: bool
    mappings: Mappings
    scoping: Scoping
    matching: tuple[AttributePath, ...]
    actions: frozenset[Action]
    adoption: Adoption
    when_out_of_scope: Removal
    when_deleted: Removal
    delete_after: timedelta = timedelta()
    create_disabled: bool = False
    required: tuple[AttributePath, ...] = ()
    explicit_id: bool = False
    """Whether a user needs an externalId that is not one of our making."""
    immutable: frozenset[AttributePath] = frozenset()
    owner: Owner = field(default_factory=partial(Owner, "", ""))
    transfer_to: str = ""
    restrained: bool = False
    """Whether nothing is sent but what ends access, because the service does not take most of what is sent."""

    @cached_property
    def reads(self) -> frozenset[str]:
        """Variables and attributes that the expressions look at, by dotted names."""
        return frozenset().union(*(each.expression.reads for each in self.mappings if each.expression))

    @cached_property
    def sensitive(self) -> frozenset[AttributePath]:
        """Targets whose values may not be shown."""
        return frozenset(each.target for each in self.mappings if each.sensitive)

    @cached_property
    def moving(self) -> tuple[AttributePath, ...]:
        """Targets that may get another value each time, and so do not identify a plan."""
        return tuple(each.target for each in self.mappings if each.moves)

    @cached_property
    def selecting(self) -> Mappings:
        """Mappings that ask the service which values are taken."""
        return tuple(each for each in self.mappings if each.selects)


@valueclass(frozen=True, slots=True)
class Match:
    """The match at the service for a record: one resource, several (`ambiguous`), or none."""

    document: Document | None = None
    by: str = ""
    """The attribute that matched; "id" for the recorded id."""
    owned: bool = False
    """Whether the resource is ours already."""
    ambiguous: tuple[str, ...] = ()
    owner: ObjectKey | None = None
    """Another manifest that owns it."""
    other: str = ""
    """Whose mark the resource carries instead of ours, in a few words."""
    shown: str = ""
    """The id of the resource, as people may see it."""
    claimed: bool = False
    """Whether the status names this id without a proof."""
    candidates: frozenset[str] = frozenset()
    """The ids of all that match and are no other manifest's."""
    unseen: bool = False
    """Whether the resource is known by the id on record alone, because the service shows neither lists nor it."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A manager who is referred to and is not at the service.

    `belongs`: is to be there. `ids` are those under which the manager may be there anyway, None where that is unknown.
    """

    key: ObjectKey
    belongs: bool
    ids: frozenset[str] | None


@valueclass(frozen=True, slots=True)
class Facts:
    """Everything that a decision may look at."""

    record: SourceRecord
    entry: ServiceEntry | None
    scope: ScopeDecision
    desired: DesiredAttributes | None
    """None where the record should not be at the service."""
    match: Match
    contention: Contention = NONE
    membership: Membership | None = None
    group_ids: Container[str] = field(default=frozenset())
    known: Acquaintance = field(default_factory=lambda: STRANGERS)
    overdue: bool = False
    """Whether the resource was disabled so long ago that it is to be deleted."""
    terminating: bool = False
    """Whether namespace or CRD are being deleted, so that manifests disappear without anyone's decision."""
    guarded: Guarded = UNGUARDED
    fault: str = ""
    """Why an expression leaves the object or the group's members unknown."""
    ends: bool = False
    """Whether the user is to be inactive, as far as that is known."""
    awaits: Awaited | None = None
    """The manager who is not at the service."""
    exchanges: Exchanges = NO_EXCHANGES
    """The object's part in exchanges of unique values."""
    unlisted: bool = False
    """Whether the service is still to be listed, so that nothing but the end of access can be decided."""
    seal: Seal | None = None
    """The operator's key, which recognises values that a status holds as digests; None where it is unknown."""

    @property
    def is_foreign(self) -> bool:
        """Return whether what was found at the service is no one's that we know of."""
        return self.match.document is not None and not self.match.owned and self.match.owner is None

    def sent_by(self, due: Plan, plan: Plan) -> DesiredAttributes:
        """Return what the service is to hold once `due` is done, without what waits or another owner claims."""
        waiting = {change.path for change in plan.changes} - {change.path for change in due.changes}
        waiting.update(self.contention.contested, (change.path for change in plan.toward), plan.postponed)
        desired = self.desired or {}
        # What is handed over gets another owner's marks, not those wanted here.
        waiting.update(change.path for change in due.changes if change.new != desired.get(change.path, change.new))
        return {path: value for path, value in desired.items() if path not in waiting} if waiting else desired
