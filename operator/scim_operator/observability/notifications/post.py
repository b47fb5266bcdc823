"""Takes notices at once and delivers them in its own time: gathered, at most one digest an interval, retried, dropped.

Nothing here ever blocks or fails the caller. Memory is bounded: one notice for each topic and receiver.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import TYPE_CHECKING, Protocol

from scim_operator.api.notifications import Topic
from scim_operator.core.unexpected import trace, unexpected
from scim_operator.errors import DependencyNotReady, ScimOperatorError, TerminalError
from scim_operator.observability.notifications.channels import Message, Ways, deliver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.api.notifications import Notification
    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.report.notice import Notice
    from scim_operator.observability.metrics import Metrics
    from scim_operator.scim.clock import Clock

logger = logging.getLogger(__name__)

GATHER = 30.0
"""Seconds that a first failure waits for others, so that they come in one message."""
PAUSES = (5.0, 30.0, 120.0, 600.0)
"""Seconds before each further attempt; then the message is dropped, and counted."""
DIGESTS = frozenset({Topic.FAILURE, Topic.APPROVAL_REQUIRED})
"""Topics that come in digests, because they change with every object."""


class Announcer(Protocol):
    """Posts Events."""

    async def announce(self, about: ConfigKey, *, warning: bool, reason: str, message: str) -> None:
        """Post an Event; never fails the caller."""


class Post:
    """The notifications of all configs."""

    def __init__(self, ways: Ways, announcer: Announcer, clock: Clock, metrics: Metrics) -> None:
        self.ways = ways
        self.announcer = announcer
        self.clock = clock
        self.metrics = metrics
        self._boxes: dict[ConfigKey, dict[str, Mailbox]] = {}

    def notify(self, key: ConfigKey, targets: Sequence[Notification], notice: Notice) -> None:
        """Notify all receivers of the topic."""
        boxes = self._boxes.setdefault(key, {})
        named = {target.model_dump_json(): target for target in targets}
        for gone in boxes.keys() - named.keys():
            boxes.pop(gone).close()
        for name, target in named.items():
            if notice.topic in target.topics:
                boxes.setdefault(name, Mailbox(self, key, target)).put(notice)

    def forget(self, key: ConfigKey) -> None:
        """Stop all notifications of a config that is gone."""
        for box in self._boxes.pop(key, {}).values():
            box.close()

    async def close(self) -> None:
        """Drop what was not delivered, because the process ends."""
        tasks = [box.close() for boxes in self._boxes.values() for box in boxes.values()]
        self._boxes = {}
        await asyncio.gather(*filter(None, tasks), return_exceptions=True)


class Mailbox:
    """Notices that one receiver is still to get about one config."""

    def __init__(self, post: Post, key: ConfigKey, target: Notification) -> None:
        self._post = post
        self._key = key
        self._target = target
        self._due: dict[tuple[Topic, Topic | None], tuple[float, Notice]] = {}
        self._last: dict[Topic, float] = {}
        self._reported: set[Topic] = set()
        self._complained = False
        self._task: asyncio.Task[None] | None = None

    def put(self, notice: Notice) -> None:
        """Deliver a notice when it is due; a newer one of the same topic takes its place."""
        if notice.ends is not None:
            unsent = self._due.pop((notice.ends, None), None)
            if unsent is not None and notice.ends not in self._reported:
                return  # its start was not reported, so its end need not be
        place = (notice.topic, notice.ends)
        known = self._due.get(place)
        self._due[place] = (known[0] if known else self._when(notice.topic), notice)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name=f"notifications of {self._key}")

    def close(self) -> asyncio.Task[None] | None:
        """Deliver nothing more."""
        if self._task is not None:
            self._task.cancel()
        return self._task

    def _when(self, topic: Topic) -> float:
        now = self._post.clock.monotonic()
        if topic not in DIGESTS:
            return now
        interval = self._target.digest_interval.total_seconds()
        return max(now + GATHER, self._last.get(topic, float("-inf")) + interval)

    async def _run(self) -> None:
        while self._due:
            place = min(self._due, key=lambda each: self._due[each][0])
            left = self._due[place][0] - self._post.clock.monotonic()
            if left > 0:
                # In short steps: something more urgent may come.
                await self._post.clock.sleep(min(left, 1.0))
                continue
            _, notice = self._due.pop(place)
            await self._deliver(notice)

    async def _deliver(self, notice: Notice) -> None:
        self._last[notice.topic] = self._post.clock.monotonic()
        message = Message(self._key, notice, str(uuid.uuid4()), self._post.clock.now())
        delivered = await self._tried(message)
        self._post.metrics.notified(self._key, self._target.channel, delivered=delivered)
        if delivered:
            self._complained = False
            self._reported.add(notice.topic)
            self._reported.discard(notice.ends or Topic.RECOVERED)

    async def _tried(self, message: Message) -> bool:
        for pause in (*PAUSES, None):
            try:
                await deliver(self._target, message, self._post.ways)
            except ScimOperatorError as error:
                await self._complain(error)
                if pause is None or isinstance(error, TerminalError):
                    return False
                await self._post.clock.sleep(pause)
            except Exception as error:  # noqa: BLE001
                logger.error("%s: a notification is dropped: %s", self._key, trace(error))  # noqa: TRY400
                await self._complain(unexpected(error))
                return False
            else:
                return True
        return False

    async def _complain(self, error: ScimOperatorError) -> None:
        """Report once, until a message gets through again, why none does."""
        logger.warning("%s: a notification by %s failed: %s", self._key, self._target.channel, error)
        if not self._complained and isinstance(error, TerminalError | DependencyNotReady):
            self._complained = True
            text = f"A notification by {self._target.channel} was not sent: {error}"
            await self._post.announcer.announce(self._key, warning=True, reason="NotificationFailed", message=text)
