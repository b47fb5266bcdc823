"""Answers that are about no object: a login page, a redirect, a refused token among others that work, "later".

They pass, so what was to be sent is sent again, the end of access first of all; and what was created is ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import Kind
from tests.support.present import present
from tests.support.rig import service_user

if TYPE_CHECKING:
    from tests.support.rig import Rig

PASSING = [
    pytest.param("html", "Retrying", "a web page", id="a login page"),
    pytest.param("redirect", "Retrying", "302", id="a redirect to one"),
    pytest.param("expired-token", "Rejected", "401", id="a node that does not know the token yet"),
]


@pytest.mark.parametrize(("fault", "reason", "said"), PASSING)
async def test_the_end_of_access_is_sent_again(hurried: Rig, fault: str, reason: str, said: str) -> None:
    r = hurried
    r.user("ada")
    r.user("grace")
    r.group("engineering", ["ada", "grace"])
    await r.start()
    await r.settle()
    r.simulator.faults.add(f"{fault};method=PATCH", f"{fault};method=PUT")
    r.user("ada", active=False)
    r.cluster.delete(Kind.USER, "grace")
    await r.until(lambda: r.reason("ada") == r.reason("grace") == reason)
    assert said in r.message("ada")
    assert "spec.service.url" not in r.message("ada"), "everything else works there"
    assert r.condition("Connected")[0] == "True"
    r.simulator.faults.clear()
    await r.until(lambda: present(r.at_service("ada"))["active"] is False)
    await r.until(lambda: r.cluster.get(Kind.USER, "grace") is None)
    assert present(r.at_service("grace"))["active"] is False
    await r.until(lambda: r.members("engineering") == {"ada"})
    await r.rest()
    await r.check_quiet()


@pytest.mark.parametrize("fault", ["html", "redirect", "expired-token"])
async def test_who_was_to_come_comes(hurried: Rig, fault: str) -> None:
    r = hurried
    r.user("ada")
    await r.start()
    await r.settle()
    r.simulator.faults.add(f"{fault};method=POST;times=3")
    r.user("grace")
    r.group("engineering", ["ada", "grace"])
    await r.until(lambda: r.simulator.group("engineering") is not None)
    await r.until(lambda: r.members("engineering") == {"ada", "grace"})
    await r.rest()
    await r.check_quiet()


@pytest.mark.parametrize("fault", ["throttle-after=0;method=POST", "throttle-after=none;method=POST"])
async def test_what_was_created_with_an_answer_of_429_is_ours(hurried: Rig, fault: str) -> None:
    """The externalId is the identity provider's, so that nothing at the service shows who created it."""
    r = hurried
    r.simulator.faults.add(f"{fault};times=2")
    r.user("ada", externalId="idp-ada")
    r.group("engineering", ["ada"], externalId="idp-engineering")
    await r.start()
    await r.until(lambda: r.reason("engineering", Kind.GROUP) == r.reason("ada") == "Provisioned")
    assert len(r.simulator.users) == len(r.simulator.groups) == 1
    await r.rest()
    await r.check_quiet()


async def test_what_someone_else_had_is_not_ours_whatever_the_answer_before_was(hurried: Rig) -> None:
    r = hurried
    await r.start()
    await r.settle()
    r.simulator.faults.add("hidden=ada@corp.example", "throttle=0;method=POST;times=1")
    r.by_hand("POST", "/Users", service_user("ada", externalId="idp-ada"))
    r.user("ada", externalId="idp-ada")
    await r.until(lambda: r.reason("ada") == "Rejected")
    r.simulator.faults.clear()
    await r.sweep()
    assert r.reason("ada") != "Provisioned"
    assert present(r.at_service("ada"))["externalId"] == "idp-ada"
    assert r.entry("ada").get("id", "") == ""


async def test_many_at_once_learn_the_media_type_together(hurried: Rig) -> None:
    """Those under way when the first is refused with 415 are sent in the other form too."""
    r = hurried
    r.simulator.faults.add("accept-type=application/json", "latency=20")
    for number in range(6):
        r.user(f"user{number}")
    await r.start()
    await r.settle()
    assert [r.reason(f"user{number}") for number in range(6)] == ["Provisioned"] * 6
    await r.check_quiet()
