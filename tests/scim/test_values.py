"""Single values of what a service sends: who a member is."""

from __future__ import annotations

import pytest

from scim_operator.scim.values import Unreadable, manager, members

ADA = {"value": "1", "type": "User"}


@pytest.mark.parametrize(
    ("member", "read"),
    [
        ({"$ref": "https://vc.example/scim/v2/Users/1"}, ADA),
        ({"$ref": "../Users/1"}, ADA),
        ({"$ref": "Users/1"}, ADA),
        ({"$ref": "/scim/v2/users/1/"}, ADA),
        ({"$REF": "../Users/1?attributes=userName#top"}, ADA),
        ({"$ref": "../Users/1", "value": None}, ADA),
        ({"$ref": "../Users/1", "value": ""}, ADA),
        ({"$ref": "../Users/1", "type": "user"}, {"value": "1", "type": "user"}),
        ({"$ref": "../Users/1", "type": ""}, ADA),
        ({"$ref": "../Groups/1"}, {"value": "1", "type": "Group"}),
        ({"$ref": "../Users/CN%3DAda%20L%2FUK"}, {"value": "CN=Ada L/UK", "type": "User"}),
        ({"$ref": "../Users/2", "value": "1"}, {"value": "1"}),
        ({"$ref": "../Users/2", "value": 1}, {"value": "1"}),
        ({"$ref": "../Devices/1"}, {}),
        ({"$ref": "../Users"}, {}),
        ({"$ref": "https://vc.example/scim/v2/Users/"}, {}),
        ({"$ref": "urn:uuid:1"}, {}),
        ({"$ref": ["../Users/1"]}, {}),
        ({"$ref": ""}, {}),
        ({"display": "Ada"}, {}),
    ],
)
def test_a_member_is_who_its_value_says_else_its_reference(member: dict[str, object], read: dict[str, str]) -> None:
    (found,) = members([dict(member)])
    assert {name: found[name] for name in ("value", "type") if name in found} == read


@pytest.mark.parametrize("end", ["%0A", "..", "%2E%2E", "x" * 600])
def test_a_reference_gives_no_id_that_a_value_may_not_be(end: str) -> None:
    with pytest.raises(Unreadable):
        members([{"$ref": f"../Users/{end}"}])


@pytest.mark.parametrize(
    ("shown", "read"),
    [
        ({"$ref": "../Users/1"}, {"$ref": "../Users/1", "value": "1"}),
        ({"$REF": "../Users/1/", "Value": ""}, {"$REF": "../Users/1/", "value": "1"}),
        (
            {"$ref": "../Users/1", "value": None, "displayName": "Ada"},
            {"$ref": "../Users/1", "value": "1", "displayName": "Ada"},
        ),
    ],
)
def test_a_manager_without_a_value_is_who_the_reference_means(shown: dict[str, str], read: dict[str, str]) -> None:
    assert manager(shown) == read


@pytest.mark.parametrize(
    "shown",
    [
        {"$ref": "../Users/2", "value": "1"},
        {"$ref": "../Users/2", "value": 1},
        {"$ref": "../Groups/1"},
        {"$ref": "../Users/%0A"},
        {"$ref": ["../Users/1"]},
        {"displayName": "Ada"},
        {},
        "1",
        None,
        [{"$ref": "../Users/1"}],
    ],
)
def test_any_other_manager_stays_as_it_is_shown(shown: object) -> None:
    assert manager(shown) == shown
