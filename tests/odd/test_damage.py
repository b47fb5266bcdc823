"""What a write may have changed beside what it meant to: looked for, put back, or reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from tests.support.present import present
from tests.support.rig import rig, service_group, service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig

POLICIES = ["Exclusive", "Additive", "Observe", ""]


def described(r: Rig, name: str, policy: str, **spec: object) -> None:
    """A group of ada, under a policy; "" leaves membership alone."""
    if policy:
        r.group("engineering", ["ada"], displayName=name, membershipPolicy=policy, **spec)
    else:
        r.group("engineering", None, displayName=name, **spec)


@pytest.mark.parametrize("patches", [True, False])
@pytest.mark.parametrize("policy", POLICIES)
async def test_a_rename_that_empties_the_group(r: Rig, policy: str, *, patches: bool) -> None:
    (stranger,), _ = r.simulator.seed([service_user("stranger")])
    r.user("ada")
    described(r, "engineering", policy)
    await r.start()
    await r.settle()
    if policy != "Exclusive":
        path = f"/Groups/{r.group_id('engineering')}"
        r.patch_members(path, stranger, r.id_of("ada"))
    r.simulator.faults.add("lost-members;times=1")
    if not patches:
        r.simulator.faults.add("status=405;method=PATCH")
    before = r.members("engineering")
    described(r, "research", policy)
    await r.until(lambda: r.simulator.group("research") is not None)
    await r.rest()
    assert r.members("research") == before
    assert r.reason("engineering", Kind.GROUP) == "Provisioned"
    await r.check_quiet()


async def test_who_was_taken_out_by_hand_is_not_put_back_by_a_rename(r: Rig) -> None:
    (first, second), _ = r.simulator.seed([service_user("first"), service_user("second")])
    described(r, "engineering", "")
    await r.start()
    await r.settle()
    path = f"/Groups/{r.group_id('engineering')}"
    r.patch_members(path, first, second)
    await r.sweep()
    r.patch_by_hand(path, {"op": "remove", "path": f'members[value eq "{first}"]'})
    r.simulator.faults.add("lost-members;times=1")
    described(r, "research", "")
    await r.until(lambda: r.simulator.group("research") is not None)
    await r.rest()
    assert r.members("research") == {"second"}


async def test_taking_a_group_over_may_not_empty_it() -> None:
    async with rig(immutable_external_id=False) as r:
        (stranger,), _ = r.simulator.seed([service_user("stranger")])
        r.simulator.seed([], [service_group("engineering", [stranger])])
        r.spec["groups"] = {"adoption": "IfUnowned"}
        r.simulator.faults.add("lost-members;times=1")
        r.group("engineering", None)
        await r.start()
        await r.settle()
        assert r.members("engineering") == {"stranger"}


@pytest.mark.parametrize("policy", ["Additive", "Observe", ""])
async def test_nor_may_the_new_name_that_taking_it_over_brings(policy: str) -> None:
    async with rig(immutable_external_id=False) as r:
        (stranger,), _ = r.simulator.seed([service_user("stranger")])
        r.simulator.seed([], [service_group("engineering", [stranger])])
        r.spec["groups"] = {"adoption": "IfUnowned"}
        r.simulator.faults.add("lost-members;times=1")
        members, more = ([], {"membershipPolicy": policy}) if policy else (None, {})
        r.group("engineering", members, displayName="research", externalId="foreign-engineering", **more)
        await r.start()
        await r.settle()
        assert r.members("research") == {"stranger"}


async def test_members_that_cannot_be_put_back_are_reported(r: Rig) -> None:
    (stranger,), _ = r.simulator.seed([service_user("stranger")])
    described(r, "engineering", "")
    await r.start()
    await r.settle()
    r.patch_members(f"/Groups/{r.group_id('engineering')}", stranger)
    r.simulator.faults.add("lost-members;times=1", "member-cap=0")
    described(r, "research", "")
    await r.until(lambda: r.reason("engineering", Kind.GROUP) in {"Rejected", "Retrying"})


@pytest.mark.parametrize("answers", ["", "write-body=empty"])
async def test_a_patch_that_drops_what_it_does_not_name(r: Rig, answers: str) -> None:
    phone = [{"type": "work", "value": "+442000000000"}]
    r.user("ada", title="Analyst", phoneNumbers=phone, nickName="Ada")
    await r.start()
    await r.settle()
    r.simulator.faults.add("dropped-attributes")
    if answers:
        r.simulator.faults.add(answers)
    r.user("ada", title="Countess", phoneNumbers=phone, nickName="Ada")
    await r.until(lambda: r.reason("ada") == "Provisioned" and present(r.at_service("ada")).get("title") == "Countess")
    await r.rest()
    found = present(r.at_service("ada"))
    assert (found.get("title"), found.get("nickName")) == ("Countess", "Ada")
    assert found["phoneNumbers"][0]["value"] == "+442000000000"
    mark = r.mark()
    r.user("ada", title="Author", phoneNumbers=phone, nickName="Ada")
    await r.until(lambda: present(r.at_service("ada"))["title"] == "Author")
    await r.rest()
    assert r.writes(mark) == ["PUT /Users"], "what is known to drop attributes is not used again"
    await r.check_quiet()


async def with_a_nick_name(r: Rig, *names: str, **spec: object) -> None:
    """People whose nickName was set at the service by hand, and is managed by no one."""
    for name in names:
        r.user(name, title="Analyst", **spec)
    await r.start()
    await r.settle()
    for name in names:
        r.patch_by_hand(f"/Users/{r.id_of(name)}", {"op": "add", "path": "nickName", "value": name.title()})
    await r.sweep()


def nick_name(r: Rig, name: str) -> object:
    return present(r.at_service(name)).get("nickName")


@pytest.mark.parametrize("answers", ["", "write-body=empty"])
async def test_a_patch_that_drops_what_no_one_manages(r: Rig, answers: str) -> None:
    phone = [{"type": "work", "value": "+442000000000"}]
    await with_a_nick_name(r, "ada", phoneNumbers=phone)
    r.simulator.faults.add("dropped-attributes", *filter(None, [answers]))
    r.user("ada", title="Countess", phoneNumbers=phone)
    await r.until(lambda: r.reason("ada") == "Provisioned" and present(r.at_service("ada")).get("title") == "Countess")
    await r.rest()
    assert nick_name(r, "ada") == "Ada"
    assert present(r.at_service("ada"))["phoneNumbers"][0]["value"] == "+442000000000"
    await r.check_quiet()


@pytest.mark.parametrize("answers", ["stale", "minimal"])
async def test_an_answer_that_does_not_show_everything_is_no_damage(r: Rig, answers: str) -> None:
    await with_a_nick_name(r, "ada")
    r.simulator.faults.add(f"write-body={answers}")
    for title in ("Countess", "Baroness"):
        r.user("ada", title=title)
        await r.until(lambda title=title: present(r.at_service("ada")).get("title") == title)  # type: ignore[misc]
        await r.rest()
    assert "PUT /Users" not in r.writes()
    assert nick_name(r, "ada") == "Ada"
    await r.check_quiet()


async def test_where_nothing_else_is_lost_the_next_write_is_looked_at_before(r: Rig) -> None:
    await with_a_nick_name(r, "ada", "bob", "eve")
    r.simulator.faults.add("dropped-attributes")
    for name in ("ada", "bob", "eve"):
        r.user(name, title="Countess")
        await r.until(lambda name=name: present(r.at_service(name)).get("title") == "Countess")  # type: ignore[misc]
        await r.rest()
    assert (nick_name(r, "bob"), nick_name(r, "eve")) == ("Bob", "Eve")
    assert r.writes()[-1] == "PUT /Users", "such a service is served by PUT"


async def test_what_was_removed_by_hand_is_not_put_back(r: Rig) -> None:
    await with_a_nick_name(r, "ada", "bob")
    r.patch_by_hand(f"/Users/{r.id_of('ada')}", {"op": "remove", "path": "nickName"})
    r.user("ada", title="Countess")
    await r.until(lambda: present(r.at_service("ada")).get("title") == "Countess")
    await r.rest()
    assert nick_name(r, "ada") is None
    mark = r.mark()
    for title in ("Countess", "Baroness"):
        r.user("bob", title=title)
        await r.until(lambda title=title: present(r.at_service("bob")).get("title") == title)  # type: ignore[misc]
        await r.rest()
    sent = [entry.method for entry in r.entries(mark) if entry.path == f"/Users/{r.id_of('bob')}"]
    assert sent == ["GET", "PATCH", "PATCH"], "one look, which shows that the service loses nothing"


@pytest.mark.parametrize("profile", ["vmware-identity-service", "generic"])
async def test_a_value_that_is_never_returned_is_recorded_at_creation(r: Rig, profile: str) -> None:
    r.spec["service"]["profile"] = profile
    r.simulator.faults.add("unreturned=title")
    r.user("ada", title="Analyst")
    await r.start()
    await r.settle()
    assert [each["path"] for each in r.entry("ada")["reformatted"]] == ["title"]
    mark = r.mark()
    await r.sweep()
    await r.sweep()
    assert r.writes(mark) == []
    r.user("ada", title="Countess")
    await r.until(lambda: r.writes(mark) == ["PATCH /Users"])
    await r.rest()
    await r.check_quiet()
