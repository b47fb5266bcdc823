"""Plans one config over records and a service, and sends nothing but reads.

Decisions are the job's own. What a step would leave at the service is taken for granted by those that follow, so that a
group's plan names members who are yet to be created.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.api.config import Mode
from scim_operator.core.approval.course import Course, course, goes_on
from scim_operator.core.approval.digest import judged
from scim_operator.core.approval.ledger import Base, Ledger, Window, remembered_ledger
from scim_operator.core.decision.decision import decide, kept_back
from scim_operator.core.decision.stored import unshown
from scim_operator.core.decision.swaps import in_the_end
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.plan.membership import observed_members
from scim_operator.core.plan.plan import Plan
from scim_operator.core.plan.update import after, with_members
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import PARKED, Reason, ServiceEntry, Verdict
from scim_operator.core.report.config_status import service_taken
from scim_operator.core.unexpected import unexpected
from scim_operator.errors import ScimOperatorError
from scim_operator.job.gather.knowledge import Knowledge
from scim_operator.job.gather.listing import list_parts
from scim_operator.job.gather.missing import missing
from scim_operator.job.gather.namespace import namespace_of
from scim_operator.review.digests import digest_of_record, digest_of_spec
from scim_operator.review.left_behind import everyone_left, left_unseen
from scim_operator.review.names import Names
from scim_operator.review.plan_review import Problem, Review, Scope, Step, Unread

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from scim_operator.api.config import ProvisioningConfigSpec
    from scim_operator.core.decision.facts import Facts
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.resource import Document
    from scim_operator.job.base.ports import Service
    from scim_operator.job.gather.overview import Overview
    from scim_operator.review.sources import Sources
    from scim_operator.scim.clock import Clock

    Through = Callable[[Iterable[SourceRecord]], Iterable[SourceRecord]]

ROUNDS = 8
"""How often groups are planned again because a group that they contain is to be created."""
_UNDONE = PARKED | {Reason.ACTION_OFF, Reason.INTERNAL_ERROR}


async def review(
    sources: Sources,
    service: Service,
    clock: Clock,
    approved: str = "",
    protected: Collection[str] = (),
    *,
    through: Through = iter,
) -> Review:
    """List the service and plan everything. `approved` is the digest of held changes that someone has approved, with
    the names of the `protected` objects that they may touch. `through` goes through the objects, and may show how far
    it is.

    Resource types fail alone: of what cannot be listed nothing is planned. Errors: those of the service, where nothing
    can be listed.
    """
    planner = Planner(sources, clock)
    await planner.survey(service)
    planner.plan(through)
    return planner.review(approved, protected)


class Planner:
    """One plan in the making."""

    def __init__(self, sources: Sources, clock: Clock) -> None:
        settings, status = sources.settings, sources.config_status
        self._sources = sources
        self._settings = settings
        self._clock = clock
        self.knowledge = Knowledge.from_status(
            settings, namespace_of(sources.records), status, clock.now, sources.other_namespaces, sources.seal
        )
        self.knowledge.index.keep_plainly()
        self.first: dict[ObjectKey, Plan] = {}
        """What was planned for each object at first."""
        self._plans: dict[ObjectKey, Plan] = {}
        self._names = Names(self.knowledge)
        self._owned: dict[ObjectKey, int] = {}
        self._adopted: list[ObjectKey] = []
        self._unshown: Counter[str] = Counter()
        self._incomplete: dict[ObjectKey, str] = {}
        self._unseen: tuple[Problem, ...] = ()

    async def survey(self, service: Service) -> None:
        """Read everything at the service, and note who claims what of it."""
        service.conceal(self._settings.veil)
        for record in self._records():
            self.knowledge.desired.concealment.cover(record)
        self._settings.veil.complete = True
        await list_parts(service, self.knowledge, self._clock, self._settings.enabled)
        if (error := self._overview.error) is not None and self._overview.unread >= {*self._settings.enabled}:
            raise error
        self.knowledge.members.nested = service.capabilities.nested_groups
        for record in self._records():
            try:
                self.knowledge.entries.of(record)
                self.knowledge.identities.claim(record)
            except Exception as error:  # noqa: BLE001
                self._broke(record.key, error)
        for record, id in list(filter(None, missing(self.knowledge))):
            await _ask(self.knowledge, service, record, id)

    def plan(self, through: Through = iter) -> None:
        """Plan every object, users before groups, and groups until nothing more changes."""
        if self._sources.before is not None:
            self._unseen = tuple(left_unseen(self.knowledge, namespace_of(self._sources.before)))
        listed = [kind for kind in Kind if kind.resource_type not in self._overview.unread]
        users, groups = ([*self.knowledge.namespace.records(kind)] if kind in listed else [] for kind in Kind)
        self._pass(through(users))
        for _ in range(ROUNDS):
            if not self._pass(through(groups)):
                return
            groups = [record for record in groups if not _is_settled(self.first[record.key])]

    def _pass(self, records: Iterable[SourceRecord]) -> bool:
        """Plan each of them; return whether anything was found to do."""
        found = False
        for record in records:
            try:
                found = self._plan(record) or found
            except Exception as error:  # noqa: BLE001
                self._broke(record.key, error)
        return found

    def _plan(self, record: SourceRecord) -> bool:
        """Plan one object; return whether anything is to do for it."""
        facts = self.knowledge.facts(record)
        plan = in_the_end(decide(facts, self.knowledge.rules(record.key.kind)))
        self._note(record, facts, plan)
        self._incomplete.pop(record.key, None)
        if plan.verdict.reason is Reason.INCOMPLETE and kept_back(facts):
            self._incomplete[record.key] = plan.verdict.message
        self._take_for_done(record, facts, plan)
        return plan.verb is not None

    def _broke(self, key: ObjectKey, error: Exception) -> None:
        """Record an error as this object's problem, and plan the rest."""
        verdict = Verdict(Reason.INTERNAL_ERROR, str(unexpected(error)))
        self.first[key] = self._plans[key] = Plan(key, verdict)

    def _note(self, record: SourceRecord, facts: Facts, plan: Plan) -> None:
        known = self._plans.get(record.key)
        if known is None:
            self.first[record.key] = self._plans[record.key] = plan
            self._names.keep(record, facts)
            if plan.owned and facts.match.document is not None and not facts.match.owned:
                self._adopted.append(record.key)
            if hidden := unshown(facts):
                self._unshown.update(hidden)
            if facts.match.owned and facts.match.document is not None:
                self._count_owned(record.key, facts.match.document)
        elif plan.verb is not None:
            adds = (*known.member_adds, *plan.member_adds)
            removals = (*known.member_removals, *plan.member_removals)
            verb = known.verb or plan.verb
            self._plans[record.key] = replace(known, verb=verb, id=plan.id, member_adds=adds, member_removals=removals)

    def _count_owned(self, key: ObjectKey, document: Document) -> None:
        """Count what percentages of change limits are of, as the operator does: no one who is inactive."""
        if key.kind is Kind.GROUP or self.knowledge.index[ResourceType.USER].is_active(document["id"]):
            self._owned[key] = len(observed_members(document, ()))

    def _take_for_done(self, record: SourceRecord, facts: Facts, plan: Plan) -> None:
        index = self.knowledge.index[record.key.kind.resource_type]
        document = self._left(record.key, facts.match.document, plan)
        if document is not None:
            index.put(document)
        elif plan.verb is Verb.DELETE:
            index.drop(plan.id)
        kept = plan.owned and document is not None
        entry = ServiceEntry(
            config=self.knowledge.settings.key.name,
            verdict=plan.verdict,
            generation=record.generation,
            service=self.knowledge.memory.notary.service,
            id=document["id"] if kept and document else "",
            applied=plan.applied if kept else (),
            reformatted=facts.entry.reformatted if facts.entry else (),
            formed=facts.entry.formed if facts.entry else "",
            members=plan.remembered if kept else (),
        )
        self.knowledge.entries.remember(record, entry)

    def _left(self, key: ObjectKey, observed: Document | None, plan: Plan) -> Document | None:
        """Return what the service would hold once the plan is carried out."""
        if plan.verb is Verb.CREATE and plan.document is not None:
            document = {**plan.document, "id": f"(new) {key}"}
            return with_members(document, frozenset(plan.member_adds)) if plan.member_adds else document
        if plan.verb is Verb.DELETE:
            return None
        return after(observed, plan, None) if plan.verb is not None and observed is not None else observed

    def review(self, approved: str = "", protected: Collection[str] = ()) -> Review:
        """Return the plan as it is reviewed; `plan` came before."""
        due = [plan for plan in self._plans.values() if plan.acts]
        course = self._course(approved, protected)
        steps = [self._step(plan, course.waiting.get(plan.key)) for plan in due]
        aside = tuple(Problem(key, Reason.INVALID_SPEC.value, why) for key, why in self._sources.aside.items())
        problems = tuple(each for each in self._problems() if each.key not in self._sources.aside)
        before = None if self._sources.before is None else namespace_of(self._sources.before)
        known = {each.key for each in (*problems, *aside)}
        left = (*aside, *everyone_left(self.knowledge, before, self._unseen, known, self._sources.aside))
        return Review(
            config=str(self._settings.key),
            steps=tuple(sorted(steps, key=_order)),
            problems=tuple(sorted((*problems, *left), key=lambda problem: problem.key)),
            left=left,
            forgotten=self._sources.forgotten,
            faults=self._sources.faults,
            scope=self._scope(),
            unmanaged=sum(self.knowledge.unmanaged(type) for type in ResourceType),
            approval=course.hold.digest,
            because=course.hold.because,
            protected=course.hold.protected,
            adopted=tuple(sorted(map(self._names.name, self._adopted))),
            digests=self._digests,
            blocked=_blocked(self._settings.spec, self._sources.waits_for),
            notes=self._sources.notes,
            unread=tuple(self._unread()),
            unshown=tuple(sorted(self._unshown.items())),
        )

    def _step(self, plan: Plan, waiting: Plan | None) -> Step:
        spec = self._settings.spec
        waits = waiting if waiting is None else judged(waiting, everything=spec.approves_everything)
        return self._names.step(plan, waits, goes_on(plan, waiting, spec))

    def _course(self, approved: str, protected: Collection[str]) -> Course:
        """Return whose changes wait for approval, and how they are released: as `job.gate.gate` judges a sweep."""
        spec = self._settings.spec
        found = course(
            self.first.values(),
            self._ledger,
            spec,
            self._base(),
            self._clock.now(),
            is_given=lambda hold: hold.is_released_by(approved, protected),
        )
        if not found.waiting or not spec.approves_everything:
            return found
        return replace(found, waiting={key: plan for key, plan in self._plans.items() if plan.acts})

    @property
    def _overview(self) -> Overview:
        return self.knowledge.index.overview

    def _unread(self) -> Iterable[Unread]:
        for type, reason in self._overview.reasons():
            manifests = self.knowledge.namespace.count(type.kind)
            yield Unread(type, self._settings.veil.conceal(reason), manifests)

    @property
    def _ledger(self) -> Ledger:
        """Return what the cluster remembers; without a cluster nothing is, and each run is judged on its own."""
        status, spec = self._sources.config_status, self._settings.spec
        window = Window(self._clock.now(), spec.limits.window, spec.approved_plan)
        # Anyone who may read the status sees what it says; nothing is sent by it.
        return remembered_ledger(status, window, proven=True) if status else Ledger()

    def _base(self) -> Base:
        users = sum(key.kind is Kind.USER for key in self._owned)
        return Base(users, len(self._owned) - users, sum(self._owned.values()))

    def _problems(self) -> Iterable[Problem]:
        for key, plan in self._plans.items():
            if plan.verdict.reason in _UNDONE:
                yield Problem(key, plan.verdict.reason.value, plan.verdict.message)
            elif key in self._incomplete:
                yield Problem(key, Reason.INCOMPLETE.value, self._incomplete[key])

    def _scope(self) -> Scope:
        now = _in_scope(self.knowledge)
        users = sum(key.kind is Kind.USER for key in now)
        if self._sources.before is None:
            return Scope(users, len(now) - users)
        settings = self._sources.before_settings
        records = namespace_of(self._sources.before)
        earlier = Knowledge.from_status(settings or self._settings, records, {}, self._clock.now)
        before = _in_scope(earlier) if settings is not None else frozenset()
        entering, leaving = sorted(map(str, now - before)), sorted(map(str, before - now))
        return Scope(users, len(now) - users, tuple(entering), tuple(leaving))

    def _digests(self) -> Iterable[tuple[str, str]]:
        yield f"provisioningconfig/{self._settings.key.name}", digest_of_spec(self._settings.spec)
        for record in self._records():
            yield str(record.key), digest_of_record(record, self.knowledge.rules(record.key.kind))

    def _records(self) -> list[SourceRecord]:
        return self.knowledge.namespace.all_records()


async def _ask(knowledge: Knowledge, service: Service, record: SourceRecord, id: str) -> None:
    """Ask for what is on record and was not listed, as the operator does: it may be there, or be lost."""
    try:
        document = await service.get(record.key.kind.resource_type, id)
    except ScimOperatorError:
        return
    if document is None:
        knowledge.entries.forget_id(record)
    else:
        knowledge.index[record.key.kind.resource_type].put(document)


def _is_settled(plan: Plan) -> bool:
    """Return whether an object waits for no one: what comes to the service by others' plans changes nothing for it."""
    return plan.verdict.reason is Reason.PROVISIONED and not plan.pending


def _in_scope(knowledge: Knowledge) -> frozenset[ObjectKey]:
    records = knowledge.namespace.all_records()
    return frozenset(record.key for record in records if knowledge.desired.scopes.of(record).in_scope)


def _order(step: Step) -> tuple[str, str]:
    return ("0" if step.key.kind is Kind.USER else "1", step.name)


def _blocked(spec: ProvisioningConfigSpec, waits_for: str) -> str:
    if spec.suspend:
        return "The config is suspended: nothing is sent until spec.suspend is false."
    if waits_for:
        return service_taken(waits_for)
    return "spec.mode is Plan: nothing is sent until it is Apply." if spec.mode is Mode.PLAN else ""
