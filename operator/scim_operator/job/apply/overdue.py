"""Sets and lifts tombstones of what was disabled or emptied, and deletes it when that is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.api.config import Mode
from scim_operator.core.decision.removal import deletes_overdue, overdue_deletion
from scim_operator.core.keys import Kind
from scim_operator.core.records.status import AWAY, Reason
from scim_operator.core.records.tombstones import Tombstone
from scim_operator.job.gate.gate import Admission

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.decision.protection import Keeper
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.job.apply.executor import Executor
    from scim_operator.job.gate.gate import Gate
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.job.gather.remote_index import RemoteIndex
    from scim_operator.job.report.provisioning_log import ProvisioningLog


class Overdue:
    """Keeps the tombstones of one job."""

    def __init__(self, knowledge: Knowledge, executor: Executor, gate: Gate, provisioning_log: ProvisioningLog) -> None:
        self._knowledge = knowledge
        self._tombstones = knowledge.memory.tombstones
        self._executor = executor
        self._gate = gate
        self._provisioning_log = provisioning_log

    def is_missing(self, reported: Plan) -> bool:
        """Return whether a disabled resource has no tombstone yet, although it is to be deleted some day."""
        grave, grace = self._tombstones, self._knowledge.rules(reported.key.kind).delete_after
        disabled = reported.verdict.reason in AWAY and bool(reported.id)
        return disabled and bool(grace) and not grave.has(reported.key.kind, reported.id) and grave.has_room

    def note(self, facts: Facts, plan: Plan, entry: ServiceEntry) -> None:
        """Set the tombstone of what was disabled or emptied when it left; lift it from what is wanted, or gone."""
        key, reason, grave = facts.record.key, plan.verdict.reason, self._tombstones
        if reason in AWAY and entry.id:
            if grace := self._knowledge.rules(key.kind).delete_after:
                due = self._knowledge.now() + grace
                grave.place(self._knowledge.memory.notary.engraved(Tombstone(key, entry.id, due)))
        elif reason not in (Reason.HELD, Reason.PLANNED, Reason.SUSPENDED):
            grave.lift(key.kind, plan.id)

    def expected(self) -> list[ObjectKey]:
        """Return the keys that are due and still to be looked at: held ones are looked at again when released."""
        due = self._due() if self._applies else ()
        return [tombstone.key for tombstone in due if tombstone.key not in self._gate.held.plans]

    def join_sweep(self) -> list[Plan]:
        """Return what is overdue of manifests that are gone: it joins a sweep's plan, and is judged with it."""
        plans = []
        for tombstone in self._due():
            key, id = tombstone.key, tombstone.id
            if self._knowledge.namespace.get(key.kind, key.name) is None and id in self._index(key):
                plan = self._listed(key, id)
                if plan is None:
                    self._gate.withdraw(key)
                else:
                    plans.append(plan)
        if self._applies:
            for plan in plans:
                self._gate.admit(plan)
        return plans

    def _due(self) -> Iterator[Tombstone]:
        """Yield the tombstones that the config, as it is by now, still acts on."""
        for tombstone in self._tombstones.due(self._knowledge.now()):
            known = self._knowledge.entries.known_id(tombstone.key)
            if self._acts_on(tombstone.key) and known in ("", tombstone.id) and not self._keepers(tombstone):
                yield tombstone

    def _keepers(self, tombstone: Tombstone) -> tuple[Keeper, ...]:
        """Return the groups that cannot do without a disabled user yet: the deletion waits for a later sweep."""
        return self._knowledge.members.floors.keepers(tombstone.id) if tombstone.key.kind is Kind.USER else ()

    def _acts_on(self, key: ObjectKey) -> bool:
        return deletes_overdue(self._knowledge.rules(key.kind))

    @property
    def _applies(self) -> bool:
        return self._knowledge.settings.spec.mode is Mode.APPLY

    async def settle(self, key: ObjectKey) -> str:
        """Note that the manifest is gone: delete what it left, if the time for that has come and the gate allows it.

        Return the id of what may have been deleted, "" where nothing was to be.
        """
        acts = self._applies and self._acts_on(key)
        tombstone = self._tombstones.of(key, self._knowledge.now()) if acts else None
        if tombstone is not None and (self._keepers(tombstone) or not await self._deleted(key, tombstone.id)):
            return ""
        self._gate.withdraw(key)
        if tombstone is None:
            return ""
        self._tombstones.lift(key.kind, tombstone.id)
        return tombstone.id

    async def _deleted(self, key: ObjectKey, id: str) -> bool:
        """Return whether the resource is gone now, or is to stay; False while it must wait."""
        plan = await self._plan(key, id, fresh=False)
        if plan is None:
            return True
        if self._gate.admit(plan) is not Admission.GO:
            return False
        # It was listed long ago, perhaps: who was enabled since is spared.
        if await self._plan(key, id, fresh=True) is not None and self._knowledge.identities.take(key, id):
            await self._executor.delete(plan)
            self._provisioning_log.buried(key, id, plan.verdict)
        return True

    async def _plan(self, key: ObjectKey, id: str, *, fresh: bool) -> Plan | None:
        if self._knowledge.identities.owner(key, id) is not None:
            return None
        if fresh or id not in self._index(key):
            await self._executor.refresh(key.kind.resource_type, id)
        return self._listed(key, id)

    def _index(self, key: ObjectKey) -> RemoteIndex:
        return self._knowledge.index[key.kind.resource_type]

    def _listed(self, key: ObjectKey, id: str) -> Plan | None:
        """Return the deletion by the index; None where a manifest has the resource, or someone has enabled it."""
        document = self._index(key).get(id) if self._knowledge.identities.owner(key, id) is None else None
        if document is None or self._knowledge.rules(key.kind).owner.other(document):
            return None
        plan = overdue_deletion(key, document)
        return self._knowledge.desired.protecting.of_gone(key).guard(plan) if plan else None
