"""The members that a group is to have at the service, by id, and those awaited there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import equal
from scim_operator.core.attributes.paths import ACTIVE, EXTERNAL_ID
from scim_operator.core.keys import Kind, ObjectKey, ResourceType
from scim_operator.core.plan.membership import FAILING, UNAPPROVED, Membership
from scim_operator.core.plan.plan import Member
from scim_operator.job.gather.acquaintance import acquaintance
from scim_operator.job.gather.floors import Floors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.protection import Protecting
    from scim_operator.job.gather.sources import Sources


class Members:
    """The members of one config's groups. `nested`: the service takes groups as members."""

    def __init__(self, settings: Settings, sources: Sources, protecting: Protecting) -> None:
        self._settings = settings
        self._namespace = sources.namespace
        self._presence = sources.presence
        self._entries = sources.entries
        self._tombstones = sources.tombstones
        self._index = sources.index
        self._candidates = sources.candidates
        self._gone = acquaintance(self._entries, self._tombstones, self._presence, self._index).gone
        self.nested = False
        self.floors = Floors(sources, protecting, self.wants)

    def of(self, record: SourceRecord) -> Membership | None:
        """Return the members that a group is to have; None where its manifest does not manage them."""
        if record.members is None:
            return None
        topology, name, presence = self._namespace.topology, record.key.name, self._presence
        keys, obscure = self._keys(record.key), self._obscure(name)
        ids = {key: presence.id(key) for key in keys}
        missing = sorted(key for key, id in ids.items() if not id)
        coming = [key for key in missing if presence.is_coming(key)]
        return Membership(
            policy=record.membership_policy,
            wanted=_members(ids.items()),
            pending=tuple(str(key) for key in missing),
            lacking=sum(map(presence.belongs, missing)),
            coming=len(coming),
            placed=sum(bool(presence.awaiting_adoption(key)) for key in coming),
            awaited=_members([*self._awaited(missing), *self._elsewhere(keys)]),
            unknown=tuple(str(key) for key in missing if self.is_unknown(key)),
            doubt=self._doubt(record),
            obscure=str(min(obscure)) if obscure else "",
            in_ring=topology.nesting.is_in_ring(name),
            frozen=self._frozen(keys | obscure if obscure else keys, self._perhaps(obscure)),
            recorded=self._index.hides_members,
            unshown=not self._index.shows_members,
            unlisted=not all(self._index[type].listed for type in self._types),
        )

    @property
    def _types(self) -> tuple[ResourceType, ...]:
        return (ResourceType.USER, ResourceType.GROUP) if self.nested else (ResourceType.USER,)

    def fault(self, record: SourceRecord) -> str:
        """Return why it cannot be known who is in a group, as a sentence; "" where it can."""
        fault = self._namespace.topology.fault(record.key.name) if record.key.kind is Kind.GROUP else ""
        return f"An expression in spec.members fails: {fault}" if fault else ""

    def _doubt(self, record: SourceRecord) -> str:
        """Return why a member whom the group does not want may belong there all the same, in words; "" for no doubt."""
        if self.fault(record) or (not self.nested and self._namespace.topology.is_doubtful((record.key.name,))):
            return FAILING
        parts = min(self._obscure_parts(record.key.name), default="") if not self.nested else ""
        return f"it may be a member of {parts}, whose manifest is invalid" if parts else ""

    def _obscure_parts(self, group: str) -> Iterable[str]:
        """Return the groups nested in a group of which nothing but the name is known."""
        groups = {key.name: key for key in self._namespace.invalid if key.kind is Kind.GROUP}
        reached = self._namespace.topology.nesting.descendants((group,)) if groups else ()
        return [str(groups[name]) for name in reached if name in groups]

    def _obscure(self, group: str) -> set[ObjectKey]:
        """Return the invalid manifests that a group, or one nested in it, names, or may select: labels are unknown."""
        if not (invalid := self._namespace.invalid):
            return set()
        topology = self._namespace.topology
        reached, users = topology.nesting.descendants((group,)), topology.effective_users(group)
        groups = {key for key in invalid if key.kind is Kind.GROUP and key.name in reached}
        selects = topology.selects(reached)
        return groups | {key for key in invalid if key.kind is Kind.USER and (selects or key.name in users)}

    def touched_by(self, key: ObjectKey) -> set[ObjectKey]:
        """Return who refers to an object at the service, and so changes when it comes or goes: groups, and reports."""
        topology = self._namespace.topology
        if key.kind is Kind.GROUP:
            return self._named(Kind.GROUP, topology.nesting.parents(key.name)) if self.nested else set()
        names = topology.groups_of(key.name)
        if not self._presence.may_come(key):
            names = names | topology.doubtful()  # who has left leaves those too whose members are unknown otherwise
        groups = self._named(Kind.GROUP, names)
        return groups | self._named(Kind.USER, self._namespace.reports.of(key.name))

    def parts(self, group: ObjectKey) -> set[ObjectKey]:
        """Return the groups that are members of a group at the service."""
        nesting = self._namespace.topology.nesting
        return self._named(Kind.GROUP, nesting.children(group.name)) if self.nested else set()

    def _named(self, kind: Kind, names: Iterable[str]) -> set[ObjectKey]:
        namespace = self._settings.namespace
        return {ObjectKey(kind, namespace, name) for name in names}

    def _keys(self, group: ObjectKey) -> set[ObjectKey]:
        """Return the manifests of a group's wanted members; those of nested groups too where it takes no groups."""
        topology = self._namespace.topology
        if not self.nested:
            return self._named(Kind.USER, topology.effective_users(group.name))
        users = self._named(Kind.USER, topology.direct_users(group.name))
        return users | self._named(Kind.GROUP, topology.nesting.children(group.name))

    def wants(self, group: ObjectKey, key: ObjectKey) -> bool:
        """Return whether a group is to have a member, by what its manifest says."""
        topology = self._namespace.topology
        if key.kind is Kind.GROUP:
            return self.nested and key.name in topology.nesting.children(group.name)
        users = topology.direct_users(group.name) if self.nested else topology.effective_users(group.name)
        return key.name in users

    def _perhaps(self, obscure: Iterable[ObjectKey]) -> set[ObjectKey]:
        """Return the manifests of before that invalid ones may be."""
        records = ((key, self._namespace.get(key.kind, key.name)) for key in obscure)
        return {key._replace(name=name) for key, record in records if record is not None for name in record.perhaps}

    def _frozen(self, keys: AbstractSet[ObjectKey], perhaps: Iterable[ObjectKey]) -> dict[Member, str]:
        """Return who neither comes nor goes: the suspended, members whose scope cannot be known, and the protected.

        And those who are `perhaps` members under another name.
        """
        undecided = self._presence.undecided(keys)
        reasons = {
            **dict.fromkeys(perhaps, "a manifest that is invalid may be about it now"),
            **dict.fromkeys(self._presence.kept(), UNAPPROVED),
            **dict.fromkeys(undecided, "its scope cannot be known"),
            **dict.fromkeys(self._namespace.suspended, "suspended"),
        }
        return {
            member: why for key, why in reasons.items() for member in _members([(key, self._entries.known_id(key))])
        }

    def awaited_ids(self, key: ObjectKey) -> Iterable[str]:
        """Return the ids under which a missing member, or manager, may be at the service anyway."""
        if self._namespace.get(key.kind, key.name) is None:
            return (self._early_id(key),)
        if not self._presence.may_come(key) and key not in self._namespace.invalid:
            return ()
        return {self._entries.known_id(key), *(self._candidates.of(key) or ())}

    def _awaited(self, missing: Iterable[ObjectKey]) -> Iterator[tuple[ObjectKey, str]]:
        return ((key, id) for key in missing for id in self.awaited_ids(key) if self._awaits(key, id))

    def _elsewhere(self, keys: AbstractSet[ObjectKey]) -> Iterator[tuple[ObjectKey, str]]:
        """Yield what another operator has put on record of these members, where that is no one's here."""
        known = ((key, entry.id) for key, entry in self._entries.elsewhere.items() if key in keys)
        return ((key, id) for key, id in known if self._entries.owner(key.kind, id) is None)

    def _awaits(self, key: ObjectKey, id: str) -> bool:
        """Return whether a missing member is to find itself in the group: a suspended one not as who was disabled."""
        if key not in self._namespace.suspended or id not in self._gone[key.kind]:
            return True
        return self._index[key.kind.resource_type].is_active(id) and not self._tombstones.has(key.kind, id)

    def is_unknown(self, key: ObjectKey) -> bool:
        """Return whether it cannot be known what a missing member, or manager, matches at the service."""
        may_come = key in self._namespace.invalid or self._presence.may_come(key)
        return may_come and self._candidates.of(key) is None

    def _early_id(self, key: ObjectKey) -> str:
        """Return the id of who is at the service before the manifest is in the cluster, as in a rebuild from Git.

        Anyone who was deprovisioned is gone or inactive there, and is not meant, also where the service does not show
        it or someone has undone it since; nor is what another manifest owns by now, which may keep the mark of this
        one.
        """
        index, owner = self._index[key.kind.resource_type], self._settings.rules[key.kind.resource_type].owner
        marked = index.find(EXTERNAL_ID, owner.mark(key))
        free = (id for id in marked if self._entries.owner(key.kind, id) in (None, key))
        meant = (id for id in free if not self._tombstones.has(key.kind, id))
        documents = (index.get(id) for id in meant)
        return next((each["id"] for each in documents if each and not equal(ACTIVE, False, ACTIVE.read(each))), "")  # noqa: FBT003


def _members(found: Iterable[tuple[ObjectKey, str]]) -> frozenset[Member]:
    """Those of whom an id is known, as members."""
    return frozenset(Member(id, key.kind.resource_type, str(key)) for key, id in found if id)
