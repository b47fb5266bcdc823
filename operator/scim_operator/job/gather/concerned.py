"""From a changed manifest to the objects that the change concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.api.config import ScopeMode
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.job.gather.group_changes import GroupChanges

if TYPE_CHECKING:
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.job.gather.namespace import Change


class Concerned:
    """Follows the changes of a namespace for one config; each is to be told as it happens."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._group_changes = GroupChanges(knowledge.namespace.topology) if knowledge.desired.reads_groups else None

    def begin(self) -> None:
        """Note who is in which group now, where the config asks for that."""
        if self._group_changes is not None:
            self._group_changes.begin()

    def by(self, change: Change) -> set[ObjectKey]:
        """Return the object itself, the groups whose members it changes, and those whose scope depends on it."""
        key, settings = change.key, self._knowledge.settings
        concerned = {key} | {ObjectKey(Kind.GROUP, key.namespace, name) for name in change.groups}
        if settings.scope is ScopeMode.ASSIGNED and (change.groups or settings.assignments.selectors):
            concerned |= self._knowledge.desired.scopes.reassign(key)
        return concerned | self._regrouped(change)

    def _regrouped(self, change: Change) -> set[ObjectKey]:
        """Return the users who came to a group or left it, where an expression asks in which groups a user is."""
        if self._group_changes is None:
            return set()
        names = self._group_changes.moved(change.groups, change.key)
        users = {ObjectKey(Kind.USER, change.key.namespace, name) for name in names}
        self._knowledge.desired.scopes.reconsider(users)
        return users
