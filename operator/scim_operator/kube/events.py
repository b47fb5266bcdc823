"""Kubernetes Events, few of them: a repeated one is counted, and one object cannot flood the namespace.

client-go aggregates and limits Events in every controller; kopf does not. Posting never fails or delays a caller.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from scim_operator.core.keys import ConfigKey, ObjectKey
from scim_operator.core.printing import one_line
from scim_operator.core.wording import rfc3339
from scim_operator.errors import ScimOperatorError
from scim_operator.kube.client import KubeClient, Target
from scim_operator.kube.resources import CONFIGS, EVENTS, OF_KIND, ApiResource

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

INTERVAL = 300.0
"""Seconds in which the same Event about the same object is only counted, not sent."""
BURST, REFILL = 25.0, 300.0
"""client-go's limit, but for each reason of one object, so that none hides another: 25 at once, then one in 300 s."""
SIMILAR, SPAN = 10, 600.0
"""So many different messages of one reason in so many seconds are told one by one; the others are one Event that counts
them and has the last one, as client-go does it."""
BACKLOG = 1000
TRACKED = 4096
MESSAGE_LENGTH = 1024
COMPONENT = "scim-operator"
COMBINED = "Many like this, of which this is the last: "

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """A dictionary of the `size` keys used last."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key, default: Callable[[], Value]) -> Value:
        """Return the value under `key`, made on first use."""
        if key not in self._items:
            self._items[key] = default()
        self._items.move_to_end(key)
        if len(self._items) > self._size:
            self._items.popitem(last=False)
        return self._items[key]


@dataclass(slots=True)
class Bucket:
    """A token bucket of BURST tokens that gains one in REFILL seconds."""

    tokens: float = BURST
    filled: float = 0.0

    def take(self, now: float) -> bool:
        """Take a token, if there is one."""
        self.tokens = min(BURST, self.tokens + (now - self.filled) / REFILL)
        self.filled = now
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True


@dataclass(slots=True)
class Series:
    """One Event as it stands at the API server: its name there, how often it happened, and when it was last sent."""

    name: str = ""
    count: int = 0
    first: str = ""
    sent: float = field(default=float("-inf"))


@dataclass(slots=True)
class Group:
    """The different messages of one reason about one object, since `began`."""

    began: float = field(default=float("-inf"))
    messages: set[str] = field(default_factory=set)

    def combines(self, message: str, now: float) -> bool:
        """Return whether a message is one of too many different ones."""
        if now - self.began >= SPAN:
            self.began, self.messages = now, set()
        if message in self.messages:
            return False
        if len(self.messages) >= SIMILAR:
            return True
        self.messages.add(message)
        return False


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something to report about an object."""

    about: ConfigKey | ObjectKey
    uid: str
    warning: bool
    reason: str
    message: str


class EventPoster:
    """Posts Events in the background. `uid_of` says which object a key names now; clocks are in seconds."""

    def __init__(
        self,
        client: KubeClient,
        uid_of: Callable[[ConfigKey | ObjectKey], str],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._uid_of = uid_of
        self._clock = clock
        self._queue: asyncio.Queue[Occurrence] = asyncio.Queue(BACKLOG)
        self._series: Recent[tuple[str, str, str], Series] = Recent(TRACKED)
        self._groups: Recent[tuple[str, str], Group] = Recent(TRACKED)
        self._buckets: Recent[tuple[str, str], Bucket] = Recent(TRACKED)

    def post(self, about: ConfigKey | ObjectKey, *, warning: bool, reason: str, message: str) -> None:
        """Post an Event about an object; return at once. When there are too many, the rest is dropped."""
        occurrence = Occurrence(about, self._uid_of(about), warning, reason, one_line(message)[:MESSAGE_LENGTH])
        try:
            self._queue.put_nowait(occurrence)
        except asyncio.QueueFull:
            logger.debug("Dropped an Event: too many at once.")

    async def run(self) -> None:
        """Send what was posted, until cancelled."""
        while True:
            occurrence = await self._queue.get()
            try:
                await self._send(occurrence)
            except ScimOperatorError as error:
                logger.info("An Event about %s could not be posted. %s", occurrence.about, error)
            finally:
                self._queue.task_done()

    async def drain(self) -> None:
        """Wait until everything posted was sent or given up."""
        await self._queue.join()

    async def _send(self, occurrence: Occurrence) -> None:
        now, of = self._clock(), (occurrence.uid, occurrence.reason)
        if self._groups.get(of, Group).combines(occurrence.message, now):
            occurrence = replace(occurrence, message=f"{COMBINED}{occurrence.message}"[:MESSAGE_LENGTH])
            series = self._series.get((*of, COMBINED), Series)
        else:
            series = self._series.get((*of, occurrence.message), Series)
        series.count += 1
        if now - series.sent < INTERVAL or not self._buckets.get(of, lambda: Bucket(filled=now)).take(now):
            return
        series.sent = now
        if series.name and await self._count(occurrence, series):
            return
        await self._create(occurrence, series)

    async def _count(self, occurrence: Occurrence, series: Series) -> bool:
        # The API server drops Events after an hour; then there is nothing to count on.
        target = Target(EVENTS, occurrence.about.namespace, series.name)
        said = {"count": series.count, "message": occurrence.message, "lastTimestamp": rfc3339(datetime.now(UTC))}
        return await self._client.patch(target, said) is not None

    async def _create(self, occurrence: Occurrence, series: Series) -> None:
        # The name is client-go's: the object's and the time, so that many Events about one object sort by time.
        series.name, series.first = f"{occurrence.about.name[:230]}.{time.time_ns():x}", rfc3339(datetime.now(UTC))
        await self._client.create(Target(EVENTS, occurrence.about.namespace), event_manifest(occurrence, series))


def event_manifest(occurrence: Occurrence, series: Series) -> dict[str, Any]:
    """Return the core/v1 Event, which `kubectl describe` shows under the object."""
    resource = _resource(occurrence.about)
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": series.name, "namespace": occurrence.about.namespace},
        "involvedObject": {
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "namespace": occurrence.about.namespace,
            "name": occurrence.about.name,
            "uid": occurrence.uid,
        },
        "type": "Warning" if occurrence.warning else "Normal",
        "reason": occurrence.reason,
        "message": occurrence.message,
        "count": series.count,
        "firstTimestamp": series.first,
        "lastTimestamp": series.first,
        "source": {"component": COMPONENT},
        "reportingComponent": COMPONENT,
    }


def _resource(about: ConfigKey | ObjectKey) -> ApiResource:
    return OF_KIND[about.kind] if isinstance(about, ObjectKey) else CONFIGS
