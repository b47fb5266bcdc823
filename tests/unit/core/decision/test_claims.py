"""Who claims which resource."""

from __future__ import annotations

import pytest

from scim_operator.core.attributes.paths import parse
from scim_operator.core.decision.claims import Claims, claim_of
from scim_operator.core.keys import Kind, ObjectKey

ADA, BOB, EVE = (ObjectKey(Kind.USER, "identity", name) for name in ("ada", "bob", "eve"))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("ada@corp.example", "ADA@corp.example", True, id="userName has no case (RFC 7643 section 4.1.1)"),
        pytest.param("ada@corp.example", "bob@corp.example", False, id="they differ"),
    ],
)
def test_equal_values_are_claimed_by_the_same(one: str, other: str, same: bool) -> None:
    path = parse("userName")
    assert (claim_of(path, one) == claim_of(path, other)) is same
    assert claim_of(path, one) != claim_of(parse("displayName"), one)


def test_what_is_no_text_is_claimed_as_it_is() -> None:
    """Python's hashes of small numbers are not all different: -1 and -2 have one."""
    path = parse("employeeNumber")
    assert claim_of(path, -1) != claim_of(path, -2)


def test_one_claimant_has_no_rivals() -> None:
    claims = Claims()
    assert claims.stake(ADA, ["name:ada", "id:1"]) == set()
    assert claims.rivals(ADA) == ()


def test_two_claimants_of_one_value_are_each_others_rivals() -> None:
    claims = Claims()
    claims.stake(ADA, ["name:ada", "id:1"])
    assert claims.stake(BOB, ["name:ada", "id:2"]) == {ADA}, "ada is told of the conflict that begins"
    assert claims.rivals(ADA) == (BOB,)
    assert claims.rivals(BOB) == (ADA,)


def test_giving_up_a_value_ends_the_conflict_and_wakes_the_other() -> None:
    claims = Claims()
    claims.stake(ADA, ["name:ada"])
    claims.stake(BOB, ["name:ada"])
    assert claims.stake(BOB, ["name:bob"]) == {ADA}
    assert claims.rivals(ADA) == claims.rivals(BOB) == ()


def test_the_same_claim_again_wakes_no_one() -> None:
    claims = Claims()
    claims.stake(ADA, ["name:ada"])
    claims.stake(BOB, ["name:ada"])
    assert claims.stake(BOB, ["name:ada"]) == set()


def test_dropping_a_claim_names_the_rivals_that_are_left() -> None:
    claims = Claims()
    for key in (ADA, BOB, EVE):
        claims.stake(key, ["name:ada"])
    assert claims.drop(BOB) == {ADA, EVE}
    assert claims.rivals(ADA) == (EVE,)
    assert claims.drop(BOB) == set(), "nothing is left to drop"


def test_rivals_may_share_different_values() -> None:
    claims = Claims()
    claims.stake(ADA, ["name:ada", "id:1"])
    claims.stake(BOB, ["name:ada"])
    claims.stake(EVE, ["id:1"])
    assert claims.rivals(ADA) == (BOB, EVE)
    assert claims.rivals(BOB) == (ADA,)


def test_anyone_who_listens_hears_which_values_come_and_go() -> None:
    heard: list[frozenset[object]] = []
    claims = Claims(heard.append)
    claims.stake(ADA, ["name:ada", "id:1"])
    claims.stake(ADA, ["name:ada", "id:2"])
    claims.stake(ADA, ["name:ada", "id:2"])
    claims.drop(ADA)
    assert heard == [{"name:ada", "id:1"}, {"id:1", "id:2"}, {"name:ada", "id:2"}]
    assert claims.values(ADA) == frozenset()
