"""The control endpoints, the request log and the parts that tests hold in their hands."""

from __future__ import annotations

import pytest

from scim_operator.simulator.server import Simulator
from scim_operator.simulator.settings import Settings
from tests.simulator.client import person, team


async def test_faults_are_put_listed_and_deleted(client):
    put = await client.control("PUT", "faults", ["html;times=1", {"name": "status", "value": "500", "method": "PUT"}])
    assert put.status == 200
    assert put.json == (await client.control("GET", "faults")).json
    assert put.json[0] == {"name": "html", "value": "", "times": 1, "every": 1}
    assert (await client.get("/Users")).headers["Content-Type"] == "text/html"
    assert [fault["name"] for fault in (await client.control("POST", "faults", "latency=1")).json] == [
        "status",
        "latency",
    ]
    assert [fault["name"] for fault in (await client.control("DELETE", "faults/status")).json] == ["latency"]
    assert (await client.control("PUT", "faults", {"name": "html"})).json[0]["name"] == "html"
    assert (await client.control("DELETE", "faults")).json == []


@pytest.mark.parametrize(
    ("method", "name", "body"),
    [
        pytest.param("PUT", "faults", [{"name": "nope"}], id="unknown fault"),
        pytest.param("PUT", "faults", [5], id="no fault"),
        pytest.param("PUT", "faults", b"{", id="no JSON"),
        pytest.param("DELETE", "faults/nope", None, id="unknown fault to delete"),
        pytest.param("POST", "reset", {"only": ["all"]}, id="unknown part"),
        pytest.param("POST", "seed", {"Groups": [team(members=["nobody"])]}, id="a member that does not exist"),
        pytest.param("GET", "log?since=x", None, id="no number"),
    ],
)
async def test_wrong_calls_are_reported(client, method, name, body):
    answer = await client.control(method, name, body)
    assert answer.status == 400
    assert answer.json["error"]


async def test_wrong_faults_leave_those_in_force(client):
    client.sim.faults.add("html")
    await client.control("PUT", "faults", ["status=500", "nope"])
    assert [fault.name for fault in client.sim.faults] == ["html"]


async def test_log_since(client):
    await client.get("/Users?count=1")
    await client.create("/Users", person())
    found = (await client.control("GET", "log?since=1")).json
    [entry] = found["entries"]
    assert found["last"] == entry["sequence"] == 2
    user = client.sim.user("ada@corp.example")["id"]
    shown = {key: entry[key] for key in ("method", "path", "status", "effect", "resource_id", "body")}
    assert shown == {
        "method": "POST",
        "path": "/Users",
        "status": 201,
        "effect": "created",
        "resource_id": user,
        "body": "",
    }
    assert (await client.control("GET", "log")).json["entries"][0]["query"] == {"count": "1"}


async def test_effects_of_every_kind(client):
    user = await client.create("/Users", person())
    path = f"/Users/{user}"
    await client.get(path)
    await client.call("PUT", path, person(title="x"))
    await client.call("PUT", path, person(title="x"))
    await client.call("PUT", path, person(title="x", externalId="y"))
    await client.post("/Users", person())
    await client.call("DELETE", path)
    assert [entry.effect for entry in client.sim.log] == [
        "created",
        "none",
        "modified",
        "none",
        "ignored",
        "none",
        "deleted",
    ]
    assert [entry.method for entry in client.sim.log.changes()] == ["POST", "PUT", "DELETE"]
    assert len(client.sim.log.requests_to_write(since=1)) == 5


async def test_bodies_are_logged_only_where_asked_for(start):
    async with start(settings=Settings(log_bodies=True)) as client:
        await client.create("/Users", person())
        assert '"userName"' in list(client.sim.log)[-1].body


async def test_log_forgets_the_oldest(start):
    async with start(settings=Settings(log_limit=2)) as client:
        for _ in range(3):
            await client.get("/Users")
        assert [entry.sequence for entry in client.sim.log] == [2, 3]


async def test_stats(client):
    await client.create("/Users", person())
    await client.get("/Users/none")
    await client.post("/Users/.search", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]})
    found = (await client.control("GET", "stats")).json
    assert (found["requests"], found["read"], found["write"]) == (3, 2, 1)
    assert (found["methods"], found["statuses"]) == ({"POST": 2, "GET": 1}, {"201": 1, "404": 1, "200": 1})
    assert (found["Users"], found["Groups"]) == (1, 0)


async def test_dump_can_be_seeded_again(client):
    ada = await client.create("/Users", person())
    await client.create("/Groups", team(members=[ada]))
    dump = (await client.control("GET", "dump")).json
    assert (await client.control("POST", "reset", {"only": ["resources"]})).status == 200
    assert client.sim.users == client.sim.groups == {}
    assert client.sim.log.last == 2
    seeded = (await client.control("POST", "seed", dump)).json
    assert seeded == {"Users": [ada], "Groups": [dump["Groups"][0]["id"]]}
    again = (await client.control("GET", "dump")).json

    def bare(resources):
        return [{key: value for key, value in one.items() if key != "meta"} for one in resources]

    assert {kind: bare(found) for kind, found in again.items()} == {kind: bare(found) for kind, found in dump.items()}


async def test_seed_takes_what_a_foreign_system_left_there(client):
    await client.control("POST", "seed", {"Users": [{"userName": "legacy"}]})
    assert client.sim.user("LEGACY")["userName"] == "legacy"
    assert len(client.sim.log) == 0


async def test_reset(client):
    client.sim.faults.add("html")
    await client.get("/Users")
    client.sim.seed([person()])
    await client.control("POST", "reset")
    assert (client.sim.users, len(client.sim.log), list(client.sim.faults)) == ({}, 0, [])
    await client.get("/Users")
    assert [entry.sequence for entry in client.sim.log] == [2]


async def test_control_token(start):
    async with start(settings=Settings(control_token="c")) as client:
        assert (await client.control("GET", "dump")).status == 401
        assert (await client.control("GET", "dump", token=client.sim.token)).status == 401
        assert (await client.control("GET", "dump", token="c")).status == 200
        assert (await client.control("GET", "dump?control_token=c")).status == 200, "kubectl get --raw has no header"
        for wrong in ("", "?control_token=", "?control_token=d"):
            assert (await client.control("GET", f"dump{wrong}")).status == 401
        assert (await client.control("GET", "healthz")).status == 200


@pytest.mark.parametrize(("method", "name"), [("GET", "nope"), ("POST", "dump"), ("GET", "")])
async def test_unknown_control_endpoint(client, method, name):
    assert (await client.control(method, name)).status == 404


async def test_control_requests_are_not_logged(client):
    await client.control("GET", "dump")
    assert len(client.sim.log) == 0


async def test_by_hand_is_not_logged_and_passes_faults(start):
    async with start("html") as client:
        reply = client.sim.by_hand("POST", "/Users", person())
        assert reply.status == 201
        assert client.sim.by_hand("GET", "/Users?filter=userName%20eq%20%22ada@corp.example%22").status == 200
        assert len(client.sim.log) == 0


async def test_address_in_use_is_an_os_error(client):
    port = int(client.sim.control_url.split(":")[2].split("/")[0])
    with pytest.raises(OSError, match="in use"):
        await Simulator(Settings(port=port)).start()


async def test_before_it_runs_it_says_so():
    with pytest.raises(RuntimeError, match="not running"):
        _ = Simulator().users
