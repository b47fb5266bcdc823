"""Who is assigned and who has moved, followed one manifest at a time: the same as looking at everybody anew."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from scim_operator.api.config import Assignment
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.members.topology import Topology
from scim_operator.core.records.record import MatchingUsers, SelectedUsers
from scim_operator.core.scope.assignment import Assignments
from scim_operator.job.gather.group_changes import GroupChanges
from tests.unit.core.members.test_topology import STEPS

ASSIGNMENTS = Assignments.of(
    Assignment.model_validate(each)
    for each in (
        {"userRef": {"name": "d"}},
        {"groupRef": {"name": "a"}},
        {"userSelector": {"matchLabels": {"tier": "prod"}}},
    )
)


def key_of(verb: str, name: str) -> ObjectKey:
    return ObjectKey(Kind.USER if verb.endswith("user") else Kind.GROUP, "identity", name)


@given(STEPS)
@settings(max_examples=200, deadline=None)
def test_the_assigned_are_the_same_as_when_resolved_again(steps: list[tuple[Any, ...]]) -> None:
    topology = Topology()
    assigned = ASSIGNMENTS.resolve(topology)
    for verb, name, *rest in steps:
        if verb == "drop_group" and name not in topology.groups():
            continue
        getattr(topology, verb)(name, *rest)
        if key_of(verb, name).kind is Kind.GROUP or not ASSIGNMENTS.follow(assigned, name, topology):
            assigned = ASSIGNMENTS.resolve(topology)
        assert assigned == ASSIGNMENTS.resolve(topology)


@given(STEPS)
@settings(max_examples=200, deadline=None)
def test_who_has_moved_is_the_same_as_between_two_looks_at_everyone(steps: list[tuple[Any, ...]]) -> None:
    topology = Topology()
    group_changes = GroupChanges(topology)
    group_changes.begin()
    for verb, name, *rest in steps:
        if verb == "drop_group" and name not in topology.groups():
            continue
        before = {group: topology.effective_users(group) for group in "abcd"}
        touched = getattr(topology, verb)(name, *rest)
        moved = {user for group in "abcd" for user in before[group] ^ topology.effective_users(group)}
        assert moved <= group_changes.moved(touched, key_of(verb, name)), "nobody is forgotten"
        assert not group_changes.moved(touched, key_of("put_group", "a")), "and none of it comes again"


def test_a_user_whose_membership_cannot_be_known_makes_everyone_doubtful() -> None:
    documents: dict[str, dict[str, Any]] = {"ada": {"title": "Analyst"}}
    topology = Topology(lambda name: documents[name])
    topology.put_user("ada", {})
    topology.put_group("a", [MatchingUsers("int(user.title) > 3")])
    assigned = ASSIGNMENTS.resolve(topology)
    assert assigned.doubtful
    documents["ada"] = {"title": "7"}
    topology.put_user("ada", {})
    assert not ASSIGNMENTS.follow(assigned, "ada", topology), "resolve anew: it is not doubtful any more"


def test_a_user_is_read_once_for_all_groups_and_only_that_user() -> None:
    read: list[str] = []

    def document_of(name: str) -> dict[str, Any]:
        read.append(name)
        return {"title": "Analyst"}

    topology = Topology(document_of)
    for number in range(3):
        topology.put_group(f"g{number}", [MatchingUsers(f'user.title == "Analyst{number}"')])
    topology.put_group("labelled", [SelectedUsers((("tier", "prod"),))])
    for name in ("ada", "bob", "carol"):
        topology.put_user(name, {"tier": "prod"})
    assert read == ["ada", "bob", "carol"]
    topology.put_user("bob", {"tier": "prod"})
    assert read == ["ada", "bob", "carol", "bob"]
