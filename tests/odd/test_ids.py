"""Services with their own idea of ids: unknown ones refused otherwise, numbers, young ones, and hidden resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from tests.support.explaining import explained, step
from tests.support.rig import rig, service_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rig import Rig

UNKNOWN = ["400", "404", "410", "422"]


@pytest.mark.parametrize("status", UNKNOWN)
async def test_one_who_is_gone_is_created_again(r: Rig, status: str) -> None:
    r.simulator.faults.add(f"unknown-id={status}")
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    r.by_hand("DELETE", f"/Users/{r.id_of('ada')}")
    r.by_hand("DELETE", f"/Groups/{r.group_id('engineering')}")
    await r.sweep()
    assert r.reason("ada") == r.reason("engineering", Kind.GROUP) == "Provisioned"
    assert r.members("engineering") == {"ada"}
    assert r.condition("Ready") == ("True", "Provisioned")
    await r.check_quiet()


@pytest.mark.parametrize("status", UNKNOWN)
async def test_an_explanation_knows_who_is_gone_too(r: Rig, status: str) -> None:
    r.simulator.faults.add(f"unknown-id={status}")
    r.user("ada")
    await r.start()
    await r.settle()
    id = r.id_of("ada")
    r.by_hand("DELETE", f"/Users/{id}")
    reported = await explained(r, Kind.USER, "ada")
    match = step(reported, "Match")
    assert (match.outcome, f"recorded id: {id}, which the service no longer has" in match.details) == (
        "nothing at the service",
        True,
    )
    assert step(reported, "Plan").outcome.startswith("Create")


async def test_an_explanation_finds_by_filter_who_is_refused_by_id(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    r.simulator.faults.add(f"status=400;method=GET;path=/Users/{r.id_of('ada')}")
    reported = await explained(r, Kind.USER, "ada")
    assert step(reported, "Match").outcome.startswith(f"{r.id_of('ada')}, by id")


@pytest.mark.parametrize("status", UNKNOWN)
async def test_one_who_is_gone_holds_up_no_manifest(hurried: Rig, status: str) -> None:
    """Created a moment ago, it may only not be known yet; that lasts a minute at most."""
    r = hurried
    r.simulator.faults.add(f"unknown-id={status}")
    r.user("ada")
    await r.start()
    await r.settle()
    r.by_hand("DELETE", f"/Users/{r.id_of('ada')}")
    r.cluster.delete(Kind.USER, "ada")
    await r.rest()
    await r.sweep()
    await r.until(lambda: r.cluster.get(Kind.USER, "ada") is None)
    assert r.simulator.users == {}


async def test_an_id_that_is_refused_is_not_gone_while_the_list_cannot_be_read(hurried: Rig) -> None:
    r = hurried
    r.user("ada")
    await r.start()
    await r.settle()
    await r.stop()
    id = r.id_of("ada")
    r.simulator.faults.add("unfiltered=403;path=/Users")
    r.simulator.faults.add(f"status=400;path=/Users/{id}")
    r.user("ada", title="Analyst")
    await r.start()
    await r.until(lambda: r.reason("ada") == "Rejected")
    assert r.entry("ada")["id"] == id
    assert len(r.simulator.users) == 1


@pytest.fixture
async def numbered() -> AsyncIterator[Rig]:
    """A service whose ids are numbers, in JSON too."""
    async with rig(numbered_ids=True) as made:
        made.simulator.faults.add("numeric-ids")
        yield made


async def test_numbers_are_ids_as_good_as_any(numbered: Rig) -> None:
    r = numbered
    for name in ("ada", "bob", "carol"):
        r.user(name)
    r.group("engineering", ["ada", "bob"])
    await r.start()
    await r.settle()
    await r.check_quiet()
    r.group("engineering", ["bob", "carol"])
    r.user("bob", title="Analyst")
    r.cluster.delete(Kind.USER, "ada")
    await r.rest()
    assert r.members("engineering") == {"bob", "carol"}
    assert (r.at_service("bob") or {})["title"] == "Analyst"
    assert (r.at_service("ada") or {})["active"] is False
    await r.stop()
    await r.start()
    await r.settle()
    await r.check_quiet()
    assert r.condition("Ready") == ("True", "Provisioned")


@pytest.mark.parametrize("status", ["400", "404", "422"])
async def test_a_young_member_is_tried_again_and_named(hurried: Rig, status: str) -> None:
    """Eventual consistency: the service knows the user, and for a while not as a member."""
    r = hurried
    r.simulator.store.clock = r.clock.monotonic
    r.user("old")
    r.group("engineering", ["old"])
    r.group("fresh", None)
    await r.start()
    await r.settle()
    r.simulator.faults.add(f"young-member=20000:{status}")
    r.user("ada")
    r.group("engineering", ["ada"])
    r.group("another", ["ada"])
    for name in ("engineering", "another"):
        await r.until(lambda name=name: r.reason(name, Kind.GROUP) == "Retrying")
        assert "scimuser/ada" in r.message(name, Kind.GROUP)
    assert r.members("engineering") == set(), "who leaves does not wait for who comes"
    await r.until(lambda: r.members("engineering") == r.members("another") == {"ada"})
    await r.until(lambda: r.condition("Ready") == ("True", "Provisioned"))
    await r.check_quiet()


@pytest.mark.parametrize("body", ["", "write-body=stale"])
async def test_a_young_resource_is_created_once(hurried: Rig, body: str) -> None:
    r = hurried
    r.simulator.store.clock = r.clock.monotonic
    r.simulator.faults.add("young-id=20000", "reformat=lower", *filter(None, [body]))
    r.user("Ada")
    await r.start()
    await r.settle()
    assert r.reason("Ada") == "Provisioned"
    assert r.writes().count("POST /Users") == 1
    await r.pass_time(30)
    r.user("Ada", title="Analyst")
    await r.until(lambda: "PATCH /Users" in r.writes())
    await r.rest()
    assert len(r.simulator.users) == 1
    assert r.writes().count("POST /Users") == 1


@pytest.mark.parametrize("leaving", ["active", "deleted"])
async def test_one_who_came_and_leaves_at_once_loses_access(hurried: Rig, leaving: str) -> None:
    """That the service does not know the id yet does not mean that there is no one to disable."""
    r = hurried
    r.simulator.store.clock = r.clock.monotonic
    r.simulator.faults.add("young-id=20000")
    r.user("ada")
    await r.start()
    await r.settle()
    if leaving == "deleted":
        r.cluster.delete(Kind.USER, "ada")
    else:
        r.user("ada", active=False)
    await r.until(lambda: r.at_service("ada")["active"] is False)
    await r.rest()


@pytest.mark.parametrize("kind", ["user", "group"])
async def test_one_who_is_hidden_has_one_clear_status_and_no_loop(r: Rig, kind: str) -> None:
    hidden = "ada@corp.example" if kind == "user" else "engineering"
    r.simulator.faults.add(f"hidden={hidden}")
    if kind == "user":
        r.simulator.seed([service_user("ada")])
        r.user("ada")
        name, which = "ada", Kind.USER
    else:
        r.simulator.seed(groups=[{"displayName": hidden, "externalId": "x"}])
        r.group("engineering", [])
        name, which = "engineering", Kind.GROUP
    await r.start()
    await r.settle()
    assert r.reason(name, which) == "Rejected"
    assert "No list and no filter shows what has the value" in r.message(name, which)
    mark = r.mark()
    await r.sweep()
    await r.sweep()
    assert r.writes(mark) == []
