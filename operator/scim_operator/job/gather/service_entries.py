"""The memory of one config: an entry for each manifest, and which manifest owns which resource at the service."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.decision.forms import place
from scim_operator.core.decision.removal import has_left
from scim_operator.core.keys import Kind
from scim_operator.core.ownership.proofs import blank
from scim_operator.core.plan.membership import EVERYONE
from scim_operator.core.records.status import (
    Reason,
    ServiceEntry,
    Verdict,
    economical,
    entry_from_json,
    lose,
    regained,
)
from scim_operator.job.gather.owned import Owned
from scim_operator.job.gather.passes import Passes
from scim_operator.job.gather.rest import Rest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.ownership.proofs import Notary
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.seal import Seal


ABOUT_TO_CREATE = "It is about to be created."


class Entries:
    """The entries of one config at one service, read from the manifests' status; `notary` says what to believe.

    `let_go` is called with kind and id of each resource that is no longer owned, or whose manifest has left the scope.
    `rest` are the manifests for which nothing is due: none of which something else is remembered from now on.
    """

    def __init__(
        self,
        notary: Notary,
        let_go: Callable[[Kind, str], None] = lambda kind, id: None,
        rest: Rest | None = None,
        passes: Passes | None = None,
    ) -> None:
        self._notary = notary
        self.passes = Passes() if passes is None else passes
        self._let_go = let_go
        self.rest = Rest() if rest is None else rest
        self._unproven: set[ObjectKey] = set()
        self._entries: dict[ObjectKey, tuple[str, ServiceEntry]] = {}
        self.owned = Owned()
        self.former: dict[Kind, set[str]] = {kind: set() for kind in Kind}
        """The ids of resources that belonged to a manifest since the job began, and may do so still."""
        self.moved: Callable[[ObjectKey], object] = lambda key: None
        """Hears of each manifest of which something else is remembered, or nothing any more."""
        self.elsewhere: dict[ObjectKey, ServiceEntry] = {}
        """What another operator has put on record of a manifest, under an id that was never known here."""
        self._parted: dict[str, int] = {}
        """Of which generation of a manifest this config was done, by its uid."""
        self.placed: dict[str, ObjectKey] = {}
        """The manifests of which a command has found something out, by the place of their resource."""

    @property
    def unproven(self) -> int:
        """Of how many manifests the status, or the annotation, says something that no proof of ours covers."""
        return len(self._unproven)

    def of(self, record: SourceRecord) -> ServiceEntry | None:
        """Return what we remember of the record, from its status when we meet it first."""
        known = self._entries.get(record.key)
        if known is not None and known[0] == record.uid:
            if known[0] is not record.uid:  # the one of an older record would stay for its text alone
                self._entries[record.key] = (record.uid, known[1])
            return known[1]
        if record.undeleting:
            self._parted.pop(record.uid, None)
        if self.parted(record):
            return None
        if known is not None and self.passes.inherits(record, known[1]):
            return self.remember(record, known[1])
        if known is not None:
            self.forget(record.key)
        entry = self.recorded(record)
        return entry if entry is None else self.remember(record, entry)

    def recorded(self, record: SourceRecord) -> ServiceEntry | None:
        """Return what the record's status says and is to be believed, without keeping it."""
        if not record.packed_status and not record.creating:
            return None
        bodies = record.status.get("services", ())
        body = next((body for body in bodies if body.get("config") == self._notary.config.name), None)
        if body is None:
            return self._announced(record)
        return self._believed(record, entry_from_json(body))

    def _announced(self, record: SourceRecord) -> ServiceEntry | None:
        """Return what was about to be created when a process ended before it could write a status."""
        if not self._notary.is_announcement(record.creating):
            return None
        creating = self._notary.announced(record.key, record.uid, record.creating)
        if not creating:
            self._unproven.add(record.key)
            return None
        verdict = Verdict(Reason.PENDING, ABOUT_TO_CREATE)
        return ServiceEntry(
            self._notary.config.name, verdict, record.generation, service=self._notary.service, creating=creating
        )

    def _believed(self, record: SourceRecord, entry: ServiceEntry) -> ServiceEntry:
        """Return what of an entry is proved, and this service's: else it may name anyone's resource (promise S1).

        One of the manifest in whose place this one was made counts for as long as its pass holds.
        """
        here, key = self._notary.is_of(entry), record.key
        if not (self.passes.lets(record, entry) and self._notary.believes(key, entry)):
            self._unproven.add(key)
            return blank(entry) if here else replace(blank(entry), claimed="")
        self.passes.inherits(record, entry)
        if here:
            return entry
        if self._notary.lost_id(entry):
            return regained(entry)
        lost = lose(entry).lost if entry.id and not has_left(entry) else entry.lost
        return replace(blank(entry), applied=entry.applied, claimed="", lost=lost)

    def remember(self, record: SourceRecord, entry: ServiceEntry) -> ServiceEntry:
        """Keep a new conclusion, and whom the resource belongs to; the answer is the entry with its proof."""
        before = self._entries.get(record.key)
        entry = replace(entry, lost=None) if entry.id and entry.lost is not None else entry
        entry = self.passes.granting(record, entry, before[1] if before is not None else None)
        entry = economical(self._notary.signed(record.key, entry))
        if before is not None and before[1].id != entry.id:
            self._disown(record.key, before[1].id)
        self._entries[record.key] = (record.uid, entry)
        if (other := self.elsewhere.get(record.key)) is not None and other.id == entry.id:
            del self.elsewhere[record.key]
        self.rest.discard(record.key)
        self.moved(record.key)
        if entry.formed:
            self.placed[entry.formed] = record.key
        if entry.id and self.holder(record.key.kind, entry.id) in (None, record.key):
            self.owned.own(record.key, entry.id)
        if before is not None and before[1].id and (before[1].id != entry.id or has_left(entry)):
            self._let_go(record.key.kind, before[1].id)
        return entry

    def forget_id(self, record: SourceRecord) -> None:
        """Forget a recorded id that the service no longer knows, but for what was on record of its resource.

        Of what has left the scope nothing is: it was to go.
        """
        entry = self.of(record)
        if entry is None:
            return
        left = has_left(entry) or not entry.id
        self.remember(record, replace(entry, id="", identity="") if left else lose(entry))

    def forget(self, key: ObjectKey) -> None:
        """Forget a manifest that is gone."""
        known = self._entries.pop(key, None)
        self.elsewhere.pop(key, None)
        self.rest.discard(key)
        self.moved(key)
        if known is not None and known[1].id:
            self._disown(key, known[1].id)
            self._let_go(key.kind, known[1].id)

    def _disown(self, key: ObjectKey, id: str) -> None:
        if self.owns(key, id):
            self.owned.disown(key.kind, id)
            self.former[key.kind].add(id)

    def owner(self, kind: Kind, id: str) -> ObjectKey | None:
        """Return the manifest that owns the resource of that id, if one does."""
        return self.owned.by[kind].get(id)

    def holder(self, kind: Kind, id: str) -> ObjectKey | None:
        """Return the manifest that owns the resource of that id, unless it has left the scope and is done with it."""
        key = self.owned.by[kind].get(id)
        return None if key is None or has_left(self._entries[key][1]) else key

    def __iter__(self) -> Iterator[ObjectKey]:
        """Iterate over the manifests of which something is remembered."""
        return iter(self._entries)

    def all(self) -> Iterable[tuple[ObjectKey, ServiceEntry]]:
        """All that is remembered, by manifest; also while some of it is forgotten."""
        keys, of = tuple(self._entries), self._entries.get
        return ((key, known[1]) for key in keys if (known := of(key)) is not None)

    def adopt(self, other: Entries) -> None:
        """Take over what the job remembered under its former settings or connection."""
        self._entries, self.owned.by, self._parted = other._entries, other.owned.by, other._parted
        self.former, self.elsewhere = other.former, other.elsewhere

    def part(self, record: SourceRecord, *, done: bool = True) -> None:
        """Note that this config is done with a manifest that is being deleted, or not after all."""
        if done:
            self._parted[record.uid] = record.generation
        else:
            self._parted.pop(record.uid, None)

    def parted(self, record: SourceRecord) -> bool:
        """Return whether this config has said already that it is done with a manifest that is being deleted.

        One that was edited since was not let go (`Writer.remove_finalizer`), and counts as after a restart.
        """
        return record.generation <= self._parted.get(record.uid, -1)

    def is_done_with(self, record: SourceRecord) -> bool:
        """Return whether this config has nothing more to do with a manifest that is being deleted."""
        entry = self.of(record)
        if self.parted(record) or entry is None:
            return True
        return not (entry.id or entry.claimed or record.key in self.elsewhere)

    @property
    def owned_ids(self) -> Mapping[Kind, Mapping[str, ObjectKey]]:
        """Return the ids of the resources that belong to a manifest, by kind, as they are at any time."""
        return self.owned.by

    def owns(self, key: ObjectKey, id: str) -> bool:
        """Return whether the resource of that id belongs to this manifest."""
        return self.owned.by[key.kind].get(id) == key

    def known(self, key: ObjectKey) -> ServiceEntry | None:
        """Return what is remembered of a manifest, in scope or not."""
        entry = self._entries.get(key)
        return entry[1] if entry is not None else None

    def known_id(self, key: ObjectKey) -> str:
        """Return the id that is remembered of a manifest, in scope or not, or ""."""
        entry = self.known(key)
        return entry.id if entry is not None else ""


def recorded_members(entries: Entries, seal: Seal, group: str) -> tuple[str, ...]:
    """Return the ids that we put into the group of this id, as far as that is on record."""
    key = entries.owner(Kind.GROUP, group) or entries.placed.get(place(Kind.GROUP, group, seal))
    entry = entries.known(key) if key is not None else None
    return tuple(id for id in entry.members if id != EVERYONE) if entry is not None else ()
