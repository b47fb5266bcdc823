"""Everything a job knows, and the facts it gathers from it for one decision.

The parts: the config's rules, the manifests of the namespace, the service as last listed, what we own there (the
manifests' status), and who claims what. No I/O happens here; what must be read is read by the reconciler first.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from scim_operator.api.config import Mode
from scim_operator.api.enums import Removal
from scim_operator.core.attributes.paths import ACTIVE
from scim_operator.core.decision.decision import decide
from scim_operator.core.decision.facts import Awaited, Facts
from scim_operator.core.decision.forms import formed_at
from scim_operator.core.decision.removal import rule_for
from scim_operator.core.decision.rest import may_rest
from scim_operator.core.keys import Kind, ObjectKey, ResourceType
from scim_operator.core.plan.membership import STRANGERS
from scim_operator.job.base.discretion import shown_id
from scim_operator.job.gather.acquaintance import acquaintance
from scim_operator.job.gather.candidates import Candidates
from scim_operator.job.gather.chance import Chance
from scim_operator.job.gather.desired import Desired
from scim_operator.job.gather.identities import Identities
from scim_operator.job.gather.members import Members
from scim_operator.job.gather.passes import Passes
from scim_operator.job.gather.peers import Peers
from scim_operator.job.gather.remembering import remembered
from scim_operator.job.gather.remote_indexes import RemoteIndexes
from scim_operator.job.gather.rest import Rest
from scim_operator.job.gather.service_entries import Entries, recorded_members
from scim_operator.job.gather.sources import Sources
from scim_operator.job.gather.swaps import Swaps
from scim_operator.job.gather.waits import Resource, Waits, awaited

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from scim_operator.core.decision.claims import Claims
    from scim_operator.core.decision.facts import Match, Rules
    from scim_operator.core.plan.membership import Acquaintance
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.seal import Seal
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.mapping import Mapped
    from scim_operator.job.gather.namespace import Namespace
    from scim_operator.job.gather.remembering import Remembered


class Knowledge:
    """What one job knows. Entries and ownership are its own; the namespace is shared with the other jobs there.

    `memory` is what the config's status says, as far as it is believed.
    """

    def __init__(
        self,
        settings: Settings,
        namespace: Namespace,
        memory: Remembered,
        now: Callable[[], datetime],
        *,
        chance: Chance | None = None,
        peers: Peers | None = None,
    ) -> None:
        self.settings = settings
        self.namespace = namespace
        self.memory = memory
        self.now = now
        self.terminating: frozenset[Kind] = frozenset()
        """The kinds whose manifests go because the namespace or the CRD is being deleted, as last asked."""
        self.waits = Waits()
        applies = settings.spec.mode is Mode.APPLY
        rest = Rest(type.kind for type, rules in settings.rules.items() if applies and may_rest(rules))
        self.entries = Entries(memory.notary, self._let_go, rest, Passes(now))
        recorded = partial(recorded_members, self.entries, memory.notary.seal)
        self.index = RemoteIndexes(settings, recorded, lambda kind: self.entries.owned_ids[kind])
        self.entries.owned.heard = self.index.owned
        chance = chance or Chance(secrets.token_bytes(32))
        self.desired = Desired(settings, namespace, self.entries, self.index, now, chance)
        self.identities = Identities(settings, self.desired, self.entries, self.index, memory.notary, peers or Peers())
        self.swaps = Swaps(settings, namespace, self.desired, self.entries, self.index, self.identities)
        self.candidates = Candidates(namespace, self.look)
        found = (self.entries, memory.tombstones, self.index, self.desired.presence, self.candidates)
        self.members = Members(settings, Sources(namespace, *found), self.desired.protecting)

    @classmethod
    def from_status(
        cls,
        settings: Settings,
        namespace: Namespace,
        status: Mapping[str, Any],
        now: Callable[[], datetime],
        peers: Peers | None = None,
        seal: Seal | None = None,
    ) -> Knowledge:
        """Return what is known by the config's status, {} without one; for callers that send nothing because of it.

        `seal` is the key of the digests in the manifests' statuses, where the caller has made those.
        """
        return cls(settings, namespace, remembered(settings, status, seal, checks=False), now, peers=peers)

    @property
    def claims(self) -> Mapping[Kind, Claims]:
        """Return what the manifests claim."""
        return self.identities.claims

    def _let_go(self, kind: Kind, id: str) -> None:
        """Note that a resource is no longer owned here."""
        self.waits.moved(Resource(kind, id))
        self.identities.peers.let_go(kind, id)

    def rules(self, kind: Kind) -> Rules:
        """Return the compiled rules for a kind."""
        return self.settings.rules[kind.resource_type]

    def forget(self, key: ObjectKey) -> AbstractSet[ObjectKey]:
        """Forget a manifest that is gone; the answer names those whose conflicts this may end."""
        self.entries.forget(key)
        self.desired.forget(key)
        self.candidates.forget(key)
        self.waits.forget(key)
        self.swaps.forget(key)
        return self.claims[key.kind].drop(key)

    def part(self, record: SourceRecord) -> AbstractSet[ObjectKey]:
        """Note that this config is done with a manifest that is being deleted; the answer is that of `forget`."""
        freed = self.forget(record.key)
        self.entries.part(record)
        return freed

    def plan(self, record: SourceRecord) -> Plan:
        """Gather the facts about a record and decide."""
        return decide(self.facts(record), self.rules(record.key.kind))

    def facts(self, record: SourceRecord) -> Facts:
        """Everything known about a record that a decision may look at; raises what went wrong when it was taken in."""
        if record.key in self.namespace.faults:
            raise self.namespace.faults[record.key]
        scope, entry, mapper = (
            self.desired.scopes.of(record),
            self.identities.entry(record),
            self.desired.mapper(record),
        )
        manages = (scope.in_scope or scope.undecided) and record.key.kind is Kind.GROUP
        mapped, match = self.look(record)
        if match.document is None and mapper.asks_more_at_creation:
            mapped = self.identities.named(record, mapper.map(record, record.document, creating=True))
        if record.window is not None and record.window.is_early(self.now()):
            mapped = replace(mapped, attributes={**mapped.attributes, ACTIVE: False}, ends=True)
        desired = mapper.fit(mapped, match.document, entry) if scope.in_scope else None
        grave, found = self.memory.tombstones, match.document
        overdue = found is not None and grave.is_due(record.key.kind, found["id"], self.now())
        goes = desired is None and (overdue or rule_for(record, self.rules(record.key.kind)) is Removal.DELETE)
        return Facts(
            record=record,
            seal=self.seal,
            entry=formed_at(entry, record.key, match.document, self.seal),
            scope=scope,
            desired=desired,
            match=match,
            contention=self.identities.contention(record, mapped.attributes, match),
            exchanges=self.swaps.facts(record, desired or {}, mapped.attributes, match),
            membership=self.members.of(record) if manages else None,
            group_ids=self.index[ResourceType.GROUP] if self.members.nested else frozenset(),
            known=self._known if record.members is not None else STRANGERS,
            overdue=overdue,
            terminating=self._is_terminating(record.key.kind),
            awaits=self._awaited(mapper.awaits(record)) if scope.in_scope else None,
            fault=mapped.fault or self.members.fault(record),
            ends=mapped.ends,
            guarded=self.members.floors.guarded(record, match, goes=goes),
            unlisted=self.index.overview.awaited,
        )

    @property
    def _known(self) -> Acquaintance:
        return acquaintance(self.entries, self.memory.tombstones, self.desired.presence, self.index)

    def _awaited(self, manager: ObjectKey | None) -> Awaited | None:
        if manager is None:
            return None
        ids = None if self.members.is_unknown(manager) else frozenset(self.members.awaited_ids(manager))
        return Awaited(manager, self.desired.presence.belongs(manager), ids)

    def look(self, record: SourceRecord) -> tuple[Mapped, Match]:
        """Return what is asked for of a record, and what that matches at the service, which is noted."""
        mapped = self.desired.mapper(record).map(record, record.document, creating=False)
        mapped = self.identities.named(record, mapped)
        match = self.identities.match(record, mapped.attributes)
        self.desired.presence.note(record.key, match)
        self.candidates.note(record.key, match, known=not (mapped.fault or record.invalid))
        return mapped, match

    @property
    def seal(self) -> Seal | None:
        """Return the key of the digests in statuses; None where statuses are read that another process's key made."""
        return self.memory.notary.seal if self.memory.notary.keyed else None

    def _is_terminating(self, kind: Kind) -> bool:
        """Return whether the manifests of a kind go as a whole, or for a group those of its members."""
        return bool(self.terminating) if kind is Kind.GROUP else kind in self.terminating

    def shown_id(self, id: str) -> str:
        """Return the id of a resource, as people may see it."""
        return shown_id(self.settings.veil, id)

    def note_waits(self, facts: Facts, plan: Plan) -> None:
        """Note what a record waits for by its plan."""
        undone = not (facts.match.owned or plan.verdict.ready)
        holders = self.identities.holders(facts.record, "") if undone else ()
        chooses = bool(self.desired.mapper(facts.record).choices)
        self.waits.note(facts.record.key, awaited(facts, plan, holders, chooses=chooses))

    def unmanaged(self, type: ResourceType) -> int:
        """Return how many resources of a type no manifest owns, or has left to be deleted later."""
        owned, index = self.entries.owned_ids[type.kind], self.index[type]
        left = sum(id in index and id not in owned for id in self.memory.tombstones.ids(type.kind))
        return len(index) - index.census.owned - left
