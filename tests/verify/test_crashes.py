"""A slice of the crash sweep and of the views that lie: each scenario, at places that a seed draws.

`python -m verify.crashes MINUTES` tries all of them, and `python -m verify.crashes SCENARIO SEED CASE` one again.
"""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from scim_operator.core.keys import Kind
from scim_operator.kube.client import Target
from scim_operator.kube.resources import CONFIGS
from verify.crashes.__main__ import again, case_of
from verify.crashes.allowed import ALL, twice
from verify.crashes.blows import Blow, Death
from verify.crashes.endings import endings
from verify.crashes.play import play
from verify.crashes.scenarios import SCENARIOS, approve
from verify.crashes.sweep import Case, cases, check, everything, sights, undisturbed
from verify.crashes.views import Lie, Sight, takes_over_unmarked
from verify.fates import Fate, View
from verify.manifests import user
from verify.virtual import run
from verify.world import CONFIG, NAMESPACE, World

BLOWS, SIGHTS = 3, 1
"""Cases of each scenario in this slice: about twenty seconds of one processor for all."""


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_ends_the_same_whatever_befalls_it(name: str) -> None:
    drawn = random.Random(name)
    lies = list(sights(SCENARIOS[name], 1))
    tried = drawn.sample(list(cases(SCENARIOS[name], 1)), BLOWS) + drawn.sample(lies, min(SIGHTS, len(lies)))
    found = [wrong for case in tried if (wrong := check(case))]
    assert not found, "\n\n".join(found)


def test_every_scenario_has_effects_and_something_to_see() -> None:
    for name in SCENARIOS:
        plain = undisturbed(name, 1)
        assert plain.effects >= 4, name
        assert plain.events >= 3, name
        assert plain.ending


def test_the_end_of_each_scenario_is_written_down() -> None:
    """`python -m verify.crashes endings` writes it."""
    assert set(endings()) == set(SCENARIOS)


def test_the_sweep_is_as_large_as_it_says() -> None:
    fates_and_deaths = {str(case.wrong).partition(":")[2] for case in cases(SCENARIOS["leaver"], 1)}
    assert len(fates_and_deaths) == 25
    assert {str(fate) for fate in Fate} - {"fine"} <= {text.split(":")[1] for text in fates_and_deaths}
    lies = {str(case.wrong).partition(":")[2] for case in sights(SCENARIOS["leaver"], 1)}
    assert lies == {str(lie) for lie in (*View, *Lie)} - {"true"}
    assert len(everything(1)) > 5_000


@pytest.mark.parametrize("wrong", [Blow(3, Death.AFTER, Fate.CONFLICT, 2, stale=True), Blow(1), Sight(4, Lie.SECOND)])
def test_a_case_is_written_as_it_is_read(wrong: Blow | Sight) -> None:
    assert case_of("leaver", "7", str(wrong)) == Case("leaver", 7, wrong)


def test_a_blow_is_dealt_and_a_case_replays_exactly() -> None:
    case = Case("leaver", 1, Blow(2, Death.AFTER))
    assert play(SCENARIOS["leaver"], 1, case.wrong).dealt
    assert "operator-1 is killed" in again(case)
    assert again(case) == again(case)


def test_a_wrong_ending_is_told_with_the_case() -> None:
    """What another scenario ends in is not what this one ends in."""
    mine, other = undisturbed("leaver", 1).ending, undisturbed("joiner", 1).ending
    assert mine
    assert other
    assert "users: instead" in mine.differences(other, ALL)
    assert not mine.differences(mine, ALL)
    assert not twice(mine)
    assert "twice: 'anna@corp.example'" in twice(replace(mine, users=(mine.users[0], *mine.users)))


@pytest.mark.parametrize(
    ("scenario", "seed", "wrong"),
    [
        # Anna's account was taken over, and her group shown as Ready, before any status could name the account.
        ("adoption", 3000, Sight(8, Lie.RESTART)),
        # The backup was of before Anna's manifest was deleted, and the person who restores it deletes her again.
        ("plan", 3000, Sight(2, Lie.RESTORED_UNDER)),
        # The last event of all was dropped: who had seen its version is to list again as well.
        ("guests", 3000, Sight(2, View.DROPPED)),
        # The group that the first of two operators made carries no mark: the second asks before it takes it over.
        ("first-fill-ids", 40001, Sight(1, Lie.SECOND)),
        # No watch had shown that someone left the group, so that no one could take her out in time.
        ("patch-refused", 300001, Sight(1, View.DROPPED)),
        ("mass-removal", 310000, Sight(3, View.DROPPED)),
        # What was held before the backup was restored, and no one had approved, was approved after it.
        ("lost", 560001, Sight(1, Lie.RESTORED)),
        ("lost", 560000, Sight(11, Lie.RESTORED_UNDER)),
        # The administrator edited whoever was sent first: Ben, as no watch had shown the edit of Anna.
        ("edit-beside", 560001, Sight(1, View.DROPPED)),
    ],
)
def test_what_was_a_false_alarm_is_none(scenario: str, seed: int, wrong: Sight) -> None:
    assert check(Case(scenario, seed, wrong)) == ""


@pytest.mark.parametrize("lie", [Lie.RESTORED, Lie.RESTORED_UNDER])
def test_a_backup_of_the_last_effect_is_restored_too(lie: Lie) -> None:
    """The last effects come after the last words of a scenario: cases at them were counted, and nothing went wrong."""
    last = Sight(undisturbed("leaver", 1).effects, lie)
    assert "etcd is restored" in play(SCENARIOS["leaver"], 1, last).history
    assert check(Case("leaver", 1, last)) == ""


def test_of_what_is_held_everything_is_approved_but_what_is_to_be_left() -> None:
    async def live() -> None:
        world = World(1)
        plan = {"held": True, "disables": 1, "digest": "sha256:1"}
        world.server.patch(Target(CONFIGS, NAMESPACE, CONFIG, "status"), {"status": {"plan": plan}})
        await approve(world, but="sha256:1")
        assert "approvedPlan" not in world.spec
        await approve(world, but="sha256:2")
        assert world.spec["approvedPlan"] == "sha256:1"

    run(live())


@pytest.mark.parametrize(
    ("external", "counts", "approved"),
    [
        ({"externalId": "oid-anna"}, {"adoptions": 1}, True),
        ({}, {"adoptions": 1}, False),  # ours carries our mark: it is never to be taken over
        ({"externalId": "oid-anna"}, {"adoptions": 1, "disables": 1}, False),
        ({"externalId": "oid-anna"}, {"adoptions": 2}, False),
    ],
)
def test_of_what_a_second_operator_holds_only_what_carries_no_mark_is_approved(
    external: dict[str, str], counts: dict[str, int], *, approved: bool
) -> None:
    async def live() -> None:
        world = World(1)
        world.apply(Kind.USER, "anna", user("anna", **external))
        plan = {**counts, "held": True, "first": [{"object": "scimuser/anna", "verb": "Adopt"}]}
        world.server.patch(Target(CONFIGS, NAMESPACE, CONFIG, "status"), {"status": {"plan": plan}})
        assert takes_over_unmarked(world) is approved

    run(live())
