"""Under which id each manifest is at the service, and whether groups and reports have to follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.decision.removal import has_left
from scim_operator.core.keys import Kind
from scim_operator.core.records.status import STAYS_AWAY, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.core.decision.facts import Match
    from scim_operator.core.keys import ObjectKey, ResourceType
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.namespace import Namespace
    from scim_operator.job.gather.protection import Protecting
    from scim_operator.job.gather.remote_index import RemoteIndex
    from scim_operator.job.gather.scopes import Scopes
    from scim_operator.job.gather.service_entries import Entries


class Presence:
    """Who of one config is at the service, as members of groups and as managers."""

    def __init__(
        self,
        settings: Settings,
        namespace: Namespace,
        scopes: Scopes,
        entries: Entries,
        index: Mapping[ResourceType, RemoteIndex],
        protecting: Protecting,
    ) -> None:
        self._settings = settings
        self._namespace = namespace
        self._scopes = scopes
        self._entries = entries
        self._index = index
        self._protecting = protecting
        self._standings: dict[ObjectKey, str] = {}
        self._matches: dict[ObjectKey, str] = {}

    def id(self, key: ObjectKey) -> str:
        """Return the id under which a manifest is at the service and belongs there, or ""."""
        record = self._namespace.get(key.kind, key.name)  # asked of each member of each group
        if record is None or not self._scopes.belongs(record):
            return ""
        entry = self._entries.of(record)
        id, index = entry.id if entry else "", self._index[key.kind.resource_type]
        # A recorded id is believed until a listing, or a 404, says otherwise.
        return id if id in index or not index.listed else ""

    def awaiting_adoption(self, key: ObjectKey) -> str:
        """Return the id of what is to be taken over for a manifest, as last looked at; "" where nothing is."""
        return self._matches.get(key, "")

    def note(self, key: ObjectKey, match: Match) -> None:
        """Note that a manifest was matched: remember what is to be taken over for it."""
        if match.document is None or match.owned or match.other or match.owner is not None:
            self._matches.pop(key, None)
        else:
            self._matches[key] = match.document["id"]

    def may_come(self, key: ObjectKey) -> bool:
        """Return whether a manifest is there and in scope, so that its resource is there or is to come."""
        record = self._record(key)
        return record is not None and self._scopes.belongs(record)

    def belongs(self, key: ObjectKey) -> bool:
        """Return whether a manifest that may come is to have a resource: one with `active: false` needs none."""
        return self.may_come(key) and self._reason(key) is not Reason.NOT_CREATED

    def is_coming(self, key: ObjectKey) -> bool:
        """Return whether a manifest's resource may come by itself: no one has to fix anything first."""
        return self.may_come(key) and self._reason(key) not in STAYS_AWAY

    def _reason(self, key: ObjectKey) -> Reason | None:
        record = self._record(key)
        entry = self._entries.of(record) if record is not None else None
        return entry.verdict.reason if entry is not None else None

    def is_undecided(self, key: ObjectKey) -> bool:
        """Return whether it cannot be known if a manifest belongs at the service (ADR 0010)."""
        if key in self._namespace.invalid:
            return True
        if self._settings.rules[key.kind.resource_type].scoping.expression is None:
            return False
        record = self._record(key)
        return record is not None and self._scopes.by_rules(record).undecided

    def undecided(self, keys: Iterable[ObjectKey]) -> set[ObjectKey]:
        """Return those of which that cannot be known; mostly no one needs to be looked at for it."""
        return {key for key in keys if self.is_undecided(key)} if self._scopes.may_be_undecided else set()

    def is_kept(self, key: ObjectKey) -> bool:
        """Return whether a protected user is to leave without an approval yet: until then the groups keep the user."""
        record = self._record(key) if key.kind is Kind.USER else None
        if record is None or not self._protecting.of(record).protected or self._scopes.belongs(record):
            return False
        entry = self._entries.of(record)
        gone = entry is not None and (has_left(entry) or entry.verdict.reason is Reason.NEEDED)
        return entry is not None and bool(entry.id) and not gone

    def kept(self) -> set[ObjectKey]:
        """Return the protected users whom the groups keep."""
        return {key for key in self._protecting.users if self.is_kept(key)}

    def has_moved(self, key: ObjectKey) -> bool:
        """Return whether the object came, left or changed its id as a member of groups since this was asked before."""
        before, now = self._standings.get(key, ""), self._standing(key)
        self._standings[key] = now
        return before != now

    def was_frozen(self, key: ObjectKey) -> bool:
        """Return whether groups kept the object as it was, named or not, when it was last asked whether it moved."""
        return self._standings.get(key, "").endswith(("?", "!", "|"))

    def forget(self, key: ObjectKey) -> None:
        """Forget a manifest that is gone."""
        self._standings.pop(key, None)
        self._matches.pop(key, None)

    def _standing(self, key: ObjectKey) -> str:
        """Return what groups go by: the id of a member at the service, or whether it is to come; and marks."""
        marks = ("?" if self.is_undecided(key) else "") + ("!" if self.is_kept(key) else "")
        marks += "|" if key in self._namespace.suspended else ""
        # A group keeps whom it names while there is no manifest of the name, and no longer when one is out of scope.
        there = "." if self._record(key) is not None else ""
        return (self.id(key) or self._coming(key) or self._absence(key) or there) + marks

    def _absence(self, key: ObjectKey) -> str:
        return ("+" if self.is_coming(key) else "") + ("=" if self.belongs(key) else "")

    def _coming(self, key: ObjectKey) -> str:
        """Return the id of what is to be taken over, and whether it is wanted: groups keep it only while it is."""
        id = self.awaiting_adoption(key)
        if not id or self._record(key) is None:
            return ""
        return f"{'~' if self.may_come(key) else '-'}{id}"

    def _record(self, key: ObjectKey) -> SourceRecord | None:
        return self._namespace.get(key.kind, key.name)
