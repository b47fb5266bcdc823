"""The oracle of the replay is right by itself: worked out by hand, on teams small enough to see through."""

from __future__ import annotations

from collections import Counter

import pytest

from tools.realdata import manifests
from tools.realdata.dataset import Access, Team
from tools.realdata.oracle import Oracle, Write

ADA, GRACE = frozenset({"ada"}), frozenset({"grace"})
BOTH = ADA | GRACE
PARENT, CHILD = Team(frozenset()), Team(ADA, parent="org/parent")
BASE = Access(BOTH, {"org/parent": PARENT, "org/child": CHILD})


def with_teams(**teams: Team) -> Access:
    return Access(BOTH, {f"org/{name}": team for name, team in teams.items()})


CASES = {
    "nothing changed: no write": (BASE, BASE, [], []),
    "somebody joins a nested team: its parent has him too, unless the service nests": (
        BASE,
        with_teams(parent=PARENT, child=Team(BOTH, parent="org/parent")),
        ["PATCH Groups org/child", "PATCH Groups org/parent"],
        ["PATCH Groups org/child"],
    ),
    "a nested team goes: a delete, and its parent loses it": (
        BASE,
        with_teams(parent=PARENT),
        ["DELETE Groups org/child", "PATCH Groups org/parent"],
        ["DELETE Groups org/child", "PATCH Groups org/parent"],
    ),
    "a nested team of nobody comes: a flattened parent does not notice": (
        BASE,
        with_teams(parent=PARENT, child=CHILD, new=Team(frozenset(), parent="org/parent")),
        ["POST Groups org/new"],
        ["PATCH Groups org/parent", "POST Groups org/new"],
    ),
    "whoever is in the parent already changes nothing there": (
        with_teams(parent=Team(GRACE), child=CHILD),
        with_teams(parent=Team(GRACE), child=Team(BOTH, parent="org/parent")),
        ["PATCH Groups org/child"],
        ["PATCH Groups org/child"],
    ),
    "a description is a write of its own": (
        BASE,
        with_teams(parent=Team(frozenset(), "All"), child=CHILD),
        ["PATCH Groups org/parent"],
        ["PATCH Groups org/parent"],
    ),
}


@pytest.mark.parametrize(("before", "after", "flattened", "nested"), CASES.values(), ids=CASES)
def test_a_change_of_teams(before: Access, after: Access, flattened: list[str], nested: list[str]) -> None:
    assert sorted(map(str, Oracle(before, nested=False).writes(before, after).elements())) == flattened
    assert sorted(map(str, Oracle(before, nested=True).writes(before, after).elements())) == nested


def test_who_returns_is_enabled_and_not_created() -> None:
    oracle, without = Oracle(BASE, nested=False), Access(ADA, {})
    came, went = Access(BOTH | {"charles"}, {}), Access(BOTH, {})
    assert oracle.writes(went, without) == Counter([Write("PATCH", "Users", "grace")])
    assert oracle.writes(without, went) == Counter([Write("PATCH", "Users", "grace")])
    assert oracle.writes(went, came) == Counter([Write("POST", "Users", "charles")])


def test_two_names_for_one_object_are_refused() -> None:
    with pytest.raises(ValueError, match="would both be the object"):
        manifests.check_names(["org/team", "org.team"])


@pytest.mark.parametrize("name", ["org/Team", "org/-team", "org//team", "org/team_a"])
def test_a_name_that_is_no_object_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        manifests.object_name(name)
