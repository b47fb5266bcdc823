"""Manifests that wait for others to let go of a resource, so that they are looked at again when that happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.records.status import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.job.gather.peers import Peers


class Blocked:
    """Who waits for whom: for owners of this namespace here, for those of others with the peers."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._waiting: dict[ObjectKey, set[ObjectKey]] = {}

    def by(self, owners: Iterable[ObjectKey | None], key: ObjectKey) -> None:
        """A manifest waits for these."""
        for owner in owners:
            if owner is not None:
                self._waiting.setdefault(owner, set()).add(key)

    def note(self, facts: Facts, plan: Plan) -> None:
        """Note what a manifest in conflict waits for, by its plan."""
        if plan.verdict.reason is not Reason.CONFLICT or facts.match.owned:
            return
        key, match = facts.record.key, facts.match
        self.by((match.owner, *facts.contention.owners), key)
        self._peers.waits(key, match.document["id"] if match.document else "")

    def freed(self, key: ObjectKey) -> set[ObjectKey]:
        """Return the manifests that waited for one that may have let go."""
        return self._waiting.pop(key, set())
