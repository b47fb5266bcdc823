"""Hands records on to their stores, from threads of its own: a job that notes something never waits for it.

Each place has a bounded buffer. While a place is away its thread tries again, the buffer fills, and when it is full the
oldest records go, counted and with one warning. A record is built in the thread, from the little that the job noted.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol

from scim_operator.core.backoff import Backoff
from scim_operator.core.unexpected import trace
from scim_operator.observability.provisioning_log.record import Record, record_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from scim_operator.observability.provisioning_log.meters import LogMeter
    from scim_operator.observability.provisioning_log.processed import Processed

logger = logging.getLogger(__name__)

BOUND = 10_000
"""Records that wait for one place at most."""
BATCH = 500
LINGER = 0.05
"""Seconds that a note waits for others, so that they are written together."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a place that is away is tried again, the first time, and at most."""
IDLE = 60.0
"""Seconds without a record after which a place may tidy up."""


class Place(Protocol):
    """A place that keeps records. Called from one thread; any exception means "not now, try the same again"."""

    name: str

    def write(self, records: Sequence[Record]) -> None:
        """Keep the records; repeated ones are fine."""

    def tidy(self) -> None:
        """Tidy up, while there is nothing to write."""

    def close(self) -> None:
        """Close the place; no more records come."""


class Note:
    """A note of a job, which becomes a record when the first place asks for it."""

    def __init__(self, processed: Processed) -> None:
        self._processed: Processed | None = processed
        self._record: Record | None = None

    @property
    def record(self) -> Record:
        """Return the record. Two threads may build it at once, and build the same."""
        processed = self._processed
        if self._record is None and processed is not None:
            self._record = record_of(processed)
            self._processed = None
        assert self._record is not None  # noqa: S101 - set before what it is made from is given up
        return self._record


class Outlet:
    """The way to one place: a bounded buffer, and a thread that empties it."""

    def __init__(self, place: Place, meter: LogMeter, bound: int = BOUND) -> None:
        self._place = place
        self._meter = meter
        self._buffer: deque[Note] = deque(maxlen=bound)
        self._lock = threading.Condition()
        self._closing = False
        self._away = False
        self._overflowing = False
        self._thread = threading.Thread(target=self._run, name=f"provisioning log: {place.name}", daemon=True)
        self._thread.start()

    def put(self, note: Note) -> None:
        """Take a note in; drop the oldest when there is no room."""
        with self._lock:
            if len(self._buffer) == self._buffer.maxlen:
                self._overflow()
            self._buffer.append(note)
            # To wake the thread costs more than the note: it is woken for the first and for a full batch.
            if len(self._buffer) in (1, BATCH):
                self._lock.notify()

    def close(self, patience: float) -> None:
        """Write what is left, for at most `patience` seconds, and end."""
        with self._lock:
            self._closing = True
            self._lock.notify()
        self._thread.join(patience)

    def _overflow(self) -> None:
        self._meter.dropped(1)
        if not self._overflowing:
            self._overflowing = True
            logger.warning(
                "The provisioning log's %s is away or too slow: the oldest records are dropped.", self._place.name
            )

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            if batch:
                self._deliver(list(self._built(batch)))
            else:
                self._attempt(self._place.tidy)
        self._place.close()

    def _built(self, batch: list[Note]) -> Iterator[Record]:
        """Yield the records. One that cannot be built must not stop the others."""
        for note in batch:
            try:
                yield note.record
            except Exception as error:  # noqa: BLE001
                self._meter.dropped(1)
                logger.error("A record of the provisioning log is dropped: %s", trace(error))  # noqa: TRY400

    def _next(self) -> list[Note] | None:
        """Return the next notes to write: none after a while without one, None when no more come."""
        with self._lock:
            if not self._buffer and not self._closing:
                self._lock.wait(IDLE)
            if self._buffer:
                self._lock.wait_for(self._is_full, LINGER)
            if not self._buffer:
                return None if self._closing else []
            return [self._buffer.popleft() for _ in range(min(BATCH, len(self._buffer)))]

    def _is_full(self) -> bool:
        """Return whether there is nothing more to wait for."""
        return self._closing or len(self._buffer) >= BATCH

    def _deliver(self, records: list[Record]) -> None:
        """Write until it is written, or until there is no time left."""
        backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        while not self._attempt(lambda: self._place.write(records)):
            if self._closing:
                self._meter.dropped(len(records))
                return
            self._rest(backoff.next())
        self._meter.written(len(records))
        self._overflowing = False

    def _attempt(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - no error of a place may end the log
            if not self._away:
                logger.warning("The provisioning log's %s is away; it is tried again: %s", self._place.name, _of(error))
            self._away = True
        else:
            if self._away:
                logger.info("The provisioning log's %s is back.", self._place.name)
            self._away = False
        self._meter.up(up=not self._away)
        return not self._away

    def _rest(self, seconds: float) -> None:
        """Wait, unless it is time to end. New notes do not shorten it."""
        until = time.monotonic() + seconds
        with self._lock:
            while not self._closing and (left := until - time.monotonic()) > 0:
                self._lock.wait(left)


def _of(error: Exception) -> str:
    """Return the error without the statement's parameters and PostgreSQL's details, which hold personal data."""
    cause = getattr(error, "orig", None) or error
    reported = cause.args[0] if cause.args else ""
    text = reported.get("M", "") if isinstance(reported, dict) else str(reported)
    return f"{type(cause).__name__}: {' '.join(text.split())}"[:300]


class ProvisioningLog:
    """The sink of all jobs: every note goes to every outlet."""

    def __init__(self, *outlets: Outlet) -> None:
        self._outlets = outlets

    def note(self, processed: Processed) -> None:
        """Take one in. Costs a lock and an append for each outlet."""
        note = Note(processed)
        for outlet in self._outlets:
            outlet.put(note)

    def close(self, patience: float = 5.0) -> None:
        """Write what is left; blocks for at most `patience` seconds."""
        until = time.monotonic() + patience
        for outlet in self._outlets:
            outlet.close(max(0.0, until - time.monotonic()))
