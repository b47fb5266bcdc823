"""A required attribute that is empty: refused alike by `validate`, on create, on edit, by `plan` and by expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.local.checks import check
from scim_operator.local.manifests import collect
from tests.support.desk import desk

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.rig import Rig

EMPTY: dict[str, dict[str, Any]] = {
    "name.familyName": {"name": {"givenName": "Ada", "familyName": ""}},
    "name.givenName": {"name": {"givenName": "", "familyName": "Example"}},
    'emails[type eq "work"].value': {"emails": []},
}
SENTENCE = "The service requires {}: set them, or map a source to them."


@pytest.mark.parametrize("path", EMPTY)
async def test_on_create(r: Rig, path: str) -> None:
    r.user("ada", **EMPTY[path])
    await r.start()
    await r.settle()
    assert (r.reason("ada"), r.message("ada")) == ("InvalidSpec", SENTENCE.format(path))


@pytest.mark.parametrize("path", EMPTY)
async def test_on_edit_the_value_stays_and_everything_else_goes_on(r: Rig, path: str) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    before = r.at_service("ada")
    mark = r.mark()
    r.user("ada", title="Countess", **EMPTY[path])
    await r.rest()
    assert (r.reason("ada"), r.message("ada")) == ("InvalidSpec", SENTENCE.format(path))
    after = r.at_service("ada")
    assert before
    assert after
    assert after["title"] == "Countess"
    assert (after["name"], after["emails"]) == (before["name"], before["emails"])
    assert r.writes(mark) == ["PATCH /Users"], "sent once, and not refused"
    await r.sweep()
    assert r.writes(mark) == ["PATCH /Users"]
    assert r.reason("ada") == "InvalidSpec", "it stays so until the manifest is right"


async def test_a_required_attribute_that_is_left_out_later_is_not_taken_away(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    mark = r.mark()
    r.user("ada", name={"givenName": "Ada"})
    await r.rest()
    await r.sweep()
    assert (r.reason("ada"), r.writes(mark)) == ("InvalidSpec", [])
    r.user("ada")
    await r.rest()
    assert (r.reason("ada"), r.writes(mark)) == ("Provisioned", [])


async def test_it_never_keeps_an_access_from_ending(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    r.user("ada", active=False, **EMPTY["name.familyName"])
    await r.rest()
    found = r.at_service("ada")
    assert found
    assert found["active"] is False


async def test_an_expression_that_gives_blanks_is_held_to_the_same(r: Rig) -> None:
    r.spec["users"] = {"mappings": [{"target": "name.familyName", "expression": '" "'}]}
    r.user("ada")
    await r.start()
    await r.settle()
    assert (r.reason("ada"), r.message("ada")) == ("InvalidSpec", SENTENCE.format("name.familyName"))


@pytest.mark.parametrize("path", EMPTY)
async def test_validate_and_plan_say_the_same(tmp_path: Path, path: str) -> None:
    async with desk(tmp_path) as at:
        at.user("ada")
        await at.applied()
        at.user("ada", **EMPTY[path])
        found = [each for each in check(collect([at.folder])) if SENTENCE.format(path) in each.message]
        assert found, "validate refuses it"
        result = await at.run("plan")
        assert result.exit_code == 1
        assert SENTENCE.format(path) in result.output


async def test_what_is_left_out_is_a_warning_for_the_service_may_have_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        at.user("ada", name={"givenName": "Ada"})
        (found,) = check(collect([at.folder]))
        assert (found.severity.value, "name.familyName" in found.message) == ("warning", True)
