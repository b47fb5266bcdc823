"""What a service teaches by refusing: with evidence, for one resource type, and taken back when it works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from tests.support.present import present
from tests.support.rig import rig

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def provisioned(r: Rig) -> None:
    """Two users and a group at the service."""
    r.user("ada", title="Analyst")
    r.user("grace", title="Analyst")
    r.user("charles", title="Analyst")
    r.group("engineering", ["ada", "grace"])
    await r.start()
    await r.settle()


def capabilities(r: Rig) -> dict[str, Any]:
    return dict(r.status["service"]["capabilities"])


@pytest.mark.parametrize("status", ["405", "501"])
async def test_a_service_with_patch_only_for_users(r: Rig, status: str) -> None:
    r.simulator.faults.add(f"status={status};method=PATCH;path=/Groups", f"status={status};method=PUT;path=/Users")
    await provisioned(r)
    r.group("engineering", ["ada", "charles"])
    await r.until(lambda: r.members("engineering") == {"ada", "charles"})
    await r.rest()
    mark = r.mark()
    r.user("ada", title="Countess")
    r.group("engineering", ["ada", "grace", "charles"])
    await r.until(lambda: r.members("engineering") == {"ada", "grace", "charles"})
    await r.rest()
    assert present(r.at_service("ada"))["title"] == "Countess"
    assert sorted(r.writes(mark)) == ["PATCH /Users", "PUT /Groups"], "each type as it takes it"
    await r.sweep()
    assert capabilities(r)["groups"] == {"patch": {"value": False, "source": "Learned"}}
    assert "users" not in capabilities(r)
    assert capabilities(r)["patch"] == {"value": True, "source": "Profile"}
    await r.check_quiet()


async def test_404_to_patch_leads_to_put_by_one_read(r: Rig) -> None:
    """The read that shows that the resource is there serves the PUT, too."""
    await provisioned(r)
    await r.rest()
    r.simulator.faults.add("status=404;method=PATCH;path=/Users")
    mark = r.mark()
    r.user("ada", title="Countess")
    await r.until(lambda: present(r.at_service("ada"))["title"] == "Countess")
    assert [entry.method for entry in r.entries(mark)][:3] == ["PATCH", "GET", "PUT"]


async def test_a_service_with_patch_only_for_groups(r: Rig) -> None:
    r.simulator.faults.add("status=405;method=PATCH;path=/Users", "status=405;method=PUT;path=/Groups")
    await provisioned(r)
    r.user("ada", title="Countess")
    r.group("engineering", ["ada", "charles"])
    await r.until(lambda: r.members("engineering") == {"ada", "charles"})
    await r.rest()
    assert present(r.at_service("ada"))["title"] == "Countess"
    await r.sweep()
    assert capabilities(r)["users"] == {"patch": {"value": False, "source": "Learned"}}
    assert "groups" not in capabilities(r)


@pytest.mark.parametrize("status", ["405", "501", "400"])
async def test_put_is_refused_and_patch_works(r: Rig, status: str) -> None:
    """A config, or a ServiceProviderConfig, that says there is no PATCH does not make it so."""
    r.spec["service"]["profile"] = "generic"
    r.simulator.faults.add("discovery=no-patch", f"status={status};method=PUT")
    await provisioned(r)
    for title in ("Countess", "Mathematician"):
        r.user("ada", title=title)
        await r.until(lambda title=title: present(r.at_service("ada"))["title"] == title)
    await r.rest()
    mark = r.mark()
    r.user("ada", title="Author")
    await r.rest()
    assert r.writes(mark) == ["PATCH /Users"], "what works is remembered"
    await r.sweep()
    assert capabilities(r)["users"] == {"patch": {"value": True, "source": "Learned"}}


async def test_the_refusal_of_one_resource_teaches_nothing_about_the_others(r: Rig) -> None:
    await provisioned(r)
    r.user("grace", title="Admiral")
    await r.rest()
    r.simulator.faults.add(f"status=405;method=PATCH;path=/Users/{r.id_of('ada')}")
    r.user("ada", title="Countess")
    await r.until(lambda: present(r.at_service("ada"))["title"] == "Countess")
    await r.rest()
    mark = r.mark()
    r.user("grace", title="Rear admiral")
    await r.rest()
    assert r.writes(mark) == ["PATCH /Users"]


async def test_where_neither_method_works_nothing_is_learned(r: Rig) -> None:
    await provisioned(r)
    r.simulator.faults.add("status=405;method=PATCH", "status=405;method=PUT")
    r.user("ada", title="Countess")
    await r.until(lambda: r.reason("ada") == "Rejected")
    r.simulator.faults.clear()
    mark = r.mark()
    r.user("grace", title="Admiral")
    await r.until(lambda: present(r.at_service("grace"))["title"] == "Admiral")
    await r.rest()
    assert r.writes(mark) == ["PATCH /Users"]


@pytest.mark.parametrize("kind", ["invalidValue", "mutability", "uniqueness"])
async def test_a_refused_value_teaches_nothing_about_patch(r: Rig, kind: str) -> None:
    await provisioned(r)
    r.simulator.faults.add(f"refused-attribute=title:400:{kind};method=PATCH")
    r.user("ada", title="Countess")
    await r.until(lambda: r.reason("ada") == "Rejected")
    mark = r.mark()
    r.user("grace", title="Analyst", nickName="Amazing Grace")
    await r.until(lambda: present(r.at_service("grace")).get("nickName") == "Amazing Grace")
    await r.rest()
    assert r.writes(mark) == ["PATCH /Users"]
    await r.sweep()
    assert all(setting["source"] == "Profile" for setting in capabilities(r).values())


async def test_a_refusal_that_names_mutability_teaches_nothing_about_members(r: Rig) -> None:
    await provisioned(r)
    r.simulator.faults.add("refused-attribute=displayName:400:mutability")
    r.group("engineering", ["ada"], displayName="research")
    await r.until(lambda: r.reason("engineering", Kind.GROUP) == "Rejected")
    assert r.members("engineering") == {"ada"}, "who leaves, leaves"
    await r.sweep()
    assert all(setting["source"] == "Profile" for setting in capabilities(r).values())


async def test_one_refused_attribute_keeps_no_other_from_being_sent(r: Rig) -> None:
    await provisioned(r)
    r.simulator.faults.add("refused-attribute=title")
    r.user("ada", title="Countess", nickName="Ada", displayName="Ada L.")
    await r.until(lambda: r.reason("ada") == "Rejected")
    found = present(r.at_service("ada"))
    assert (found["title"], found["nickName"], found["displayName"]) == ("Analyst", "Ada", "Ada L.")
    assert "title" in r.message("ada")
    mark = r.mark()
    await r.sweep()
    assert r.writes(mark) == []


async def test_patch_for_one_attribute_only(r: Rig) -> None:
    """PATCH is for `active`, as in some services: the rest goes by PUT, and is remembered attribute by attribute."""
    r.simulator.faults.add("patch-limited=active;path=/Users")
    await provisioned(r)
    for title in ("Countess", "Mathematician"):
        r.user("ada", title=title)
        await r.until(lambda title=title: present(r.at_service("ada"))["title"] == title)
        await r.rest()
    mark = r.mark()
    r.user("ada", title="Author")
    await r.until(lambda: present(r.at_service("ada"))["title"] == "Author")
    r.user("grace", title="Analyst", active=False)
    await r.until(lambda: present(r.at_service("grace"))["active"] is False)
    await r.rest()
    assert r.writes(mark) == ["PUT /Users", "PATCH /Users"]
    assert r.reason("ada") == r.reason("grace") == "Provisioned"
    await r.check_quiet()


async def test_patch_for_one_attribute_only_and_no_put(r: Rig) -> None:
    r.simulator.faults.add("patch-limited=active;path=/Users", "status=405;method=PUT")
    await provisioned(r)
    r.user("ada", title="Countess", active=False)
    await r.until(lambda: r.reason("ada") == "Rejected")
    assert present(r.at_service("ada"))["active"] is False, "the end of access is not kept from being sent"
    mark = r.mark()
    await r.sweep()
    await r.sweep()
    assert r.writes(mark) == [], "one clear status, and no loop"


@pytest.mark.parametrize("kind", ["mutability", "invalidValue"])
async def test_a_user_name_that_cannot_change_is_one_clear_status(r: Rig, kind: str) -> None:
    await provisioned(r)
    r.simulator.faults.add(f"refused-attribute=userName:400:{kind}")
    r.user("ada", title="Countess", userName="lovelace@corp.example")
    await r.until(lambda: r.reason("ada") == "Rejected")
    assert present(r.at_service("ada"))["title"] == "Countess", "all else is sent"
    assert "userName" in r.message("ada")
    mark = r.mark()
    await r.sweep()
    await r.sweep()
    assert r.writes(mark) == []


@pytest.mark.parametrize("how", ["required", "refused"])
async def test_the_id_in_the_body_of_a_put(how: str) -> None:
    """vCenter insists on it ("User ID mismatch"); others refuse it as readOnly."""
    async with rig(patch_status=405) as r:
        r.simulator.faults.add(f"put-id={how}")
        await provisioned(r)
        for title in ("Countess", "Mathematician"):
            r.user("ada", title=title)
            await r.until(lambda title=title: present(r.at_service("ada"))["title"] == title)
            await r.rest()
        mark = r.mark()
        r.user("ada", title="Author")
        await r.until(lambda: present(r.at_service("ada"))["title"] == "Author")
        await r.rest()
        assert r.writes(mark) == ["PUT /Users"]
        await r.sweep()
        known = {"required": (True, "Profile"), "refused": (False, "Learned")}[how]
        assert capabilities(r)["putId"] == dict(zip(("value", "source"), known, strict=True))


@pytest.mark.parametrize("creating", [True, False])
@pytest.mark.parametrize("form", ["typed", "named"])
async def test_members_that_need_more_than_an_id(r: Rig, form: str, *, creating: bool) -> None:
    for name in ("ada", "charles"):
        r.user(name)
    r.group("engineering", ["ada"] if creating else [])
    r.simulator.faults.add(f"member-form={form}")
    await r.start()
    await r.settle()
    r.group("engineering", ["ada", "charles"])
    await r.until(lambda: r.members("engineering") == {"ada", "charles"})
    await r.rest()
    assert r.reason("engineering", Kind.GROUP) == "Provisioned"
    await r.sweep()
    assert capabilities(r)["memberForm"] == {"value": form.title(), "source": "Learned"}
    await r.check_quiet()


async def test_an_odd_value_in_a_filter_teaches_nothing_about_filters(r: Rig) -> None:
    r.simulator.faults.add("filter-quotes")
    r.user("ada")
    r.user("odd", userName='o"dd@corp.example')
    await r.start()
    await r.settle()
    r.user("odd2", userName='o"dder@corp.example')
    await r.until(lambda: r.reason("odd2") == "Provisioned")
    await r.sweep()
    assert capabilities(r)["filter"] == {"value": True, "source": "Profile"}
    assert "users" not in capabilities(r)
