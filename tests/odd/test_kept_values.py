"""A value that the service keeps without saying so: reported, and not sent for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def test_a_user_name_that_is_kept_in_silence(hurried: Rig) -> None:
    r = hurried
    r.user("ada")
    await r.start()
    await r.settle()
    r.simulator.faults.add("ignored-attribute=userName")
    r.user("ada", userName="lovelace@corp.example", title="Countess")
    await r.until(lambda: r.reason("ada") == "Immutable")
    assert "userName" in r.message("ada")
    assert present(r.at_service("ada"))["title"] == "Countess"
    await r.check_quiet()
    await r.crash()
    mark = r.mark()
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Immutable"
    assert r.writes(mark) == [], "it is remembered"
    r.simulator.faults.clear()
    r.user("ada", title="Countess")
    await r.until(lambda: r.reason("ada") == "Provisioned")
    r.user("ada", userName="byron@corp.example", title="Countess")
    await r.until(lambda: r.simulator.user("byron@corp.example") is not None)
    await r.until(lambda: r.reason("ada") == "Provisioned")


async def test_a_name_of_a_group_that_is_kept_in_silence(hurried: Rig) -> None:
    r = hurried
    r.group("engineering", [])
    await r.start()
    await r.settle()
    r.simulator.faults.add("ignored-attribute=displayName")
    r.group("engineering", [], displayName="research")
    await r.until(lambda: r.reason("engineering", Kind.GROUP) == "Immutable")
    await r.check_quiet()


@pytest.mark.parametrize("spec", [{"userName": " Ada@Corp.Example "}, {"title": " Analyst "}])
async def test_a_value_in_another_form_is_no_kept_one(hurried: Rig, spec: dict[str, Any]) -> None:
    r = hurried
    r.simulator.faults.add("reformat=trim")
    r.user("ada")
    await r.start()
    await r.settle()
    r.user("ada", **spec)
    await r.rest()
    assert r.reason("ada") == "Provisioned"


async def test_an_external_id_that_is_never_shown_is_no_other_one(hurried: Rig) -> None:
    """What is not shown right after it was sent is the service's way, and not a value that it keeps."""
    r = hurried
    r.simulator.faults.add("unreturned=externalId")
    r.user("ada", externalId="idp-ada")
    r.group("engineering", ["ada"], externalId="idp-engineering")
    await r.start()
    await r.settle()
    await r.check_quiet()
    assert r.reason("ada") == r.reason("engineering", Kind.GROUP) == "Provisioned", r.message("ada")
    await r.stop()
    await r.start()
    await r.settle()
    assert r.reason("ada") == r.reason("engineering", Kind.GROUP) == "Provisioned", r.message("ada")
    r.user("ada", externalId="idp-another")
    await r.until(lambda: r.reason("ada") == "Immutable")


@pytest.mark.parametrize("answers", ["", "write-body=empty"])
@pytest.mark.parametrize("cleared", [{}, {"title": ""}], ids=["left out", "empty"])
async def test_a_clear_that_is_ignored_in_silence(hurried: Rig, cleared: dict[str, str], answers: str) -> None:
    r = hurried
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    r.simulator.faults.add("ignored-attribute=title", *filter(None, [answers]))
    r.user("ada", **cleared)
    await r.until(lambda: r.reason("ada") == "Immutable")
    assert "does not clear title" in r.message("ada")
    message, mark = r.message("ada"), r.mark()
    await r.sweep()
    await r.stop()
    await r.start()
    await r.settle()
    await r.sweep()
    assert (r.reason("ada"), r.message("ada")) == ("Immutable", message)
    assert r.writes(mark) == [], "nothing is sent again"
    r.simulator.faults.clear()
    r.user("ada", nickName="Ada", **cleared)
    await r.rest()
    assert r.reason("ada") == "Immutable", "what was learned of one value outlives an edit of another"
    r.cluster.annotate(Kind.USER, "ada", **{"scim-operator.io/reconcile-requested-at": "now"})
    await r.until(lambda: r.reason("ada") == "Provisioned")
    assert not present(r.at_service("ada")).get("title")
    await r.check_quiet()


async def test_a_clear_that_is_ignored_goes_once_a_value_is_set(hurried: Rig) -> None:
    r = hurried
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    r.simulator.faults.add("ignored-attribute=title")
    r.user("ada")
    await r.until(lambda: r.reason("ada") == "Immutable")
    r.user("ada", title="Analyst")
    await r.until(lambda: r.reason("ada") == "Provisioned")
    await r.check_quiet()


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "title": ({"title": "Analyst"}, {"title": "Countess"}),
    "displayName": ({"displayName": "Ada"}, {"displayName": "Countess Ada"}),
    "name": ({}, {"name": {"givenName": "Augusta", "familyName": "Example"}}),
    "phoneNumbers": (
        {"phoneNumbers": [{"type": "work", "value": "+15550100"}]},
        {"phoneNumbers": [{"type": "work", "value": "+15550199"}]},
    ),
}


@pytest.mark.parametrize("answers", ["", "write-body=empty", "write-body=stale"])
@pytest.mark.parametrize("attribute", CHANGES)
async def test_a_change_that_is_ignored_in_silence(hurried: Rig, attribute: str, answers: str) -> None:
    r = hurried
    before, after = CHANGES[attribute]
    r.user("ada", **before)
    await r.start()
    await r.settle()
    r.simulator.faults.add(f"ignored-attribute={attribute}", *filter(None, [answers]))
    r.user("ada", **after)
    await r.until(lambda: r.reason("ada") == "Immutable")
    message, mark = r.message("ada"), r.mark()
    assert f"answers success to a change of {attribute}" in message
    await r.sweep()
    await r.stop()
    await r.start()
    await r.settle()
    assert (r.reason("ada"), r.message("ada")) == ("Immutable", message)
    assert r.writes(mark) == [], "nothing is sent again"
    r.simulator.faults.clear()
    r.cluster.annotate(Kind.USER, "ada", **{"scim-operator.io/reconcile-requested-at": "now"})
    await r.until(lambda: r.reason("ada") == "Provisioned")
    await r.check_quiet()


async def test_a_number_that_is_but_written_otherwise_is_no_kept_one(hurried: Rig) -> None:
    r = hurried
    r.simulator.faults.add("reformat=phone")
    r.user("ada", phoneNumbers=[{"type": "work", "value": "+1 555 0100"}])
    await r.start()
    await r.settle()
    r.user("ada", phoneNumbers=[{"type": "work", "value": "+1 55 50 100"}])
    await r.rest()
    assert r.reason("ada") == "Provisioned"
