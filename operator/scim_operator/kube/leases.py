"""Takes, renews and releases the Leases of the services that this operator is to work for (ADR 0028)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from scim_operator.core.leases.lease import RENEWAL, Role, lease_of
from scim_operator.core.leases.rendezvous import choices, neighbourhoods
from scim_operator.job.base.waiting import wait_for
from scim_operator.kube.hold import Hold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from scim_operator.core.leases.lease import Place
    from scim_operator.job.base.leases import Tenant
    from scim_operator.kube.hold import Office, Reread
    from scim_operator.kube.replicas import Replicas
    from scim_operator.scim.fence import Fence

LOOK = 1.0
"""Seconds between two looks while there is a Lease that this replica does not hold."""
QUICK = 0.15
"""Seconds between two looks at a Lease that is to be released to this replica any moment."""
A_TICK = 0.01
"""Seconds that are not worth a wait."""


class LeaseKeeper:
    """The Leases of one operator."""

    def __init__(self, office: Office, replicas: Replicas) -> None:
        self.office = office
        self._replicas = replicas
        self._holds: dict[Place, Hold] = {}
        self._choices: dict[Place, str] = {}
        """The replica that is to have each Lease, as of the last round."""
        self._heads: dict[Place, Place] = {}
        """Of each place, the one that stands for its neighbourhood."""
        self._closing = False
        self._stepping = asyncio.Lock()

    @property
    def problem(self) -> str:
        """Return why no Lease can be had, where a right is missing."""
        return self.office.problem

    def serve(self, tenant: Tenant) -> None:
        """See `job.base.leases.Leases.serve`."""
        self.office.tenant = tenant

    def before_work(self, reread: Reread, versions: Callable[[str], str] = lambda namespace: "") -> None:
        """Note what reads the configs of a namespace again, once a Lease of it was taken.

        `versions` returns how far its manifests are known, for a Lease that is released.
        """
        self.office.reread, self.office.versions = reread, versions

    def want(self, place: Place, *, worked: bool) -> None:
        """See `job.base.leases.Leases.want`."""
        if place not in self._holds:
            self._holds[place] = Hold(place, self.office)
            self.office.news.set()
        hold = self._holds[place]
        hold.wanted, hold.worked = True, hold.worked or worked

    def unwant(self, place: Place) -> None:
        """See `job.base.leases.Leases.unwant`."""
        if (hold := self._holds.get(place)) is not None:
            hold.wanted = False
            self.office.news.set()

    def fence(self, place: Place) -> Fence | None:
        """See `job.base.leases.Leases.fence`."""
        hold = self._holds.get(place)
        if hold is None or not hold.works or (self.office.leaving and hold.awaited):
            return None
        return hold.fence

    def expects(self, place: Place) -> bool:
        """See `Leases.expects`."""
        hold, me = self._holds.get(place), self.office.me.name
        if hold is None or not hold.awaited:
            return False
        return hold.held or self._choices.get(place, me) == me or self._has_neighbour(place)

    def _has_neighbour(self, place: Place) -> bool:
        """Return whether we hold what a Lease is to stay with: whichever way, they come together again soon."""
        if self._heads.keys() != self._holds.keys():
            self._heads = neighbourhoods(self._holds)
        heads = self._heads
        return any(hold.held and heads[other] == heads[place] for other, hold in self._holds.items())

    async def run(self) -> None:
        """Keep the Leases until cancelled. To renew one in time waits for no look at all of them."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_around(), name="a look at the Leases")
            group.create_task(self._renew(), name="the renewals")

    async def _look_around(self) -> None:
        while True:
            self.office.news.clear()
            if not self.office.leaving:
                await self._round()
            await self._rest(self._pause())

    async def _rest(self, seconds: float) -> None:
        """Wait for the next look at all Leases; one that is to come any moment is looked at meanwhile."""
        clock, draw = self.office.clock, self.office.random.uniform
        end = clock.monotonic() + seconds
        while (left := end - clock.monotonic()) > A_TICK:
            coming = [] if self.office.leaving else [place for place, hold in self._holds.items() if hold.comes]
            if await wait_for(self.office.news, clock, min(left, QUICK * draw(0.8, 1.0)) if coming else left):
                return
            if coming:
                await self._round(coming)

    async def _renew(self) -> None:
        while True:
            async with self._stepping:
                now = self.office.clock.monotonic()
                due = [place for place, hold in self._holds.items() if hold.held and hold.due <= now]
                if not self._closing:
                    await self._steps(due)
            dues = (hold.due - self.office.clock.monotonic() for hold in self._holds.values() if hold.held)
            await self.office.clock.sleep(max(0.1, min(dues, default=RENEWAL * 0.8)))

    async def announce(self) -> None:
        """Say who is next, because the operator is about to end, and return when that one looks often.

        From now on nothing is taken. What is held is renewed, and served, until `release`.
        """
        office = self.office
        office.leaving = True
        heirs = choices(self._holds, self._replicas.others(office.now()))
        holds = [(hold, heirs[place]) for place, hold in self._holds.items() if hold.held and heirs[place]]
        if not holds:
            return
        with suppress(TimeoutError):  # then none looks often, and each finds its Lease with its next look
            async with asyncio.timeout(LOOK), self._stepping:
                told = (hold.announce(heir) for hold, heir in holds)
                await asyncio.gather(*map(office.tried, (*told, self._replicas.resign(office.now()))))
            await office.clock.sleep(LOOK)

    async def release(self) -> None:
        """Release all, because the operator ends and nothing of it is under way any more."""
        self.office.leaving = self._closing = True
        async with self._stepping:  # what is just taken, or renewed, is to be released too
            await self._release()

    async def _release(self) -> None:
        heirs = choices(self._holds, self._replicas.others(self.office.now()))
        releases = (hold.let_go(heirs[place]) for place, hold in self._holds.items())
        await asyncio.gather(*map(self.office.tried, releases))
        await self.office.tried(self._replicas.leave(self.office.now()))
        for task in self.office.tasks:
            task.cancel()

    async def _round(self, places: Collection[Place] = ()) -> None:
        """Look at the Leases of some places, or of all, and do what is due for them."""
        await self.office.tried(self._see(places) if places else self._look())
        async with self._stepping:
            if self.office.leaving:
                return
            if not places:
                kept = {place: hold for place, hold in self._holds.items() if hold.wanted or hold.fence is not None}
                self._holds, self._choices = kept, {}
            await self._steps(places or self._holds)

    async def _steps(self, places: Collection[Place]) -> None:
        """Do what is due for the Leases of these places; who is leaving keeps what it has until it releases all."""
        leaving, me = self.office.leaving, self.office.me.name
        chosen = {} if leaving else choices(self._holds, self._replicas.members(self.office.now()))
        self._choices |= {place: chosen.get(place, me) for place in places}
        steps = (self._holds[place].step(self._choices[place]) for place in places)
        await asyncio.gather(*map(self.office.tried, steps))

    async def _look(self) -> None:
        """See which replicas live, and who holds what."""
        store, clock = self.office.store, self.office.clock
        self._replicas.see(await store.all(Role.REPLICA), clock.monotonic())
        await self._replicas.show(self.office.now())
        await self._see()
        self.office.problem = ""

    async def _see(self, places: Collection[Place] = ()) -> None:
        """See who holds the Leases of some places, or of all."""
        listed = await self.office.store.all(Role.SERVICE, {place.namespace for place in places})
        leases = {(one["metadata"]["namespace"], one["metadata"]["name"]): lease_of(one) for one in listed}
        for place in places or self._holds:
            self._holds[place].look(leases.get((place.namespace, place.lease_name)), self.office.clock.monotonic())

    def _pause(self) -> float:
        """Return the seconds until the next look: soon while another holds what this replica could have."""
        waits = any(not hold.works for hold in self._holds.values())
        return (LOOK if waits else RENEWAL * 0.8) * self.office.random.uniform(0.8, 1.0)
