"""Takes, renews and releases the Leases of the services that this operator is to work for (ADR 0028)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scim_operator.core.leases.lease import RENEWAL, Role, lease_of
from scim_operator.core.leases.rendezvous import chosen, neighbourhoods
from scim_operator.job.base.waiting import wait_for
from scim_operator.kube.hold import Hold

if TYPE_CHECKING:
    from collections.abc import Collection

    from scim_operator.core.leases.lease import Place
    from scim_operator.job.base.leases import Tenant
    from scim_operator.kube.hold import Office, Reread
    from scim_operator.kube.replicas import Replicas
    from scim_operator.scim.fence import Fence

LOOK = 1.0
"""Seconds between two looks while there is a Lease that this replica does not hold."""


class LeaseKeeper:
    """The Leases of one operator."""

    def __init__(self, office: Office, replicas: Replicas) -> None:
        self.office = office
        self._replicas = replicas
        self._holds: dict[Place, Hold] = {}
        self._choices: dict[Place, str] = {}
        """The replica that is to have each Lease, as of the last round."""
        self._closing = False
        self._stepping = asyncio.Lock()

    @property
    def problem(self) -> str:
        """Return why no Lease can be had, where a right is missing."""
        return self.office.problem

    def serve(self, tenant: Tenant) -> None:
        """See `job.base.leases.Leases.serve`."""
        self.office.tenant = tenant

    def before_work(self, reread: Reread) -> None:
        """Note what reads the configs of a namespace again, once a Lease of it was taken."""
        self.office.reread = reread

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
        return hold.fence if hold is not None and hold.works else None

    def expects(self, place: Place) -> bool:
        """See `Leases.expects`."""
        hold, me = self._holds.get(place), self.office.me.name
        return hold is not None and hold.awaited and (hold.held or self._choices.get(place, me) == me)

    async def run(self) -> None:
        """Keep the Leases until cancelled. To renew one in time waits for no look at all of them."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_around(), name="a look at the Leases")
            group.create_task(self._renew(), name="the renewals")

    async def _look_around(self) -> None:
        while True:
            self.office.news.clear()
            if not self._closing:
                await self._round()
            await wait_for(self.office.news, self.office.clock, self._pause())

    async def _renew(self) -> None:
        while True:
            async with self._stepping:
                now = self.office.clock.monotonic()
                due = [place for place, hold in self._holds.items() if hold.held and hold.due <= now]
                if not self._closing:
                    await self._steps(due)
            dues = (hold.due - self.office.clock.monotonic() for hold in self._holds.values() if hold.held)
            await self.office.clock.sleep(max(0.1, min(dues, default=RENEWAL * 0.8)))

    async def release(self) -> None:
        """Release all, because the operator ends and nothing of it is under way any more."""
        self._closing = True
        async with self._stepping:  # what is just taken, or renewed, is to be released too
            await self._release()

    async def _release(self) -> None:
        members = self._replicas.members(self.office.now())
        others = {name: watched for name, watched in members.items() if name != self.office.me.name}
        heads = neighbourhoods(self._holds)
        releases = (hold.let_go(chosen(heads[place], others)) for place, hold in self._holds.items())
        await asyncio.gather(*map(self.office.tried, releases))
        await self.office.tried(self._replicas.leave(self.office.now()))
        for task in self.office.tasks:
            task.cancel()

    async def _round(self) -> None:
        await self.office.tried(self._look())
        async with self._stepping:
            if not self._closing:
                kept = {place: hold for place, hold in self._holds.items() if hold.wanted or hold.fence is not None}
                self._holds, self._choices = kept, {}
                await self._steps(kept)

    async def _steps(self, places: Collection[Place]) -> None:
        """Do what is due for the Leases of these places."""
        heads, members = neighbourhoods(self._holds), self._replicas.members(self.office.now())
        self._choices |= {place: chosen(heads[place], members) for place in places}
        steps = (self._holds[place].step(self._choices[place]) for place in places)
        await asyncio.gather(*map(self.office.tried, steps))

    async def _look(self) -> None:
        """See which replicas live, and who holds what."""
        store, clock = self.office.store, self.office.clock
        self._replicas.see(await store.all(Role.REPLICA), clock.monotonic())
        await self._replicas.show(self.office.now())
        listed = await store.all(Role.SERVICE)
        leases = {(one["metadata"]["namespace"], one["metadata"]["name"]): lease_of(one) for one in listed}
        for place, hold in self._holds.items():
            hold.look(leases.get((place.namespace, place.lease_name)), clock.monotonic())
        self.office.problem = ""

    def _pause(self) -> float:
        """Return the seconds until the next look: soon while another holds what this replica could have."""
        waits = any(not hold.works for hold in self._holds.values())
        return (LOOK if waits else RENEWAL * 0.8) * self.office.random.uniform(0.8, 1.0)
