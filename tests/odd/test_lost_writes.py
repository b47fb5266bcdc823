"""A write that the service answers with success and does not keep: a single one is no lesson, and none is for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.present import present
from tests.support.rig import rig

if TYPE_CHECKING:
    from tests.support.rig import Rig

RIGHTS = [{"value": "admin"}, {"value": "reader"}]
FEWER = [{"value": "reader"}]


async def begin(r: Rig, **spec: Any) -> None:
    """Ada is at the service, as her manifest says."""
    r.spec["users"] |= {"mappings": [{"target": name, "source": name} for name in ("roles", "entitlements")]}
    r.user("ada", **spec)
    await r.start()
    await r.settle()


def held(r: Rig, name: str) -> Any:
    """What the service has of an attribute of Ada's."""
    return present(r.at_service("ada")).get(name)


async def restart(r: Rig) -> None:
    """Another process takes over, and sweeps."""
    await r.stop()
    await r.start()
    await r.settle()


@pytest.mark.parametrize("after", [{"title": "Countess"}, {"title": ""}, {"userName": "lovelace@corp.example"}])
async def test_one_write_that_is_lost_is_sent_again(hurried: Rig, after: dict[str, str]) -> None:
    r = hurried
    await begin(r, title="Analyst")
    ((name, value),) = after.items()
    r.simulator.faults.add(f"ignored-attribute={name};times=1")
    r.user("ada", **{"title": "Analyst", **after})
    await r.until(lambda: r.reason("ada") == "Retrying")
    assert f"success to a change of {name}, and does not have it" in r.message("ada")
    await r.until(lambda: r.reason("ada") == "Provisioned")
    user = r.simulator.user(after.get("userName", "ada@corp.example"))
    assert present(user).get(name, "") == value
    assert r.writes().count("PATCH /Users") == 2
    await r.check_quiet()


async def test_a_name_of_a_group_that_is_lost_once_is_sent_again(hurried: Rig) -> None:
    r = hurried
    r.group("engineering", [])
    await r.start()
    await r.settle()
    r.simulator.faults.add("ignored-attribute=displayName;times=1")
    r.group("engineering", [], displayName="research")
    await r.until(lambda: r.simulator.group("research") is not None)
    await r.until(lambda: r.reason("engineering", Kind.GROUP) == "Provisioned")


async def test_the_rest_of_a_write_is_on_record_meanwhile(hurried: Rig) -> None:
    r = hurried
    await begin(r, title="Analyst")
    r.simulator.faults.add("ignored-attribute=title")
    r.user("ada", title="Countess", nickName="Ada")
    await r.until(lambda: r.reason("ada") == "Retrying")
    assert "nickName" in r.entry("ada")["applied"]
    assert "reformatted" not in r.entry("ada"), "nothing is believed yet"


async def test_what_lasts_is_believed_and_tried_less_and_less_often(hurried: Rig) -> None:
    r = hurried
    await begin(r, title="Analyst")
    r.simulator.faults.add("ignored-attribute=title")
    r.user("ada", title="Countess")
    await r.until(lambda: r.reason("ada") == "Immutable")
    await r.until(lambda: len(r.times("PATCH /Users")) == 5)
    first, second, third, *later = r.times("PATCH /Users")
    assert 0.7 < second - first < 10
    assert 0.7 < third - second < 10
    assert all(after - before >= 600 for before, after in zip([third, *later], later, strict=False))
    assert r.reason("ada") == "Immutable"


async def test_it_works_by_itself_once_the_service_takes_it(hurried: Rig) -> None:
    r = hurried
    await begin(r, title="Analyst")
    r.simulator.faults.add("ignored-attribute=title")
    r.user("ada", title="Countess")
    await r.until(lambda: r.reason("ada") == "Immutable")
    r.simulator.faults.clear()
    await r.until(lambda: r.reason("ada") == "Provisioned")
    assert held(r, "title") == "Countess"
    assert "reformatted" not in r.entry("ada")


async def test_after_a_restart_it_is_tried_again_some_day() -> None:
    async with rig(haste=600) as r:
        await begin(r, title="Analyst")
        r.simulator.faults.add("ignored-attribute=title")
        r.user("ada", title="Countess")
        await r.until(lambda: r.reason("ada") == "Immutable")
        r.simulator.faults.clear()
        mark, began = r.mark(), r.clock.monotonic()
        await restart(r)
        await r.until(lambda: r.reason("ada") == "Provisioned")
        assert held(r, "title") == "Countess"
        assert r.times("PATCH /Users", mark)[0] - began >= 3600


async def test_a_value_that_agrees_makes_it_forget(hurried: Rig) -> None:
    """What the service kept is written there by hand, and then taken back: the second time it is drift."""
    r = hurried
    await begin(r, title="Analyst")
    r.simulator.faults.add("ignored-attribute=title")
    r.user("ada", title="Countess")
    await r.until(lambda: r.reason("ada") == "Immutable")
    r.simulator.faults.clear()
    path = f"/Users/{r.id_of('ada')}"
    r.patch_by_hand(path, {"op": "replace", "path": "title", "value": "Countess"})
    await r.sweep()
    assert r.reason("ada") == "Provisioned"
    assert "reformatted" not in r.entry("ada")
    r.patch_by_hand(path, {"op": "replace", "path": "title", "value": "Analyst"})
    await r.sweep()
    await r.until(lambda: held(r, "title") == "Countess")


async def test_a_form_that_is_gone_is_forgotten_too(hurried: Rig) -> None:
    """The service showed no title after it was sent, and does later: when it is gone again, someone took it away."""
    r = hurried
    r.simulator.faults.add("unreturned=title")
    await begin(r, title="Analyst")
    assert r.reason("ada") == "Provisioned"
    assert r.entry("ada")["reformatted"]
    await r.check_quiet()
    r.simulator.faults.clear()
    await r.sweep()
    assert "reformatted" not in r.entry("ada")
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "remove", "path": "title"})
    await r.sweep()
    await r.until(lambda: held(r, "title") == "Analyst")


REVOKED = [{"roles": FEWER}, {"roles": []}, {"entitlements": FEWER}]


@pytest.mark.parametrize("answers", ["", "write-body=empty"])
@pytest.mark.parametrize("after", REVOKED)
async def test_a_right_that_is_not_revoked_is_never_given_up(hurried: Rig, after: dict[str, Any], answers: str) -> None:
    r = hurried
    ((name, value),) = after.items()
    await begin(r, **{name: RIGHTS})
    r.simulator.faults.add(f"ignored-attribute={name}", *filter(None, [answers]))
    r.user("ada", **after)
    await r.until(lambda: f"`{name}` is not as sent" in r.message("ada"))
    assert r.cluster.ready(Kind.USER, "ada")[0] == "False"
    await r.until(lambda: r.writes().count("PATCH /Users") > 4)
    mark = r.mark()
    await restart(r)
    assert "PATCH /Users" in r.writes(mark), "the next process tries it at once"
    assert r.reason("ada") == "Rejected"
    r.simulator.faults.clear()
    await r.until(lambda: (held(r, name) or []) == value)
    await r.until(lambda: r.reason("ada") == "Provisioned")
    await r.check_quiet()


async def test_a_disable_that_is_lost_once_is_sent_again_within_seconds(hurried: Rig) -> None:
    r = hurried
    await begin(r)
    r.simulator.faults.add("ignored-attribute=active;times=1")
    r.user("ada", active=False)
    await r.until(lambda: held(r, "active") is False)
    first, second = r.times("PATCH /Users")
    assert second - first < 30
    await r.until(lambda: r.reason("ada") == "Provisioned")


async def test_a_right_that_is_refused_is_tried_each_hour() -> None:
    async with rig(haste=600) as r:
        await begin(r, roles=RIGHTS)
        r.simulator.faults.add("refused-attribute=roles")
        r.user("ada", roles=FEWER)
        await r.until(lambda: r.reason("ada") == "Rejected")
        r.simulator.faults.clear()
        await r.until(lambda: r.reason("ada") == "Provisioned")
        assert held(r, "roles") == FEWER
