"""What the end-to-end run concludes from the tenant's dump."""

from __future__ import annotations

import pytest

from tools.e2e.tenant import Resource, Tenant


@pytest.mark.parametrize(
    ("users", "found"),
    [
        pytest.param([("a", "x"), ("b", "y")], [], id="two users"),
        pytest.param([("a", "x"), ("b", "x")], ["externalId x"], id="one manifest, two users"),
        pytest.param([("a", "x"), ("A", "y")], ["userName a"], id="userName is compared without case"),
        pytest.param([("a", None), ("b", None)], [], id="an absent externalId is no value"),
    ],
)
def test_duplicates(users: list[tuple[str, str | None]], found: list[str]) -> None:
    resources: list[Resource] = [{"userName": name, "externalId": external} for name, external in users]
    assert Tenant(resources, []).duplicates() == found
