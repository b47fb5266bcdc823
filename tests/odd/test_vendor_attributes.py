"""Attributes of the core schema that are the vendor's own: mapped like any other, and kept by a PUT."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.resource import CORE_USER
from tests.support.present import present
from tests.support.rig import rig

FIRST, SECOND = {"badgeNumber": "B-1"}, {"badgeNumber": "B-2"}
TARGETS: list[Any] = [
    pytest.param("badgeNumber", FIRST, SECOND, id="a text"),
    pytest.param(f"{CORE_USER}:badgeNumber", FIRST, SECOND, id="with the URN"),
    pytest.param("site.code", {"site": {"code": "B-1"}}, {"site": {"code": "B-2"}}, id="a part"),
]


@pytest.mark.parametrize("patch_status", [None, 405])
@pytest.mark.parametrize(("target", "first", "second"), TARGETS)
async def test_a_vendors_attribute_of_the_core_schema(
    target: str, first: dict[str, Any], second: dict[str, Any], patch_status: int | None
) -> None:
    async with rig(strict=False, patch_status=patch_status) as r:
        r.spec["service"]["profile"] = "generic"
        r.spec["users"] = {"mappings": [{"target": target, "source": "nickName"}], "externalId": "Generated"}
        r.user("ada", nickName="B-1")
        await r.start()
        await r.settle()
        assert present(r.at_service("ada")).items() >= first.items(), r.message("ada")
        await r.check_quiet()
        r.by_hand("PUT", f"/Users/{r.id_of('ada')}", {**present(r.at_service("ada")), "vendorFlag": "kept"})
        r.user("ada", nickName="B-2", title="Countess")
        await r.until(lambda: present(r.at_service("ada")).get("title") == "Countess")
        await r.rest()
        found = present(r.at_service("ada"))
        assert found.items() >= second.items()
        assert found["vendorFlag"] == "kept", "what is not managed stays"
        await r.check_quiet()
