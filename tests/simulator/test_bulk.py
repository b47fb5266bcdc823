"""Bulk at the simulated service (RFC 7644 section 3.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from scim_operator.simulator.bulk import BULK_URN
from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings
from tests.scim.test_against_simulator import person
from tests.support.rig import service_group

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def bulk() -> AsyncIterator[Simulator]:
    async with Simulator(Settings(bulk=5, bulk_payload=20_000, discovery=True)) as running:
        yield running


def sent(sim: Simulator, *operations: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"schemas": [BULK_URN], "Operations": list(operations), **more}
    reply = sim.by_hand("POST", "/Bulk", body)
    return {"status": reply.status, **orjson.loads(reply.body)}


def create(name: str) -> dict[str, Any]:
    return {"method": "POST", "path": "/Users", "bulkId": name, "data": person(name)}


def statuses(answer: dict[str, Any]) -> list[str]:
    return [each["status"] for each in answer["Operations"]]


async def test_each_operation_has_an_answer_of_its_own(bulk) -> None:
    answer = sent(bulk, create("ada"), create("ada"), {"method": "DELETE", "path": "/Users/none"})
    assert statuses(answer) == ["201", "409", "404"]
    first, second, _ = answer["Operations"]
    assert first["location"].endswith(first["response"]["id"])
    assert second["response"]["scimType"] == "uniqueness"


async def test_members_may_be_users_of_the_same_request_wherever_they_stand(bulk) -> None:
    group = service_group("all", ["bulkId:ada", "bulkId:eve"])
    answer = sent(
        bulk, {"method": "POST", "path": "/Groups", "bulkId": "g", "data": group}, create("ada"), create("eve")
    )
    assert sorted(statuses(answer)) == ["201", "201", "201"]
    assert {member["value"] for member in bulk.group("all")["members"]} == set(bulk.users)


async def test_a_reference_to_nothing_fails_alone(bulk) -> None:
    group = service_group("all", ["bulkId:nobody"])
    answer = sent(bulk, {"method": "POST", "path": "/Groups", "bulkId": "g", "data": group}, create("ada"))
    assert sorted(statuses(answer)) == ["201", "409"]


async def test_it_stops_after_so_many_errors(bulk) -> None:
    assert statuses(sent(bulk, create("a"), create("a"), create("b"), failOnErrors=1)) == ["201", "409"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"Operations": [create("a")]}, 400),
        ({"schemas": [BULK_URN], "Operations": []}, 400),
        ({"schemas": [BULK_URN], "Operations": [create(str(n)) for n in range(6)]}, 413),
        ({"schemas": [BULK_URN], "Operations": [{**create("a"), "data": {"title": "x" * 20_000}}]}, 413),
        ({"schemas": [BULK_URN], "Operations": [{"method": "POST", "path": "/Users", "data": person("a")}]}, 400),
    ],
)
async def test_what_is_refused_as_a_whole(bulk, body, status) -> None:
    assert bulk.by_hand("POST", "/Bulk", body).status == status
    assert not bulk.users


async def test_it_is_announced_where_it_is_there() -> None:
    async with Simulator(Settings(discovery=True)) as without:
        assert without.by_hand("POST", "/Bulk", {}).status == 404
        config = orjson.loads(without.by_hand("GET", "/ServiceProviderConfig").body)
        assert config["bulk"] == {"supported": False, "maxOperations": 0, "maxPayloadSize": 0}


async def test_its_limits_are_announced(bulk) -> None:
    config = orjson.loads(bulk.by_hand("GET", "/ServiceProviderConfig").body)
    assert config["bulk"] == {"supported": True, "maxOperations": 5, "maxPayloadSize": 20_000}
