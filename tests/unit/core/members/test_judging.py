"""Judging users for groups that select: a few at a time, while edits go on and the old group counts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scim_operator.core.members.judging import TURN, Judging
from scim_operator.core.members.users import Users
from scim_operator.core.records.record import GroupMember, MatchingUsers, SelectedUsers, UserMember

if TYPE_CHECKING:
    from scim_operator.core.members.selection import Node, User

NOW = datetime(2026, 3, 1, tzinfo=UTC)
STAFF = MatchingUsers("user.title == 'staff'")
PROD = SelectedUsers((("tier", "prod"),))


class Namespace:
    """Users with titles and labels, and what judges them."""

    def __init__(self, number: int = 0) -> None:
        self.titles: dict[str, str] = {}
        self.users = Users(lambda name: {"userName": name, "title": self.titles.get(name, "")})
        self.judging = Judging(self.users, lambda: NOW)
        for each in range(number):
            self.put(f"u{each:03}", "staff" if each % 2 else "guest")

    def put(self, name: str, title: str, **labels: str) -> User:
        self.titles[name] = title
        self.users.put(name, labels)
        return self.users[name]

    def prepare(self, *members: Any) -> int:
        """Return how many turns others got."""
        return sum(1 for _ in self.judging.prepare("g", members))

    def node(self, *members: Any) -> Node:
        return self.judging.node("g", members)


def staff(number: int) -> set[str]:
    return {f"u{each:03}" for each in range(number) if each % 2}


def test_a_group_names_selects_and_nests() -> None:
    found = Namespace(4)
    found.put("ann", "guest", tier="prod")
    node = found.node(UserMember("x"), STAFF, PROD, GroupMember("inner"))
    assert (set(node.named), node.selected, node.children) == ({"x"}, {"u001", "u003", "ann"}, {"inner"})
    assert node.users == {"x", "u001", "u003", "ann"}


def test_others_get_a_turn_after_every_sixteen_users() -> None:
    assert TURN == 16
    for number, turns in ((15, 0), (16, 1), (31, 1), (48, 3)):
        found = Namespace(number)
        assert found.prepare(STAFF) == 1 + turns, "one for the expression that is compiled"
        assert found.node(STAFF).selected == staff(number)


def test_a_group_without_selection_is_not_judged() -> None:
    found = Namespace(40)
    assert found.prepare(UserMember("x"), GroupMember("inner")) == 0
    assert not found.judging.under_way


def test_what_was_prepared_counts_once_and_for_these_members_alone() -> None:
    found = Namespace(4)
    found.prepare(STAFF)
    assert found.judging.under_way
    found.titles["u000"] = "staff"  # not told to the judging: what was prepared is used as it is
    assert found.node(STAFF).selected == staff(4)
    assert not found.judging.under_way
    assert found.node(STAFF).selected == staff(4) | {"u000"}, "judged now"
    found.prepare(STAFF)
    assert found.node(PROD).selected == set(), "prepared for other members"


def test_who_is_edited_meanwhile_is_judged_again() -> None:
    found = Namespace(20)
    steps = found.judging.prepare("g", [STAFF])
    next(steps)
    next(steps)
    found.judging.edited(found.put("u001", "guest"), NOW)
    found.judging.edited(found.put("u000", "staff"), NOW)
    list(steps)
    assert found.node(STAFF).selected == (staff(20) - {"u001"}) | {"u000"}


def test_a_preparation_that_is_given_up_leaves_nothing() -> None:
    found = Namespace(40)
    steps = found.judging.prepare("g", [STAFF])
    next(steps)
    next(steps)
    assert found.judging.under_way
    steps.close()
    assert not found.judging.under_way


def test_all_are_judged_once_more_while_the_old_group_counts() -> None:
    found = Namespace(20)
    old = found.node(STAFF)
    found.titles["u000"] = "staff"
    steps = list(found.judging.again("g", old))
    assert steps[:-1] == [None]
    assert steps[-1].selected == staff(20) | {"u000"}
    assert old.selected == staff(20)
    assert not found.judging.under_way


def test_a_group_that_is_put_meanwhile_is_not_replaced_by_what_was_judged_before() -> None:
    found = Namespace(20)
    steps = found.judging.again("g", found.node(STAFF))
    assert next(steps) is None
    found.node(UserMember("x"))
    assert list(steps) == []


def test_what_fails_is_named_and_changes_nothing() -> None:
    found = Namespace(2)
    failing = MatchingUsers("int(user.title) > 1")
    node = found.node(failing)
    assert node.selected == set()
    assert "int(…) reads an integer" in node.fault
    for name in found.users:
        found.titles[name] = "5"
    judged = list(found.judging.again("g", node))[-1]
    assert (judged.selected, judged.fault) == ({"u000", "u001"}, "")
    broken = found.node(MatchingUsers("user."))
    assert (broken.selected, bool(broken.fault)) == (set(), True)


def several(*names: str) -> dict[str, list[MatchingUsers]]:
    return {name: [MatchingUsers(f"user.title == {name!r}")] for name in names}


def test_groups_that_are_prepared_together_read_each_user_once() -> None:
    read: list[str] = []

    def document(name: str) -> dict[str, str]:
        read.append(name)
        return {"userName": name, "title": "staff" if name > "b" else "guest"}

    users = Users(document)
    for name in "abc":
        users.put(name, {})
    judging = Judging(users, lambda: NOW)
    groups = several("staff", "guest", "owner")
    for _ in judging.prepare_all(groups):
        pass
    assert sorted(read) == ["a", "b", "c"]
    selected = {name: judging.node(name, members).selected for name, members in groups.items()}
    assert selected == {"staff": {"c"}, "guest": {"a", "b"}, "owner": set()}
    assert sorted(read) == ["a", "b", "c"], "and no more when they are put"


def test_a_user_who_is_edited_while_several_are_prepared_is_judged_as_edited() -> None:
    found = Namespace(40)
    groups = several("staff", "guest")
    for number, _ in enumerate(found.judging.prepare_all(groups)):
        if number == 3:  # two for what is compiled, and two of users: those up to u015 were judged
            for name in ("u001", "u035"):
                found.judging.edited(found.put(name, "guest"), NOW)
    assert found.judging.node("staff", groups["staff"]).selected == staff(40) - {"u001", "u035"}
    assert found.judging.node("guest", groups["guest"]).selected == {*found.titles} - staff(40) | {"u001", "u035"}


def test_what_is_prepared_and_never_put_is_given_up() -> None:
    found = Namespace(3)
    groups = several("staff", "guest")
    for _ in found.judging.prepare_all(groups):
        pass
    assert found.judging.under_way
    found.judging.abandon(groups)
    assert not found.judging.under_way
    assert found.judging.node("staff", groups["staff"]).selected == staff(3), "judged when it is put"


def test_one_that_fails_for_a_user_keeps_whom_the_others_select() -> None:
    found = Namespace(2)
    fails = {"broken": [MatchingUsers("int(user.title) > 1")], **several("staff")}
    for _ in found.judging.prepare_all(fails):
        pass
    assert found.judging.node("broken", fails["broken"]).fault.startswith("of scimuser/u000: ")
    assert found.judging.node("staff", fails["staff"]).selected == {"u001"}
