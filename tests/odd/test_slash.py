"""A service whose addresses end in a slash: it redirects there, and reads find that out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from tests.support.rig import Rig


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_addresses_that_end_in_a_slash_are_found_out(r: Rig, status: int) -> None:
    r.simulator.faults.add(f"slash={status}")
    r.user("ada")
    r.user("bob")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    assert r.members("engineering") == {"ada"}
    r.user("ada", active=False)
    r.group("engineering", ["bob"])
    await r.until(lambda: r.at_service("ada")["active"] is False and r.members("engineering") == {"bob"})
    await r.rest()
    redirected = [entry for entry in r.entries() if entry.status == status]
    assert {entry.method for entry in redirected} == {"GET"}, "a write goes to the address that a read has found"
    kinds = [kind_of(entry.path) for entry in redirected]
    assert len(kinds) == len(set(kinds)), "which is known from then on"
    assert {"/Users", "/Users/<id>"} <= set(kinds), "for each kind of address, since one says nothing of the other"


def kind_of(path: str) -> str:
    """The endpoint, and whether an id follows."""
    _, endpoint, *rest = path.rstrip("/").split("/")
    return f"/{endpoint}/<id>" if rest else f"/{endpoint}"


async def test_a_slash_after_lists_says_nothing_of_single_resources(r: Rig) -> None:
    """nginx redirects the address of a location, and not what is below it."""
    r.simulator.faults.add("slash=307:list")
    r.user("ada")
    r.group("engineering", ["ada"])
    await r.start()
    await r.settle()
    id = r.id_of("ada")
    r.user("ada", title="Countess")
    await r.until(lambda: r.at_service("ada").get("title") == "Countess")
    await r.stop()
    r.user("ada", active=False)
    await r.start()
    await r.until(lambda: r.at_service("ada")["active"] is False)
    await r.rest()
    assert (len(r.simulator.users), r.id_of("ada")) == (1, id), "no one is taken for gone"
    assert r.reason("ada") == "Provisioned"
    assert r.condition("Ready") == ("True", "Provisioned")


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_slash_after_writes_alone(r: Rig, method: str, status: int) -> None:
    """A read finds out that the address is there; where it is not, the object says what to do, and blames no URL."""
    r.spec["users"] = {"whenDeleted": "Delete"}
    r.user("ada")
    await r.start()
    await r.settle()
    r.simulator.faults.add(f"slash={status};method={method}")
    if method == "DELETE":
        r.cluster.delete(Kind.USER, "ada")
    else:
        r.user("bob" if method == "POST" else "ada", title="Countess")
    name = "bob" if method == "POST" else "ada"
    await r.until(lambda: r.reason(name) in ("Rejected", "Retrying", "Provisioned") and r.reason(name) != "Provisioned")
    message = r.message(name)
    assert f"The service answered {status} to {method}" in message
    assert "Other requests work below the same URL" in message
    assert "spec.service.url" not in message
    assert r.condition("Connected") == ("True", "TestPassed")


async def test_a_slash_that_writes_need_and_reads_take(r: Rig) -> None:
    r.user("ada")
    await r.start()
    await r.settle()
    r.simulator.faults.add("slash=307:write")
    r.user("ada", title="Countess")
    await r.until(lambda: r.at_service("ada").get("title") == "Countess")
    r.user("ada", title="Baroness")
    mark = r.mark()
    await r.until(lambda: r.at_service("ada").get("title") == "Baroness")
    assert [entry.status for entry in r.entries(mark) if entry.method == "PATCH"] == [200], "it is known from then on"


async def test_a_redirect_to_another_address_is_not_followed(r: Rig) -> None:
    r.simulator.faults.add("redirect")
    r.user("ada")
    await r.start()
    await r.until(lambda: r.condition("Connected") == ("False", "Redirected"))
    assert r.simulator.users == {}
