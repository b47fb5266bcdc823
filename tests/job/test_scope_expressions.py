"""`users.expression` and `groups.expression`: who is in scope by a condition in CEL, beside the scoping filters."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.present import present

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def started(r: Rig, expression: str, **more: Any) -> None:
    r.spec["users"] = {"expression": expression, **more}
    await r.start()
    await r.settle()


async def test_who_does_not_meet_it_is_out_of_scope(r: Rig) -> None:
    r.user("ada", enterprise={"department": "Engines"})
    r.user("charles", enterprise={"department": "Sales"})
    await started(r, 'user.active && user.enterprise.department == "Engines"')
    assert r.at_service("ada") is not None
    assert r.at_service("charles") is None
    mark = r.mark()
    r.user("ada", enterprise={"department": "Sales"})
    await r.rest()
    assert present(r.at_service("ada"))["active"] is False
    assert r.reason("ada") == "Disabled"
    assert "spec.users.expression does not pass it" in r.message("ada")
    r.user("ada", enterprise={"department": "Engines"})
    await r.rest()
    assert present(r.at_service("ada"))["active"] is True
    assert r.writes(mark) == ["PATCH /Users", "PATCH /Users"]


async def test_it_is_anded_with_the_filters(r: Rig) -> None:
    clause = {"attribute": "title", "operator": "EQUALS", "value": "Analyst"}
    r.user("ada", title="Analyst", userType="Employee")
    r.user("charles", title="Analyst", userType="Guest")
    r.user("grace", title="Admiral", userType="Employee")
    await started(r, 'user.userType == "Employee"', filters=[{"title": "Analysts", "clauses": [clause]}])
    assert [name for name in ("ada", "charles", "grace") if r.at_service(name)] == ["ada"]


async def test_who_comes_to_a_group_or_leaves_it_is_looked_at_again(r: Rig) -> None:
    r.user("ada")
    r.group("contractors", [])
    r.group("outside", ["@contractors"])
    await started(r, '!("outside" in groups)')
    assert present(r.at_service("ada"))["active"] is True
    r.group("contractors", ["ada"])
    await r.rest()
    assert present(r.at_service("ada"))["active"] is False, "nested groups count, and no sweep is needed"
    r.group("contractors", [])
    await r.rest()
    assert present(r.at_service("ada"))["active"] is True


async def test_a_sweep_notices_that_time_has_passed(r: Rig) -> None:
    r.user("ada")
    await started(r, "true")
    end = r.job.session.knowledge.now() + timedelta(seconds=4)
    await r.configure(users={"expression": f'DateDiff("s", Now(), "{end:%m/%d/%Y %I:%M:%S %p}") > 0'})
    await r.settle()
    assert present(r.at_service("ada"))["active"] is True
    await r.until(lambda: r.job.session.knowledge.now() > end)
    await r.sweep()
    assert present(r.at_service("ada"))["active"] is False


WRONG: list[Any] = [
    pytest.param("user.titel == 'x'", "did you mean title", id="a name that no schema has"),
    pytest.param("user.title", "is to give true or false", id="no condition"),
    pytest.param("Guid() == 'x'", "come and go by chance", id="chance"),
    pytest.param("group.displayName == 'x'", "no variable", id="of the other kind"),
]


@pytest.mark.parametrize(("expression", "message"), WRONG)
async def test_a_wrong_one_is_one_condition_and_nothing_is_sent(r: Rig, expression: str, message: str) -> None:
    r.user("ada")
    r.spec["users"] = {"expression": expression}
    await r.start()
    await r.until(lambda: r.condition("Ready") == ("False", "InvalidSpec"))
    reported = next(c["message"] for c in r.status["conditions"] if c["type"] == "Ready")
    assert reported.startswith("spec.users.expression: ")
    assert message in reported
    assert list(r.entries()) == []


async def test_where_it_fails_for_one_object_nothing_is_concluded(r: Rig) -> None:
    r.user("ada", title="7")
    r.user("charles", title="ten")
    r.group("engineering", ["ada", "charles"])
    await started(r, "int(user.title) > 5")
    assert r.at_service("ada") is not None
    assert r.at_service("charles") is None, "nobody is created on a failure"
    assert r.reason("charles") == "InvalidSpec"
    assert "spec.users.expression fails for this object" in r.message("charles")
    mark = r.mark()
    r.user("ada", title="seven")
    await r.rest()
    await r.sweep()
    assert r.writes(mark) == [], "nobody is disabled or taken out of a group on a failure"
    assert r.members("engineering") == {"ada"}
    assert r.reason("ada") == "InvalidSpec"
    r.user("ada", title="3")
    await r.rest()
    assert present(r.at_service("ada"))["active"] is False
    r.user("ada", title="three")
    await r.rest()
    await r.sweep()
    assert present(r.at_service("ada"))["active"] is False, "nor enabled again"
    assert r.members("engineering") == set()


async def test_anyone_who_was_retained_out_of_scope_is_in_no_group_again_on_a_failure(r: Rig) -> None:
    r.user("ada", title="7")
    r.user("grace", title="7")
    r.group("engineering", ["ada", "grace"])
    await started(r, "int(user.title) > 5", whenOutOfScope="Retain")
    r.user("ada", title="3")
    await r.rest()
    assert r.members("engineering") == {"grace"}
    mark = r.mark()
    r.user("ada", title="three")
    await r.rest()
    await r.sweep()
    assert r.writes(mark) == []
    r.user("ada", title="8")
    await r.rest()
    assert r.members("engineering") == {"ada", "grace"}, "once it is mended, no sweep is needed"


async def test_anyone_who_is_inactive_in_scope_stays_in_groups_on_a_failure(r: Rig) -> None:
    r.user("ada", title="7")
    r.user("grace", title="7")
    r.group("engineering", ["ada", "grace"])
    await started(r, "int(user.title) > 5")
    r.user("ada", title="7", active=False)
    await r.rest()
    mark = r.mark()
    r.user("ada", title="seven", active=False)
    await r.rest()
    await r.sweep()
    assert r.writes(mark) == []
    assert r.members("engineering") == {"ada", "grace"}
    r.group("engineering", ["grace"])
    await r.rest()
    assert r.members("engineering") == {"grace"}, "whom the manifest takes out goes all the same"


async def test_a_group_on_which_it_fails_stays_as_it_is(r: Rig) -> None:
    r.user("ada")
    r.group("engineering", ["ada"], displayName="7")
    r.spec["groups"] = {"expression": "int(group.displayName) > 5"}
    await r.start()
    await r.settle()
    mark = r.mark()
    r.group("engineering", ["ada"], displayName="seven")
    await r.rest()
    await r.sweep()
    assert r.writes(mark) == []
    assert r.simulator.group("7") is not None


async def test_groups_have_one_too(r: Rig) -> None:
    r.group("eng-compilers", [])
    r.group("sales", [])
    r.spec["groups"] = {"expression": 'group.displayName.startsWith("eng-")'}
    await r.start()
    await r.settle()
    assert r.simulator.group("eng-compilers") is not None
    assert r.simulator.group("sales") is None
