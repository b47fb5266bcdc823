"""Since when users and groups themselves are to be at the service, followed from change to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.job.gather.concerned import Concerned
from scim_operator.review.access.memberships import UNREADABLE
from scim_operator.review.access.runs import Runs
from scim_operator.review.access.standing import NO_CONFIG, Judge, State

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.namespace import Change, Namespace
    from scim_operator.review.access.memberships import Wanted
    from scim_operator.review.access.moments import Moment
    from scim_operator.review.access.runs import Point, Run


class Standings:
    """The users and groups of a namespace. `hear` each change of it; `configure` and `settle` after one moment's."""

    def __init__(self, namespace: Namespace, wanted: Wanted, now: Callable[[], datetime]) -> None:
        self._namespace = namespace
        self._wanted = wanted
        self._now = now
        self._runs: dict[Kind, Runs[str]] = {kind: Runs() for kind in Kind}
        self._concerned: set[ObjectKey] = set()
        self._settings: Settings | None = None
        self._judge = Judge(None, namespace, now)
        self._following: Concerned | None = None

    def of(self, kind: Kind, name: str) -> Run | None:
        """Return since when an object is to be at the service; None where it is not."""
        return self._runs[kind].get(name)

    def hear(self, change: Change) -> None:
        """Note whom a change concerns."""
        self._concerned.add(change.key)
        if self._judge.knowledge is not None and self._following is not None:
            self._judge.knowledge.desired.scopes.reconsider([change.key])
            self._concerned |= self._following.by(change)

    def emerge(self, key: ObjectKey, before: Point) -> None:
        """Note that an object could not be read until now."""
        self._runs[key.kind].note(key.name, before, holds=False, why=UNREADABLE)

    def configure(self, settings: Settings | None) -> None:
        """Judge by another config, or by none, where it is another one now."""
        if settings is self._settings:
            return
        self._settings = settings
        self._judge, self._following = Judge(settings, self._namespace, self._now), None
        if self._judge.knowledge is not None:
            self._following = Concerned(self._judge.knowledge)
            self._following.begin()
        self._concerned |= self._everyone()

    def settle(self, at: Point, moment: Moment, *, again: bool) -> None:
        """Note what has come of it. `again`: what could not be known before may be known now."""
        knowledge = self._judge.knowledge
        if knowledge is not None:
            knowledge.desired.begin_sweep()
        if self._judge.varies or moment.config_obscure or (again and knowledge is not None):
            self._concerned |= self._everyone()
        if again:
            self._concerned |= {self._key(kind, name) for kind in Kind for name in self._runs[kind].doubtful()}
        for key in self._concerned:
            self._note(key, at, moment)
        self._concerned.clear()

    def _everyone(self) -> set[ObjectKey]:
        found = {record.key for record in self._namespace.all_records()}
        return found | {self._key(kind, name) for kind in Kind for name in self._runs[kind].there()}

    def _key(self, kind: Kind, name: str) -> ObjectKey:
        return ObjectKey(kind, self._wanted.namespace, name)

    def _note(self, key: ObjectKey, at: Point, moment: Moment) -> None:
        judged = self._judge.knowledge is not None or not self._wanted.config
        standing = self._judge.of(key) if judged else NO_CONFIG
        why = standing.reason if standing.state is State.UNKNOWN else ""
        if not standing.holds and self._is_obscure(key, standing.reason, moment):
            why = UNREADABLE
        why = UNREADABLE if moment.config_obscure else why
        self._runs[key.kind].note(key.name, at, holds=standing.holds, why=why)

    @staticmethod
    def _is_obscure(key: ObjectKey, reason: str, moment: Moment) -> bool:
        """Return whether what cannot be read may be why it is not there: itself, or a group that assigns it."""
        return key in moment.obscure or (
            reason == "NotAssigned" and any(each.kind is Kind.GROUP for each in moment.obscure)
        )
