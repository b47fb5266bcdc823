"""Background tasks of a session: keep totals true, announce held plans, let dates take effect."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.job.apply.lane import Lane
from scim_operator.job.base.waiting import wait_for
from scim_operator.job.gather.namespace import advance

if TYPE_CHECKING:
    from scim_operator.job.session.parts import Parts
    from scim_operator.scim.clock import Clock

TIDY = 5.0
"""Seconds between two looks at whether the totals have moved."""
COUNTED = 10_000
"""Objects for each further second between two looks."""
LONGEST_WAIT = 60.0
"""Seconds after which the agenda of dates is looked at again, whatever the clock said before."""


class Upkeep:
    """The tasks of a session that no object calls for. Each runs until cancelled."""

    def __init__(self, parts: Parts, clock: Clock) -> None:
        self._parts = parts
        self._clock = clock
        self._dated = asyncio.Event()

    def dates_changed(self) -> None:
        """Note that a manifest changed, and with it perhaps the next date."""
        self._dated.set()

    async def keep_totals(self) -> None:
        """Keep the totals true between sweeps, without a write for each object, and announce what is held."""
        news = self._parts.news
        while True:
            urgent = await wait_for(news.urgent, self._clock, self._tidy)
            news.urgent.clear()
            await self._announce()
            if urgent or news.turned or (news.stale and self._is_quiet):
                news.stale = news.turned = False
                await self._parts.gate.settle_accounts()
                await self._parts.totals.tell(self._clock)
            self._look_at_overdue()

    @property
    def _tidy(self) -> float:
        """Return how long to collect what has moved: counting a large namespace takes a moment of its own."""
        namespace = self._parts.knowledge.namespace
        return max(TIDY, sum(namespace.count(kind) for kind in Kind) / COUNTED)

    async def keep_dates(self) -> None:
        """Let the manifests' dates take effect when they come; the clock may be set meanwhile, so look now and then."""
        namespace = self._parts.knowledge.namespace
        while True:
            self._dated.clear()
            await advance(namespace, self._clock)
            instant = namespace.next_turn
            wait = (instant - self._clock.now()).total_seconds() if instant else LONGEST_WAIT
            await wait_for(self._dated, self._clock, min(max(wait, 0.0), LONGEST_WAIT))

    @property
    def _is_quiet(self) -> bool:
        return not self._parts.sweeps.running and self._parts.queue.idle

    async def _announce(self) -> None:
        gate, sweeps = self._parts.gate, self._parts.sweeps
        complete = bool(gate.held.digest or (sweeps.finished and gate.settled))
        if complete and not sweeps.running:
            await self._parts.approvals.announce(gate, self._parts.knowledge.namespace)

    def _look_at_overdue(self) -> None:
        """Look at what is overdue, but for what is being worked on: should that fail, it backs off."""
        for key in self._parts.reconciler.overdue.expected():
            if key not in self._parts.retries and not self._parts.queue.works_on(key):
                self._parts.lanes.add(key, Lane.DEPROVISION)
