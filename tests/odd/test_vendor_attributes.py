"""Attributes of the core schema that are the vendor's own: mapped like any other, and kept by a PUT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.resource import CORE_USER
from tests.support.desk import desk
from tests.support.present import present
from tests.support.rig import rig

if TYPE_CHECKING:
    from pathlib import Path

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


MAPPINGS: list[Any] = [
    pytest.param({"target": f"{CORE_USER}:badgeNumber", "source": "nickName"}, {"badgeNumber": "B-1"}, id="a text"),
    pytest.param({"target": f"{CORE_USER}:contractor", "expression": "true"}, {"contractor": True}, id="a boolean"),
    pytest.param({"target": f"{CORE_USER}:level", "expression": "7"}, {"level": 7}, id="a number"),
    pytest.param({"target": f"{CORE_USER}:site.code", "constant": "B"}, {"site": {"code": "B"}}, id="a part"),
    pytest.param(
        {"target": f'{CORE_USER}:badges[type eq "work"].value', "constant": "B"},
        {"badges": [{"type": "work", "value": "B"}]},
        id="one of several",
    ),
    pytest.param({"target": f"{CORE_USER}:tags", "expression": '["a", "b"]'}, {"tags": ["a", "b"]}, id="a list"),
]


@pytest.mark.parametrize(("mapping", "stored"), MAPPINGS)
async def test_it_is_written_with_the_urn_of_the_core_schema(
    tmp_path: Path, mapping: dict[str, Any], stored: dict[str, Any]
) -> None:
    """As the API server, validate, plan and apply take it; without the URN it would be a typing error."""
    async with desk(tmp_path, strict=False) as at:
        at.configure(service={**at.spec["service"], "profile": "generic"}, users={"mappings": [mapping]})
        at.user("ada", nickName="B-1")
        await at.applied()
        assert present(at.simulator.user("ada@corp.example")).items() >= stored.items()
        mark = at.mark()
        await at.applied()
        assert at.writes(mark) == []


REFUSED = [
    "badgeNumber",
    *(f"{CORE_USER}:{each}" for each in ("id", "Password", "groups", "name.first")),
]


@pytest.mark.parametrize("target", REFUSED)
async def test_what_is_mistyped_or_cannot_be_set_is_refused(tmp_path: Path, target: str) -> None:
    async with desk(tmp_path) as at:
        at.configure(users={"mappings": [{"target": target, "constant": "x"}]})
        result = await at.run("plan")
        assert result.exit_code == 1
        assert f"or {CORE_USER}: before one of the service's own" in result.output
