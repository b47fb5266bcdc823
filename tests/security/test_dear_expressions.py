"""Expressions that cost much: bounded for one evaluation, and for all of a config or namespace together."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scim_operator.core.expressions import Activation, Result, compile  # noqa: A004
from scim_operator.core.expressions.frame import MAX_COST, Frame
from scim_operator.core.expressions.meter import BASE, Meter
from scim_operator.core.keys import Kind
from scim_operator.core.members.judging import STEPS_FOR_A_USER
from scim_operator.core.members.topology import Topology
from scim_operator.core.records.record import MatchingUsers
from scim_operator.errors import InvalidSpec
from tests.support.rig import rig

TEN = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"
DEAR = f"{TEN}.all(a, {TEN}.all(b, {TEN}.all(c, a + b + c >= 0 && has(user.userName))))"
"""Some 60 ms of a processor for each user, before its parts were charged."""
USER = {"userName": "ada", "emails": [{"value": "a@b", "type": "work"}] * 5}


@pytest.mark.parametrize(
    "text",
    [
        f"{TEN}.all(d, {DEAR})",
        "lists.range(30000).all(a, [user.userName, user.title, user.nickName, user.userName].size() > 0)",
        "lists.range(30000).all(a, has(user.userName) && has(user.emails) && !has(user.title) && has(user.userName))",
        "lists.range(9000).exists(a, [1][a + 1] == 2)",
        "lists.range(9000).exists(a, [1][a + 1] == 2 || [1][a + 2] == 2)",
        "lists.range(9000).all(a, user.emails == user.emails)",
        "lists.range(9000).all(a, Left(user.userName, 1) == 'a')",
    ],
)
def test_the_parts_of_a_turn_and_its_faults_are_charged(text) -> None:
    expression = compile(text, variables=("user",), result=Result.BOOLEAN)
    frame = Frame(Activation(user=USER))
    with pytest.raises(InvalidSpec, match=f"more than {MAX_COST} steps"):
        expression.evaluate(frame.activation)


def test_a_fault_that_is_raised_again_and_again_does_not_grow() -> None:
    text = "lists.range(300).exists(a, [1][a + 1] == 2)"
    with pytest.raises(InvalidSpec, match="no element") as caught:
        compile(text, variables=("user",), result=Result.BOOLEAN).evaluate(Activation(user=USER))
    frames, trace = 0, caught.value.__traceback__
    while trace is not None:
        frames, trace = frames + 1, trace.tb_next
    assert frames < 20


def test_the_dearest_is_parked_and_the_others_go_on() -> None:
    dear, cheap = (
        compile(text, variables=("user",), result=Result.BOOLEAN) for text in (DEAR, "user.userName == 'ada'")
    )
    meter = Meter(each=100, whose="a test")
    refused = 0
    for _ in range(2_000):
        meter.look()
        activation = Activation(user=USER, meter=meter)
        try:
            dear.evaluate(activation)
        except InvalidSpec:
            refused += 1
        assert cheap.evaluate(activation) is True
    assert refused > 1_800
    assert meter.total < BASE
    meter.renew()
    assert dear.evaluate(Activation(user=USER, meter=meter)) is True


def test_a_dear_member_expression_is_bounded_over_all_users_and_parks_its_group_alone() -> None:
    topology = Topology(lambda name: {**USER, "userName": name})
    for number in range(1_000):
        topology.put_user(f"user{number}", {})
    topology.put_group("good", [MatchingUsers("user.userName == 'user7'")])
    topology.put_group("evil", [MatchingUsers(DEAR)])
    assert "costs too much" in topology.fault("evil")
    assert topology.is_doubtful(["evil"])
    topology.put_user("user7", {"edited": "yes"})
    assert topology.fault("good") == ""
    assert topology.effective_users("good") == {"user7"}
    assert topology.judging.meter.total <= BASE + STEPS_FOR_A_USER * 3_000


async def test_a_dear_mapping_and_a_dear_group_are_reported_and_the_rest_is_provisioned() -> None:
    async with rig() as r:
        for number in range(80):
            r.user(f"user{number}")
        r.group("good", ["user1", "user2"])
        r.cluster.apply(Kind.GROUP, "evil", {"displayName": "evil", "members": [{"expression": DEAR}]})
        await r.start()
        await r.until(lambda: r.members("good") == {"user1", "user2"})
        await r.until(lambda: r.reason("evil", Kind.GROUP) in ("InvalidSpec", "Provisioned"))
        mapping = {"target": "title", "expression": f"{DEAR} && {DEAR} && {DEAR} ? 'a' : 'b'"}
        await r.configure(users={"mappings": [mapping]})
        await r.settle()
        await r.until(lambda: any(r.reason(f"user{number}") == "InvalidSpec" for number in range(80)))
        reported = {r.message(f"user{n}") for n in range(80) if r.reason(f"user{n}") == "InvalidSpec"}
        assert all("The mapping of title" in message and "costs too much" in message for message in reported)
        await r.until(lambda: r.condition("Ready") == ("False", "ObjectsFailed"))
        await r.configure(users={"mappings": []})
        await r.until(lambda: r.at_rest() and all(r.reason(f"user{n}") == "Provisioned" for n in range(80)))


@pytest.mark.parametrize(
    "text",
    [
        "lists.range(900).exists(i, 'a'.matches('[\\\\p{L}]{' + string(i) + ',1000}'))",
        "lists.range(60).all(i, !'a'.matches('(x{500}' + string(i) + '){2}'))",
        f"lists.range(9).all(a, duration('{'1h' * 1500}') > duration('1s'))",
        "lists.range(60).all(a, RandomString(256, 50, 50, 50, 50, '') != '')",
        "lists.range(3000).all(a, DateAdd('d', 1, '2020-01-01') != '')",
        "lists.range(1200).all(a, FormatDateTime('2020-01-01', '', 'yyyy-MM-dd', 'dddd d MMMM yyyy') != '')",
        f"lists.range(40).all(a, NormalizeDiacritics('{'ä' * 800}') != '')",
        f"lists.range(40).all(a, PCase('{'abc ' * 200}') != '')",
    ],
    ids=["patterns that are none", "patterns", "durations", "random texts", "dates", "formats", "accents", "words"],
)
def test_what_a_call_takes_is_charged(text) -> None:
    """Each of these took from 20 ms to minutes of a processor in one evaluation."""
    expression = compile(text, variables=("user",), result=Result.BOOLEAN)
    activation = Activation(user=USER, now=datetime(2026, 1, 1, tzinfo=UTC), random=lambda most: most - 1)
    with pytest.raises(InvalidSpec, match=f"more than {MAX_COST} steps"):
        expression.evaluate(activation)
