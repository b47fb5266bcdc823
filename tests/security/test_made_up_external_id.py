"""VMware keeps an externalId for good and finds who signs in by it: one that we made up would lock that person out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.decision.external_ids import UNSTATED
from scim_operator.core.keys import Kind
from tests.support.explaining import explained, step
from tests.support.present import present
from tests.support.rig import rig, service_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.desk import Desk
    from tests.support.rig import Rig

REQUIRED = {"externalId": "Required"}
BY_ANCHOR = {"target": "externalId", "expression": "Coalesce(user.externalId, user.ws1b.adSourceAnchor)"}


@pytest.fixture
async def r() -> AsyncIterator[Rig]:
    async with rig() as made:
        made.spec["users"] = REQUIRED
        yield made


async def test_a_user_without_an_external_id_is_refused_and_not_created(r: Rig) -> None:
    r.user("ada")
    r.user("bob", externalId="7f0c1c9e")
    r.group("ops", ["ada", "bob"])
    await r.start()
    await r.settle()
    assert (r.reason("ada"), r.message("ada"), r.at_service("ada")) == ("InvalidSpec", UNSTATED, None)
    assert (r.reason("bob"), r.members("ops")) == ("Provisioned", {"bob"})
    r.user("ada", externalId="0d4d2f5e")
    await r.until(lambda: r.members("ops") == {"ada", "bob"})


@pytest.mark.parametrize("written", ["identity/ada", "Identity/ADA"])
async def test_our_own_mark_is_no_id_of_an_identity_provider(r: Rig, written: str) -> None:
    r.user("ada", externalId=written)
    await r.start()
    await r.settle()
    assert (r.reason("ada"), r.at_service("ada")) == ("InvalidSpec", None)


async def test_a_mapping_may_give_it_and_never_sees_one_that_we_made(r: Rig) -> None:
    r.spec["users"] = {**REQUIRED, "mappings": [BY_ANCHOR]}
    r.user("ada", ws1b={"adSourceAnchor": "c2f1a6f0"})
    await r.start()
    await r.settle()
    assert present(r.at_service("ada"))["externalId"] == "c2f1a6f0"


async def test_none_is_taken_over_without_one(r: Rig) -> None:
    r.simulator.seed([service_user("ada", title="Old")])
    r.user("ada", title="New")
    await r.start()
    await r.settle()
    assert (r.writes(), r.reason("ada")) == ([], "InvalidSpec")


async def test_who_is_there_under_a_made_up_one_is_reported_and_still_loses_access(r: Rig) -> None:
    r.spec["users"] = {"externalId": "Generated"}
    r.user("ada")
    await r.start()
    await r.settle()
    await r.configure(users=REQUIRED)
    await r.settle()
    assert (r.reason("ada"), len(r.writes())) == ("InvalidSpec", 1)
    r.user("ada", active=False)
    await r.until(lambda: present(r.at_service("ada"))["active"] is False)
    await r.rest()
    assert present(r.at_service("ada"))["externalId"] == "identity/ada"


async def test_explain_says_what_to_write(r: Rig) -> None:
    r.user("ada")
    reported = await explained(r, Kind.USER, "ada")
    assert step(reported, "Plan").details == (UNSTATED,)


async def test_validate_and_plan_refuse_the_directory(at: Desk) -> None:
    at.configure(users=REQUIRED)
    at.user("ada")
    at.user("bob", externalId="7f0c1c9e")
    for command in ("validate", "plan"):
        result = await at.run(command)
        assert result.exit_code == 1
        assert result.stderr.count("scimuser-") == 1
        assert f"scimuser-ada.yaml:6: ScimUser ada: spec.externalId: {UNSTATED}" in result.stderr


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"users": {"externalId": "Generated"}}, id="no one signs in"),
        pytest.param({"users": {**REQUIRED, "mappings": [BY_ANCHOR]}}, id="a mapping gives it"),
        pytest.param({"users": REQUIRED, "scope": "Assigned"}, id="not in scope"),
    ],
)
async def test_validate_takes_who_needs_none(at: Desk, changes: dict[str, Any]) -> None:
    at.configure(**changes)
    at.user("ada", ws1b={"adSourceAnchor": "c2f1a6f0"})
    result = await at.run("validate")
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize(
    ("profile", "status"),
    [pytest.param({}, 1, id="vmware"), pytest.param({"profile": "generic"}, 0, id="generic")],
)
async def test_the_profile_decides_unless_the_config_does(at: Desk, profile: dict[str, str], status: int) -> None:
    service = {**at.spec["service"], **profile}
    at.write("ProvisioningConfig", "vmware", {"service": service, "scope": "All"})
    at.user("ada")
    assert (await at.run("validate")).exit_code == status


async def test_a_wrong_id_is_put_right_by_deleting_the_user_at_the_service(r: Rig) -> None:
    """docs/single-sign-on.md, When the id was wrong."""
    r.user("ada", externalId="wrong")
    r.group("ops", ["ada"])
    await r.start()
    await r.settle()
    r.user("ada", externalId="right")
    await r.until(lambda: r.reason("ada") == "Immutable")
    r.by_hand("DELETE", f"/Users/{r.id_of('ada')}")
    r.cluster.annotate(Kind.USER, "ada", **{"scim-operator.io/reconcile-requested-at": "1"})
    await r.until(lambda: r.members("ops") == {"ada"})
    assert present(r.at_service("ada"))["externalId"] == "right"
