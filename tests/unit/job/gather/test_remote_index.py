"""What a service was seen to hold: found by id and by value, and doubted where it may have changed."""

from __future__ import annotations

from typing import Any

from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import Kind, ResourceType
from scim_operator.job.gather.census import Census
from scim_operator.job.gather.remote_index import RemoteIndex
from tests.support.knowing import Known, group

USER_NAME, EXTERNAL_ID = parse("userName"), parse("externalId")
ADA = {"id": "1", "userName": "Ada@Corp.Example", "externalId": "a"}
BOB = {"id": "2", "userName": "bob@corp.example", "externalId": "b", "active": False}


def index_of(*documents: dict[str, Any]) -> RemoteIndex:
    made = RemoteIndex((EXTERNAL_ID, USER_NAME), Census(lambda document: document.get("owner") == "other"))
    for document in documents:
        made.put(document)
    return made


def test_a_resource_is_found_by_id_and_by_each_matching_value() -> None:
    index = index_of(ADA, BOB)
    assert (len(index), index.ids(), "1" in index, "3" in index) == (2, {"1", "2"}, True, False)
    assert (index.get("1"), index.get("3")) == (ADA, None)
    assert index.find(USER_NAME, "ada@corp.example") == ("1",), "in any case of letters"
    assert (index.find(EXTERNAL_ID, "b"), index.find(EXTERNAL_ID, "B"), index.find(USER_NAME, "eve")) == (
        ("2",),
        (),
        (),
    )


def test_values_that_two_have_name_both_in_order() -> None:
    index = index_of({**ADA, "id": "9"}, ADA)
    assert index.find(USER_NAME, "ada@corp.example") == ("1", "9")
    index.drop("1")
    assert index.find(USER_NAME, "ada@corp.example") == ("9",)
    index.drop("9")
    assert index.find(USER_NAME, "ada@corp.example") == ()


def test_a_resource_that_changed_is_found_as_it_is_now() -> None:
    index = index_of(ADA, BOB)
    index.put({**ADA, "userName": "lovelace", "active": False, "owner": "other"})
    assert (index.find(USER_NAME, "ada@corp.example"), index.find(USER_NAME, "lovelace")) == ((), ("1",))
    assert (index.census.foreign, index.is_active("1")) == (1, False)
    index.put(ADA)
    assert (index.census.foreign, index.is_active("1")) == (0, True)


def test_who_is_active() -> None:
    index = index_of(ADA, BOB, {"id": "3", "active": None})
    assert [index.is_active(id) for id in ("1", "2", "3", "4")] == [True, False, True, False]
    index.drop("1")
    assert not index.is_active("1")


def test_how_many_members_a_group_has() -> None:
    index = index_of({"id": "1", "members": [{"value": "7"}, {"value": "8"}]}, {"id": "2", "members": []}, {"id": "3"})
    assert ([index.size(id) for id in ("1", "2", "3", "4")], index.has_members) == ([2, 0, 0, 0], True)
    index.put({"id": "1"})
    assert (index.size("1"), index.has_members) == (0, False)


def test_what_is_doubted_is_doubted_until_it_is_seen_again() -> None:
    index = index_of(ADA, BOB)
    index.doubt(["1", "3"])
    assert [index.is_doubtful(id) for id in ("1", "2", "3")] == [True, False, False]
    index.put(ADA)
    assert not index.is_doubtful("1")
    index.doubt(["2"])
    index.drop("2")
    assert not index.is_doubtful("2")


def test_a_listing_does_not_undo_what_was_learned_while_it_ran() -> None:
    now, listed = index_of(ADA, BOB, {"id": "3"}), index_of(ADA, BOB, {"id": "3"})
    now.drop("3")
    now.keep_journal()
    now.put({**ADA, "userName": "lovelace"})
    now.drop("2")
    now.doubt(["1"])
    now.replay_journal(listed)
    assert listed.ids() == {"1", "3"}, "what went before it began is listed"
    assert (listed.get("1") or {})["userName"] == "lovelace"
    assert (listed.is_doubtful("1"), listed.is_doubtful("3")) == (True, False)


def test_ids_in_common() -> None:
    one, two = index_of(ADA, BOB), index_of(BOB, {"id": "3"})
    assert (one.common(two), one.common({"1": 0, "9": 0})) == ({"2"}, {"1"})


def test_a_group_holds_whom_it_lists_and_no_one_else() -> None:
    index = index_of({"id": "1", "members": [{"value": "77"}]}, {"id": "2", "members": [{"$ref": "/Users/77"}]})
    assert (index.holding("77"), index.holding("7"), index.holding("1")) == (["1"], [], [])
    index.put({"id": "1", "members": [{"value": "78"}]})
    assert (index.holding("77"), index.holding("78")) == ([], ["1"])
    index.drop("1")
    assert index.holding("78") == []


def test_marks_that_two_ids_share_mislead_no_one() -> None:
    """Marks are joined without a gap, so that what lies across two of them is found as well."""
    members = [{"value": str(number)} for number in range(3_000)]
    index = index_of({"id": "1", "members": members})
    assert all(index.holding(str(number)) == ["1"] for number in range(0, 3_000, 100))
    assert not any(index.holding(str(number)) for number in range(3_000, 3_200))


def test_the_groups_that_hold_someone() -> None:
    known = Known()
    for id, members in (("g1", ["7", "8"]), ("g2", ["8"]), ("g3", [])):
        known.there(id, "", Kind.GROUP, members=[{"value": each} for each in members])
    index = known.knowledge.index
    assert [sorted(index.holding(id)) for id in ("7", "8", "9")] == [["g1"], ["g1", "g2"], []]


def hidden(*records: Any) -> Known:
    return Known(*records, service={"capabilities": {"verifyMembers": False}})


def test_a_service_that_shows_no_members_has_those_that_are_on_record() -> None:
    known = hidden(group("team"))
    known.there("g", "team", Kind.GROUP)
    known.owns("team", "g", Kind.GROUP, members=("7", "*", "8"))
    known.there("h", "", Kind.GROUP)
    groups = known.knowledge.index[ResourceType.GROUP]
    assert (groups.get("g") or {})["members"] == [{"value": "7"}, {"value": "8"}]
    assert (groups.get("h") or {})["members"] == []
    known.there("g", "team", Kind.GROUP, members=[{"value": "9"}])
    assert (groups.get("g") or {})["members"] == [{"value": "9"}], "what it shows counts"


def test_one_listed_member_shows_that_the_service_shows_them() -> None:
    known = hidden()
    index = known.knowledge.index
    for members, shows in (([], False), ([{"value": "7"}], True)):
        fresh = index.fresh(ResourceType.GROUP)
        fresh.put({"id": "g", "members": members})
        index.renew(ResourceType.GROUP, fresh)
        assert (index.shows_members, index.hides_members) == (shows, not shows)
        assert index[ResourceType.GROUP].listed
    fresh = Known().knowledge.index
    assert (fresh.shows_members, fresh.hides_members) == (False, False)
    users = index.fresh(ResourceType.USER)
    users.put({"id": "1", "members": [{"value": "7"}]})
    other = hidden().knowledge.index
    other.renew(ResourceType.USER, users)
    assert not other.shows_members, "users have no members"
