"""Tombstones are in the status before the manifests go that could say the same."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from scim_operator.core.records.tombstones import Tombstone, Tombstones
from scim_operator.job.session.tombstones import DurableTombstones
from tests.support.knowing import key

DUE = datetime(2026, 6, 1, tzinfo=UTC)


class Bench:
    """A status whose writes take a moment."""

    def __init__(self) -> None:
        self.writes = 0
        self.tombstones = Tombstones([])
        self.durable = DurableTombstones(self.tombstones, self)  # type: ignore[arg-type] # a reporter's part

    async def write_durably(self) -> None:
        self.writes += 1
        await asyncio.sleep(0)

    def place(self, name: str) -> None:
        self.tombstones.place(Tombstone(key(name), f"id-of-{name}", DUE))


async def test_one_write_serves_all_that_were_set_before() -> None:
    bench = Bench()
    bench.place("ada")
    bench.place("bob")
    await asyncio.gather(*(bench.durable.write() for _ in range(5)))
    assert bench.writes == 1
    await bench.durable.write()
    assert bench.writes == 1, "nothing was set since"


async def test_one_that_is_set_while_the_status_is_written_has_a_write_of_its_own() -> None:
    bench = Bench()
    bench.place("ada")
    first = asyncio.ensure_future(bench.durable.write())
    await asyncio.sleep(0)
    bench.place("bob")
    await asyncio.gather(first, bench.durable.write())
    assert bench.writes == 2
