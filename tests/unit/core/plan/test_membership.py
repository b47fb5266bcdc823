"""Which members a group gains and loses, policy by policy."""

from __future__ import annotations

import pytest

from scim_operator.api.enums import MembershipPolicy
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.plan.membership import (
    EVERYONE,
    FAILING,
    Acquaintance,
    MemberChanges,
    Membership,
    member_changes,
    observed_members,
    on_record,
)
from scim_operator.core.plan.plan import Member

EXCLUSIVE, ADDITIVE, OBSERVE = MembershipPolicy.EXCLUSIVE, MembershipPolicy.ADDITIVE, MembershipPolicy.OBSERVE

# policy, wanted, observed, added by us before, adds, removals, remembered, why
POLICIES = [
    (EXCLUSIVE, "ab", "ab", "", "", "", "*", "as wanted"),
    (EXCLUSIVE, "ab", "", "", "ab", "", "*", "both are missing"),
    (EXCLUSIVE, "a", "abc", "", "", "bc", "*", "whoever is not wanted goes"),
    (EXCLUSIVE, "", "ab", "", "", "ab", "*", "[] empties the group"),
    (EXCLUSIVE, "bc", "ab", "", "c", "a", "*", "one comes, one goes"),
    (ADDITIVE, "a", "x", "", "a", "", "a", "a foreign member stays, ours is added and remembered"),
    (ADDITIVE, "a", "ax", "", "", "", "", "a was there before us, and is not ours to take away"),
    (ADDITIVE, "", "ax", "a", "", "a", "", "we added a, and take it away"),
    (ADDITIVE, "", "x", "a", "", "", "", "a is gone already"),
    (ADDITIVE, "ab", "ax", "a", "b", "", "ab", "what we added before stays ours"),
    (ADDITIVE, "a", "x", "a", "a", "", "a", "somebody took a out; it is put back and still ours"),
    (ADDITIVE, "a", "ab", "*", "", "b", "a", "it was Exclusive before, so that all who are in it are ours"),
    (OBSERVE, "ab", "bc", "c", "", "", "", "nothing is ever done"),
    (OBSERVE, "a", "ab", "*", "", "", "", "whom others add from now on stays, so that nothing is remembered"),
]


def members(names: str) -> frozenset[Member]:
    """One user per letter."""
    return frozenset(Member(name) for name in names)


def owned(users: str, groups: str = "", listed: str = "", gone: str = "") -> Acquaintance:
    """The ids that we own, those of users that the service lists, and those of users who have left."""
    none: set[str] = set()
    return Acquaintance(
        {Kind.USER: set(users), Kind.GROUP: set(groups)},
        {Kind.USER: set(gone), Kind.GROUP: none},
        {Kind.USER: set(listed), Kind.GROUP: none},
    )


NONE = owned("")


def ids(changed: tuple[Member, ...]) -> str:
    """The letters of members, in their order."""
    return "".join(member.id for member in changed)


@pytest.mark.parametrize("case", POLICIES, ids=[case[-1] for case in POLICIES])
def test_policies(case: tuple) -> None:
    policy, wanted, observed, added, adds, removals, remembered, why = case
    found = member_changes(Membership(policy, members(wanted)), members(observed), added=frozenset(added), known=NONE)
    assert (ids(found.adds), ids(found.removals), "".join(found.remembered)) == (adds, removals, remembered), why


def test_no_members_in_the_manifest_manages_nothing() -> None:
    assert member_changes(None, members("ab"), added=frozenset("a"), known=owned("a")) == MemberChanges()


# coming, unknown, awaited, ours, listed, removals, kept, why
UNCERTAIN = [
    (0, "", "", "", "", "xy", "", "everyone wanted is known, so the others are strangers"),
    (
        1,
        "",
        "",
        "",
        "",
        "",
        "xy",
        "one of them may be the member who is still to be matched, for the service lists neither",
    ),
    (1, "", "", "", "x", "x", "y", "x is listed, and the pending member does not match it"),
    (1, "", "", "x", "", "x", "y", "x is or was another manifest's, so it is not the one we wait for"),
    (0, "", "x", "x", "", "y", "", "a listing lacked x, which does not prove that it has gone"),
    (1, "", "x", "xy", "", "y", "", "y is known and not wanted"),
    (0, "late", "", "", "xy", "", "xy", "what the pending member matches cannot be known"),
    (0, "late", "", "x", "xy", "x", "y", "but x is or was another manifest's"),
]


@pytest.mark.parametrize("case", UNCERTAIN, ids=[case[-1] for case in UNCERTAIN])
def test_no_one_is_removed_who_may_be_a_pending_member(case: tuple) -> None:
    coming, unknown, awaited, ours, listed, removals, kept, why = case
    membership = Membership(
        EXCLUSIVE,
        members("a"),
        ("scimuser/late",),
        coming=coming,
        awaited=members(awaited),
        unknown=(unknown,) if unknown else (),
    )
    found = member_changes(membership, members("axy"), added=frozenset(), known=owned(ours, listed=listed))
    assert (ids(found.removals), ids(tuple(member for member, _ in found.kept))) == (removals, kept), why


FROZEN = {Member("x", name="scimuser/xenia"): "suspended"}


@pytest.mark.parametrize("policy", [EXCLUSIVE, ADDITIVE])
def test_who_is_kept_is_named_with_the_reason(policy: MembershipPolicy) -> None:
    membership = Membership(policy, members("a"), frozen=FROZEN)
    found = member_changes(membership, members("axy"), added=frozenset("xy"), known=owned("xy"))
    assert (ids(found.adds), ids(found.removals)) == ("", "y")
    assert [(member.name, why) for member, why in found.kept] == [("scimuser/xenia", "suspended")]


@pytest.mark.parametrize("policy", [EXCLUSIVE, ADDITIVE])
def test_where_an_expression_fails_all_stay_but_those_who_have_left(policy: MembershipPolicy) -> None:
    membership = Membership(policy, members("a"), doubt=FAILING)
    found = member_changes(membership, members("axy"), added=frozenset("xy"), known=owned("xy", gone="y"))
    assert ids(found.removals) == "y"
    assert [(member.id, why) for member, why in found.kept] == [("x", "an expression that selects members fails")]


def test_what_a_member_is_does_not_depend_on_the_manifest_behind_it() -> None:
    wanted = frozenset({Member("a", name="scimuser/ada")})
    found = member_changes(Membership(EXCLUSIVE, wanted), members("a"), added=frozenset(), known=NONE)
    assert found == MemberChanges(remembered=(EVERYONE,))


# the member as the service shows it, known group ids, its type, why
SHOWN = [
    ({"value": "g"}, set(), ResourceType.USER, "a user unless something says otherwise"),
    ({"value": "g", "type": "Group"}, set(), ResourceType.GROUP, "the service says so"),
    ({"value": "g", "type": "group"}, set(), ResourceType.GROUP, "in whatever case"),
    ({"value": "g", "type": "User"}, set(), ResourceType.USER, "the service says so"),
    ({"value": "g"}, {"g"}, ResourceType.GROUP, "the id is that of a group"),
]


@pytest.mark.parametrize(("shown", "groups", "type", "why"), SHOWN)
def test_members_as_the_service_shows_them(shown: dict, groups: set[str], type: ResourceType, why: str) -> None:
    assert {member.type for member in observed_members({"members": [shown]}, groups)} == {type}, why


@pytest.mark.parametrize("document", [{}, {"members": None}, {"members": []}, {"members": [{"display": "?"}]}])
def test_no_members_in_any_form(document: dict) -> None:
    assert observed_members(document, ()) == frozenset()


def test_a_user_and_a_group_of_one_id_are_two_members() -> None:
    """Services that number users and groups each from 1 have both."""
    user, group = Member("1"), Member("1", ResourceType.GROUP)
    both = Membership(EXCLUSIVE, frozenset({user, group}))
    assert member_changes(both, frozenset({group}), added=frozenset(), known=NONE).adds == (user,)
    alone = Membership(EXCLUSIVE, frozenset({user}))
    assert member_changes(alone, frozenset({user, group}), added=frozenset(), known=NONE).removals == (group,)


@pytest.mark.parametrize(
    ("reported", "wanted", "type"),
    [
        pytest.param("User", ResourceType.GROUP, ResourceType.USER, id="the service tells the type"),
        pytest.param("", ResourceType.USER, ResourceType.USER, id="it does not, and the user is wanted"),
        pytest.param("", ResourceType.GROUP, ResourceType.GROUP, id="it does not, and the group is wanted"),
        pytest.param("", None, ResourceType.GROUP, id="it does not, and no one is wanted: there is such a group"),
    ],
)
def test_the_type_of_a_member_that_may_be_a_user_or_a_group(
    reported: str, wanted: ResourceType | None, type: ResourceType
) -> None:
    document = {"members": [{"value": "1", **({"type": reported} if reported else {})}]}
    expected = [Member("1", wanted)] if wanted else []
    assert observed_members(document, {"1"}, expected) == {Member("1", type)}


def test_a_pending_user_does_not_keep_a_group_of_the_same_id() -> None:
    membership = Membership(EXCLUSIVE, frozenset(), ("scimuser/late",), coming=1, awaited=frozenset({Member("1")}))
    found = member_changes(
        membership, frozenset({Member("1", ResourceType.GROUP)}), added=frozenset(), known=owned("", "1")
    )
    assert ids(found.removals) == "1"


@pytest.mark.parametrize(
    ("held_up", "added", "remembered", "why"),
    [
        ({"unlisted": True}, "*", ("a",), "may be a stranger, who stays should the group become additive"),
        ({"frozen": FROZEN}, "", ("a",), "is suspended, and not put in by us"),
        ({"frozen": FROZEN}, "*", ("a", "x"), "is suspended, was in the group as it was ours, and leaves later"),
    ],
)
def test_whom_an_exclusive_group_answers_for_of_those_it_keeps(
    held_up: dict, added: str, remembered: tuple[str, ...], why: str
) -> None:
    membership = Membership(EXCLUSIVE, members("a"), **held_up)
    found = member_changes(membership, members("ax"), added=added, known=NONE)
    assert (found.remembered, len(found.kept)) == (remembered, 1), why


EXCLUSIVE, ADDITIVE, OBSERVE = MembershipPolicy.EXCLUSIVE, MembershipPolicy.ADDITIVE, MembershipPolicy.OBSERVE
# the policy by now, as planned, on record, who is there, on record from now on, why
ON_RECORD = [
    (EXCLUSIVE, (EVERYONE,), (EVERYONE,), {"1"}, (EVERYONE,), "all are its own"),
    (EXCLUSIVE, (EVERYONE,), ("1",), {"1", "2"}, (EVERYONE,), "all are its own again"),
    (EXCLUSIVE, ("1",), (EVERYONE,), {"1", "2"}, ("1",), "a stranger stays in doubt, and is not ours"),
    (EXCLUSIVE, ("1",), ("1", "2"), {"1", "2"}, ("1", "2"), "a removal waits"),
    (ADDITIVE, (EVERYONE,), (EVERYONE,), {"2", "1"}, ("1", "2"), "it changed while nothing was done with it"),
    (ADDITIVE, (EVERYONE,), (EVERYONE,), set(), (), "and was empty"),
    (ADDITIVE, ("1",), (EVERYONE,), {"1", "2"}, ("1", "2"), "it changed, and a removal waits"),
    (ADDITIVE, ("1",), (EVERYONE,), {"1"}, ("1",), "it changed"),
    (ADDITIVE, ("2", "1"), ("1",), {"1", "2", "3"}, ("2", "1"), "others come"),
    (OBSERVE, (EVERYONE,), (EVERYONE,), {"1"}, (), "it is only looked at, and nothing was done with it"),
    (OBSERVE, (), (EVERYONE,), {"1"}, (), "it is only looked at"),
    (OBSERVE, (), ("1",), {"1"}, ("1",), "whom it was given stays known"),
]


@pytest.mark.parametrize(("policy", "planned", "recorded", "present", "expected", "why"), ON_RECORD)
def test_everyone_ends_with_the_policy(
    policy: MembershipPolicy, planned: tuple, recorded: tuple, present: set, expected: tuple, why: str
) -> None:
    assert on_record(policy, planned, recorded, present) == expected, why


def test_who_was_about_to_be_added_is_not_said_to_be_there() -> None:
    """A group was Ready without a suspended member whom a request that failed was to add (campaign 640316)."""
    (ben,) = members("b")
    membership = Membership(EXCLUSIVE, members("b"), frozen={ben: "suspended"}, unshown=True)
    found = member_changes(membership, members(""), added=(EVERYONE, "b"), known=NONE)
    assert found.withheld == ((ben, "suspended"),)
