"""A slice of the campaigns that `make verify` runs, and what they are made of."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from verify.campaigns.deeds import Deeds
from verify.campaigns.drawing import Drawing, Theme, is_prompt, theme_of
from verify.campaigns.finale import exchange, lacking
from verify.campaigns.kinds import kind
from verify.campaigns.many import Lived, shortest
from verify.campaigns.outcome import Allowance, Outcome, differences
from verify.campaigns.run import Verdict, judged
from verify.campaigns.shrink import shrunk
from verify.campaigns.steps import Step, read, written
from verify.manifests import user
from verify.virtual import run
from verify.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence

NONE = Allowance(frozenset(), {}, frozenset(), frozenset())


@pytest.mark.parametrize("seed", range(1000, 1008))
def test_a_campaign_ends_as_a_fresh_tenant(seed: int) -> None:
    assert judged(seed, Drawing(seed).steps(20)).faults == []


def test_the_same_seed_draws_the_same_steps() -> None:
    assert Drawing(5).steps(30) == Drawing(5).steps(30) != Drawing(6).steps(30)


def test_steps_can_be_written_and_read() -> None:
    steps = Drawing(9).steps(30)
    assert read(written(steps)) == steps


def test_prompt_campaigns_have_no_trouble() -> None:
    prompt = next(seed for seed in range(10) if is_prompt(seed))
    deeds = {step.deed for step in Drawing(prompt).steps(200)}
    assert deeds.isdisjoint({"hand", "outage", "weather", "view", "token"})


@pytest.mark.parametrize(
    ("theme", "deeds"),
    [
        (Theme.WAITS, {"claim", "newcomer", "delete", "pause", "resume", "group"}),
        (Theme.MEMBERS, {"guest", "group", "join"}),
    ],
)
def test_each_campaign_of_a_theme_ends_with_what_that_is_about(theme: Theme, deeds: set[str]) -> None:
    found = [Drawing(seed).steps(0) for seed in range(80) if theme_of(seed) is theme]
    assert all(deeds <= {step.deed for step in steps} for steps in found)
    who = {str(step.args) for steps in found for step in steps if step.deed in {"claim", "pause", "join"}}
    assert len(who) > 3, "each time others"


def test_names_and_addresses_go_round() -> None:
    async def passed(number: int) -> frozenset[str]:
        world = World(number)
        for name in ("ada", "ben", "cleo"):
            world.apply(Kind.USER, name, user(name))
        world.start()
        await world.rest()
        given = await exchange(world, random.Random(number), ())
        assert lacking(world, given), "at first, none has the value of another"
        await world.rest()
        assert lacking(world, given) == []
        await world.end()
        return frozenset(path for values in given.values() for path in values)

    found = {run(passed(number)) for number in range(8)}
    assert found == {frozenset({"userName"}), frozenset({"emails"}), frozenset({"userName", "emails"})}


def test_a_failing_campaign_is_made_short() -> None:
    steps = [Step(0.0, str(number)) for number in range(40)]
    found = shrunk(steps, lambda some: {"7", "31"} <= {step.deed for step in some})
    assert [step.deed for step in found] == ["7", "31"]


ADA = {"userName": "ada@corp.example", "active": True}


@pytest.mark.parametrize(
    ("found", "fresh", "words"),
    [
        (Outcome({}, {"ada@corp.example": ADA}, {}), Outcome({}, {}, {}), "is active, and would not be"),
        (Outcome({}, {}, {}), Outcome({}, {"ada@corp.example": ADA}, {}), "is missing"),
        (Outcome({}, {}, {"red": frozenset({"ada"})}), Outcome({}, {}, {"red": frozenset()}), "the group red has"),
        (Outcome({}, {}, {"old": frozenset({"ada"})}), Outcome({}, {}, {}), "which no manifest describes"),
        (Outcome({("ScimUser", "ada"): "True A"}, {}, {}), Outcome({("ScimUser", "ada"): "False B"}, {}, {}), "says"),
        (Outcome({("ScimUser", "ada"): "True A"}, {}, {}), Outcome({}, {}, {}), "is still there"),
        (
            Outcome({}, {"ada@corp.example": {**ADA, "title": "Dr."}}, {}),
            Outcome({}, {"ada@corp.example": ADA}, {}),
            "has title",
        ),
    ],
    ids=[
        "access too much",
        "a user too few",
        "a member too much",
        "a group too much",
        "another reason",
        "a manifest too much",
        "a value too much",
    ],
)
def test_each_difference_is_told(found: Outcome, fresh: Outcome, words: str) -> None:
    [sentence] = differences(found, fresh, NONE)
    assert words in sentence


@pytest.mark.parametrize(("left", "told"), [({"dan"}, False), ({"eve"}, True)])
def test_who_was_let_go_stays_a_manager(left: set[str], told: bool) -> None:
    """A false alarm of the fresh tenant: guarded campaign 480022."""
    found = Outcome({}, {"ada@corp.example": {**ADA, "manager": "dan@corp.example"}}, {})
    fresh = Outcome({}, {"ada@corp.example": ADA}, {})
    assert bool(list(differences(found, fresh, replace(NONE, left=frozenset(left))))) is told


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("S6 at 3.100: ScimUser ada is Ready too early", "S6 at 900.000: ScimGroup red is Ready [a request]", True),
        ("S6 at 3.100: ScimUser ada", "S10 at 3.100: ScimUser ada", False),
        ("end of access at 3.100: ada", "S10 at 3.100: ada", False),
        ("ada@corp.example has title 'A', made fresh 'B'", "ben@corp.example has title None, made fresh 'C'", True),
        ("ada@corp.example has title 'A', made fresh 'B'", "ada@corp.example has nickName 'A', made fresh 'B'", False),
        ("the group red has ['ada'], made fresh []", "the group all has [], made fresh ['ben']", True),
        ("the group red has ['ada'], made fresh []", "the user ada@corp.example is missing", False),
        ("('ScimUser', 'a') says 'True A', made fresh 'B'", "('ScimUser', 'b') says None, made fresh 'C'", True),
        ("Restless: It still writes", "Deadlock: nothing moves", False),
        ("logged: one", "logged: two", True),
    ],
)
def test_faults_are_of_one_kind_whoever_they_are_about(one: str, other: str, same: bool) -> None:
    assert (kind(one) == kind(other)) is same


def test_a_campaign_that_fails_in_two_ways_is_made_short_to_the_first() -> None:
    """What is left shows the same failure, and not another that fewer steps show."""

    def judge(seed: int, steps: Sequence[Step]) -> Verdict:
        deeds = {step.deed for step in steps}
        both = {"7", "31"} <= deeds
        return Verdict([*(["S6 at 4.000: it"] if both else []), *(["S9 at 2.000: it"] if "3" in deeds else [])])

    steps = tuple(Step(0.0, str(number)) for number in range(40))
    assert [step.deed for step in shortest(Lived(1, steps, judge(1, steps)), judge)] == ["7", "31"]


def test_who_has_what_no_status_names_yet_may_keep_it_after_a_kill() -> None:
    """Only that one: of whom the status names all, nothing is left over (campaign 5005)."""

    async def live() -> None:
        world = World(1)
        deeds = Deeds(world)
        for name in ("ada", "ben"):
            world.apply(Kind.USER, name, user(name, title="Lead"))
        world.start()
        await world.rest()
        await deeds.do(Step(0.0, "kill"))
        assert deeds.touched == set()
        world.history.done.append(lambda exchange: setattr(world.server, "reachable", not exchange.to_service))
        world.apply(Kind.USER, "ada", user("ada", title="Lead", nickName="a"))
        await world.pass_time(60.0)
        await deeds.do(Step(0.0, "kill"))
        assert deeds.touched == {"ada"}
        await world.end()

    run(live())


def test_a_guest_may_stay_also_where_requests_took_effect_late() -> None:
    """Whom such a request made a member may stay beside the guests of the group, not in their place (70032)."""
    crew = {"displayName": "crew", "members": [{"userRef": {"name": "ada"}}], "membershipPolicy": "Additive"}
    steps = (
        Step(0.0, "user", {"name": "ada", "spec": user("ada"), "labels": {}}),
        Step(0.0, "group", {"name": "crew", "spec": crew}),
        Step(0.0, "start"),
        Step(60.0, "weather", {"of": "service", "fate": "duplicated", "share": 0.1}),
        Step(1.0, "guest", {"group": "crew"}),
    )
    assert judged(70032, steps).faults == []


def test_who_was_in_a_group_that_was_left_is_a_guest_of_the_next_one_of_its_name() -> None:
    """The oracle did not know: campaign 310052."""
    all_in = [{"userRef": {"name": name}} for name in ("ada", "ben")]
    steps = [
        Step(0.0, "user", {"name": "ada", "spec": user("ada"), "labels": {}}),
        Step(0.0, "user", {"name": "ben", "spec": user("ben"), "labels": {}}),
        Step(0.0, "group", {"name": "all", "spec": {"displayName": "all", "members": all_in}}),
        Step(0.0, "start"),
        Step(60.0, "config", {"groups": False}),
        Step(60.0, "delete", {"group": "all"}),
        Step(
            60.0,
            "group",
            {
                "name": "all",
                "spec": {"displayName": "all team", "members": all_in[:1], "membershipPolicy": "Additive"},
            },
        ),
        Step(60.0, "config", {"groups": True}),
    ]
    assert judged(1, steps).faults == []


def test_an_operator_knows_nothing_before_its_first_answer() -> None:
    """It wrote what it had found of the config, 0.1 s after the API server was back: the check was too strict (400099).

    Before it was killed, its predecessor had written that one of the two waits.
    """
    steps = [
        Step(0.0, "user", {"name": "ben", "spec": user("ben"), "labels": {}}),
        Step(0.0, "user", {"name": "cleo", "spec": user("cleo"), "labels": {}}),
        Step(0.0, "start"),
        Step(1.587, "swap", {"names": ["ben", "cleo"]}),
        Step(0.074, "outage", {"seconds": 300, "of": "api"}),
        Step(0.075, "kill"),
        Step(400.0, "user", {"name": "ada", "spec": user("ada"), "labels": {}}),
    ]
    assert judged(400099, steps).faults == []


def test_who_is_suspended_under_a_name_that_is_being_deleted_is_let_go() -> None:
    """The manifest was deleted and suspended before it was gone: a false alarm of the fresh tenant (450020)."""
    renamed = {"name": "eve", "labels": {}, "to": "b"}
    steps = [
        Step(0.0, "start"),
        Step(0.0, "rename", {**renamed, "spec": user("eve")}),
        Step(60.0, "rename", {**renamed, "spec": user("eve", suspend=True)}),
        Step(60.0, "look"),
    ]
    assert judged(1, steps).faults == []


def test_who_has_lost_an_account_to_another_is_no_member_by_it() -> None:
    """The check was too strict: campaign 410023.

    Dan was to be away from a date on, and Fay, whose name he had, took the account over. He is disabled by now, so that
    he has none.
    """
    away = {"notAfter": "2026-01-01T00:20:00Z"}
    team = {"displayName": "all", "members": [{"userRef": {"name": "dan"}}], "membershipPolicy": "Additive"}
    steps = [
        Step(0.0, "user", {"name": "fay", "spec": user("fay", active=False), "labels": {}}),
        Step(0.0, "start"),
        Step(60.0, "user", {"name": "dan", "spec": user("dan"), "labels": {}}),
        Step(0.0, "user", {"name": "dan", "spec": user("dan", userName="fay@corp.example", **away), "labels": {}}),
        Step(1200.0, "user", {"name": "dan", "spec": user("dan", active=False), "labels": {}}),
        Step(60.0, "group", {"name": "all", "spec": team}),
    ]
    assert judged(1, steps).faults == []


def test_who_was_made_anew_by_another_operator_stays_in_the_group() -> None:
    """Of two without Leases, the one that knew the account of before took the new one out again (410003)."""
    everyone = [{"userRef": {"name": name}} for name in ("ada", "ben", "cleo", "fay")]
    crew = {"displayName": "red", "members": everyone}
    steps = [
        Step(0.0, "user", {"name": "fay", "spec": user("fay"), "labels": {}}),
        Step(900.0, "kill"),
        Step(0.0, "user", {"name": "ben", "spec": user("ben"), "labels": {}}),
        Step(656.0, "group", {"name": "red", "spec": {**crew, "membershipPolicy": "Additive"}}),
        Step(0.2, "user", {"name": "cleo", "spec": user("cleo"), "labels": {}}),
        Step(1.0, "hand", {"remove user": "ben"}),
        Step(0.05, "second"),
        Step(8.0, "group", {"name": "red", "spec": {**crew, "members": everyone[:3]}}),
    ]
    assert judged(410003, steps).faults == []


def test_who_was_made_anew_by_another_operator_is_disabled_by_the_one_that_knew_the_former_account() -> None:
    """Of two without Leases, it said that there is no such user, and took the new account out (630259)."""
    crew = {"displayName": "all", "members": [{"userRef": {"name": name}} for name in ("ben", "dan")]}
    steps = [
        Step(0.0, "user", {"name": "ben", "spec": user("ben"), "labels": {}}),
        Step(0.1, "kill"),
        Step(800.0, "outage", {"seconds": 20, "of": "service"}),
        Step(0.0, "user", {"name": "dan", "spec": user("dan"), "labels": {}}),
        Step(545.0, "user", {"name": "ben", "spec": user("ben", nickName="be"), "labels": {}}),
        Step(0.0, "hand", {"remove user": "dan"}),
        Step(0.05, "group", {"name": "all", "spec": crew}),
        Step(82.0, "second"),
        Step(0.0, "user", {"name": "dan", "spec": user("dan", active=False), "labels": {}}),
    ]
    assert judged(630259, steps).faults == []


def test_a_group_out_of_scope_keeps_its_guests_under_the_name_that_it_had() -> None:
    """Its manifest was given another name while it was out of scope: a false alarm of the fresh tenant (560144)."""
    crew = {"members": [{"userRef": {"name": "ada"}}], "membershipPolicy": "Additive"}
    steps = [
        Step(0.0, "user", {"name": "ada", "spec": user("ada"), "labels": {}}),
        Step(0.0, "group", {"name": "all", "spec": {"displayName": "all team", **crew}}),
        Step(0.0, "start"),
        Step(60.0, "config", {"scope": "Assigned", "assignments": [{"groupRef": {"name": "blue"}}]}),
        Step(60.0, "group", {"name": "all", "spec": {"displayName": "all", **crew}}),
        Step(600.0, "guest", {"group": "all"}),
    ]
    assert judged(1, steps).faults == []


def test_who_left_stays_in_the_groups_of_who_asks_for_the_name() -> None:
    """Cleo, suspended, is to have what Ben had: as a member it neither comes nor goes. The check did not know (560270).

    As long as Ben's manifest is there, it is Ben's, and leaves.
    """
    team = {"displayName": "all", "members": [{"userRef": {"name": name}} for name in ("ben", "cleo")]}
    steps = [
        Step(0.0, "user", {"name": "ben", "spec": user("ben"), "labels": {}}),
        Step(0.0, "user", {"name": "cleo", "spec": user("cleo", active=False), "labels": {}}),
        Step(0.0, "group", {"name": "all", "spec": team}),
        Step(0.0, "start"),
        Step(30.0, "pause", {"name": "cleo", "groups": []}),
        Step(0.0, "pause", {"name": "ben", "groups": ["all"]}),
        Step(0.1, "claim", {"name": "cleo", "of": "ben"}),
        Step(10.0, "delete", {"user": "ben"}),
        Step(4500.0, "look"),
    ]
    assert judged(560270, steps).faults == []
