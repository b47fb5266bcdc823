"""What VMware Identity Service does otherwise than others, in its strict form: docs/pitfalls.md has the list."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.resource import ENTERPRISE_USER, WS1B_USER
from scim_operator.simulator.settings import Wanted
from tests.support.present import present
from tests.support.rig import Rig, rig, service_user


async def provisioned(r: Rig, **spec: Any) -> None:
    """Two users and a group at the service, with the externalIds of an identity provider."""
    for name in ("ada", "grace"):
        r.user(name, externalId=f"idp-{name}", **spec)
    r.group("engineering", ["ada", "grace"], externalId="idp-engineering")
    await r.start()
    await r.settle()


async def test_nothing_but_users_and_groups_is_asked_for(r: Rig) -> None:
    await provisioned(r)
    r.group("engineering", ["ada"], externalId="idp-engineering")
    r.cluster.delete(Kind.USER, "grace")
    await r.rest()
    await r.check_quiet()
    assert {entry.path.split("/")[1] for entry in r.entries()} == {"Users", "Groups"}


async def test_another_external_id_is_reported_and_never_sent(r: Rig) -> None:
    await provisioned(r)
    mark = r.mark()
    r.user("ada", externalId="idp-another")
    await r.until(lambda: r.reason("ada") == "Immutable")
    assert "externalId" in r.message("ada")
    await r.check_quiet()
    assert r.writes(mark) == []
    r.user("ada", externalId="idp-another", title="Analyst")
    await r.until(lambda: present(r.at_service("ada")).get("title") == "Analyst")
    await r.rest()
    assert r.reason("ada") == "Immutable"
    assert present(r.at_service("ada"))["externalId"] == "idp-ada"


async def test_one_who_is_there_with_another_external_id_is_reported(r: Rig) -> None:
    """Who was synchronised before the mapping was right is at the service, and cannot sign in."""
    r.spec["users"] |= {"adoption": "IfUnowned"}
    r.simulator.seed([service_user("ada", externalId="an-older-id")])
    r.user("ada", externalId="idp-ada")
    await r.start()
    await r.settle()
    assert r.reason("ada") == "Immutable", r.message("ada")
    assert len(r.simulator.users) == 1
    assert r.condition("Ready")[0] == "False"
    await r.check_quiet()


@pytest.mark.parametrize("status", [None, 501])
async def test_what_it_writes_in_its_own_form_is_no_difference(status: int | None) -> None:
    """`primary` is a text, `active` a boolean, and users have `groups`, which no request may carry."""
    async with rig(patch_status=status, log_bodies=True) as r:
        await provisioned(r)
        mail = [{"type": "work", "value": "ada@corp.example", "primary": True}]
        r.by_hand("PUT", f"/Users/{r.id_of('ada')}", {**present(r.at_service("ada")), "emails": mail})
        assert present(r.at_service("ada"))["emails"][0]["primary"] == "true"
        assert present(r.at_service("ada"))["groups"]
        await r.check_quiet()
        mark = r.mark()
        r.user("ada", externalId="idp-ada", title="Countess")
        await r.until(lambda: present(r.at_service("ada")).get("title") == "Countess")
        await r.rest()
        assert not any('"groups"' in str(entry.body) for entry in r.entries(mark) if entry.method in ("PUT", "PATCH"))
        await r.check_quiet()


@pytest.mark.parametrize("status", [None, 405, 501])
async def test_the_last_member_leaves(status: int | None) -> None:
    async with rig(patch_status=status) as r:
        await provisioned(r)
        for members in (["ada"], []):
            r.group("engineering", members, externalId="idp-engineering")
            await r.until(lambda members=members: r.members("engineering") == set(members))
        await r.rest()
        assert r.reason("engineering", Kind.GROUP) == "Provisioned"
        await r.check_quiet()


@pytest.mark.parametrize("faults", [(), ("extension-path",), ("dotted-keys",), ("extension-path", "dotted-keys")])
async def test_extension_attributes_are_changed_whatever_the_spelling(r: Rig, faults: tuple[str, ...]) -> None:
    r.simulator.faults.add(*faults)
    await provisioned(r, enterprise={"department": "Research"}, ws1b={"domain": "corp.example"})
    r.user(
        "ada",
        externalId="idp-ada",
        enterprise={"department": "Analysis"},
        ws1b={"domain": "corp.example", "customAttribute1": "one"},
    )
    await r.rest()
    await r.until(lambda: present(r.at_service("ada"))[ENTERPRISE_USER]["department"] == "Analysis")
    assert present(r.at_service("ada"))[WS1B_USER] == {"domain": "corp.example", "customAttribute1": "one"}
    r.user("ada", externalId="idp-ada", ws1b={"domain": "corp.example"})
    await r.until(lambda: not (present(r.at_service("ada")).get(ENTERPRISE_USER) or {}).get("department"))
    await r.rest()
    assert r.reason("ada") == "Provisioned", r.message("ada")
    await r.check_quiet()


async def test_a_flag_of_the_tenant_url_is_part_of_every_request(r: Rig) -> None:
    r.simulator.faults.add("base-query=aadOptscim062020")
    r.spec["service"]["url"] += "?aadOptscim062020"
    await provisioned(r)
    assert r.condition("Ready") == ("True", "Provisioned")
    await r.check_quiet()


async def test_a_token_of_its_rest_api() -> None:
    async with rig(wanted=Wanted(schemes=("HZN",))) as r:
        r.spec["service"]["auth"]["bearer"]["scheme"] = "HZN"
        await provisioned(r)
        assert r.condition("Ready") == ("True", "Provisioned")
