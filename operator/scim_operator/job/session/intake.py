"""Takes in what changes in the namespace, and has the objects looked at that it concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.records.status import is_said
from scim_operator.job.base.discretion import shown_entry
from scim_operator.job.gather.concerned import Concerned
from scim_operator.job.session.leaving import losing

if TYPE_CHECKING:
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.job.apply.reconciler import Reconciler
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.job.gather.namespace import Change
    from scim_operator.job.session.lanes import Lanes


class Intake:
    """From a changed manifest to the objects that the change concerns."""

    def __init__(self, knowledge: Knowledge, reconciler: Reconciler, lanes: Lanes) -> None:
        self._knowledge = knowledge
        self._reconciler = reconciler
        self._lanes = lanes
        self._concerned = Concerned(knowledge)

    def begin(self) -> None:
        """Note who is in which group now, where the config asks for that."""
        self._concerned.begin()

    def changed(self, change: Change) -> None:
        """Note that a manifest changed. Our own writes to its status come back here as well, and mean nothing."""
        self._knowledge.entries.rest.discard(change.key)
        self._compare(change)
        if not change.means_something:
            return
        self._reconciler.look_again(change.key)
        self._knowledge.desired.scopes.reconsider([change.key])
        self._knowledge.candidates.forget(change.key)
        if change.after is not None and change.is_request:
            self._reconciler.observe_again(change.after)
        self._lanes.changed(self._concerned.by(change), losing(change, self._knowledge.namespace.topology))

    def _compare(self, change: Change) -> None:
        """Note whether the manifest's status says what we remember; where someone else has written, a sweep does too.

        Not at once: two operators would answer each other for ever.
        """
        before, after = change.before, change.after
        entry = self._knowledge.entries.known(change.key)
        if before is None or after is None or entry is None or before.packed_status == after.packed_status:
            return
        if is_said(shown_entry(self._knowledge.settings.veil, entry), after.status):
            self._reconciler.statuses.unwritten.discard(change.key)
            return
        if self._knowledge.entries.recorded(before) is not None:
            self._reconciler.statuses.unwritten.add(change.key)
        self._note_elsewhere(after, entry)

    def _note_elsewhere(self, record: SourceRecord, ours: ServiceEntry) -> None:
        """Note what another operator has put on record: it may have made a resource because ours is gone.

        What belonged to a manifest here before is no news, nor what is another's: our own words come back, and so does
        a status that was set back.
        """
        entries, kind = self._knowledge.entries, record.key.kind
        other = entries.recorded(record)
        if other is None or other.id in {"", ours.id} or other.id in entries.former[kind]:
            return
        if self._knowledge.identities.owner(record.key, other.id) is None:
            entries.elsewhere[record.key] = other
            self._knowledge.index[kind.resource_type].doubt((ours.id,))
