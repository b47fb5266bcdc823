"""What people hear of a plan that waits for approval, and of its release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.api.notifications import Topic
from scim_operator.core.approval.judge import Hold
from scim_operator.core.plan.plan import Plan, PlanCounts
from scim_operator.core.plan.verb import Verb
from scim_operator.core.records.status import Reason, Verdict
from scim_operator.job.gate.held import Held
from scim_operator.job.gather.namespace import Namespace
from scim_operator.job.session.approvals import Approvals
from tests.support.knowing import CONFIG, key

if TYPE_CHECKING:
    from scim_operator.core.report.notice import Notice

PLAN = Plan(key("ada"), Verdict(Reason.DISABLED, ""), Verb.DELETE, "7")


class Bench:
    """The approvals of one config whose gate holds what a test says."""

    def __init__(self, **status: Any) -> None:
        self.held = Held()
        self.events: list[tuple[bool, str, str]] = []
        self.heard: list[Notice] = []
        self.approvals = Approvals(CONFIG, self, self.heard.append, status)  # type: ignore[arg-type] # a writer's part

    async def announce(self, about: object, *, warning: bool, reason: str, message: str) -> None:
        assert about == CONFIG
        self.events.append((warning, reason, message))

    async def hold(self, *plans: Plan, because: str = "") -> str:
        self.held = Held({plan.key: plan for plan in plans}, Hold(self.held.digest, because))
        await self.approvals.announce(self, Namespace())  # type: ignore[arg-type] # the part of a gate that it needs
        return self.held.digest


async def test_a_held_plan_is_announced_once_with_how_to_release_it() -> None:
    bench = Bench()
    digest = await bench.hold(PLAN)
    await bench.hold(PLAN)
    [(warning, reason, message)] = bench.events
    assert (warning, reason) == (True, "ApprovalRequired")
    assert message.startswith("Held: 1 delete. To release it, ")
    assert digest in message
    [notice] = bench.heard
    assert (notice.topic, notice.digest) == (Topic.APPROVAL_REQUIRED, digest)


async def test_nothing_held_is_no_news_and_the_same_plan_later_is() -> None:
    bench = Bench()
    await bench.hold()
    assert (bench.events, bench.heard) == ([], [])
    await bench.hold(PLAN)
    await bench.hold()
    assert len(bench.events) == 1
    await bench.hold(PLAN)
    assert len(bench.events) == len(bench.heard) == 2


@pytest.mark.parametrize(
    ("plan", "announced"),
    [
        ({"held": True, "digest": "same"}, True),
        ({"held": False, "digest": "same"}, False),
        ({"held": True, "digest": "another"}, False),
        ({"held": True}, False),
        (None, False),
    ],
)
async def test_what_was_announced_before_a_restart_is_not_announced_again(plan: Any, announced: bool) -> None:
    digest = await Bench().hold(PLAN)
    if plan and plan.get("digest") == "same":
        plan = {**plan, "digest": digest}
    bench = Bench(plan=plan)
    await bench.hold(PLAN)
    assert bool(bench.events) is not announced


async def test_a_released_plan_is_announced() -> None:
    bench = Bench()
    await bench.approvals.released("abc", PlanCounts(deletes=2))
    assert bench.events == [(False, "PlanReleased", "The plan abc was approved and is carried out: 2 deletes.")]
    [notice] = bench.heard
    assert (notice.topic, notice.ends) == (Topic.RECOVERED, Topic.APPROVAL_REQUIRED)
    assert notice.text == "Approved, and carried out: 2 deletes."


async def test_who_approved_is_said() -> None:
    bench = Bench()
    bench.approvals.approver = "argocd-controller"
    await bench.approvals.released("abc", PlanCounts(deletes=2))
    ((_, _, message),) = bench.events
    assert message == "The plan abc was approved (argocd-controller) and is carried out: 2 deletes."
