"""Keeps one kind of manifest, in one namespace or in all, equal to the API server: list, then watch, forever.

kopf gives user code neither the end of a listing nor the bookmarks of a watch. Both are needed here: a group may lose
members only once all users are known (promise S10), and a watch that has gone silent must show (docs/adr/0004-feed.md).
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from scim_operator.core.backoff import doubled
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.record import SourceRecord, record_of
from scim_operator.errors import ScimOperatorError, Unavailable, Unreachable
from scim_operator.kube.client import ExpiredWatch, KubeClient, Manifest, Target
from scim_operator.kube.resources import OF_KIND
from scim_operator.kube.turns import TURN_SECONDS, in_turn
from scim_operator.kube.versions import is_newer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

logger = logging.getLogger(__name__)

PAGE = 500
"""Objects per list page: client-go's figure; each page is decoded and dropped before the next is asked for."""
SILENCE = 90.0
"""Seconds without any event after which a watch is opened again: the API server sends a bookmark every 60 to 75.

It sends none for a kind that has not changed since its own start, so silence alone proves nothing (ADR 0004).
"""
RELIST_AFTER = 3
"""Failures in a row after which the version is not trusted any more: a restored etcd may never come to it again."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
LONGEST_SAID = 500
"""Characters of the API server's own words that are shown."""
SHORT_WATCH = 1.0
"""A watch that ends sooner and brought nothing counts as a failure, so that a broken proxy is not hammered."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """A complete listing: what is not in `records` does not exist. `namespace` None means all namespaces.

    `unread` exist and cannot be read: what was known of them still holds, for to be unreadable is not to be gone.
    `version` is that of the collection as it was listed.
    """

    kind: Kind
    namespace: str | None
    records: tuple[SourceRecord, ...]
    unread: frozenset[ObjectKey] = frozenset()
    version: str = ""


@dataclass(frozen=True, slots=True)
class Put:
    """A manifest was added or changed."""

    record: SourceRecord


@dataclass(frozen=True, slots=True)
class Dropped:
    """A manifest is gone; `version` is that of its end."""

    key: ObjectKey
    uid: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Passed:
    """The watch has come to a version, without anything that can be taken in."""

    version: str


Change = Replaced | Put | Dropped | Passed
Known = Callable[[ObjectKey], SourceRecord | None]


@dataclass(slots=True)
class Pulse:
    """Signs of life, in the event loop's seconds.

    `heard` is when the API server last sent something. `stirred` is what health is about: it also counts errors that
    were seen and logged, for no restart fixes an outage, and it does not count the listings of a reflector that is
    `deaf`: one whose watch was silent while, as a listing showed, something changed.
    """

    heard: float
    stirred: float
    problem: str = ""
    synced: bool = False
    deaf: bool = False

    def event(self) -> None:
        """Note that the watch sent something."""
        self.heard = self.stirred = asyncio.get_running_loop().time()
        self.problem, self.deaf = "", False

    def page(self) -> None:
        """Note that a page of a listing arrived."""
        self.heard = asyncio.get_running_loop().time()
        self.problem = ""

    def listed(self, *, missed: bool) -> None:
        """Note that a listing is complete; `missed` when it shows what a silent watch should have reported."""
        self.synced, self.deaf = True, self.deaf or missed
        if not self.deaf:
            self.stirred = asyncio.get_running_loop().time()

    def complain(self, problem: str) -> None:
        """Note that an attempt failed in a way that is known and logged."""
        self.stirred = asyncio.get_running_loop().time()
        self.problem = problem


class Portion(NamedTuple):
    """How much of a list is taken at once: objects of a page, and seconds until others have a turn."""

    page: int = PAGE
    turn: float = TURN_SECONDS


_USUAL = Portion()


@dataclass
class Reflector:
    """Yields the changes of one kind. `namespace` None means all namespaces; `silence` is in seconds."""

    client: KubeClient
    kind: Kind
    namespace: str | None
    silence: float = SILENCE
    portion: Portion = _USUAL
    pulse: Pulse = field(init=False)
    _version: str = ""
    _reported: str = ""
    _silent: bool = False
    _failures: int = 0
    _asked: list[asyncio.Future[None]] = field(default_factory=list)
    """Those who wait for a listing that begins from now on."""
    _patience: asyncio.Timeout | None = None

    def __post_init__(self) -> None:
        now = asyncio.get_running_loop().time()
        self.pulse = Pulse(now, now)

    @property
    def last_event_age(self) -> float:
        """Return the seconds since the API server last sent something."""
        return asyncio.get_running_loop().time() - self.pulse.heard

    @property
    def silent_for(self) -> float:
        """Return the seconds since the last sign of life, errors included."""
        return asyncio.get_running_loop().time() - self.pulse.stirred

    @property
    def target(self) -> Target:
        """Return the collection that is reflected."""
        return Target(OF_KIND[self.kind], self.namespace)

    async def relist(self) -> None:
        """List again; returns when all that the API server has now was handed on."""
        asked: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asked.append(asked)
        if self._patience is not None:
            with suppress(RuntimeError):  # it expires already, and then all who asked are answered
                self._patience.reschedule(asyncio.get_running_loop().time())
        await asked

    async def changes(self) -> AsyncGenerator[Change, None]:
        """List, watch and start over after any error; never ends."""
        while True:
            try:
                if self._asked or not self._version:
                    asked, self._asked = self._asked, []
                    yield await self._listed_for(asked)
                    _settle(asked)
                async with aclosing(self._watch()) as changes:
                    async for change in changes:
                        yield change
            except ExpiredWatch as error:
                self._version = ""
                await self._pause(error)
            except ScimOperatorError as error:
                await self._pause(error)

    async def _listed_for(self, asked: list[asyncio.Future[None]]) -> Replaced:
        """Return a listing; where it fails, those who asked for it wait for the next one."""
        try:
            return await self._everything()
        except ScimOperatorError:
            self._asked += asked
            raise

    async def beside(self, namespace: str, known: Known) -> Replaced | None:
        """List one namespace while the watch goes on; what is `known` in the same version is not read anew.

        None where that shows an older state than the watch has shown before: then only a listing of everything counts.
        """
        before = self._version
        listed = await self._list(Target(OF_KIND[self.kind], namespace), known)
        return listed if before and not is_newer(before, listed.version) else None

    async def is_set_back(self, namespace: str) -> bool:
        """Return whether the API server has an older state than the watch has shown: etcd was restored."""
        before = self._version
        page = await self.client.page(Target(OF_KIND[self.kind], namespace), limit=1)
        return not before or is_newer(before, page.resource_version)

    async def _everything(self) -> Replaced:
        listed = await self._list(self.target)
        newer = (is_newer(record.resource_version, self._reported) for record in listed.records)
        self.pulse.listed(missed=self._silent and any(newer))
        self._version = self._reported = listed.version
        return listed

    async def _list(self, target: Target, known: Known | None = None) -> Replaced:
        try:
            return await self._pages(target, self.portion.page, known)
        except ExpiredWatch:
            # The pages took longer than the API server keeps the snapshot (5 minutes): ask for one piece, as client-go.
            return await self._pages(target, 0, known)

    async def _pages(self, target: Target, limit: int, known: Known | None) -> Replaced:
        unread: set[ObjectKey] = set()
        records: list[SourceRecord] = []
        token = ""
        while True:
            page = await self.client.page(target, limit=limit, token=token)
            self.pulse.page()
            read = records_of(self.kind, page.items, unread, known)
            records += [record async for record in in_turn(read, self.portion.turn)]
            if not (token := page.next):
                return Replaced(self.kind, target.namespace, tuple(records), frozenset(unread), page.resource_version)

    async def _watch(self) -> AsyncGenerator[Change, None]:
        started = asyncio.get_running_loop().time()
        stream = self.client.watch(self.target, self._version, seconds=random.randint(300, 600))  # noqa: S311
        async with aclosing(self._unless_silent(stream)) as lines:
            async for line in lines:
                event = self._understand(line)
                self._version = self._reported = event.version
                self._silent, self._failures = False, 0
                self.pulse.event()
                yield event.change
        if not self._asked and self.pulse.heard < started and asyncio.get_running_loop().time() - started < SHORT_WATCH:
            raise Unreachable(f"The watch on {self.target} was closed at once.")

    async def _unless_silent(self, stream: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes]:
        # The time-out holds no yield: it must never strike the consumer's code.
        async with aclosing(stream):
            while not self._asked:
                try:
                    async with asyncio.timeout(self.silence) as self._patience:
                        line = await anext(stream)
                except StopAsyncIteration:
                    return
                except TimeoutError as error:
                    if self._asked:
                        return
                    raise _Silent(f"A watch was silent for {self.silence:.0f} s. Opening it again.") from error
                finally:
                    self._patience = None
                yield line

    def _understand(self, line: bytes) -> _Event:
        try:
            event = orjson.loads(line)
            type_, body = event["type"], event["object"]
            if type_ == "ERROR":
                raise _stream_error(body, self.target)
            version = str(body["metadata"]["resourceVersion"])
            return _Event(version, _change(self.kind, type_, body) or Passed(version))
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
            raise Unavailable(f"The watch on {self.target} sent what is no event.", status=502) from error

    async def _pause(self, error: ScimOperatorError) -> None:
        self._failures += 1
        if self._failures >= RELIST_AFTER:
            self._version = ""
        if isinstance(error, _Silent):
            self._silent = True
            logger.info("%s", error)
            return  # time enough was spent already
        self._complain(error)
        longest = doubled(FIRST_PAUSE, self._failures, LONGEST_PAUSE)
        await asyncio.sleep(longest * random.uniform(0.5, 1.0))  # noqa: S311 - no secret

    def _complain(self, error: ScimOperatorError) -> None:
        level = logging.DEBUG if isinstance(error, ExpiredWatch) else logging.WARNING
        if str(error) != self.pulse.problem:
            logger.log(level, "%s Trying again.", error)
        self.pulse.complain(str(error))


@dataclass(frozen=True, slots=True)
class _Event:
    version: str
    change: Change


class _Silent(Unreachable):
    """The watch is open and says nothing."""


def _same(known: Known | None, kind: Kind, manifest: Manifest) -> SourceRecord | None:
    if known is None:
        return None
    metadata = manifest["metadata"]
    found = known(ObjectKey(kind, metadata["namespace"], metadata["name"]))
    if found is None or (found.uid, found.resource_version) != (metadata["uid"], metadata["resourceVersion"]):
        return None
    return found


def _settle(asked: Iterable[asyncio.Future[None]]) -> None:
    for each in asked:
        if not each.done():
            each.set_result(None)


def _stream_error(body: Manifest, target: Target) -> ScimOperatorError:
    code = body.get("code")
    if code == 410:
        return ExpiredWatch(f"The API server no longer has the version of {target} from which we watched.")
    said = str(body.get("message", ""))[:LONGEST_SAID]
    return Unavailable(f"The watch on {target} broke: {said}.", status=code if type(code) is int else 500)


def _change(kind: Kind, type_: str, body: Manifest) -> Change | None:
    if type_ == "BOOKMARK":
        return None
    if type_ == "DELETED":
        metadata = body["metadata"]
        key = ObjectKey(kind, metadata["namespace"], metadata["name"])
        return Dropped(key, metadata["uid"], metadata["resourceVersion"])
    return next((Put(record) for record in records_of(kind, [body])), None)


def records_of(
    kind: Kind,
    manifests: Iterable[dict[str, Any]],
    unread: set[ObjectKey] | None = None,
    known: Known | None = None,
) -> Iterable[SourceRecord]:
    """Return the records of manifests; one that cannot be read (a CRD of another release) is logged and `unread`.

    Of one that is `known` in the same version, that record.
    """
    for manifest in manifests:
        try:
            yield _same(known, kind, manifest) or record_of(kind, manifest)
        except Exception as error:  # noqa: BLE001
            metadata = manifest.get("metadata") or {}
            logger.error(  # noqa: TRY400 - a traceback would say no more, for every event of that object
                "%s %s/%s cannot be read (%s). Is the CRD that of this release?",
                kind.value,
                metadata.get("namespace"),
                metadata.get("name"),
                type(error).__name__,
            )
            if unread is not None:
                unread.add(ObjectKey(kind, str(metadata.get("namespace")), str(metadata.get("name"))))
