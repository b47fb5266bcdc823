"""A touched group waits for company; whoever is added goes at once."""

from __future__ import annotations

import asyncio

from prometheus_client import CollectorRegistry

from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
from scim_operator.job.apply.company import QUIET
from scim_operator.job.apply.lane import Lane
from scim_operator.job.apply.queue import DirtyQueue
from scim_operator.observability.queues import QueueMeter, QueueMetrics
from tests.scim.virtual import VirtualClock

GROUP, OTHER = ObjectKey(Kind.GROUP, "identity", "engineering"), ObjectKey(Kind.GROUP, "identity", "compilers")
USER = ObjectKey(Kind.USER, "identity", "ada")
STEP = QUIET / 2


def meter(registry: CollectorRegistry | None = None) -> QueueMeter:
    return QueueMetrics(registry or CollectorRegistry(), (1.0,)).of(ConfigKey("identity", "vmware"))


async def test_touches_in_quick_succession_are_worked_on_once() -> None:
    clock = VirtualClock()
    queue = DirtyQueue(clock, meter())
    for _ in range(4):
        queue.touch(GROUP, Lane.EDIT)
        await clock.run(clock.sleep(STEP))
    assert await clock.run(queue.take()) == GROUP
    queue.done(GROUP)
    assert queue.idle, "four touches were one piece of work"
    assert clock.monotonic() == 3 * STEP + QUIET, "it waited for quiet after the last touch"


async def test_a_group_that_is_touched_for_ever_is_worked_on_all_the_same() -> None:
    clock = VirtualClock()
    queue = DirtyQueue(clock, meter(), patience=1.0)
    while not (touched := clock.monotonic() >= 1.0):
        queue.touch(GROUP, Lane.EDIT)
        await clock.run(clock.sleep(STEP))
    assert touched
    assert await clock.run(queue.take()) == GROUP
    assert clock.monotonic() <= 1.0 + STEP


async def test_a_group_waits_while_anything_else_still_comes() -> None:
    """One apply of a group and of others, whose events come one after the other."""
    clock = VirtualClock()
    queue = DirtyQueue(clock, meter())
    queue.touch(GROUP, Lane.EDIT)
    for _ in range(4):
        await clock.run(clock.sleep(STEP))
        queue.touch(OTHER, Lane.EDIT)
    first = await clock.run(queue.take())
    assert (first, clock.monotonic()) == (GROUP, 4 * STEP + QUIET)


async def test_a_process_that_had_no_turn_reads_first_what_came() -> None:
    """On a busy machine the moment passes while events wait in a socket."""
    clock = VirtualClock()
    queue = DirtyQueue(clock, meter())
    queue.add(USER, Lane.DRIFT)
    await clock.run(queue.take())
    queue.touch(GROUP, Lane.EDIT)
    taken = asyncio.ensure_future(queue.take())
    await asyncio.sleep(0)
    clock.advance(3 * QUIET)
    queue.done(USER)  # wakes who waits to take, before anything else had its turn

    async def read_and_touch() -> None:
        for _ in range(5):  # the socket, the line, the record, each in a turn of its own
            await asyncio.sleep(0)
        queue.touch(GROUP, Lane.EDIT)

    await clock.run(asyncio.gather(taken, read_and_touch()))
    queue.done(GROUP)
    assert queue.idle, "both touches were one piece of work"


async def test_a_group_waits_for_the_group_that_is_its_member() -> None:
    """A parent and its new child are applied together: the child's id is known to be coming."""
    clock = VirtualClock()
    queue = DirtyQueue(clock, meter(), parts=lambda key: {OTHER} if key == GROUP else ())
    queue.add(GROUP, Lane.EDIT)
    queue.add(OTHER, Lane.EDIT)
    assert await clock.run(queue.take()) == OTHER, "the child first, although it came later"
    waiting = asyncio.ensure_future(queue.take())

    async def child_done() -> None:
        await clock.sleep(5 * QUIET)
        queue.done(OTHER)

    await clock.run(asyncio.gather(waiting, child_done()))
    assert (waiting.result(), clock.monotonic()) == (GROUP, 5 * QUIET)


async def test_groups_in_a_ring_do_not_wait_for_ever() -> None:
    clock = VirtualClock()
    queue = DirtyQueue(clock, meter(), patience=1.0, parts=lambda key: {OTHER if key == GROUP else GROUP})
    queue.add(GROUP, Lane.EDIT)
    queue.add(OTHER, Lane.EDIT)
    assert await clock.run(queue.take()) == GROUP
    assert clock.monotonic() == 1.0


async def test_who_is_added_does_not_wait_behind_who_is_touched() -> None:
    clock = VirtualClock()
    queue = DirtyQueue(clock, meter())
    queue.touch(GROUP, Lane.EDIT)
    queue.add(OTHER, Lane.EDIT)
    assert await clock.run(queue.take()) == OTHER
    assert clock.monotonic() == 0.0


async def test_a_touched_group_counts_as_work() -> None:
    clock = VirtualClock()
    queue = DirtyQueue(clock, meter())
    queue.touch(GROUP, Lane.EDIT)
    assert not queue.idle, "who waits until all is done must wait for it too"
    queue.clear()
    assert queue.idle


async def test_an_alarm_for_later_does_not_hide_an_earlier_one() -> None:
    clock = VirtualClock()
    queue = DirtyQueue(clock, meter(), patience=5.0)
    queue.add(USER, Lane.EDIT)
    await clock.run(queue.take())
    queue.add(OTHER, Lane.EDIT)  # waits for the user at work, and has the alarm set for five seconds from now

    async def user_done() -> None:
        await clock.sleep(STEP)
        queue.touch(GROUP, Lane.EDIT)
        queue.done(USER)

    first, _ = await clock.run(asyncio.gather(queue.take(), user_done()))
    assert (first, await clock.run(queue.take())) == (OTHER, GROUP)
    assert clock.monotonic() == STEP + QUIET


async def test_a_queue_is_measured() -> None:
    clock, registry = VirtualClock(), CollectorRegistry()
    queue = DirtyQueue(clock, meter(registry))

    def value(name: str) -> float | None:
        return registry.get_sample_value(name, {"name": "identity/vmware"})

    queue.add(USER, Lane.DRIFT)
    queue.add(USER, Lane.EDIT)  # moves up, and is still one key
    queue.add(GROUP, Lane.EDIT)
    assert (value("workqueue_adds_total"), value("workqueue_depth")) == (2.0, 2.0)
    await clock.run(clock.sleep(3.0))
    assert await clock.run(queue.take()) == USER
    assert (value("workqueue_queue_duration_seconds_sum"), value("workqueue_depth")) == (3.0, 1.0)
    queue.done(USER)
    assert value("workqueue_work_duration_seconds_count") == 1.0
    queue.clear()
    assert value("workqueue_depth") == 0.0, "what is given up waits no longer"


async def test_a_worker_for_the_end_of_access_takes_nothing_else() -> None:
    clock = VirtualClock()
    queue = DirtyQueue(clock, meter())
    queue.add(USER, Lane.EDIT)
    queue.add(GROUP, Lane.DEPROVISION)
    assert await clock.run(queue.take(Lane.DEPROVISION)) == GROUP
    waiting = asyncio.ensure_future(queue.take(Lane.DEPROVISION))
    await asyncio.sleep(0)
    assert not waiting.done(), "an edit is for the others"
    queue.add(OTHER, Lane.DEPROVISION)
    assert await clock.run(waiting) == OTHER


async def test_a_key_that_is_marked_while_it_is_worked_on_comes_back_in_the_best_of_its_lanes() -> None:
    other = ObjectKey(Kind.USER, "identity", "bob")
    for lanes in ((Lane.RETRY, Lane.DEPROVISION), (Lane.DEPROVISION, Lane.RETRY)):
        clock = VirtualClock()
        queue = DirtyQueue(clock, meter())
        queue.add(USER, Lane.EDIT)
        assert await clock.run(queue.take()) == USER
        queue.add(other, Lane.EDIT)
        for lane in lanes:
            queue.add(USER, lane)
        queue.done(USER)
        assert await clock.run(queue.take()) == USER


async def test_a_certain_key_is_taken_out_of_turn_unless_a_worker_holds_it() -> None:
    clock = VirtualClock()
    queue, other = DirtyQueue(clock, meter()), ObjectKey(Kind.USER, "identity", "bob")
    assert not queue.take_this(USER), "it is not queued"
    queue.add(other, Lane.DEPROVISION)
    queue.add(USER, Lane.EDIT)
    assert queue.take_this(USER)
    queue.add(USER, Lane.EDIT)
    assert not queue.take_this(USER), "a worker holds it"
    queue.done(USER)
    assert queue.take_this(USER)
    queue.done(USER)
    assert await clock.run(queue.take()) == other
    queue.done(other)
    assert queue.idle
