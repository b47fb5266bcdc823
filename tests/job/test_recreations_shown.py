"""What people are shown of a service that has lost what it held: a plan, an explanation, an Event and a notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.api.notifications import Topic
from scim_operator.core.keys import Kind
from scim_operator.core.plan.plan import PlanCounts
from scim_operator.job.base.settings import settings_of
from scim_operator.job.connection.connecting import Connector
from scim_operator.review.planner import review
from scim_operator.review.sources import Sources
from scim_operator.scim.clock import SystemClock
from tests.job.test_recreations import SOME, is_held, lose, provisioned
from tests.support.explaining import config, explained, step
from tests.support.limiting import limits
from tests.support.told import Told

if TYPE_CHECKING:
    from scim_operator.review.plan_review import Review
    from tests.support.rig import Rig


async def test_mode_plan_shows_it(r: Rig) -> None:
    await provisioned(r, SOME)
    lose(r, SOME)
    await r.configure(mode="Plan")
    await r.settle()
    await r.until(lambda: r.status["plan"]["recreations"] == len(SOME))
    said = "Create is planned, again (the service no longer has the resource on record). Nothing is sent: spec.mode is"
    assert r.message(SOME[0]).startswith(said)
    mark = r.mark()
    await r.check_quiet()
    await r.configure(mode="Apply")
    await is_held(r, len(SOME))
    assert r.writes(mark) == []


async def test_a_notice_and_an_event_say_it(r: Rig) -> None:
    r.notifier = noted = Told()
    await provisioned(r, SOME, limits=limits(recreations=2))
    lose(r, SOME)
    await r.sweep()
    await is_held(r, len(SOME))
    words = "12 resources that the service no longer has would be created again; the service may have been restored"
    await r.until(lambda: any(words in message for reason, message in r.events() if reason == "ApprovalRequired"))
    assert [words in notice.text for notice in noted.notices if notice.topic is Topic.APPROVAL_REQUIRED] == [True]
    assert words in r.status["plan"]["reason"]
    conditions = {each["type"]: each["message"] for each in r.status["conditions"]}
    assert words in conditions["ApprovalRequired"]


async def test_explain_says_it_while_it_waits_and_what_the_operator_does_once_it_is_back(r: Rig) -> None:
    await provisioned(r, SOME, limits=limits(recreations=2))
    lost = lose(r, SOME)
    await r.sweep()
    await is_held(r, len(SOME))
    said = await explained(r, Kind.USER, SOME[0])
    assert f"recorded id: {lost[0]['id']}, which the service no longer has" in step(said, "Match").details
    assert step(said, "Guard").details[0].startswith("The operator holds it: review status.plan of the Provisioning")
    assert said.conclusion.startswith("Create would be sent after approval.")
    r.simulator.seed(lost[:1])
    said = await explained(r, Kind.USER, SOME[0])
    assert step(said, "Match").outcome == f"{lost[0]['id']}, by id: ours"
    assert step(said, "Plan").outcome == "nothing to send (Provisioned)"


async def test_a_plan_against_the_cluster_asks_as_the_operator_does(r: Rig) -> None:
    await provisioned(r, SOME, limits=limits(recreations=2))
    await r.stop()
    assert (await planned(r)).counts == PlanCounts()
    r.simulator.faults.add("stale-list=900000;path=/Users")
    assert (await planned(r)).counts == PlanCounts(), "a list that lacks what is there"
    r.simulator.faults.clear()
    lose(r, SOME)
    found = await planned(r)
    assert found.counts == PlanCounts(creates=len(SOME), recreations=len(SOME))
    assert found.held == len(SOME)
    assert found.because.startswith("12 resources that the service no longer has would be created again")


async def planned(r: Rig) -> Review:
    """What `plan --against-cluster` says of the manifests as they are."""
    settings, clock = settings_of(config(r)), SystemClock()
    directory = r.cluster.watch()
    service = await Connector(clock, r.cluster.egress).connect(settings, r.cluster)
    try:
        records = tuple(directory.namespace("identity").all_records())
        return await review(Sources(settings, records, r.status), service, clock)
    finally:
        await service.close()
        r.cluster.unwatch(directory)
