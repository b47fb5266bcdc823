"""Value classes are what frozen dataclasses are, but for the check at run time."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

from scim_operator.core.values import valueclass


@valueclass(frozen=True, slots=True, order=True)
class Place:
    town: str
    street: str = ""
    note: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, order=True)
class Frozen:
    town: str
    street: str = ""
    note: str = field(default="", compare=False)


def test_equality_hash_and_order_are_those_of_a_frozen_dataclass() -> None:
    places = [Place("Ulm", "A"), Place("Ulm", "A", "seen"), Place("Bonn", "Z")]
    frozen = [Frozen("Ulm", "A"), Frozen("Ulm", "A", "seen"), Frozen("Bonn", "Z")]
    assert places[0] == places[1]
    assert [place == places[0] for place in places] == [each == frozen[0] for each in frozen]
    assert list(map(hash, places)) == list(map(hash, frozen))
    assert [place.note for place in sorted(places)] == [each.note for each in sorted(frozen)]


def test_it_is_printed_copied_and_taken_apart_like_one() -> None:
    assert repr(Place("Ulm", "A")) == repr(Frozen("Ulm", "A")).replace("Frozen", "Place")
    assert replace(Place("Ulm", "A"), street="B") == Place("Ulm", "B")
    assert [each.name for each in fields(Place)] == [each.name for each in fields(Frozen)]
    assert not hasattr(Place("Ulm"), "__dict__")
