"""The index: what is searched is what was last heard, and all of it."""

from __future__ import annotations

from typing import Any

from scim_operator.console.people import People, Query
from scim_operator.core.keys import Kind
from scim_operator.core.records.record import SourceRecord, record_of
from tests.support.lists import NAMESPACE, group, served, user


def record(manifest: dict[str, Any], kind: Kind = Kind.USER) -> SourceRecord:
    return record_of(kind, served(manifest))


def index(*numbers: int) -> People:
    people = People()
    for number in numbers:
        people.observe(record(user(number)))
    return people


def names(people: People, **query: str) -> list[str]:
    return [entry.key.name for entry in people.find(Query(**query)).entries]


def test_users_come_before_groups_and_both_by_name() -> None:
    people = index(2, 1)
    people.observe(record(group("a"), Kind.GROUP))
    assert names(people) == ["user-000001", "user-000002", "a"]


def test_all_words_must_be_there_in_any_order_and_case() -> None:
    people = index(1, 2, 12)
    assert names(people, text="FAMILY1 given") == ["user-000001", "user-000012"]
    assert names(people, text="family1 000012") == ["user-000012"]
    assert names(people, text="family1 nothing") == []


def test_what_changes_is_found_as_it_is_now() -> None:
    people = index(1)
    people.observe(record(user(1, "Held")))
    assert names(people, reason="Held") == ["user-000001"]
    assert names(people, reason="Provisioned") == []
    assert people.reasons() == {"Held": 1}
    assert people.count(Kind.USER) == 1


def test_what_is_gone_is_not_found_and_one_of_its_name_is() -> None:
    people = index(1, 2)
    people.forget("uid-user-000001")
    assert names(people) == ["user-000002"]
    again = user(1)
    again["metadata"]["uid"] = "another"
    people.observe(record(again))
    people.forget("uid-user-000001")
    assert names(people) == ["user-000001", "user-000002"]


def test_a_complete_list_ends_what_it_lacks() -> None:
    people = index(1, 2, 3)
    people.retain(Kind.USER, NAMESPACE, frozenset({"uid-user-000002"}))
    assert names(people) == ["user-000002"]


def test_a_part_of_the_list_says_how_many_there_are() -> None:
    found = index(*range(10)).find(Query(), begin=8, most=5)
    assert (found.total, len(found.entries)) == (10, 2)


def test_each_change_is_a_revision() -> None:
    people = index(1)
    before = people.revision
    people.observe(record(user(1, "Held")))
    assert people.revision > before


def test_odd_statuses_and_documents_are_taken_in() -> None:
    people = People()
    odd = user(1)
    odd["spec"] |= {"name": "Ada", "emails": ["x"], "userName": "ada"}
    odd["status"] = {"conditions": [{"type": "Ready", "status": 1, "reason": 2}], "services": [{"config": "c"}]}
    people.observe(record(odd))
    assert names(people, text="ada") == ["user-000001"]
