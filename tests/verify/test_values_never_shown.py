"""What a service never shows is believed of the value that was sent last, and of no other; access most of all."""

from __future__ import annotations

import pytest

from scim_operator.core.keys import Kind
from tests.support.day import Day, said_of
from verify.manifests import UNLIMITED
from verify.tenant import ready
from verify.virtual import run


def said(day: Day, name: str) -> str:
    """Return what a user says: status and reason."""
    return ready(day.world.manifests(Kind.USER)[name])


def stored(day: Day, name: str) -> dict[str, object]:
    """Return the user as it is stored, whatever the service shows."""
    return day.world.service.shown(str((day.at_service(name) or {})["id"])) or {}


def test_access_that_is_not_shown_is_given_once() -> None:
    """Each user was `Rejected` and given access again and again, which would end in a quarantine."""

    async def life() -> None:
        day = Day(limits=UNLIMITED)
        day.fault("unreturned=active")
        day.people("ada", "ben")
        day.team("team", "ada", "ben")
        day.world.start()
        await day.world.pass_time(60)
        assert (said(day, "ada"), said(day, "ben")) == ("True Provisioned", "True Provisioned")
        day.mark()
        await day.world.pass_time(3600)
        assert [line for line in day.story() if "PATCH" in line] == []
        await day.world.end()

    run(life())


def test_the_end_of_access_that_is_not_shown_is_sent_again_and_so_is_access() -> None:
    async def life() -> None:
        day = Day(limits=UNLIMITED)
        day.fault("unreturned=active")
        day.people("ada")
        day.world.start()
        await day.world.pass_time(60)
        day.people("ada", active=False)
        await day.world.pass_time(3 * 3600)
        assert stored(day, "ada")["active"] is False
        assert said(day, "ada") == "False Rejected"
        message = said_of(day.world.manifests(Kind.USER)["ada"]["status"], "Ready")[2]
        assert "does not show `active`" in message
        day.people("ada")
        await day.world.pass_time(60)
        assert stored(day, "ada")["active"] is True
        assert said(day, "ada") == "True Provisioned"
        await day.world.end()

    run(life())


@pytest.mark.parametrize("fate", ["drop-after", "throttle-after=none", "status=500"])
def test_a_value_that_is_put_back_is_sent_where_the_other_one_may_have_arrived(fate: str) -> None:
    """Its form was on record, so nothing was sent, and the service kept the other value under `Ready`."""

    async def life() -> None:
        day = Day(limits=UNLIMITED)
        day.fault("unreturned=title")
        day.people("ada", title="Analyst")
        day.world.start()
        await day.world.pass_time(60)
        day.world.service.faults.add(f"{fate};method=PATCH;times=1")
        day.people("ada", title="Countess")
        await day.world.pass_time(0.3)
        day.people("ada", title="Analyst")
        await day.world.pass_time(600)
        assert stored(day, "ada")["title"] == "Analyst"
        assert said(day, "ada") == "True Provisioned"
        await day.world.end()

    run(life())
