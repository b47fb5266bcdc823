"""Who claims which resource."""

from __future__ import annotations

from scim_operator.core.decision.claims import Claims
from scim_operator.core.keys import Kind, ObjectKey

ADA, BOB, EVE = (ObjectKey(Kind.USER, "identity", name) for name in ("ada", "bob", "eve"))


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
