"""What users of Entra complain of in attribute mappings, and does not happen here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.present import present
from tests.support.rig import service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def test_complaint_2_a_cleared_attribute_does_not_stay_stale(r: Rig) -> None:
    r.user("ada", title="Analyst", nickName="Al")
    await r.start()
    await r.settle()
    r.user("ada", title="")
    await r.rest()
    found = r.at_service("ada") or {}
    assert "title" not in found, "set to nothing"
    assert "nickName" not in found, "applied before, and left out now"


SPECIAL = ['o"neil', "back\\slash", "a+b&c#d", "50%25", "ünïcödé", "two words", "(paren)"]


@pytest.mark.parametrize("name", SPECIAL)
async def test_complaint_6_special_characters_in_the_matching_value_do_no_harm(r: Rig, name: str) -> None:
    r.spec["users"] = {"adoption": "IfUnowned"}
    user_name = f"{name}@corp.example"
    r.simulator.seed([service_user("someone", userName=user_name, externalId="foreign-1")])
    r.user("ada", userName=user_name)
    await r.start()
    await r.settle()
    assert r.writes().count("POST /Users") == 0, "it was found, and is no second one"
    assert r.reason("ada") == "Provisioned"


async def test_complaint_6_nor_where_each_is_searched_with_a_filter(r: Rig) -> None:
    r.simulator.seed([{"userName": "x@corp.example", "nickName": SPECIAL[0]}])
    r.spec["users"] = {
        "mappings": [
            {
                "target": "nickName",
                "expression": f"SelectUniqueValue('{SPECIAL[0]}', 'free')",
                "apply": "OnCreate",
            }
        ]
    }
    r.user("ada")
    await r.start()
    await r.settle()
    assert present(r.at_service("ada"))["nickName"] == "free"


async def test_complaint_8_switch_does_not_see_null_when_something_else_changes(r: Rig) -> None:
    switch = 'Switch(user.enterprise.department, "Other", "Engines", "Engineering", "Math", "Mathematics")'
    r.spec["users"] = {"mappings": [{"target": "userType", "expression": switch}]}
    r.user("ada", enterprise={"department": "Engines"}, title="Analyst")
    await r.start()
    await r.settle()
    r.user("ada", enterprise={"department": "Engines"}, title="Countess")
    await r.rest()
    assert present(r.at_service("ada"))["title"] == "Countess"
    assert present(r.at_service("ada"))["userType"] == "Engineering"


async def test_complaint_8_a_default_stands_in_later_too(r: Rig) -> None:
    r.spec["users"] = {"mappings": [{"target": "title", "source": "title", "default": "Member"}]}
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    r.user("ada")
    await r.rest()
    assert present(r.at_service("ada"))["title"] == "Member"
