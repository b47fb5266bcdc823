"""Ids become names, and sensitive values `[Redacted]`: from a plan to the step that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.attributes.paths import CLEARED, MISSING, parse
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.plan.verb import Verb
from scim_operator.job.base.discretion import shown_value
from scim_operator.review.plan_review import REDACTED, Attribute, Step

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.mapping.mapping import DesiredAttributes
    from scim_operator.core.plan.plan import Member, Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.resource import Document
    from scim_operator.job.gather.knowledge import Knowledge

_NAMES = {Kind.USER: parse("userName"), Kind.GROUP: parse("displayName")}


class Names:
    """Knows objects by their names for people: userName and displayName."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._names: dict[ObjectKey, str] = {}
        self._ids: dict[tuple[Kind, str], ObjectKey] = {}
        self._desired: dict[ObjectKey, DesiredAttributes] = {}
        self._sensitive = {kind: knowledge.rules(kind).sensitive for kind in Kind}

    def keep(self, record: SourceRecord, facts: Facts) -> None:
        """Note what an object is called, and what is wanted of it."""
        self._names[record.key] = self._called(record.key.kind, record.document) or record.key.name
        if facts.match.document is not None and facts.match.owned:
            self._ids[record.key.kind, facts.match.document["id"]] = record.key
        if facts.match.document is None and facts.desired:
            self._desired[record.key] = facts.desired

    def _called(self, kind: Kind, document: Document) -> str:
        """Return the userName or displayName, "" where it has none, or where no one may see it."""
        hidden = any(map(_NAMES[kind].overlaps, self._sensitive[kind]))
        return "" if hidden else str(document.get(str(_NAMES[kind])) or "")

    def of_resource(self, kind: Kind, document: Document) -> str:
        """Return what a resource at the service is called, its id where it has no name that people may see."""
        called = self._knowledge.settings.veil.conceal_value(self._called(kind, document))
        return str(called) if called else self._knowledge.shown_id(document["id"])

    def name(self, key: ObjectKey) -> str:
        """Return what a planned object is called."""
        return self._names[key]

    def step(self, plan: Plan, waiting: Plan | None, goes_on: Plan) -> Step:
        """Return the plan as a step. `waiting` is what of it waits for approval, `goes_on` what does not."""
        return Step(
            key=plan.key,
            name=self._names[plan.key],
            plan=plan,
            attributes=tuple(self._attributes(plan)),
            gains=tuple(sorted(map(self._member, plan.member_adds))),
            losses=tuple(sorted(map(self._member, plan.member_removals))),
            waiting=waiting,
            goes_on=goes_on,
        )

    def _attributes(self, plan: Plan) -> Iterable[Attribute]:
        if plan.verb is Verb.CREATE:
            sensitive = self._sensitive[plan.key.kind]
            for path, value in self._desired.get(plan.key, {}).items():
                if value is not CLEARED:
                    hidden = bool(sensitive) and any(map(path.overlaps, sensitive))
                    yield Attribute(str(path), None, _shown(value, hidden=hidden))
        for change in plan.changes:
            yield self.attribute(plan.key.kind, change.path, change.old, change.new)

    def attribute(self, kind: Kind, path: AttributePath, old: Any, new: Any) -> Attribute:  # noqa: ANN401
        """Return a difference as people may see it."""
        hidden = any(map(path.overlaps, self._sensitive[kind]))
        reported = shown_value(self._knowledge.settings.veil, _shown(old, hidden=hidden))
        return Attribute(str(path), reported, _shown(new, hidden=hidden))

    def _member(self, member: Member) -> str:
        kind = member.type.kind
        owner = self._knowledge.entries.owner(kind, member.id) or self._ids.get((kind, member.id))
        if owner is not None and owner in self._names:
            return self._names[owner]
        for type in (member.type, *ResourceType):
            document = self._knowledge.index[type].get(member.id)
            if document is not None:
                return self.of_resource(type.kind, document)
        return self._knowledge.shown_id(member.id)


def _shown(value: Any, *, hidden: bool) -> Any:  # noqa: ANN401
    if value is MISSING or value is CLEARED or value is None:
        return None
    return REDACTED if hidden else value
