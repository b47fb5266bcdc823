"""Groups whose members are dear to find: by expressions and selectors over many users, and nested in rings."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.expressions.meter import BASE
from scim_operator.core.keys import Kind
from scim_operator.core.members.judging import STEPS_FOR_A_USER, TURN
from scim_operator.core.members.nesting import Nesting
from scim_operator.core.members.selection import LEAST, MOST, room_in
from scim_operator.core.members.topology import Topology
from scim_operator.core.records.record import GroupMember, MatchingUsers, SelectedUsers, record_of
from scim_operator.errors import InvalidSpec
from scim_operator.job.gather.namespace import Namespace
from tests.support.present import present

ANALYSTS = 'user.title == "Analyst"'


def user(name: str, title: str = "Analyst", generation: int = 1) -> Any:
    return manifest(Kind.USER, name, generation, userName=name, title=title)


def group(name: str, *members: dict[str, Any], generation: int = 1) -> Any:
    return manifest(Kind.GROUP, name, generation, displayName=name, members=list(members))


def manifest(kind: Kind, name: str, generation: int, **spec: Any) -> Any:
    metadata = {"namespace": "n", "name": name, "uid": name, "generation": generation}
    return record_of(kind, {"metadata": {**metadata, "resourceVersion": f"{name} {generation}"}, "spec": spec})


def namespace_of(users: int) -> Namespace:
    namespace = Namespace()
    for number in range(users):
        namespace.put(user(f"user{number}"))
    return namespace


def names(users: int) -> set[str]:
    return {f"user{number}" for number in range(users)}


MEMBERS = [{"expression": ANALYSTS}, {"userSelector": {"matchLabels": {"team": "a"}}}]


@pytest.mark.parametrize("member", MEMBERS, ids=["expression", "selector"])
def test_a_new_group_gives_others_turns_and_is_seen_only_when_it_is_whole(member) -> None:
    namespace, steps = namespace_of(20 * TURN), 0
    for _ in namespace.putting(group("new", member)):
        steps += 1
        assert namespace.get(Kind.GROUP, "new") is None
        assert namespace.topology.groups() == ()
    assert steps >= 20
    assert namespace.get(Kind.GROUP, "new") is not None
    assert namespace.topology.effective_users("new") == (names(20 * TURN) if "expression" in member else set())


def test_an_edited_group_keeps_its_members_until_the_new_ones_are_found() -> None:
    namespace = namespace_of(4 * TURN)
    namespace.put(group("g", {"userRef": {"name": "user1"}}))
    for _ in namespace.putting(group("g", {"expression": ANALYSTS}, generation=2)):
        assert namespace.topology.effective_users("g") == {"user1"}
    assert namespace.topology.effective_users("g") == names(4 * TURN)


def test_who_is_edited_comes_or_goes_meanwhile_is_judged_as_it_is() -> None:
    namespace = namespace_of(4 * TURN)
    steps = namespace.putting(group("g", {"expression": ANALYSTS}))
    next(steps)
    namespace.put(user("user1", title="Chef", generation=2))
    namespace.put(user(f"user{4 * TURN - 1}", title="Chef", generation=2))
    namespace.put(user("late"))
    namespace.drop(present(namespace.get(Kind.USER, "user2")).key, "user2")
    for _ in steps:
        pass
    wanted = names(4 * TURN) - {"user1", "user2", f"user{4 * TURN - 1}"} | {"late"}
    assert namespace.topology.effective_users("g") == wanted


def test_a_list_gives_others_turns_within_one_group() -> None:
    namespace = namespace_of(20 * TURN)
    assert sum(1 for _ in namespace.replacing(Kind.GROUP, [group("g", {"expression": ANALYSTS})])) > 20
    assert namespace.topology.effective_users("g") == names(20 * TURN)


def test_a_group_of_many_expressions_gives_others_turns_while_they_are_compiled() -> None:
    namespace = namespace_of(1)
    members = [{"expression": f"user.title == 'Chef {number}'"} for number in range(200)]
    assert sum(1 for _ in namespace.putting(group("g", *members, {"expression": ANALYSTS}))) >= 201
    assert namespace.topology.effective_users("g") == {"user0"}


def test_an_interrupted_one_is_begun_again() -> None:
    namespace = namespace_of(4 * TURN)
    steps = namespace.putting(group("g", {"expression": ANALYSTS}))
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    namespace.put(group("g", {"expression": ANALYSTS}))
    assert namespace.topology.effective_users("g") == names(4 * TURN)


def test_expressions_that_look_at_the_clock_are_asked_again_in_turns() -> None:
    namespace = namespace_of(20 * TURN)
    namespace.put(group("g", {"expression": f'{ANALYSTS} && Now() != ""'}))
    assert sum(1 for _ in namespace.reconsider()) >= 20
    assert namespace.topology.effective_users("g") == names(20 * TURN)


def test_a_group_of_a_thousand_conditions_costs_what_one_may() -> None:
    topology = Topology(lambda name: {"userName": name})
    for number in range(1_000):
        topology.put_user(f"user{number}", {})
    topology.put_group("good", [MatchingUsers("user.userName == 'user7'")])
    topology.put_group("evil", [MatchingUsers(f"user.userName == 'mallory{number}'") for number in range(1_000)])
    assert "costs too much" in topology.fault("evil")
    assert topology.judging.meter.total <= BASE + STEPS_FOR_A_USER * 2_000
    topology.put_user("user7", {"edited": "yes"})
    assert topology.fault("good") == ""
    assert topology.effective_users("good") == {"user7"}


def test_many_dear_conditions_are_still_a_fault_and_no_exception() -> None:
    topology = Topology(lambda name: {"userName": name})
    topology.put_user("ada", {})
    try:
        topology.put_group("evil", [MatchingUsers("lists.range(9000).all(a, a >= 0)")] * 100)
    except InvalidSpec:
        pytest.fail("one group's cost is that group's fault")


class Asked(dict[str, str]):
    """Labels that count how often they are asked for."""

    times = 0

    def get(self, name: str, default: Any = None) -> Any:
        self.times += 1
        return super().get(name, default)


def test_a_thousand_selectors_cost_what_a_user_s_labels_cost() -> None:
    topology = Topology()
    selectors = [SelectedUsers((("team", "a"), ("room", str(number)))) for number in range(1_000)]
    topology.put_group("g", selectors)
    labels = {"in": Asked(team="a", room="7"), "out": Asked(team="a", room="none"), "other": Asked(team="b", room="7")}
    for name, each in labels.items():
        topology.put_user(name, each)
    assert topology.effective_users("g") == {"in"}
    assert max(each.times for each in labels.values()) <= 4


class Counting(Nesting):
    """Counts how often it is asked for what groups are nested in."""

    walks = 0

    def ancestors(self, groups: Any) -> set[str]:
        self.walks += 1
        return super().ancestors(groups)


def test_a_ring_of_groups_that_all_select_is_walked_once() -> None:
    topology, size = Topology(), 300
    topology.nesting = nesting = Counting()
    topology.put_user("ada", {"team": "a"})
    topology.put_user("grace", {"team": "b"})
    for number in range(size):
        members = [GroupMember(f"g{(number + 1) % size}"), SelectedUsers((("team", "a"),))]
        topology.put_group(f"g{number}", members)
    nesting.walks = 0
    assert len(topology.put_user("grace", {"team": "a"})) == size
    assert nesting.walks == 1
    sets = [topology.effective_users(f"g{number}") for number in range(size)]
    assert sets[0] == {"ada", "grace"}
    assert all(each is sets[0] for each in sets)
    assert nesting.walks == 2
    topology.put_group("g5", [])
    assert topology.effective_users("g5") == frozenset()
    assert topology.effective_users("g4") == {"ada", "grace"}


def test_a_label_that_makes_more_memberships_than_there_is_memory_for_is_a_fault() -> None:
    topology = Topology(most=250)
    for number in range(100):
        topology.put_user(f"user{number}", {"team": "a"})
    for number in range(4):
        topology.put_group(f"g{number}", [SelectedUsers((("team", "a"),))])
    assert [bool(topology.fault(f"g{number}")) for number in range(4)] == [False, False, True, True]
    assert "memory" in topology.fault("g2")
    assert topology.is_doubtful(["g3"])  # so that nobody loses anything by it
    topology.put_group("g1", [])
    topology.put_group("g2", [SelectedUsers((("team", "a"),))])
    assert topology.fault("g2") == ""
    assert len(topology.effective_users("g2")) == 100


def test_the_user_for_whom_there_is_no_room_makes_it_a_fault() -> None:
    topology = Topology(most=3)
    topology.put_group("g", [SelectedUsers((("team", "a"),))])
    for number in range(4):
        topology.put_user(f"user{number}", {"team": "a"})
        assert bool(topology.fault("g")) is (number == 3)
    assert topology.effective_users("g") == {"user0", "user1", "user2"}
    topology.drop_user("user0")
    topology.put_group("g", [SelectedUsers((("team", "a"),))])
    assert topology.fault("g") == ""
    assert topology.effective_users("g") == {"user1", "user2", "user3"}


def test_what_nested_groups_have_together_is_remembered_as_far_as_there_is_room() -> None:
    topology = Topology(most=250)
    for number in range(100):
        topology.put_user(f"user{number}", {"team": "a"})
    topology.put_group("all", [SelectedUsers((("team", "a"),))])
    for number in range(50):
        topology.put_group(f"g{number}", [GroupMember("all")])
        assert len(topology.effective_users(f"g{number}")) == 100
    assert len(topology.remembered) <= 3


def test_room_follows_the_memory() -> None:
    assert room_in(None) == MOST
    assert room_in(512 << 20) == 1 << 20
    assert room_in(1 << 20) == LEAST
