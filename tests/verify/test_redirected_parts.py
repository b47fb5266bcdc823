"""A service that redirects one kind of request, and answers all others: what is redirected fails alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.day import Day, said_of
from verify.manifests import UNLIMITED
from verify.virtual import run


def person(day: Day, name: str) -> dict[str, Any]:
    """Return a user as the service has it."""
    return day.at_service(name) or {}


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_reads_that_are_redirected_keep_no_one_in(path: str) -> None:
    """The whole config was quarantined, and the leaver kept access, though all else of the service answered."""

    async def life() -> None:
        day = Day(limits=UNLIMITED)
        day.people("ada", "ben")
        day.team("team", "ada", "ben")
        day.world.start()
        await day.world.pass_time(60)
        ben = {person(day, "ben")["id"]}
        day.fault(f"redirect;method=GET;path={path}")
        day.leaves("ada")
        await day.world.pass_time(3600)
        assert person(day, "ada")["active"] is False
        assert said_of(day.status, "Ready")[1] == "NotSwept"
        assert {one for id in day.world.service.groups for one in (day.world.service.shown(id) or {})["members"]} == ben
        await day.world.end()

    run(life())
