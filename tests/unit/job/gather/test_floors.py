"""Which groups cannot do without someone who is to be deleted."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.decision.protection import Keeper
from scim_operator.core.keys import Kind, ResourceType
from tests.support.knowing import Known, group, key, user

IDS = {"ada": "1", "bob": "2", "eve": "3"}
TEAM = key("team", Kind.GROUP)
DELETES = {"whenDeleted": "Delete"}


def known(*wanted: str, present: str = "12", least: int = 1, leaving: str = "ada", **more: Any) -> Known:
    """A group that wants some, has others, and is to keep `least`; who is leaving is being deleted."""
    spec = {"protected": {"minMembers": least}, "users": DELETES, **more.pop("spec", {})}
    people = [user(name, deleting=name in leaving, finalized=True) for name in IDS]
    made = Known(*people, group("team", *wanted, **more), **spec)
    for name, id in IDS.items():
        made.there(id, name, active=True)
        made.owns(name, id)
    made.there("4", userName="stranger")
    made.there("9", "team", kind=Kind.GROUP, members=[{"value": id} for id in present])
    made.owns("team", "9", kind=Kind.GROUP)
    return made


def keepers(known: Known, name: str = "ada") -> tuple[Keeper, ...]:
    """The groups that keep a user, by the facts of that one's decision."""
    return known.knowledge.facts(known.record(name)).guarded.keepers


CANNOT_DO_WITHOUT = (Keeper(TEAM, "9"),)
ADDITIVE: dict[str, Any] = {"membershipPolicy": "Additive"}

CASES = [
    (known("ada", "bob"), False, "bob stays"),
    (known("ada", "bob", least=2), True, "bob alone is too few"),
    (known("ada"), True, "bob is not wanted, and goes too"),
    (known("ada", present="14"), True, "a stranger goes too"),
    (known("ada", present="14", **ADDITIVE), False, "a stranger stays in an additive group"),
    (known("ada", **ADDITIVE), False, "bob stays in an additive group"),
    (known("ada", "bob", leaving="ada bob"), True, "bob is deleted too"),
    (known("ada", present="2"), False, "she is not in it"),
    (known("ada", present="1", spec={"users": {"whenDeleted": "Disable"}}), False, "she is only disabled"),
    (known("ada", present="1", spec={"groups": {"enabled": False}}), False, "groups are switched off"),
    (known("ada", present="1", spec={"protected": {}}), False, "no group has a floor"),
]


@pytest.mark.parametrize(("found", "keeps", "why"), CASES, ids=[why for *_, why in CASES])
def test_who_is_kept(found: Known, keeps: bool, why: str) -> None:
    assert keepers(found) == (CANNOT_DO_WITHOUT if keeps else ()), why


@pytest.mark.parametrize(
    ("listed", "there", "more", "keeps", "why"),
    [
        (False, False, {}, True, "no one has seen whom the group has"),
        (False, True, {"present": "2"}, False, "it was read by its id, and she is not in it"),
        (True, False, {}, False, "all groups were listed, and it is gone"),
        (False, False, {"least": 0}, False, "it has no floor"),
        (False, False, {"spec": {"groups": {"enabled": False}}}, False, "groups are switched off"),
    ],
)
def test_a_group_that_was_not_seen_keeps_everyone(
    listed: bool, there: bool, more: dict[str, Any], keeps: bool, why: str
) -> None:
    found = known("ada", "bob", **more)
    index = found.knowledge.index[ResourceType.GROUP]
    index.listed = listed
    if not there:
        index.drop("9")
    assert keepers(found) == (CANNOT_DO_WITHOUT if keeps else ()), why


def test_of_groups_that_were_not_seen_one_stands_for_all() -> None:
    """Else each of thousands who leave would wait for each of thousands of groups, and name them all."""
    names = ("team", "crew", "gang")
    found = Known(
        user("ada", deleting=True, finalized=True), *map(group, names), protected={"minMembers": 1}, users=DELETES
    )
    found.there("1", "ada", active=True)
    found.owns("ada", "1")
    for number, name in enumerate(names):
        found.owns(name, f"g{number}", kind=Kind.GROUP)
    found.knowledge.index[ResourceType.GROUP].listed = False
    assert len(keepers(found)) == 1


def test_a_group_without_a_manifest_of_ours_keeps_no_one() -> None:
    found = known("bob", present="2")
    found.there("8", displayName="theirs", kind=Kind.GROUP, members=[{"value": "1"}])
    assert keepers(found) == ()


def test_who_stays_is_kept_by_no_group() -> None:
    assert keepers(known("ada", "bob", present="2"), "bob") == ()


def test_who_cannot_be_disabled_is_kept_no_longer() -> None:
    found = known("ada", present="1")
    assert keepers(found) == CANNOT_DO_WITHOUT
    found.knowledge.members.floors.give_up("1")
    assert keepers(found) == ()
