"""Which keys are looked at next: access that ends goes first, and groups wait for their members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.decision.removal import gives_access
from scim_operator.core.keys import Kind
from scim_operator.job.apply.lane import Lane

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from scim_operator.core.keys import ObjectKey
    from scim_operator.job.apply.queue import DirtyQueue
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.observability.queues import QueueMeter


class Lanes:
    """The way into a session's queue. Nothing enters once it is closed."""

    def __init__(self, knowledge: Knowledge, queue: DirtyQueue, meter: QueueMeter) -> None:
        self._knowledge = knowledge
        self._queue = queue
        self._meter = meter
        self._postponed: set[ObjectKey] | None = None
        self._closed = False
        self.hears: Callable[[ObjectKey], None] = lambda key: None
        """Hears of each key whose access may be to end."""
        self.edited: Callable[[ObjectKey], None] = lambda key: None
        """Hears of each other key that is to be looked at because a manifest changed."""

    def add(self, key: ObjectKey, lane: Lane) -> None:
        """Look at the object as soon as a worker is free."""
        self._knowledge.entries.rest.discard(key)
        self.keep(key, lane)
        if lane is Lane.DEPROVISION and not self._closed:
            self.hears(key)

    def keep(self, key: ObjectKey, lane: Lane) -> None:
        """Have an object looked at that is known to those who hear of leavers already."""
        if not self._closed:
            self._queue.add(key, lane)

    def touch(self, key: ObjectKey, lane: Lane) -> None:
        """Look at an object that may have changed: users at once, groups when no more seems to be coming."""
        self._knowledge.entries.rest.discard(key)
        if key.kind is Kind.USER or lane is Lane.DEPROVISION:
            self.add(key, lane)
        elif not self._closed:
            self._queue.touch(key, lane)

    def changed(self, keys: Iterable[ObjectKey], losing: Container[ObjectKey] = frozenset()) -> None:
        """Look at manifests that changed, or that depend on something that did; groups that lose members go first."""
        for key in keys:
            self._knowledge.entries.rest.discard(key)
            if key not in losing:
                self._change(key, self._lane(key))
            elif not self._closed:
                self._queue.touch(key, Lane.DEPROVISION)

    def _change(self, key: ObjectKey, lane: Lane) -> None:
        self.touch(key, lane)
        if lane is Lane.EDIT and not self._closed:
            self.edited(key)

    def judged(self, keys: Iterable[ObjectKey]) -> None:
        """Note that the gate let these go, or holds them."""
        for key in keys:
            self.add(key, Lane.DEPROVISION)

    def retry(self, key: ObjectKey) -> None:
        """Look at an object whose back-off has passed."""
        self._meter.retried()
        self.add(key, Lane.RETRY)

    def woken(self, key: ObjectKey) -> None:
        """Look at an object because what it waits for has moved."""
        self.touch(key, Lane.EDIT)

    def groups_moved(self, groups: Iterable[ObjectKey]) -> None:
        """Members of these groups came or went at the service; during a sweep, all of its users come first."""
        if self._postponed is not None:
            self._postponed.update(groups)
            self._knowledge.entries.rest.end(self._postponed)
            return
        for group in groups:
            self.touch(group, Lane.EDIT)

    def postpone_groups(self) -> None:
        """Note that a sweep begins to plan."""
        self._postponed = set()

    def resume_groups(self) -> None:
        """Note that the sweep is done with its users, or has failed: look at the groups that moved meanwhile."""
        moved, self._postponed = self._postponed or set(), None
        self.groups_moved(moved)

    def close(self) -> None:
        """Take nothing new, and drop what no worker has begun."""
        self._closed = True
        self._queue.clear()

    def _lane(self, key: ObjectKey) -> Lane:
        """Access that ends goes first, and what has none any more, as far as is known, waits for no one."""
        record = self._knowledge.namespace.get(key.kind, key.name)
        if record is None or not self._knowledge.desired.scopes.of(record).in_scope:
            return Lane.DEPROVISION if self._may_have_access(key) else Lane.EDIT
        return Lane.DEPROVISION if record.document.get("active") is False else Lane.EDIT

    def _may_have_access(self, key: ObjectKey) -> bool:
        """Return whether there may be access to end: the service shows it, or not the resource, or no member of any."""
        index = self._knowledge.index
        document = index[key.kind.resource_type].get(self._knowledge.entries.known_id(key))
        unshown = key.kind is Kind.GROUP and not index.shows_members
        return document is None or unshown or gives_access(key.kind, document)
