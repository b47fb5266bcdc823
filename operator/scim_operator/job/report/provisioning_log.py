"""Notes for the provisioning log what a job did with each object: only what is new, nothing of what is in sync."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scim_operator.core.attributes.diff import AttributeChange
from scim_operator.core.attributes.paths import MISSING, Absent
from scim_operator.core.keys import Kind
from scim_operator.core.plan.parts import parts
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Verdict
from scim_operator.errors import InvalidSpec
from scim_operator.job.base.discretion import shown_value
from scim_operator.job.report.traces import trace_decision, trace_verdict
from scim_operator.observability.provisioning_log.codes import code_of
from scim_operator.observability.provisioning_log.processed import (
    NO_REFERENCES,
    SHOWN,
    Found,
    JobIdentity,
    Nowhere,
    Processed,
    References,
    Step,
    Trigger,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Member, Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.errors import ScimOperatorError
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.observability.provisioning_log.processed import Sink
    from scim_operator.scim.clock import Clock


@dataclass(slots=True)
class Underway:
    """An object that a worker works on: since when, what was gathered and planned last, what is being sent."""

    at: datetime
    began: float
    facts: Facts | None = None
    plan: Plan | None = None
    sending: Plan | None = None
    created: tuple[Facts, Plan] | None = None
    """What a creation was made from, when it takes several requests."""
    first: Plan | None = None
    """The part of the plan that the service has taken, while the rest is being sent."""
    before: tuple[Facts, Plan] | None = None
    """The plan sent before the present one, which may find that it succeeded although no answer said so."""

    @property
    def sent(self) -> tuple[Facts, Plan] | None:
        """Return what was sent, and what for."""
        if self.created is not None or self.facts is None or self.sending is None:
            return self.created or self.before
        return self.facts, self.sending


class ProvisioningLog:
    """Notes what one session does. The reconciler reports what happens; what is worth a record goes to the sink."""

    def __init__(self, knowledge: Knowledge, sink: Sink, clock: Clock, chance: random.Random) -> None:
        self._knowledge = knowledge
        self._sink = sink
        self._clock = clock
        # An id must be unlike others, not secret; to ask the system for each record's costs more than the record.
        self._chance = random.Random(chance.getrandbits(128))  # noqa: S311
        self._identity = identity_of(knowledge.settings)
        self._underway: dict[ObjectKey, Underway] = {}
        self._swept: dict[ObjectKey, Trigger] = {}
        self._sweeps = 0
        self._sweep, self._between = "", self._id()
        self._on = not isinstance(sink, Nowhere)

    def sweep_begins(self) -> None:
        """Begin a cycle for the sweep."""
        self._sweep = self._id()

    def sweep_ends(self) -> None:
        """Begin a cycle for what follows, until the next sweep."""
        self._sweeps += 1
        self._between = self._id()
        self._swept.clear()

    def found(self, key: ObjectKey, *, drift: bool) -> None:
        """Note that the sweep found work. In a session's first sweep a new mapping looks like drift: not reported."""
        if self._on:
            self._swept[key] = Trigger.DRIFT if drift and self._sweeps else Trigger.SWEEP

    def begin(self, key: ObjectKey) -> None:
        """Note that a worker takes up an object."""
        if self._on:
            self._underway[key] = Underway(self._clock.now(), self._clock.monotonic())

    def end(self, key: ObjectKey) -> None:
        """Note that the worker is done with it."""
        self._underway.pop(key, None)
        self._swept.pop(key, None)

    def planned(self, facts: Facts, plan: Plan) -> None:
        """Note what was found, and what is due."""
        trace_decision(plan)
        if underway := self._underway.get(plan.key):
            underway.before = underway.sent
            underway.facts, underway.plan, underway.sending, underway.first = facts, plan, None, None

    def sending(self, plan: Plan) -> None:
        """Note what is sent now."""
        if underway := self._underway.get(plan.key):
            underway.sending = plan

    def taken(self, first: Plan) -> None:
        """Note that the service took the first part of what is sent."""
        if underway := self._underway.get(first.key):
            underway.first = first

    def begun(self, facts: Facts, step: Plan) -> None:
        """Note that a step of a plan was taken, with a record of its own; the rest is planned again."""
        if underway := self._underway.get(step.key):
            self._sink.note(self._shown(underway, facts, step, verdict=step.verdict, sent=True))
            underway.sending = underway.first = None

    def in_part(self, facts: Facts, plan: Plan) -> None:
        """Note that the resource was created; the rest of its members follow."""
        if underway := self._underway.get(plan.key):
            underway.created = facts, plan

    def concluded(self, reported: Plan, entry: ServiceEntry, known: ServiceEntry | None) -> None:
        """Note that an object came to rest: a record where something was sent, or the verdict changed."""
        trace_verdict(entry.verdict)
        underway = self._underway.get(reported.key)
        if underway is None or underway.facts is None or underway.plan is None:
            return
        if underway.sent is None and known is not None and known.verdict == entry.verdict:
            return
        facts, plan = underway.sent or (underway.facts, underway.plan)
        self._sink.note(
            self._shown(
                underway,
                facts,
                plan,
                verdict=entry.verdict,
                sent=underway.sent is not None,
                found=_found(facts, entry.id or plan.id),
                pending=_listed(reported.pending),
            )
        )

    def failed(self, key: ObjectKey, verdict: Verdict, error: ScimOperatorError) -> None:
        """Note that an object could not be brought to rest."""
        trace_verdict(verdict)
        underway = self._underway.get(key)
        if underway is None:
            return
        more = {"verdict": verdict, "failed": _stage(underway, error), "code": code_of(error)}
        if underway.facts is None or underway.plan is None:
            record = self._knowledge.namespace.get(key.kind, key.name)
            self._sink.note(self._noted(key, underway, record, **more))
        else:
            plan = underway.sending or underway.plan
            if underway.first is not None:
                first, plan = underway.first, parts(plan)[-1]
                self._sink.note(self._shown(underway, underway.facts, first, verdict=first.verdict, sent=True))
            self._sink.note(self._shown(underway, underway.facts, plan, **more))

    def buried(self, key: ObjectKey, id: str, verdict: Verdict) -> None:
        """Note that the resource of a manifest that is long gone was deleted."""
        if underway := self._underway.get(key):
            more = {"verb": Verb.DELETE, "sent": True, "found": Found(id)}
            self._sink.note(self._noted(key, underway, None, verdict=verdict, **more))

    def _noted(self, key: ObjectKey, underway: Underway, record: SourceRecord | None, **more: Any) -> Processed:  # noqa: ANN401
        """Return what all have in common, and `more`: the other fields."""
        trigger, found, verdict = self._swept.get(key, Trigger.CHANGE), more.get("found"), more["verdict"]
        more["verdict"] = Verdict(verdict.reason, self._knowledge.settings.veil.conceal(verdict.message))
        if found is not None:
            name = self._knowledge.settings.veil.conceal_value(found.name)
            more["found"] = Found(self._knowledge.shown_id(found.id), found.by, name)
        return Processed(
            id=self._id(),
            at=underway.at,
            seconds=self._clock.monotonic() - underway.began,
            cycle=self._between if trigger is Trigger.CHANGE else self._sweep,
            trigger=trigger,
            job=self._identity,
            key=key,
            record=record,
            **more,
        )

    def _shown(self, underway: Underway, facts: Facts, plan: Plan, **more: Any) -> Processed:  # noqa: ANN401
        return self._noted(
            plan.key,
            underway,
            facts.record,
            **{"found": _found(facts, plan.id), **more},
            scope=facts.scope,
            verb=plan.verb,
            changes=tuple(map(self._shown_change, plan.changes)) if plan.verb is not Verb.CREATE else _created(facts),
            gained=self._members(plan.member_adds),
            lost=self._members(plan.member_removals),
        )

    def _shown_change(self, change: AttributeChange) -> AttributeChange:
        return replace(change, old=shown_value(self._knowledge.settings.veil, change.old))

    def _members(self, members: Sequence[Member]) -> References:
        if not members:
            return NO_REFERENCES
        return References(tuple(map(self._name, members[:SHOWN])), len(members))

    def _name(self, member: Member) -> str:
        """Return the manifest behind a member; where there is none, the resource's id."""
        return member.name or str(
            self._knowledge.entries.owner(member.type.kind, member.id) or self._knowledge.shown_id(member.id)
        )

    def _id(self) -> str:
        """An id that sorts by time (RFC 9562 section 5.7)."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        bits = (milliseconds << 80) | (7 << 76) | (self._chance.getrandbits(12) << 64)
        return str(uuid.UUID(int=bits | (2 << 62) | self._chance.getrandbits(62)))


def _found(facts: Facts, id: str) -> Found:
    match = facts.match
    document = match.document or {}
    field = "userName" if facts.record.key.kind is Kind.USER else "displayName"
    return Found(id or str(document.get("id") or ""), match.by if document else "", str(document.get(field) or ""))


def _created(facts: Facts) -> tuple[AttributeChange, ...]:
    desired = facts.desired or {}
    return tuple(
        AttributeChange(path, MISSING, value) for path, value in desired.items() if not isinstance(value, Absent)
    )


def _listed(names: Sequence[str]) -> References:
    return References(tuple(names[:SHOWN]), len(names)) if names else NO_REFERENCES


def _stage(underway: Underway, error: ScimOperatorError) -> Step:
    """Return the step that an error ended."""
    if isinstance(error, InvalidSpec):
        return Step.PROCESSING
    return Step.MATCHING if underway.facts is not None and underway.sending is None else Step.EXPORT


def identity_of(settings: Settings) -> JobIdentity:
    """Return whose work the session's is, and what of it must not be shown."""
    return JobIdentity(
        key=settings.key,
        uid=settings.uid,
        url=settings.spec.service.url,
        profile=str(settings.profile.name),
        sensitive={
            type: tuple(
                path
                for mapping in rules.mappings
                if mapping.sensitive
                for path in (mapping.target, mapping.source)
                if path is not None
            )
            for type, rules in settings.rules.items()
        },
        staged=frozenset(type for type, rules in settings.rules.items() if rules.delete_after),
    )
