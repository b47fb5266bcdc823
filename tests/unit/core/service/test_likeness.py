"""Whether two resources with one id, listed at two addresses, are one."""

from __future__ import annotations

import pytest

from scim_operator.core.service.likeness import is_same_resource

UUID = "451a561c-0513-4f52-b38e-e0958880c467"
ADA = {"id": UUID, "userName": "ada@x.example", "externalId": "identity/ada"}
FIRST = {"id": "1", "userName": "administrator", "externalId": "00u1"}

CASES = [
    (ADA, ADA, True, "the same"),
    (ADA, {**ADA, "userName": "ADA@X.example"}, True, "names are compared without case"),
    (ADA, {**ADA, "externalId": "else"}, True, "a random id, and one of the two"),
    (ADA, {**ADA, "userName": "countess@x.example"}, True, "renamed meanwhile"),
    (ADA, {**ADA, "userName": "eve@x.example", "externalId": "else"}, False, "an id alone proves nothing"),
    (FIRST, FIRST, True, "a number, and both"),
    (FIRST, {**FIRST, "externalId": "00u2"}, False, "each service has a user 1"),
    ({"id": "1", "userName": "administrator"}, {"id": "1", "userName": "administrator"}, False, "and an administrator"),
    ({"id": "1" * 20, "userName": "a"}, {"id": "1" * 20, "userName": "a"}, False, "a long number is a number"),
    ({"id": UUID, "displayName": "crew"}, {"id": UUID, "displayName": "Crew"}, True, "a group"),
    ({"id": UUID}, {"id": UUID}, False, "nothing to compare"),
    ({"id": UUID, "userName": ["a"]}, {"id": UUID, "userName": ["a"]}, False, "what is no text"),
]


@pytest.mark.parametrize(("one", "other", "same", "why"), CASES, ids=[case[3] for case in CASES])
def test_one_resource_at_two_addresses(one: dict[str, object], other: dict[str, object], same: bool, why: str) -> None:
    assert is_same_resource(one, other) is same, why  # type: ignore[arg-type]
