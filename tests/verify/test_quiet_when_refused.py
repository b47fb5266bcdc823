"""What was refused for good is tried again when something moves; until then nothing is written, not even a status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.kube.client import Target
from scim_operator.kube.resources import USERS
from tests.support.day import Day
from verify.campaigns.deeds import stranger
from verify.manifests import UNLIMITED
from verify.tenant import ready
from verify.virtual import run
from verify.world import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR = 3600.0
GROUP = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "taken", "externalId": "foreign"}
TAKEN = "taken@corp.example"


def entry(day: Day, kind: Kind, name: str) -> dict[str, Any]:
    """Return what a manifest's status says of the service."""
    (found,) = day.world.manifests(kind)[name]["status"]["services"]
    return dict(found)


async def refused(day: Day, kind: Kind, name: str) -> None:
    """Let time go by until all is said of an object that is refused, and assert that no sweep writes after that."""
    await day.world.pass_time(HOUR)
    assert ready(day.world.manifests(kind)[name]) == "False Rejected"
    writes = day.world.history.writes
    await day.world.pass_time(2 * HOUR)
    assert day.world.history.writes == writes, day.world.history.text(6)


def test_a_group_that_comes_back_and_is_refused_names_its_resource() -> None:
    """Its members were on record before the refusal, and its id was not: each sweep had that to say, and no worker did.

    The status of the config was written twice in each sweep, for ever (campaign 560018).
    """

    async def life() -> None:
        day = Day(limits=UNLIMITED)
        day.people("ada")
        day.team("team", "ada")
        day.world.start()
        await day.world.rest()
        (id,) = day.world.service.groups
        day.world.service.by_hand("POST", "/Groups", GROUP)
        day.world.delete(Kind.GROUP, "team")
        await day.world.rest()
        members = [{"userRef": {"name": "ada"}}]
        again = {"displayName": "taken", "members": members, "membershipPolicy": "Additive"}
        day.world.apply(Kind.GROUP, "team", again)
        await refused(day, Kind.GROUP, "team")
        assert entry(day, Kind.GROUP, "team")["id"] == id
        await day.world.end()

    run(life())


def _finalizer_goes(day: Day) -> None:
    day.world.server.patch(Target(USERS, NAMESPACE, "ada"), {"metadata": {"finalizers": []}})


def _title_is_shown(day: Day) -> None:
    day.world.service.faults.clear()


@pytest.mark.parametrize("moves", [_finalizer_goes, _title_is_shown])
def test_what_moves_beside_a_refusal_is_noted_once(moves: Callable[[Day], None]) -> None:
    """A finalizer that someone removed, and a title that was not shown before: found in the reading of the rule."""

    async def life() -> None:
        day = Day(limits=UNLIMITED)
        day.fault("unreturned=title")
        day.people("ada", title="Countess")
        day.world.start()
        await day.world.rest()
        assert entry(day, Kind.USER, "ada")["reformatted"]
        day.world.service.by_hand("POST", "/Users", stranger("zoe") | {"userName": TAKEN})
        day.people("ada", title="Countess", userName=TAKEN)
        await refused(day, Kind.USER, "ada")
        moves(day)
        await refused(day, Kind.USER, "ada")
        assert day.world.manifests(Kind.USER)["ada"]["metadata"]["finalizers"]
        assert ("reformatted" in entry(day, Kind.USER, "ada")) is (moves is _finalizer_goes)
        await day.world.end()

    run(life())
