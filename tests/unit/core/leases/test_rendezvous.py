"""Who gets what: each its share, and one that comes or goes moves no more than that."""

from __future__ import annotations

from collections import Counter

from scim_operator.core.leases.lease import Place
from scim_operator.core.leases.rendezvous import chosen, neighbourhoods

PLACES = [Place(f"team-{number}", f"tenant-{number}.example:443/scim") for number in range(300)]


def shares(*members: str) -> dict[Place, str]:
    """Who is chosen for each place."""
    return {place: chosen(place, dict.fromkeys(members, ("*",))) for place in PLACES}


def test_each_replica_gets_about_its_share() -> None:
    counts = Counter(shares("a", "b", "c").values())
    assert min(counts.values()) > 70


def test_one_that_ends_moves_its_own_share_alone() -> None:
    before, after = shares("a", "b", "c"), shares("a", "c")
    assert {before[place] for place in PLACES if before[place] != after[place]} == {"b"}


def test_one_that_comes_takes_from_the_others_and_moves_nothing_between_them() -> None:
    before, after = shares("a", "b"), shares("a", "b", "c")
    assert {after[place] for place in PLACES if before[place] != after[place]} == {"c"}


def test_who_does_not_watch_a_namespace_is_not_chosen_for_it() -> None:
    place = Place("identity", "tenant.example:443/")
    assert chosen(place, {"a": ("other",), "b": ("identity", "other")}) == "b"
    assert chosen(place, {"a": ("other",)}) == ""


def test_the_services_of_a_namespace_and_the_namespaces_of_a_service_go_together() -> None:
    a1, a2, b2, c3 = Place("a", "1"), Place("a", "2"), Place("b", "2"), Place("c", "3")
    heads = neighbourhoods([c3, b2, a2, a1])
    assert {heads[a1], heads[a2], heads[b2]} == {a1}
    assert heads[c3] == c3


def test_configs_that_name_no_service_keep_no_two_namespaces_together() -> None:
    one, other = Place("a", ""), Place("b", "")
    assert neighbourhoods([one, other]) == {one: one, other: other}
