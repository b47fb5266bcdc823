"""One Lease that this replica holds, or would like to hold."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from scim_operator.core.leases.lease import (
    ADDRESS,
    DURATION,
    MARGIN,
    RENEWAL,
    Beginning,
    Lease,
    Moment,
    Place,
    Role,
    Seen,
    beginning,
    seen,
)
from scim_operator.core.leases.moves import Move, Replica, is_coming, move
from scim_operator.core.leases.versions import Handover, handover
from scim_operator.errors import PreconditionFailed, ScimOperatorError
from scim_operator.kube.client import Forbidden
from scim_operator.scim.fence import Fence

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable, Coroutine, Mapping
    from typing import Any

    from scim_operator.core.keys import ConfigKey
    from scim_operator.job.base.leases import Tenant
    from scim_operator.kube.lease_store import LeaseStore
    from scim_operator.scim.clock import Clock


class Reread(Protocol):
    """Reads what stands in a namespace again."""

    def __call__(self, namespace: str, *, former: Handover) -> Awaitable[Mapping[ConfigKey, Mapping[str, Any]]]:
        """Return the statuses of the configs; the manifests are at least as new as the former holder left them."""


logger = logging.getLogger(__name__)

ROUNDS = 4
"""Number of attempts at a release while others write into the Lease."""
TAKEN = "another has it, or someone deleted it"


@dataclass(frozen=True, slots=True)
class Self:
    """This replica: its name and its pod, "" outside of one. `ready` says whether it could serve at once.

    `grace` is how many seconds a request of its own that changes something may take.
    """

    name: str
    pod: str
    grace: float
    ready: Callable[[], bool]


@dataclass(slots=True)
class Office:
    """What all Leases of one operator share. `problem` says why none can be had, where a right is missing.

    `tenant` works under them, by what `reread` finds, and `versions` is how far the manifests of a namespace are known.
    While this replica is `leaving`, no work begins.
    """

    store: LeaseStore
    me: Self
    clock: Clock
    random: random.Random
    tenant: Tenant = field(init=False)
    reread: Reread = field(init=False)
    versions: Callable[[str], str] = lambda namespace: ""
    problem: str = ""
    leaving: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def now(self) -> Moment:
        """Return the time on both clocks."""
        return Moment(self.clock.monotonic(), self.clock.now())

    async def tried(self, call: Awaitable[None]) -> None:
        """Do something that the API server may refuse; it is tried again in the next round."""
        try:
            await call
        except Forbidden as error:
            if str(error) != self.problem:
                logger.warning("%s Nothing is written without a Lease.", error)
            self.problem = str(error)
        except PreconditionFailed:
            self.news.set()
        except ScimOperatorError as error:
            logger.info("The Leases: %s", error)

    def begin(self, chore: Coroutine[Any, Any, None]) -> None:
        """Do something beside the rounds."""
        task = asyncio.create_task(self.tried(chore), name="a Lease")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


class Work(Enum):
    """The progress of the work under a Lease."""

    NONE = "there is none"
    READING = "the configs are read"
    BEGUN = "the tenant knows that it holds the Lease"


class Hold:
    """What this replica knows of one Lease, and does about it. `fence` is there while it holds the Lease.

    `worked` is whether another operator has worked on one of its configs.
    """

    def __init__(self, place: Place, office: Office) -> None:
        self.place = place
        self.worked, self.wanted = False, True
        self.known: Seen | None = None
        self.fence: Fence | None = None
        self.due = float("-inf")
        self._office = office
        self._since = float("inf")
        """When the wait for it began, with the first look at it."""
        self._start = Beginning()
        """When a former holder, its requests, and those of our own that were cut off, have certainly ended."""
        self._work, self._giving = Work.NONE, False
        self._former = Handover()
        """What the former holder left."""

    @property
    def held(self) -> bool:
        """Return whether it is to be renewed."""
        return self.fence is not None and not self._giving

    @property
    def works(self) -> bool:
        """Return whether work is done under it, or what that goes by is being read."""
        return self.held and self._work is not Work.NONE

    @property
    def awaited(self) -> bool:
        """Return whether the tenant does not know of it yet, and would work under it."""
        return self.wanted and not self._giving and self._work is not Work.BEGUN

    @property
    def comes(self) -> bool:
        """Return whether another is to release it to this replica any moment."""
        return self.wanted and is_coming(self.known, self._office.me.name, self._office.clock.monotonic())

    def look(self, found: Lease | None, now: float) -> None:
        """Take in the Lease as it was just read."""
        if found is None and self.known is not None:
            self._since, self.worked = now, True  # someone deleted it, perhaps under its holder
        self._since = min(self._since, now)
        self.known = seen(self.known, found, now) if found is not None else None
        if self.known is None or self.known.lease.holder != self._office.me.name:
            self._lose(TAKEN)

    async def step(self, choice: str) -> None:
        """Do what is due. `choice` is the replica that is to have the Lease."""
        me, now = self._office.me, self._office.now()
        if self._giving:
            return
        if not self.wanted:
            self._office.begin(self._give(""))
            return
        waited = now.monotonic - self._since
        replica = Replica(me.name, me.pod, choice, waited, ready=me.ready())
        match move(self.known, replica, now):
            case Move.TAKE:
                await self._take()
            case Move.RENEW if now.monotonic >= self.due or self.fence is None:
                await self._take()
            case Move.ASK if self.known is not None:
                await self._write(replace(self.known.lease, wanted=me.name))
            case Move.GIVE:
                self._office.begin(self._give(choice))
        if self.fence is not None and self._work is Work.NONE and self._start.work <= self._office.clock.monotonic():
            self._office.begin(self._tell(self.fence))

    async def announce(self, to: str) -> None:
        """Write who gets it next, some time before it is released: that one looks at it often from then on."""
        if self.held and self.known is not None and self.known.lease.wanted != to:
            await self._write(replace(self.known.lease, wanted=to))

    async def let_go(self, to: str) -> None:
        """Release it, to another; nothing is under way any more that was begun under it, or has no answer."""
        office, known = self._office, self.known
        if known is None or known.lease.holder != office.me.name:
            return
        knows = self._work is Work.BEGUN  # else what the former holder noted may not have come here yet
        if self.fence is not None:
            self._end(self.fence)
        else:
            self._wait_for_former(known)
        versions = office.versions(self.place.namespace) if knows else ""
        unanswered = self._start.send > office.clock.monotonic()
        free = Lease("", wanted=to, unanswered=unanswered, grace=self._grace, quiet=self._quiet)
        free = replace(free, versions=versions)
        version = known.lease.version
        for _ in range(ROUNDS):
            try:
                await self._store(replace(free, version=version))
            except PreconditionFailed:
                found = await office.store.read(self.place.namespace, self.place.lease_name)
                if found is None or found.holder != office.me.name:
                    return
                version = found.version  # someone has asked for it meanwhile
            except ScimOperatorError as error:
                logger.info("The Lease of %s was not released, and ends by itself: %s", self.place, error)
                return
            else:
                logger.info("Released the Lease of %s.", self.place)
                return

    async def _take(self) -> None:
        """Take it, or renew it: it lasts from before this was sent."""
        office, known, now = self._office, self.known, self._office.now()
        me, lease = office.me, known.lease if known is not None else Lease()
        before = self._start
        if self.fence is None:
            self._former = handover(known, worked=self.worked)
            self._wait_for_former(known)
        begins = self._start
        wanted = lease.wanted if lease.holder == me.name else ""
        ours = Lease(me.name, now.wall, version=lease.version, wanted=wanted, pod=me.pod)
        if not await self._write(replace(ours, grace=self._grace, quiet=self._quiet)):
            if self._start is begins:  # else it was lost meanwhile, with requests that may be under way
                self._start = before
            return
        if known is None:
            self._wait_for_former(None)  # from now on there can be no other
        until = now.monotonic + DURATION - MARGIN
        self.due = now.monotonic + RENEWAL * office.random.uniform(0.8, 1.0)
        if self.fence is None:
            logger.info("Holding the Lease of %s.", self.place)
            self.fence = Fence(office.clock, until, self._start.send, me.grace)
            office.begin(self._guard(self.fence))
        self.fence.extend(until)

    @property
    def _grace(self) -> float:
        """Return the seconds for which a request of ours may be under way, or one of a former holder."""
        return max(self._office.me.grace, self._start.send - self._office.clock.monotonic())

    @property
    def _quiet(self) -> float:
        """Return the seconds for which no one is to work under it yet."""
        return max(0.0, self._start.work - self._office.clock.monotonic())

    def _wait_for_former(self, known: Seen | None) -> None:
        me = self._office.me
        taker = Lease(me.name, pod=me.pod, grace=me.grace)
        begins = beginning(known, self._office.now(), taker, worked=self.worked)
        unanswered = known is not None and known.lease.holder == me.name and self._start.fresh
        self._start = replace(self._start.then(begins), fresh=begins.fresh or unanswered)

    async def _write(self, lease: Lease) -> bool:
        """Write it, and return whether it was as we knew it; if not, it is looked at again soon."""
        office = self._office
        try:
            written = await self._store(lease)
        except PreconditionFailed:
            found = await office.store.read(self.place.namespace, self.place.lease_name)
            self.look(found, office.clock.monotonic())
            office.news.set()
            return False
        self.look(written, office.clock.monotonic())
        return written is not None

    async def _store(self, lease: Lease) -> Lease | None:
        place = self.place
        notes = {ADDRESS: place.address}
        return await self._office.store.write(place.namespace, place.lease_name, Role.SERVICE, lease, notes)

    async def _guard(self, fence: Fence) -> None:
        """Stop in time where it could not be renewed."""
        while (left := fence.left) > 0:
            await self._office.clock.sleep(left)
        if self.fence is fence:
            self._lose("it could not be renewed")

    async def _tell(self, fence: Fence) -> None:
        """Have the work begin, by what the configs say now: the former holder may just have written their statuses."""
        if self.fence is not fence:  # it was given away, or lost, before this began
            return
        self._work = Work.READING  # so that no other task does
        try:
            statuses = await self._office.reread(self.place.namespace, former=self._former)
        except Exception:
            self._work = Work.NONE if self.fence is fence else self._work
            raise
        if self._start.fresh:
            self._start = replace(self._start, fresh=False)
            if self.worked:  # by one whose Lease was there before ours, and someone deleted it
                self._wait_for_former(None)
                fence.hold_back(self._start.send)
                self._work, self._former, self.due = Work.NONE, Handover(moved=True), float("-inf")
                return
        if self.fence is fence and not self._giving and not self._office.leaving:
            self._work = Work.BEGUN
            self._office.tenant.gained(self.place, statuses)

    async def _give(self, to: str) -> None:
        """Finish what is under way, and release it."""
        fence, self._giving = self.fence, True
        try:
            await self._office.tenant.give(self.place)
            if self.fence is fence:
                await self.let_go(to)
        finally:
            self._giving = False
            self._office.news.set()

    def _lose(self, why: str) -> None:
        """Stop at once."""
        fence = self.fence
        if fence is None:
            return
        logger.warning("The Lease of %s is lost: %s.", self.place, why)
        self._end(fence)
        self._office.tenant.lost(self.place)

    def _end(self, fence: Fence) -> None:
        now = self._office.clock.monotonic()
        if not fence.settled:
            self._start = self._start.then(Beginning(send=now + self._office.me.grace))
        fence.close()
        self.fence, self._work = None, Work.NONE
        self._since = now
