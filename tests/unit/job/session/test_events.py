"""What a session notes of its objects."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from scim_operator.job.session.events import FromObjects
from tests.support.knowing import Known, user

if TYPE_CHECKING:
    from scim_operator.core.records.record import SourceRecord


class Unwritten:
    """Tombstones of which none is to be written."""

    async def write(self) -> None:
        """Write nothing."""


async def test_a_config_is_done_with_a_manifest_only_when_that_has_been_passed_on() -> None:
    """A session that ended in between was followed by one that took it for done: the finalizer stayed for good."""
    record = user("ada", deleting=True, finalized=True)
    knowledge = Known(record).knowledge
    unheard = asyncio.Event()

    async def leaves(_: SourceRecord) -> None:
        unheard.set()
        await asyncio.Event().wait()

    nothing = cast("Any", None)
    events = FromObjects(knowledge, nothing, nothing, nothing, cast("Any", Unwritten()), leaves)
    parting = asyncio.create_task(events.parted(record))
    await unheard.wait()
    assert knowledge.entries.parted(record)
    parting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await parting
    assert not knowledge.entries.parted(record)
