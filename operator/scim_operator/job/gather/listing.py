"""Takes in what the service lists: for the sweep of a job, and for a plan that sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.errors import DependencyNotReady, IncompleteListing, Rejected, TransientError
from scim_operator.job.base.waiting import BREATH, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scim_operator.core.keys import ResourceType
    from scim_operator.core.resource import Document
    from scim_operator.job.base.ports import Service
    from scim_operator.job.gather.knowledge import Knowledge
    from scim_operator.scim.clock import Clock

LONGEST = 3600.0
"""Seconds that a listing may take. Without an end, a service that answers each page just in time is never swept."""


async def list_parts(service: Service, knowledge: Knowledge, clock: Clock, types: Iterable[ResourceType]) -> None:
    """Read everything of these types. One that fails is noted in the knowledge's overview, and the others go on."""
    for type in types:
        try:
            await list_type(service, knowledge, clock, type)
        except (TransientError, DependencyNotReady, Rejected) as error:
            knowledge.index.overview.failed(type, error)
        else:
            knowledge.index.overview.read(type)


async def list_type(service: Service, knowledge: Knowledge, clock: Clock, type: ResourceType) -> None:
    """Read everything of a type. What is known changes only with a complete listing.

    Errors: those of the service; IncompleteListing also where the listing takes longer than `LONGEST`.
    """
    deadline = clock.monotonic() + LONGEST
    index = knowledge.index.fresh(type)
    async for page in service.pages(type):
        for number, document in enumerate(drained(page.resources)):
            index.put(document)
            del document
            if number % BREATH == BREATH - 1:
                await clock.sleep(0)
        await clock.sleep(0)
        if clock.monotonic() > deadline:
            raise _too_slow(type)
    async for _ in in_turn(knowledge.index.settling(type, index), clock):
        pass
    knowledge.index.renew(type, index)


def drained(documents: list[Document]) -> Iterator[Document]:
    """Yield each in turn and keep none, so that a large page is let go of before the next one is read."""
    documents.reverse()
    while documents:
        yield documents.pop()


def _too_slow(type: ResourceType) -> IncompleteListing:
    return IncompleteListing(
        f"The listing of {type.endpoint} was not complete after {LONGEST / 60:.0f} minutes: nothing was concluded. "
        "Find out why the service's pages take so long, or raise spec.service.budget if that sets the pace."
    )
