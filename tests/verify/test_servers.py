"""A slice of the campaigns over scim2-server, an independent service, in virtual time."""

from __future__ import annotations

import pytest

from verify.campaigns.servers import live, steps_of
from verify.servers import Scim2Server
from verify.virtual import run
from verify.world import World


@pytest.mark.parametrize("seed", [4, 8])
def test_a_campaign_over_scim2_server_ends_as_a_fresh_tenant(seed: int) -> None:
    lived = live(seed, 12)
    assert lived.verdict.faults == []
    assert lived.verdict.requests > 50
    assert lived.counts()["servers: campaigns over scim2-server"] == 1


def test_its_steps_need_no_weather() -> None:
    deeds = {step.deed for seed in range(20) for step in steps_of(seed)}
    assert deeds.isdisjoint({"outage", "weather", "view", "token", "second"})
    assert {"swap", "delete", "again", "hand", "kill"} <= deeds


def test_the_service_shows_what_it_holds() -> None:
    async def held() -> None:
        service = World(1, kind=Scim2Server).service
        made = service.by_hand("POST", "/Users", {"schemas": [USER], "userName": "ada"})
        assert service.users[made["id"]]["userName"] == "ada"
        group = service.by_hand("POST", "/Groups", {"schemas": [GROUP], "displayName": "all", "members": members(made)})
        assert (service.shown(group["id"]) or {})["members"] == [made["id"]]
        assert service.shown("none") is None

    run(held())


def members(*users: dict[str, str]) -> list[dict[str, str]]:
    return [{"value": user["id"]} for user in users]


USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
