"""The owner id: on which resources it is written, and what the config may not map beside it."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.attributes.paths import MISSING
from scim_operator.core.keys import ResourceType
from scim_operator.errors import InvalidSpec
from tests.support.knowing import settings

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
OF_GROUPS = "urn:example:params:scim:schemas:extension:acme:2.0:Group"


def attribute(type: ResourceType, path: str) -> str:
    found = settings(owner="acme", ownerAttribute=path).rules[type].owner.attribute
    return str(found) if found is not None else ""


@pytest.mark.parametrize(
    ("path", "of_users", "of_groups"),
    [
        ("userType", True, False),
        (f"{ENTERPRISE}:division", True, False),
        (f"{OF_GROUPS}:owner", False, True),
        ("urn:example:acme:owner", True, True),
    ],
)
def test_an_attribute_of_the_other_type_says_nothing(path: str, of_users: bool, of_groups: bool) -> None:
    assert bool(attribute(ResourceType.USER, path)) is of_users
    assert bool(attribute(ResourceType.GROUP, path)) is of_groups


def constants(**spec: Any) -> dict[str, object]:
    mappings = settings(**spec).rules[ResourceType.USER].mappings
    return {str(each.target): each.constant for each in mappings if each.constant is not MISSING}


def test_the_owner_id_is_written_into_its_attribute() -> None:
    assert constants(owner="acme", ownerAttribute="userType") == {"userType": "acme"}
    assert constants(owner="acme") == {}
    assert [
        str(each.target)
        for each in settings(owner="acme", ownerAttribute="title").rules[ResourceType.USER].mappings
        if str(each.target) == "title"
    ] == ["title"], "in place of the default mapping"


def test_no_other_mapping_writes_that_attribute() -> None:
    mapping = {"target": "userType", "source": "title"}
    with pytest.raises(InvalidSpec) as raised:
        settings(owner="acme", ownerAttribute="userType", users={"mappings": [mapping]})
    assert str(raised.value) == (
        "spec.users.mappings: target 'userType' is spec.ownerAttribute and holds the owner id: map another"
    )


def test_a_mapping_that_is_ignored_writes_nothing() -> None:
    ignored = {"target": "userType", "ignore": True}
    assert constants(owner="acme", ownerAttribute="userType", users={"mappings": [ignored]}) == {"userType": "acme"}
