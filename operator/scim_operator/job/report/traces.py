"""The traces of a session: one of each sweep, and one of each object that a worker looks at."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from scim_operator.observability.tracing.spans import (
    CONFIG,
    KIND,
    NO_SPAN,
    REASON,
    UID,
    VERB,
    WAITED,
    WOKEN_BY,
    current,
    reason_of,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from enum import IntEnum

    from scim_operator.core.keys import ConfigKey, ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.records.status import Verdict
    from scim_operator.job.report.sweeps import SweepRecord
    from scim_operator.observability.tracing.spans import Span, Tracer


class Taken(Protocol):
    """How an object was taken from the queue: out of which lane, and after how many seconds."""

    @property
    def lane(self) -> IntEnum:
        """Return the lane."""

    @property
    def waited(self) -> float:
        """Return the seconds."""


LIST, READ, PLAN, JUDGE, APPLY, REPORT = "list", "read", "plan", "judge", "apply", "report"
"""The parts of a sweep, in their order; what a listing lacks is read one by one."""


class Traces:
    """What one session works on, as traces. A sweep that causes work on an object is linked from that object's."""

    def __init__(self, tracer: Tracer, config: ConfigKey) -> None:
        self._tracer = tracer
        self._config = str(config)
        self._sweep: Span = NO_SPAN
        self._found: set[ObjectKey] = set()

    @contextmanager
    def listing(self) -> Iterator[None]:
        """List the service, as the beginning of a sweep, which goes on with `sweeping` or is given up."""
        self._end()
        self._sweep = self._tracer.trace("sweep", {CONFIG: self._config})
        try:
            with self.part(LIST):
                yield
        except BaseException as error:
            self._end(error)
            raise

    @contextmanager
    def sweeping(self) -> Iterator[None]:
        """Sweep, with the listing before it or a listing of its own."""
        failed: BaseException | None = None
        try:
            yield
        except BaseException as error:
            failed = error
            raise
        finally:
            self._end(failed)

    def part(self, name: str) -> AbstractContextManager[Span]:
        """Do a part of the sweep."""
        return within(self._sweep.child(name, {}))

    def give_up(self) -> None:
        """Note that a listing is not followed by a sweep."""
        self._end()

    def found(self, key: ObjectKey) -> None:
        """Note that the sweep found work."""
        if self._tracer.on:
            self._found.add(key)

    def swept(self, record: SweepRecord) -> None:
        """Note what a sweep has done."""
        counts = {"reads": record.reads, "writes": record.writes, "drift": record.drift}
        self._sweep.set({f"scim_operator.{name}": count for name, count in counts.items()})

    def object(self, key: ObjectKey, record: SourceRecord | None, taken: Taken) -> AbstractContextManager[Span]:
        """Look at an object, as it was taken from the queue; `record` is None where its manifest is gone."""
        if not self._tracer.on:
            return within(NO_SPAN)
        attributes = {
            CONFIG: self._config,
            KIND: key.kind.value,
            WOKEN_BY: taken.lane.name.lower(),
            WAITED: round(taken.waited, 6),
            **({UID: record.uid} if record is not None else {}),
        }
        cause = self._sweep if key in self._found else NO_SPAN
        return within(self._tracer.trace(f"reconcile {key.kind.value}", attributes, cause))

    def _end(self, error: BaseException | None = None) -> None:
        if isinstance(error, Exception):
            self._sweep.fail(reason_of(error))
        self._sweep.end()
        self._sweep = NO_SPAN
        self._found.clear()


def trace_decision(plan: Plan) -> None:
    """Note what was decided about the object that this task works on."""
    current().event("decided", {VERB: plan.verb.value if plan.verb else "", REASON: plan.verdict.reason.value})


def trace_verdict(verdict: Verdict) -> None:
    """Note how the object that this task works on stands at the end."""
    current().set({REASON: verdict.reason.value})
