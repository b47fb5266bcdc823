"""A slice of the campaigns that `make verify` runs, and what they are made of."""

from __future__ import annotations

import pytest

from verify.campaigns.drawing import Drawing, is_prompt
from verify.campaigns.outcome import Allowance, Outcome, differences
from verify.campaigns.run import judged
from verify.campaigns.shrink import shrunk
from verify.campaigns.steps import Step, read, written

NONE = Allowance(frozenset(), frozenset(), frozenset(), frozenset())


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
