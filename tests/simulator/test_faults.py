"""Faults around the service, through real HTTP, and which requests a fault takes effect on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import orjson
import pytest

from scim_operator.simulator.settings import Settings
from tests.simulator.client import person, seeded, team
from tests.support.waiting import HANG


async def test_throttle_answers_429_so_often_and_nothing_takes_effect(start):
    async with start("throttle=3;method=POST;times=2") as client:
        answers = [await client.post("/Users", person()) for _ in range(3)]
        assert [answer.status for answer in answers] == [429, 429, 201]
        assert answers[0].headers["Retry-After"] == "3"
        assert [entry.effect for entry in client.sim.log] == ["none", "none", "created"]
        assert [entry.faults for entry in client.sim.log] == [("throttle",), ("throttle",), ()]


@pytest.mark.parametrize(("value", "header"), [("none", None), ("0.5", "0.5")])
async def test_throttle_without_retry_after_or_with_a_fraction(start, value, header):
    async with start(f"throttle={value}") as client:
        assert (await client.get("/Users")).headers.get("Retry-After") == header


async def test_retry_after_as_a_date(start):
    async with start("throttle=date:30") as client:
        before = datetime.now(UTC)
        until = parsedate_to_datetime((await client.get("/Users")).headers["Retry-After"])
        assert before + timedelta(seconds=29) <= until <= datetime.now(UTC) + timedelta(seconds=31)


async def test_every_nth_request(start):
    async with start("throttle=none;every=3") as client:
        statuses = [(await client.get("/Users")).status for _ in range(7)]
        assert statuses == [200, 200, 429, 200, 200, 429, 200]


async def test_request_while_retry_after_runs_is_a_violation(start):
    settings = Settings(retry_after_grace=0)
    async with start("throttle=60;path=/Users;times=1", settings=settings) as client:
        for path in ("/Users", "/Users", "/Groups"):
            await client.get(path)
        assert [entry.violation for entry in client.sim.log] == [False, True, False]
        assert client.sim.log.violations == 1
        assert (await client.control("GET", "stats")).json["violations"] == 1


async def test_request_under_way_when_retry_after_was_sent_is_no_violation(start):
    async with start("throttle=60;times=1", settings=Settings(retry_after_grace=30)) as client:
        for _ in range(2):
            await client.get("/Users")
        assert client.sim.log.violations == 0


async def test_request_after_retry_after_is_over_is_no_violation(start):
    async with start("throttle=0;times=1", settings=Settings(retry_after_grace=0)) as client:
        for _ in range(2):
            await client.get("/Users")
        assert client.sim.log.violations == 0


async def test_throttle_after_the_write_took_effect(start):
    async with start("throttle-after=1;times=1") as client:
        assert (await client.get("/Users")).status == 200
        assert (await client.post("/Users", person())).status == 429
        assert client.sim.user("ada@corp.example")
        assert (await client.post("/Users", person())).kind == "uniqueness"
        assert list(client.sim.log)[1].effect == "created"


async def test_unavailable(start):
    async with start("unavailable=7;times=1") as client:
        answer = await client.get("/Users")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "7")
        assert (await client.get("/Users")).status == 200


@pytest.mark.parametrize(
    ("value", "status", "kind"), [("500", 500, ""), ("400:tooMany", 400, "tooMany"), ("403", 403, "")]
)
async def test_status(start, value, status, kind):
    async with start(f"status={value};method=PATCH") as client:
        [user] = await seeded(client, "ada")
        answer = await client.patch(f"/Users/{user}", {"op": "remove", "path": "title"})
        assert (answer.status, answer.kind) == (status, kind)
        assert (await client.get("/Users")).status == 200


async def test_rate_limit_answers_429_beyond_its_burst(start):
    async with start("rate-limit=1/3;method=DELETE") as client:
        client.sim.faults.clock = lambda: 0.0  # however long the five requests take
        answers = [await client.call("DELETE", "/Users/none") for _ in range(5)]
        assert [answer.status for answer in answers] == [404, 404, 404, 429, 429]
        assert answers[3].headers["Retry-After"] == "1"
        assert (await client.get("/Users")).status == 200


async def test_latency(start):
    async with start("latency=80-90;method=GET") as client:
        await client.get("/Users")
        assert 0.08 <= list(client.sim.log)[-1].duration < HANG


@pytest.mark.parametrize(("fault", "stored", "effect"), [("drop-before", 0, "none"), ("drop-after", 1, "created")])
async def test_dropped_connection(start, fault, stored, effect):
    async with start(f"{fault};method=POST;times=1") as client:
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.post("/Users", person())
        assert len(client.sim.users) == stored
        [entry] = client.sim.log
        assert (entry.status, entry.effect) == (0, effect)
        assert (await client.get("/Users")).status == 200


async def test_expired_token(start):
    async with start("expired-token") as client:
        answer = await client.get("/Users")
        assert (answer.status, answer.json) == (401, {"errors": [{"code": "401", "message": "Unauthorized"}]})


@pytest.mark.parametrize(
    ("fault", "words"),
    [("client-certificate=unknown", "certificate error"), ("client-certificate=missing", "No required SSL")],
)
async def test_a_client_certificate_that_is_refused(start, fault, words):
    async with start(f"{fault};times=1") as client:
        refused = await client.get("/Users")
        assert (refused.status, refused.headers["Content-Type"]) == (400, "text/html")
        assert words in refused.body.decode()
        assert (await client.get("/Users")).status == 200


async def test_html(start):
    async with start("html") as client:
        answer = await client.get("/Users")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html")
        assert answer.body.startswith(b"<!DOCTYPE html>")


async def test_redirect(start):
    async with start("redirect") as client:
        answer = await client.get("/Users")
        assert (answer.status, answer.headers["Location"]) == (302, "/login")


async def test_not_found(start):
    async with start("not-found;times=1") as client:
        [user] = await seeded(client, "ada")
        assert (await client.get("/Users")).status == 200
        assert (await client.get(f"/Users/{user}")).status == 404
        assert (await client.get(f"/Users/{user}")).status == 200


async def test_base_query(start):
    async with start("base-query=flag") as client:
        assert (await client.get("/Users")).status == 404
        assert (await client.get("/Users?flag&count=1")).status == 200


@pytest.mark.parametrize(
    ("value", "check"),
    [
        ("complete", lambda config: config["bulk"]["maxOperations"] == 0),
        ("incomplete", lambda config: "maxOperations" not in config["bulk"]),
        ("null", lambda config: config["bulk"] is None),
        ("no-patch", lambda config: config["patch"] == {"supported": False}),
    ],
)
async def test_discovery(start, value, check):
    async with start(f"discovery={value}") as client:
        assert check((await client.get("/ServiceProviderConfig")).json)


async def test_discovery_as_an_array_and_not_implemented(start):
    async with start("discovery=array") as client:
        assert isinstance((await client.get("/Schemas")).json, list)
        client.sim.faults.replace([])
        client.sim.faults.add("discovery=501")
        assert (await client.get("/ServiceProviderConfig")).status == 501


@pytest.mark.parametrize(
    ("value", "check"),
    [
        ("vmware", lambda body: orjson.loads(body)["errors"][0]["code"] == "404"),
        ("html", lambda body: body.startswith(b"<!DOCTYPE")),
        ("schema", lambda body: "schemas" not in orjson.loads(body) and orjson.loads(body)["schema"]),
        ("numeric", lambda body: orjson.loads(body)["status"] == 404),
        ("empty", lambda body: body == b""),
    ],
)
async def test_error_body(start, value, check):
    async with start(f"error-body={value}") as client:
        answer = await client.get("/Users/none")
        assert answer.status == 404
        assert check(answer.body)


async def test_content_type(start):
    async with start("content-type=application/json") as client:
        assert (await client.get("/Users")).headers["Content-Type"] == "application/json"


async def test_accept_type(start):
    async with start("accept-type=application/scim+json") as client:
        json = {"Content-Type": "application/json"}
        assert (await client.call("POST", "/Users", person(), json)).status == 415
        assert (await client.post("/Users", person())).status == 201


async def test_strings_for_booleans_and_numbers(start):
    async with start("string-booleans", "string-numbers") as client:
        await seeded(client, "ada")
        found = await client.list("/Users")
        assert found["Resources"][0]["active"] == found["Resources"][0]["emails"][0]["primary"] == "True"
        assert (found["totalResults"], found["startIndex"], found["itemsPerPage"]) == ("1", "1", "1")


async def test_faults_apply_to_the_method_and_path_that_they_are_restricted_to(start):
    async with start("status=503;method=POST;path=/Groups") as client:
        assert (await client.post("/Users", person())).status == 201
        assert (await client.post("/Groups", team())).status == 503
        assert (await client.get("/Groups")).status == 200


async def test_two_faults_of_one_name(start):
    async with start("status=500;path=/Users", "status=503;path=/Groups") as client:
        assert [(await client.get(path)).status for path in ("/Users", "/Groups")] == [500, 503]


async def test_answers_are_as_before_when_faults_are_off_again(start):
    """An answer made under a fault must not be kept for later."""
    async with start("string-booleans", "hide-members") as client:
        users = await seeded(client, "ada")
        group = await client.create("/Groups", team(members=users))
        client.sim.faults.clear()
        assert (await client.get(f"/Users/{users[0]}")).json["active"] is True
        assert (await client.get(f"/Groups/{group}")).json["members"]
