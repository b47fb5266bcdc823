"""The reference to a user's manager: sent when the manager is there, and kept true as managers come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.core.resource import CORE_USER, ENTERPRISE_USER
from tests.support.limiting import UNLIMITED
from tests.support.present import present
from tests.support.rig import service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig

TARGET = f"{ENTERPRISE_USER}:manager"


def reports_to(name: str) -> dict[str, Any]:
    return {"manager": {"userRef": {"name": name}}}


async def started(r: Rig, **more: Any) -> None:
    r.spec["users"] = {"mappings": [{"target": TARGET, "source": "manager"}], **more}
    await r.start()
    await r.settle()


def manager_of(r: Rig, name: str) -> str | None:
    extension = (r.at_service(name) or {}).get(ENTERPRISE_USER) or {}
    found: str | None = (extension.get("manager") or {}).get("value")
    return found


async def test_both_at_once_need_a_second_pass(r: Rig) -> None:
    r.user("ada", **reports_to("charles"))
    r.user("charles", **reports_to("ada"))
    await started(r)
    assert manager_of(r, "ada") == r.id_of("charles")
    assert manager_of(r, "charles") == r.id_of("ada"), "a ring is no trouble"
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []


async def test_a_manager_who_is_not_there_yet_blocks_no_one(r: Rig) -> None:
    r.user("ada", **reports_to("charles"))
    await started(r)
    assert r.cluster.ready(Kind.USER, "ada") == ("True", "Provisioned")
    assert "its manager scimuser/charles is still to be provisioned" in r.message("ada")
    r.user("charles")
    await r.until(lambda: manager_of(r, "ada") is not None)
    await r.rest()
    assert manager_of(r, "ada") == r.id_of("charles")
    assert r.message("ada") == "The service holds it as mapped."


async def test_while_the_manager_is_to_come_the_report_is_not_ready(r: Rig) -> None:
    r.simulator.faults.add("status=400:invalidValue;method=POST;path=/Users;times=1")
    r.user("charles")
    await started(r)
    r.user("ada", **reports_to("charles"))
    await r.rest()
    assert r.cluster.ready(Kind.USER, "ada") == ("False", "Incomplete")
    r.user("charles", title="Manager")
    await r.until(lambda: r.cluster.ready(Kind.USER, "ada") == ("True", "Provisioned"))
    assert manager_of(r, "ada") == r.id_of("charles")


async def test_a_manager_who_left_while_the_mapping_was_off_is_no_longer_referred_to(r: Rig) -> None:
    r.user("charles")
    r.user("ada", **reports_to("charles"))
    await started(r)
    mapped = r.spec["users"]
    assert manager_of(r, "ada") == r.id_of("charles")
    await r.configure(users={})
    await r.settle()
    r.cluster.delete(Kind.USER, "charles")
    await r.rest()
    await r.configure(users=mapped)
    await r.settle()
    assert manager_of(r, "ada") is None
    await r.check_quiet()


async def test_a_reference_to_one_who_may_be_the_manager_stays(r: Rig) -> None:
    """She was taken over with it, and he is still to be taken over."""
    (charles,), _ = r.simulator.seed([service_user("charles")])
    extension = {ENTERPRISE_USER: {"manager": {"value": charles}}}
    r.simulator.seed([service_user("ada", schemas=[CORE_USER, ENTERPRISE_USER], **extension)])
    r.user("charles", adoption="Approve")
    r.user("ada", externalId="foreign-ada", **reports_to("charles"))
    r.spec["limits"] = UNLIMITED
    await started(r, adoption="IfUnowned")
    await r.configure(approvedPlan=r.status["plan"]["digest"])
    await r.settle()
    assert manager_of(r, "ada") == charles


async def test_complaint_5_a_manager_who_leaves_the_scope_and_returns_is_referred_to_again(r: Rig) -> None:
    r.user("ada", **reports_to("charles"))
    r.user("charles", title="Manager")
    clause = {"attribute": "title", "operator": "NOT EQUALS", "value": "Guest"}
    everybody = {"attribute": "title", "operator": "IS NULL"}
    filters = [{"title": "No guests", "clauses": [clause]}, {"title": "Untitled", "clauses": [everybody]}]
    await started(r, filters=filters)
    first = r.id_of("charles")
    assert manager_of(r, "ada") == first
    r.user("charles", title="Guest")
    await r.until(lambda: manager_of(r, "ada") is None)
    await r.rest()
    r.user("charles", title="Manager")
    await r.until(lambda: manager_of(r, "ada") is not None)
    assert manager_of(r, "ada") == first, "and nobody has restarted anything"


async def test_a_manager_changes_and_goes(r: Rig) -> None:
    for name in ("charles", "grace"):
        r.user(name)
    r.user("ada", enterprise={"department": "Engines"}, **reports_to("charles"))
    await started(r)
    mark = r.mark()
    r.user("ada", enterprise={"department": "Engines"}, **reports_to("grace"))
    await r.rest()
    assert manager_of(r, "ada") == r.id_of("grace")
    assert r.writes(mark) == ["PATCH /Users"]
    r.user("ada", enterprise={"department": "Engines"})
    await r.rest()
    assert manager_of(r, "ada") is None
    assert present(r.at_service("ada"))[ENTERPRISE_USER]["department"] == "Engines"


async def test_generic_services_get_it_without_a_mapping(r: Rig) -> None:
    r.spec["service"] = {**r.spec["service"], "profile": "generic"}
    r.user("charles")
    r.user("ada", **reports_to("charles"))
    await r.start()
    await r.settle()
    assert manager_of(r, "ada") == r.id_of("charles")


async def test_without_the_mapping_it_is_not_managed(r: Rig) -> None:
    r.user("charles")
    r.user("ada", **reports_to("charles"))
    await r.start()
    await r.settle()
    assert manager_of(r, "ada") is None
    assert r.message("ada") == "The service holds it as mapped."


async def test_complaint_7_scope_may_go_by_the_manager(r: Rig) -> None:
    r.user("charles")
    r.user("ada", **reports_to("charles"))
    r.user("grace", **reports_to("edsger"))
    clause = {"attribute": "manager.value", "operator": "EQUALS", "value": "charles"}
    r.spec["users"] = {"filters": [{"title": "Reports of Charles", "clauses": [clause]}]}
    await r.start()
    await r.settle()
    assert r.at_service("ada") is not None
    assert r.at_service("grace") is None
    await r.configure(users={"expression": 'user.enterprise.manager.value == "edsger"'})
    await r.settle()
    assert r.at_service("grace") is not None
