"""The members that a group is to have: their ids, who is to come, who stays as is, and who depends on whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.decision.facts import Match
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.core.plan.plan import Member
from scim_operator.core.records.status import Reason, ServiceEntry, Verdict
from tests.support.knowing import CONFIG, Known, group, key, user

if TYPE_CHECKING:
    from scim_operator.core.plan.membership import Membership

TEAM = key("team", Kind.GROUP)


def of(known: Known, name: str = "team", *, nested: bool = False) -> Membership:
    members = known.knowledge.members
    members.nested = nested
    found = members.of(known.record(name, Kind.GROUP))
    assert found is not None
    return found


def ids(members: Any) -> set[str]:
    return {member.id for member in members}


def test_those_who_are_there_are_wanted_and_those_who_are_not_are_awaited() -> None:
    known = Known(user("ada"), user("bob"), user("eve"), user("sam"), group("team", "ada", "bob", "eve", "no-one"))
    known.owns("ada", "1")
    known.there("1")
    known.owns("eve", "", reason=Reason.NOT_CREATED)
    found = of(known)
    assert found.wanted == frozenset({Member("1", ResourceType.USER)})
    assert [member.name for member in found.wanted] == [str(key("ada"))]
    assert found.pending == tuple(map(str, (key("bob"), key("eve"), key("no-one"))))
    assert (found.lacking, found.coming, found.placed) == (1, 1, 0)
    assert (found.unlisted, found.doubt, found.in_ring) == (False, "", False)
    assert (found.unshown, found.recorded) == (True, False)


def test_a_group_whose_manifest_names_no_members_manages_none() -> None:
    known = Known(group("team", members=None))
    assert known.knowledge.members.of(known.record("team", Kind.GROUP)) is None
    assert of(Known(group("team"))).wanted == frozenset()


def test_who_is_to_be_taken_over_is_awaited_under_its_id() -> None:
    known = Known(user("ada"), user("bob"), group("team", "ada", "bob"))
    known.there("7", userName="ada@corp.example")
    known.knowledge.look(known.record("ada"))
    found = of(known)
    assert (found.coming, found.placed, ids(found.awaited)) == (2, 1, {"7"})
    assert found.unknown == ()


def test_who_is_there_before_the_manifest_is_awaited_unless_inactive_or_anothers() -> None:
    known = Known(user("eve"), group("team", "ada", "bob", "sam"))
    known.there("1", "ada")
    known.there("2", "bob", active=False)
    known.there("3", "sam")
    known.owns("eve", "3")
    assert ids(of(known).awaited) == {"1"}


def test_nested_groups_are_members_where_the_service_takes_them_and_their_users_where_it_does_not() -> None:
    known = Known(user("ada"), user("bob"), group("team", "ada", "@crew"), group("crew", "bob"), group("all", "@team"))
    for name, id in (("ada", "1"), ("bob", "2")):
        known.owns(name, id)
        known.there(id)
    known.owns("crew", "g", Kind.GROUP)
    known.there("g", "", Kind.GROUP)
    assert ids(of(known).wanted) == {"1", "2"}
    assert {(each.id, each.type) for each in of(known, nested=True).wanted} == {
        ("1", ResourceType.USER),
        ("g", ResourceType.GROUP),
    }
    members = known.knowledge.members
    assert (members.parts(TEAM), members.touched_by(key("crew", Kind.GROUP))) == ({key("crew", Kind.GROUP)}, {TEAM})
    members.nested = False
    assert (members.parts(TEAM), members.touched_by(key("crew", Kind.GROUP))) == (set(), set())
    assert members.touched_by(key("bob")) == {key(name, Kind.GROUP) for name in ("crew", "team", "all")}


def test_a_ring_of_groups_is_known() -> None:
    known = Known(group("team", "@crew"), group("crew", "@team"), group("out", "@team"))
    assert [of(known, name).in_ring for name in ("team", "crew", "out")] == [True, True, False]


def test_a_listing_that_lacks_a_type_of_member_is_no_overview() -> None:
    known = Known(group("team"))
    known.knowledge.index[ResourceType.GROUP].listed = False
    assert (of(known).unlisted, of(known, nested=True).unlisted) == (False, True)
    known.knowledge.index[ResourceType.USER].listed = False
    assert of(known).unlisted


def test_who_neither_comes_nor_goes() -> None:
    known = Known(
        user("ada", suspend=True),
        user("bob", title="no number"),
        user("eve", deleting=True, title="9"),
        user("sam", title="9"),
        group("team", "ada", "bob", "eve", "sam"),
        users={"expression": "int(user.title) > 5"},
        protected={"users": [{"userRef": {"name": "eve"}}]},
    )
    for number, name in enumerate(("ada", "bob", "eve", "sam")):
        known.owns(name, str(number))
        known.there(str(number))
    frozen = of(known).frozen
    assert ids(frozen) == {"0", "1", "2"}
    by_id = {member.id: why for member, why in frozen.items()}
    assert (by_id["0"], by_id["1"]) == ("suspended", "its scope cannot be known")


def test_a_report_is_looked_at_when_its_manager_moves() -> None:
    manager = {"manager": {"userRef": {"name": "ada"}}}
    known = Known(user("ada"), user("bob", **manager), group("team", "ada"))
    assert known.knowledge.members.touched_by(key("ada")) == {key("bob"), TEAM}
    assert known.knowledge.members.touched_by(key("bob")) == set()


def test_what_a_missing_member_matches_may_be_unknown() -> None:
    known = Known(user("ada"), user("bob"), group("team", "ada", "bob"))
    known.knowledge.candidates.note(key("ada"), Match(), known=False)
    known.knowledge.candidates.note(key("bob"), Match(), known=True)
    members = known.knowledge.members
    assert of(known).unknown == (str(key("ada")),)
    assert (members.is_unknown(key("ada")), members.is_unknown(key("bob")), members.is_unknown(key("no-one"))) == (
        True,
        False,
        False,
    )


def test_the_groups_that_a_service_has_are_told_from_users_where_it_takes_groups() -> None:
    known = Known(group("team"))
    known.there("g", "", Kind.GROUP)
    record = known.record("team", Kind.GROUP)
    assert "g" not in known.knowledge.facts(record).group_ids
    known.knowledge.members.nested = True
    assert "g" in known.knowledge.facts(record).group_ids


def test_what_another_operator_has_put_on_record_is_awaited_unless_it_is_someone_elses_here() -> None:
    """A status that is set back, as with etcd, may name what another manifest has by now."""
    known = Known(user("ada"), user("bob"), user("eve"), group("team", "ada", "bob"))
    for name, id in (("ada", "1"), ("bob", "2"), ("eve", "3")):
        known.owns(name, id)
        known.there(id, name)
    for name, id in (("ada", "7"), ("bob", "3")):
        known.knowledge.entries.elsewhere[key(name)] = ServiceEntry(
            CONFIG.name, Verdict(Reason.PROVISIONED, ""), 1, id=id
        )
    assert ids(of(known).awaited) == {"7"}
    known.owns("ada", "7")
    assert key("ada") not in known.knowledge.entries.elsewhere
