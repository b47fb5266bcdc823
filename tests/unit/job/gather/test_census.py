"""Whose the resources are is counted as they come and go, and as manifests take them and let go of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from scim_operator.core.keys import Kind
from scim_operator.core.records.status import Reason
from scim_operator.job.gather.inheriting import inherit
from scim_operator.job.gather.relisting import Relisting
from tests.support.knowing import Known, group, user

NAMES = ("ada", "bob", "eve")
kinds, names = st.sampled_from(Kind), st.sampled_from(NAMES)
ids = st.sampled_from(("1", "2", "3", "4"))
few = st.sampled_from((0, 500))
"""Differences that a listing takes in at once: with none, the index is made from nothing."""


class Tenant(RuleBasedStateMachine):
    """A service whose resources come, go and are listed, while manifests take and leave them."""

    def __init__(self) -> None:
        super().__init__()
        self._begin()

    def _begin(self) -> None:
        self.known = Known(*map(user, NAMES), *map(group, NAMES))
        self.listing: dict[Kind, Any] = {}

    @rule(kind=kinds, id=ids, active=st.booleans(), members=st.lists(ids, unique=True), listed=st.booleans())
    def there(self, kind: Kind, id: str, active: bool, members: list[str], listed: bool) -> None:
        more = {"members": [{"value": each} for each in members]} if kind is Kind.GROUP else {"active": active}
        if listed and kind in self.listing:
            self.listing[kind].put({"id": id, **more})
        else:
            self.known.there(id, "", kind, **more)

    @rule(kind=kinds, id=ids)
    def gone(self, kind: Kind, id: str) -> None:
        self.known.knowledge.index[kind.resource_type].drop(id)

    @rule(kind=kinds, name=names, id=ids, reason=st.sampled_from((Reason.PROVISIONED, Reason.DISABLED)))
    def owns(self, kind: Kind, name: str, id: str, reason: Reason) -> None:
        self.known.owns(name, id, kind, reason)

    @rule(kind=kinds, name=names)
    def forgotten(self, kind: Kind, name: str) -> None:
        self.known.knowledge.forget(self.known.record(name, kind).key)

    @rule(kind=kinds, again=st.booleans(), few=few)
    def lists(self, kind: Kind, again: bool, few: int) -> None:
        index = self.known.knowledge.index
        index[kind.resource_type].listed = again
        fresh = index.fresh(kind.resource_type)
        self.listing[kind] = Relisting(index[kind.resource_type], few) if isinstance(fresh, Relisting) else fresh

    @rule(kind=kinds)
    def listed(self, kind: Kind) -> None:
        listing, index = self.listing.pop(kind, None), self.known.knowledge.index
        if listing is None:
            return
        for _ in index.settling(kind.resource_type, listing):
            pass
        index.renew(kind.resource_type, listing)

    @rule()
    def begins_a_session(self) -> None:
        former = self.known.knowledge
        self._begin()
        inherit(self.known.knowledge, former)

    @invariant()
    def counts_are_of_what_is_there(self) -> None:
        knowledge = self.known.knowledge
        for type, index in knowledge.index.items():
            owned = [id for id in index if id in knowledge.entries.owned_ids[type.kind]]
            active, members = sum(map(index.is_active, owned)), sum(map(index.size, owned))
            assert index.census.counts() == (len(owned), active, members), type
            assert knowledge.unmanaged(type) == len(index) - len(owned), type


TestTenant = Tenant.TestCase
