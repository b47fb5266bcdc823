"""Carries out a reviewed plan: the job's own session over records in memory, until nothing is left to do."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from scim_operator.api.enums import MembershipPolicy
from scim_operator.core.decision.decision import kept_back
from scim_operator.core.decision.stored import unshown
from scim_operator.core.keys import Kind
from scim_operator.core.records.status import Reason
from scim_operator.core.report.standing import standing_from_json
from scim_operator.core.seal import Seal
from scim_operator.errors import InternalError, Unavailable
from scim_operator.job.gather.namespace import namespace_of
from scim_operator.job.report.reporter import Report, Reporter
from scim_operator.job.session.session import Session
from scim_operator.job.session.surroundings import Surroundings
from scim_operator.local.reviewed_gate import ReviewedGate
from scim_operator.local.world import Offline
from scim_operator.observability.metrics import Metrics
from scim_operator.review.plan_review import Problem

if TYPE_CHECKING:
    from collections.abc import Collection

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.job.base.ports import Service
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.local.memory import Memory
    from scim_operator.review.plan_review import Review, Unread
    from scim_operator.review.sources import Sources
    from scim_operator.scim.clock import Clock

GLANCE = 0.05
"""Seconds between two looks at whether all is done."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome: steps done, writes sent, failures, and objects for which something else was due than reviewed.

    `forgotten` is what an earlier revision had and cannot be remembered, `faults` is what is wrong with the files.
    """

    done: int
    writes: int
    problems: tuple[Problem, ...]
    moved: tuple[ObjectKey, ...]
    held: int
    forgotten: tuple[str, ...] = ()
    unshown: tuple[tuple[str, int], ...] = ()
    """Attributes that were sent, and that the service does not show, with the number of objects."""
    unrecorded: str = ""
    """Why that is not on record, "" where it is."""
    unread: tuple[Unread, ...] = ()
    """What could not be listed, so that nothing of it was planned."""
    faults: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Return whether anything is left undone that does not wait for an approval."""
        return bool(self.problems or self.moved or self.forgotten or self.unread or self.faults)


async def carry_out(
    sources: Sources, review: Review, service: Service, clock: Clock, patience: float, memory: Memory
) -> Outcome:
    """Send what the review released. `patience` is in seconds: how long what fails in ways that heal is tried again.

    What is found out about values goes into the memory. Errors: those that end the connection. What was sent stays;
    running again finishes the rest.
    """
    before = service.writes
    reviewed_gates: list[ReviewedGate] = []
    session, report = _session(_readable(sources, review), review, service, clock, reviewed_gates)
    work = asyncio.ensure_future(session.run())
    try:
        await _rest(session, work, service, clock, patience)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        unrecorded = _kept(memory, session)
    if report.standing.internal:
        raise InternalError(report.standing.internal, trace="see the log above")
    outcome = _outcome(session, reviewed_gates[0], review, service.writes - before)
    return replace(outcome, unrecorded=unrecorded, unread=review.unread, faults=review.faults)


def without_steps(review: Review) -> Outcome:
    """Return the outcome of a plan of which nothing is to be sent."""
    return Outcome(0, 0, review.problems, (), 0, review.forgotten, unread=review.unread, faults=review.faults)


def _kept(memory: Memory, session: Session) -> str:
    """Keep what was found out about values; return why that is not possible, "" where it is, or is no news."""
    knowledge = session.knowledge
    now = memory.after(knowledge.entries.all(), partial(_keeps_members, knowledge))
    if now.known == memory.known:
        return ""
    try:
        now.write()
    except OSError as error:
        return f"{now.folder or 'the state folder'} cannot be written: {error.strerror}; give --state another path"
    return ""


def _readable(sources: Sources, review: Review) -> Sources:
    """Return the sources without the types that could not be listed: nothing was planned of them."""
    unread = {each.type for each in review.unread}
    left = tuple(each for each in sources.records if not (each.deleting and each.key.kind.resource_type in unread))
    return replace(sources, settings=sources.settings.without(unread), records=left)


def _session(
    sources: Sources, review: Review, service: Service, clock: Clock, reviewed_gates: list[ReviewedGate]
) -> tuple[Session, Report]:
    def gate(*about: object) -> ReviewedGate:
        reviewed_gates.append(partial(ReviewedGate, review=review)(*about))  # type: ignore[arg-type]
        return reviewed_gates[-1]

    memory = Offline()
    around = Surroundings(
        namespace=namespace_of(sources.records),
        writer=memory,
        clock=clock,
        random=random.Random(),  # noqa: S311 - jitter, no secret
        metrics=Metrics(),
        parted=_parted,
        termination=memory,
        seal=sources.seal or Seal(secrets.token_bytes(32)),
        checks=False,
        gate=gate,
        peers=sources.other_namespaces,
    )
    settings = sources.settings
    standing = standing_from_json({}, settings.generation)
    report = Report(standing, settings.profile.name, seal=around.seal, owner="")
    return Session(settings, service, around, Reporter(settings.key, memory, clock, report, {})), report


async def _parted(record: SourceRecord) -> None:
    """Do nothing: nothing waits for a manifest that is gone already."""


async def _rest(session: Session, work: asyncio.Future[None], service: Service, clock: Clock, patience: float) -> None:
    """Wait until all is done, but for what has failed too long, or is tried again only when `patience` is over.

    Errors: what ended the session.
    """
    failing, still = _Timer(clock), _Timer(clock)
    sent = (-1, -1)
    while not work.done():
        retrying = session.retries_within(patience)
        if session.resting and not retrying:
            return
        if failing.lasts(retrying) > patience and session.resting:
            return
        before, sent = sent, (service.reads, service.writes)
        if still.lasts(sent == before and not session.resting) > patience:
            raise Unavailable("The service does not let this come to an end; run it again later.")
        await clock.sleep(GLANCE)
    work.result()


class _Timer:
    """Measures for how long something has been true, in seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: float | None = None

    def lasts(self, holds: bool) -> float:  # noqa: FBT001 - its only argument
        """Return the seconds since it became true, 0 while it is not."""
        if not holds:
            self._since = None
            return 0.0
        if self._since is None:
            self._since = self._clock.monotonic()
        return self._clock.monotonic() - self._since


def _outcome(session: Session, reviewed_gate: ReviewedGate, review: Review, writes: int) -> Outcome:
    held = {str(key) for key, entry in session.knowledge.entries.all() if entry.verdict.reason is Reason.HELD}
    problems = tuple(
        Problem(key, entry.verdict.reason.value, entry.verdict.message)
        for key, entry in session.knowledge.entries.all()
        if not entry.verdict.ready and str(key) not in held and not _waits_for(session, key, entry, held)
    )
    undone = {problem.key for problem in problems} | reviewed_gate.moved
    problems += tuple(each for each in review.left if each.key not in undone)
    done = sum(step.key not in undone and not step.held for step in review.steps)
    order = sorted(problems, key=lambda problem: (problem.key.kind is Kind.GROUP, problem.key))
    moved = tuple(sorted(reviewed_gate.moved))
    return Outcome(done, writes, tuple(order), moved, review.held, review.forgotten, _unshown(session, review))


def _keeps_members(knowledge: Knowledge, key: ObjectKey) -> bool:
    """Return whether it is to be on record whom we put into a group: the service does not tell them from others."""
    record = knowledge.namespace.get(key.kind, key.name)
    additive = record is not None and record.membership_policy is MembershipPolicy.ADDITIVE
    return key.kind is Kind.GROUP and (additive or knowledge.index.hides_members)


def _waits_for(session: Session, key: ObjectKey, entry: ServiceEntry, held: Collection[str]) -> bool:
    """Return whether an object waits for those alone that are held for an approval."""
    record = session.knowledge.namespace.get(key.kind, key.name)
    if entry.verdict.reason is not Reason.INCOMPLETE or record is None:
        return False
    facts = session.knowledge.facts(record)
    awaited = (*entry.pending, *((str(facts.awaits.key),) if facts.awaits is not None else ()))
    return all(each in held for each in awaited) and not kept_back(facts) and not facts.exchanges.blocked


def _unshown(session: Session, review: Review) -> tuple[tuple[str, int], ...]:
    """Return what was sent just now, and the service does not show."""
    found: Counter[str] = Counter()
    for step in review.steps:
        record = session.knowledge.namespace.get(step.key.kind, step.key.name)
        if record is not None:
            sent = {attribute.path for attribute in step.attributes}
            found.update(sent.intersection(unshown(session.knowledge.facts(record))))
    return tuple(sorted(found.items()))
