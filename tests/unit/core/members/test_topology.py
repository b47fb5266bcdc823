"""Who is in which group, one manifest at a time; checked against a plain recomputation of the whole."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from scim_operator.core.members.topology import Topology
from scim_operator.core.records.record import GroupMember, MemberRef, SelectedUsers, UserMember

PROD = SelectedUsers((("tier", "prod"),))


def users(*names: str) -> list[MemberRef]:
    """Members by name."""
    return [UserMember(name) for name in names]


def test_direct_and_nested_members_are_effective() -> None:
    topology = Topology()
    topology.put_group("outer", [UserMember("ada"), GroupMember("inner")])
    topology.put_group("inner", users("grace"))
    assert topology.direct_users("outer") == {"ada"}
    assert topology.effective_users("outer") == {"ada", "grace"}


def test_a_change_touches_the_group_and_all_that_it_is_nested_in() -> None:
    topology = Topology()
    topology.put_group("outer", [GroupMember("middle")])
    topology.put_group("middle", [GroupMember("inner")])
    assert topology.put_group("inner", users("ada")) == {"inner", "middle", "outer"}
    assert topology.put_group("inner", users("ada")) == set(), "the same again touches nothing"
    assert topology.effective_users("outer") == {"ada"}


def test_a_group_may_be_named_before_it_exists() -> None:
    topology = Topology()
    topology.put_group("outer", [GroupMember("later")])
    assert topology.effective_users("outer") == frozenset()
    assert "outer" in topology.put_group("later", users("ada"))
    assert topology.effective_users("outer") == {"ada"}


def test_a_dropped_group_keeps_its_name_in_others() -> None:
    topology = Topology()
    topology.put_group("outer", [GroupMember("inner")])
    topology.put_group("inner", users("ada"))
    assert topology.drop_group("inner") == {"inner", "outer"}
    assert topology.effective_users("outer") == frozenset()
    topology.put_group("inner", users("ada"))
    assert topology.effective_users("outer") == {"ada"}


def test_labels_bring_users_in_and_take_them_out() -> None:
    topology = Topology()
    topology.put_group("outer", [GroupMember("prod")])
    topology.put_group("prod", [PROD])
    assert topology.put_user("ada", {"tier": "prod"}) == {"prod", "outer"}
    assert topology.put_user("ada", {"tier": "prod", "colour": "red"}) == set(), "selected as before"
    assert topology.effective_users("outer") == {"ada"}
    assert topology.put_user("ada", {"tier": "test"}) == {"prod", "outer"}
    assert topology.effective_users("outer") == frozenset()


def test_a_user_named_and_selected_stays_while_one_of_the_two_holds() -> None:
    topology = Topology()
    topology.put_group("g", [UserMember("ada"), PROD])
    assert topology.put_user("ada", {"tier": "prod"}) == set(), "a member already"
    assert topology.put_user("ada", {}) == set(), "and still"
    assert topology.groups_of("ada") == {"g"}


def test_a_dropped_user_is_selected_no_more_but_named_still() -> None:
    topology = Topology()
    topology.put_group("named", users("ada"))
    topology.put_group("selecting", [PROD])
    topology.put_user("ada", {"tier": "prod"})
    assert topology.drop_user("ada") == {"selecting"}
    assert topology.groups_of("ada") == {"named"}


def test_a_selector_finds_users_that_were_there_before() -> None:
    topology = Topology()
    topology.put_user("ada", {"tier": "prod"})
    topology.put_user("bob", {"tier": "test"})
    topology.put_group("prod", [PROD])
    assert topology.direct_users("prod") == {"ada"}


def test_every_group_of_a_cycle_has_the_same_users() -> None:
    topology = Topology()
    topology.put_group("one", [UserMember("ada"), GroupMember("two")])
    topology.put_group("two", [UserMember("bob"), GroupMember("one")])
    assert topology.effective_users("one") == topology.effective_users("two") == {"ada", "bob"}
    assert topology.put_group("two", [GroupMember("one")]) == {"one", "two"}
    assert topology.effective_users("one") == {"ada"}


def test_a_group_in_itself_is_harmless() -> None:
    topology = Topology()
    topology.put_group("one", [UserMember("ada"), GroupMember("one")])
    assert topology.effective_users("one") == {"ada"}
    assert topology.nesting.descendants(["one"]) == {"one"}


def test_members_that_are_not_managed_are_none() -> None:
    topology = Topology()
    topology.put_group("g", users("ada"))
    assert topology.put_group("g", None) == {"g"}
    assert topology.effective_users("g") == frozenset()


NAMES = st.sampled_from(["a", "b", "c", "d"])
MEMBERS = st.lists(st.one_of(NAMES.map(UserMember), NAMES.map(GroupMember), st.just(PROD)), max_size=4)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put_group"), NAMES, MEMBERS),
        st.tuples(st.just("drop_group"), NAMES),
        st.tuples(st.just("put_user"), NAMES, st.sampled_from([{}, {"tier": "prod"}])),
        st.tuples(st.just("drop_user"), NAMES),
    ),
    max_size=25,
)


class Plain:
    """The same by recomputing everything."""

    def __init__(self) -> None:
        self.groups: dict[str, list[MemberRef]] = {}
        self.labels: dict[str, dict[str, str]] = {}

    def effective(self, group: str, seen: frozenset[str] = frozenset()) -> set[str]:
        """All users in the group."""
        if group in seen:
            return set()
        found: set[str] = set()
        for member in self.groups.get(group, ()):
            match member:
                case UserMember(name):
                    found.add(name)
                case GroupMember(name):
                    found |= self.effective(name, seen | {group})
                case _:
                    found |= {name for name, labels in self.labels.items() if labels.get("tier") == "prod"}
        return found


@given(STEPS)
@settings(max_examples=200, deadline=None)
def test_it_always_equals_a_plain_recomputation(steps: list[tuple]) -> None:
    topology, plain = Topology(), Plain()
    for verb, name, *rest in steps:
        before = {group: frozenset(plain.effective(group)) for group in "abcd"}
        if verb == "drop_group" and name not in plain.groups:
            continue
        touched = getattr(topology, verb)(name, *rest)
        if verb == "put_group":
            plain.groups[name] = rest[0]
        elif verb == "drop_group":
            del plain.groups[name]
        elif verb == "put_user":
            plain.labels[name] = rest[0]
        else:
            plain.labels.pop(name, None)
        after = {group: frozenset(plain.effective(group)) for group in "abcd"}
        assert {group: topology.effective_users(group) for group in "abcd"} == after
        assert {group for group in "abcd" if before[group] != after[group]} <= touched, "nobody is left unaware"
        for user in "abcd":
            assert topology.groups_of(user) & set("abcd") == {group for group in "abcd" if user in after[group]}
