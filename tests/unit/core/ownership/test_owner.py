"""Who owns a resource, by what the resource itself shows."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.attributes.paths import CLEARED, parse
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.ownership.owner import Owner, still_has

ADA = ObjectKey(Kind.USER, "identity", "ada")
PLAIN, NAMED = Owner("", "identity"), Owner("east", "identity")
KEPT = Owner("east", "identity", parse("costCenter"))

OTHERS: list[tuple[Owner, dict[str, Any], str, str]] = [
    (PLAIN, {}, "", "nothing at the resource"),
    (PLAIN, {"externalId": "oid-1"}, "", "an id of an identity provider"),
    (PLAIN, {"externalId": "identity/eve"}, "", "another manifest of this namespace"),
    (PLAIN, {"externalId": "payroll/eve"}, "the manifest payroll/eve", "another namespace"),
    (PLAIN, {"externalId": "west/identity/ada"}, "the owner west", "an owner, and we have none"),
    (NAMED, {"externalId": "east/payroll/eve"}, "", "our own owner id in another namespace"),
    (NAMED, {"externalId": "west/identity/ada"}, "the owner west", "another owner"),
    (NAMED, {"externalId": "identity/ada"}, "", "from before the owner was named"),
    (NAMED, {"externalId": "payroll/ada"}, "the manifest payroll/ada", "another namespace, without an owner"),
    (NAMED, {"externalId": "west/identity/ada/handed-over"}, "the owner west", "handed over to another"),
    (KEPT, {"costCenter": "east", "externalId": "west/identity/ada"}, "", "the attribute counts before the mark"),
    (KEPT, {"costCenter": "west"}, "the owner west", "the attribute names another"),
    (KEPT, {"costCenter": ""}, "", "an empty attribute says nothing"),
    (KEPT, {"costCenter": "w" * 65}, f"the owner {'w' * 64}", "what is long is cut"),
]


@pytest.mark.parametrize(("owner", "document", "other", "why"), OTHERS, ids=[why for *_, why in OTHERS])
def test_another_owner(owner: Owner, document: dict, other: str, why: str) -> None:
    assert owner.other(document) == other, why


def test_marks() -> None:
    assert (PLAIN.mark(ADA), PLAIN.marks(ADA)) == ("identity/ada", ("identity/ada",))
    assert (NAMED.mark(ADA), NAMED.marks(ADA)) == ("east/identity/ada", ("east/identity/ada", "identity/ada"))


CONFIRMED = [
    (PLAIN, {"externalId": "identity/ada"}, True, True),
    (PLAIN, {"externalId": "identity/eve"}, False, False),
    (PLAIN, {}, False, False),
    (NAMED, {"externalId": "identity/ada"}, False, True),
    (NAMED, {"externalId": "east/identity/ada"}, True, True),
    (KEPT, {"externalId": "oid-1", "costCenter": "east"}, False, True),
    (KEPT, {"externalId": "oid-1", "costCenter": "west"}, False, False),
    (Owner("", "identity", parse("costCenter")), {"costCenter": ""}, False, False),
]


@pytest.mark.parametrize(("owner", "document", "carries", "confirms"), CONFIRMED)
def test_its_own_mark_makes_it_ours_and_less_confirms_a_record(
    owner: Owner, document: dict, carries: bool, confirms: bool
) -> None:
    assert (owner.carries(document, ADA), owner.confirms(document, ADA)) == (carries, confirms)


TITLE, NICK = parse("title"), parse("nickName")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({TITLE: "Analyst"}, True),
        ({TITLE: "Pirate"}, False),
        ({TITLE: "Pirate", NICK: "Countess"}, True),
        ({TITLE: CLEARED}, False),
        ({}, False),
    ],
)
def test_one_value_that_is_wanted_now_is_enough(wanted: dict, expected: bool) -> None:
    there = {"title": "Analyst", "nickName": "Countess"}
    assert still_has(there, wanted, [TITLE, NICK]) is expected


def test_of_the_paths_that_are_asked_about_alone() -> None:
    assert not still_has({"title": "Analyst", "nickName": "x"}, {TITLE: "Analyst"}, [NICK])
