"""Two operators at one config, as in an upgrade or with a second release: both see it, and both say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.job.report.others import own_name
from tests.support.rig import rig

if TYPE_CHECKING:
    from tests.support.rig import Rig


def present(r: Rig) -> float | None:
    """The metric of one operator."""
    return r.metrics.registry.get_sample_value("scim_another_operator", {"config": str(r.key)})


class Second:
    """Another operator at the same cluster; both see each other's writes of statuses."""

    def __init__(self, first: Rig, second: Rig) -> None:
        self.first, self.second = first, second
        second.cluster, second.spec, second.generation = first.cluster, first.spec, first.generation - 1
        second.operator_name = "second"

    async def hear(self) -> None:
        """What the watch of each shows."""
        for each in (self.first, self.second):
            if each.running:
                await each.supervisor.seen(each.key, each.status)

    async def roll_call(self) -> None:
        """A minute passes: both list the configs."""
        for each in (self.first, self.second):
            if each.running:
                await each.job.connections.others.roll_call()
            await self.hear()


async def test_both_report_the_other_until_it_is_gone() -> None:
    async with rig(haste=100) as first, rig(haste=100) as other:
        first.user("ada")
        await first.start()
        await first.settle()
        both = Second(first, other)
        await both.hear()
        await both.roll_call()
        assert first.condition("AnotherOperator") == ("", ""), "alone"
        writes = first.cluster.writes
        await both.roll_call()
        assert first.cluster.writes == writes, "one that is alone writes nothing"
        await other.start()
        await other.settle()
        await both.hear()
        await both.roll_call()
        await both.roll_call()
        assert first.condition("AnotherOperator") == ("True", "StatusWritten")
        assert present(first) == present(other) == 1
        assert [reason for reason, _ in first.events()].count("AnotherOperator") == 2, "each says so once"
        messages = [message for reason, message in first.events() if reason == "AnotherOperator"]
        assert any("second" in message for message in messages)
        await other.stop()
        await first.pass_time(200)
        await both.roll_call()
        assert first.condition("AnotherOperator") == ("", "")
        assert present(first) == 0


async def test_a_predecessor_is_no_other(hurried: Rig) -> None:
    r = hurried
    r.user("ada")
    r.operator_name = "before"
    await r.start()
    await r.settle()
    await r.crash()
    r.operator_name, r.generation = "after", r.generation - 1
    await r.start()
    await r.supervisor.seen(r.key, r.status)
    await r.settle()
    await r.supervisor.seen(r.key, r.status)
    await r.job.connections.others.roll_call()
    assert r.status["operator"] == "after"
    assert r.condition("AnotherOperator") == ("", "")


def test_each_process_has_a_name_of_its_own() -> None:
    assert own_name() != own_name()
