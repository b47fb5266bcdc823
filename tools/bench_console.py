"""Measures the console at 100,000 objects: `python -m tools.bench_console`.

An API server below the transport serves them from memory on loopback; a real client reads them. Pages are asked for as
a browser does, one after the other. What comes out is for docs/benchmarks.md; no test looks at it.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import time

from scim_operator.console.cluster import ClusterSource, Commands
from scim_operator.console.reach import Reach
from tests.console.test_all_is_shown import GROUPS, USERS, crowd
from tests.console.test_pages_of_a_cluster import explained, logged, planned
from tests.support.lists import NAMESPACE
from tests.support.visitor import Visitor, visiting
from tests.support.waiting import until

TIMES = 20
PAGES = (
    "/", "/people", "/people/results?q=000042", "/people/results?q=family7+corp", "/people/results?reason=Held",
    "/people/user/user-000042", "/people/group/group-0042", "/plan/vmware", "/access",
)  # fmt: skip


async def measured(visitor: Visitor, path: str) -> str:
    """Return how long answers take: by the clock, and in time of the processor, that of the asking included."""
    clock, processor = [], []
    for _ in range(TIMES):
        began, used = time.perf_counter(), time.process_time()
        await visitor.get(path)
        clock.append((time.perf_counter() - began) * 1000)
        processor.append((time.process_time() - used) * 1000)
    spent = f"processor first {processor[0]:4.0f} ms, median {statistics.median(processor):4.0f} ms"
    return f"{path:<36} first {clock[0]:4.0f} ms, median {statistics.median(clock):4.0f} ms; {spent}"


async def main() -> None:
    lists = crowd()
    async with lists.running() as client:
        source = ClusterSource(client, Reach((NAMESPACE,)), "bench", Commands(explained, planned, logged))
        began, used = time.perf_counter(), time.process_time()
        async with source.running():
            await until(lambda: not source.reading, "the first list", limit=3600)
            took = f"{time.perf_counter() - began:.1f} s, {time.process_time() - used:.1f} s of processor"
            print(f"{USERS} users and {GROUPS} groups read in {took} (the API server of the test included)")
            async with visiting(source) as visitor:
                for path in PAGES:
                    print(await measured(visitor, path))
    print(f"memory, with that of the test's API server: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")


if __name__ == "__main__":
    asyncio.run(main())
