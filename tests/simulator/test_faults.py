"""Every fault of the catalogue, through real HTTP: what a client meets when it is on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
import orjson
import pytest

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.settings import Settings
from tests.simulator.client import ENTERPRISE, person, team

SHOWN: set[FaultName] = set()


def shows(name: FaultName):
    """Marks the test that shows a fault; the last test of this module wants all of them."""
    SHOWN.add(name)
    return lambda test: test


async def seeded(client, *names):
    users, _ = client.sim.seed([person(name) for name in names])
    return users


def member_removal(member):
    return {"op": "remove", "path": f'members[value eq "{member}"]'}


def list_removal(member):
    return {"op": "remove", "path": "members", "value": [{"value": member}]}


def addition(*members):
    return {"op": "add", "path": "members", "value": [{"value": member} for member in members]}


def stored_members(client, name="compilers"):
    return [member["value"] for member in client.sim.group(name).get("members", ())]


@shows(FaultName.THROTTLE)
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
        until = parsedate_to_datetime((await client.get("/Users")).headers["Retry-After"])
        assert 29 <= (until - datetime.now(UTC)).total_seconds() <= 31


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


async def test_request_under_way_when_retry_after_was_told_is_no_violation(start):
    async with start("throttle=60;times=1", settings=Settings(retry_after_grace=30)) as client:
        for _ in range(2):
            await client.get("/Users")
        assert client.sim.log.violations == 0


async def test_request_after_retry_after_is_over_is_no_violation(start):
    async with start("throttle=0;times=1", settings=Settings(retry_after_grace=0)) as client:
        for _ in range(2):
            await client.get("/Users")
        assert client.sim.log.violations == 0


@shows(FaultName.THROTTLE_AFTER)
async def test_throttle_after_the_write_took_effect(start):
    async with start("throttle-after=1;times=1") as client:
        assert (await client.get("/Users")).status == 200
        assert (await client.post("/Users", person())).status == 429
        assert client.sim.user("ada@corp.example")
        assert (await client.post("/Users", person())).kind == "uniqueness"
        assert list(client.sim.log)[1].effect == "created"


@shows(FaultName.UNAVAILABLE)
async def test_unavailable(start):
    async with start("unavailable=7;times=1") as client:
        answer = await client.get("/Users")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "7")
        assert (await client.get("/Users")).status == 200


@shows(FaultName.STATUS)
@pytest.mark.parametrize(
    ("value", "status", "kind"), [("500", 500, ""), ("400:tooMany", 400, "tooMany"), ("403", 403, "")]
)
async def test_status(start, value, status, kind):
    async with start(f"status={value};method=PATCH") as client:
        [user] = await seeded(client, "ada")
        answer = await client.patch(f"/Users/{user}", {"op": "remove", "path": "title"})
        assert (answer.status, answer.kind) == (status, kind)
        assert (await client.get("/Users")).status == 200


@shows(FaultName.RATE_LIMIT)
async def test_rate_limit_answers_429_beyond_its_burst(start):
    async with start("rate-limit=1/3;method=DELETE") as client:
        answers = [await client.call("DELETE", "/Users/none") for _ in range(5)]
        assert [answer.status for answer in answers] == [404, 404, 404, 429, 429]
        assert answers[3].headers["Retry-After"] == "1"
        assert (await client.get("/Users")).status == 200


@shows(FaultName.LATENCY)
async def test_latency(start):
    async with start("latency=80-90;method=GET") as client:
        await client.get("/Users")
        assert 0.08 <= list(client.sim.log)[-1].duration < 5


@shows(FaultName.DROP_BEFORE)
@shows(FaultName.DROP_AFTER)
@pytest.mark.parametrize(("fault", "stored", "effect"), [("drop-before", 0, "none"), ("drop-after", 1, "created")])
async def test_dropped_connection(start, fault, stored, effect):
    async with start(f"{fault};method=POST;times=1") as client:
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.post("/Users", person())
        assert len(client.sim.users) == stored
        [entry] = client.sim.log
        assert (entry.status, entry.effect) == (0, effect)
        assert (await client.get("/Users")).status == 200


@shows(FaultName.EXPIRED_TOKEN)
async def test_expired_token(start):
    async with start("expired-token") as client:
        answer = await client.get("/Users")
        assert (answer.status, answer.json) == (401, {"errors": [{"code": "401", "message": "Unauthorized"}]})


@shows(FaultName.HTML)
async def test_html(start):
    async with start("html") as client:
        answer = await client.get("/Users")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html")
        assert answer.body.startswith(b"<!DOCTYPE html>")


@shows(FaultName.REDIRECT)
async def test_redirect(start):
    async with start("redirect") as client:
        answer = await client.get("/Users")
        assert (answer.status, answer.headers["Location"]) == (302, "/login")


@shows(FaultName.NOT_FOUND)
async def test_not_found(start):
    async with start("not-found;times=1") as client:
        [user] = await seeded(client, "ada")
        assert (await client.get("/Users")).status == 200
        assert (await client.get(f"/Users/{user}")).status == 404
        assert (await client.get(f"/Users/{user}")).status == 200


@shows(FaultName.BASE_QUERY)
async def test_base_query(start):
    async with start("base-query=flag") as client:
        assert (await client.get("/Users")).status == 404
        assert (await client.get("/Users?flag&count=1")).status == 200


@shows(FaultName.DISCOVERY)
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


@shows(FaultName.ERROR_BODY)
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


@shows(FaultName.CONTENT_TYPE)
async def test_content_type(start):
    async with start("content-type=application/json") as client:
        assert (await client.get("/Users")).headers["Content-Type"] == "application/json"


@shows(FaultName.ACCEPT_TYPE)
async def test_accept_type(start):
    async with start("accept-type=application/scim+json") as client:
        json = {"Content-Type": "application/json"}
        assert (await client.call("POST", "/Users", person(), json)).status == 415
        assert (await client.post("/Users", person())).status == 201


@shows(FaultName.STRING_BOOLEANS)
@shows(FaultName.STRING_NUMBERS)
async def test_strings_for_booleans_and_numbers(start):
    async with start("string-booleans", "string-numbers") as client:
        await seeded(client, "ada")
        found = await client.list("/Users")
        assert found["Resources"][0]["active"] == found["Resources"][0]["emails"][0]["primary"] == "True"
        assert (found["totalResults"], found["startIndex"], found["itemsPerPage"]) == ("1", "1", "1")


@shows(FaultName.BROKEN_PAGE)
@pytest.mark.parametrize(
    ("value", "pages"),
    [
        pytest.param("repeat", [("ab", 5), ("ab", 5), ("e", 5)], id="the page before again"),
        pytest.param("lacks", [("ab", 5), ("c", 5), ("e", 5)], id="one resource short"),
        pytest.param("total-low:1", [("ab", 4), ("cd", 5), ("e", 5)], id="total too low"),
        pytest.param("total-high:3", [("ab", 5), ("cd", 5), ("e", 6)], id="total too high"),
        pytest.param("shift", [("ab", 5), ("de", 5), ("", 5)], id="moved by one from there on"),
        pytest.param("error", [("ab", 5), 500, ("e", 5)], id="breaks off"),
    ],
)
async def test_broken_page(start, value, pages):
    async with start(f"broken-page={value}") as client:
        await seeded(client, *"abcde")
        found = []
        for begin in (1, 3, 5):
            answer = await client.get(f"/Users?startIndex={begin}&count=2")
            names = "".join(user["userName"][0] for user in answer.json.get("Resources", ()))
            found.append((names, answer.json["totalResults"]) if answer.status == 200 else answer.status)
        assert found == pages


@shows(FaultName.IGNORE_PAGING)
async def test_ignore_paging(start):
    async with start("ignore-paging=2") as client:
        await seeded(client, *"abc")
        found = await client.list("/Users", startIndex=3, count=1)
        assert [user["userName"][0] for user in found["Resources"]] == ["a", "b"]
        assert (found["totalResults"], found["startIndex"]) == (2, 1)


@shows(FaultName.SHORT_PAGES)
@shows(FaultName.PAST_END)
async def test_short_pages_and_rows_past_the_end(start):
    async with start("short-pages", "past-end") as client:
        await seeded(client, *"abcde")
        assert await client.names("/Users", count=4) == ["a@corp.example", "b@corp.example"]
        assert await client.names("/Users", startIndex=9, count=4) == ["e@corp.example"]


@shows(FaultName.UNSTABLE_ORDER)
async def test_unstable_order(start):
    async with start("unstable-order") as client:
        await seeded(client, *"abcde")
        listings = [await client.names("/Users") for _ in range(4)]
        assert len({tuple(listing) for listing in listings}) > 1
        assert {frozenset(listing) for listing in listings} == {frozenset(f"{name}@corp.example" for name in "abcde")}


@shows(FaultName.EMPTY_LIST)
async def test_empty_list(start):
    async with start("empty-list") as client:
        assert "Resources" not in await client.list("/Users")


@shows(FaultName.STALE_LIST)
async def test_stale_list(start):
    async with start("stale-list=60000") as client:
        user = await client.create("/Users", person())
        assert await client.names("/Users") == []
        assert await client.names("/Users", filter='userName eq "ada@corp.example"') == []
        assert (await client.get(f"/Users/{user}")).status == 200
        client.sim.faults.clear(FaultName.STALE_LIST)
        client.sim.faults.add("stale-list=0")
        assert len(await client.names("/Users")) == 1


@shows(FaultName.FILTER)
@pytest.mark.parametrize(("value", "names"), [("ignored", ["ada", "adam", "grace"]), ("loose", ["ada", "adam"])])
async def test_filter_that_says_too_much(start, value, names):
    async with start(f"filter={value}") as client:
        await seeded(client, "ada", "adam", "grace")
        found = await client.names("/Users", filter='userName eq "ada"')
        assert [name.partition("@")[0] for name in found] == names


@shows(FaultName.FILTER_AND)
@shows(FaultName.FILTER_QUOTES)
@shows(FaultName.FILTER_ATTRIBUTES)
@pytest.mark.parametrize(
    ("fault", "text", "taken"),
    [
        ("filter=refused", 'userName eq "a"', None),
        ("filter-and", 'userName eq "a" and active eq true', 'userName eq "a"'),
        ("filter-quotes", 'userName eq "a\\"b"', 'userName eq "a"'),
        ("filter-attributes=userName,id", 'externalId eq "a"', 'id eq "a" and userName eq "b"'),
    ],
)
async def test_filter_that_is_refused(start, fault, text, taken):
    async with start(fault) as client:
        assert (await client.refused_filter(text)).kind == "invalidFilter"
        assert taken is None or await client.names("/Users", filter=taken) == []


@shows(FaultName.INACTIVE)
@shows(FaultName.DELETE)
async def test_deleted_users_become_inactive_and_hidden_and_keep_their_names(start):
    async with start("delete", "inactive") as client:
        [user] = await seeded(client, "ada")
        assert (await client.call("DELETE", f"/Users/{user}")).status == 204
        assert await client.names("/Users") == []
        assert (await client.get(f"/Users/{user}")).json["active"] is False
        assert (await client.post("/Users", person())).status == 409
        assert next(entry.effect for entry in client.sim.log) == "modified"


@shows(FaultName.HIDE_MEMBERS)
async def test_hide_members(start):
    async with start("hide-members") as client:
        users = await seeded(client, "ada")
        group = (await client.post("/Groups", team(members=users))).json
        assert "members" not in group
        assert "members" not in (await client.list("/Groups"))["Resources"][0]
        assert stored_members(client) == users


@shows(FaultName.NULL_MEMBERS)
async def test_null_members(start):
    async with start("null-members") as client:
        assert (await client.post("/Groups", team())).json["members"] is None


@shows(FaultName.MEMBER_REMOVAL)
@shows(FaultName.MEMBER_LIST_REMOVAL)
@pytest.mark.parametrize(
    ("fault", "removal", "other"),
    [("member-removal", member_removal, list_removal), ("member-list-removal", list_removal, member_removal)],
)
@pytest.mark.parametrize(("value", "status", "left"), [("ignored", 204, 3), ("clears", 204, 0), ("refused", 400, 3)])
async def test_member_removal(start, *, fault, removal, other, value, status, left):
    async with start(f"{fault}={value}") as client:
        users = await seeded(client, *"abc")
        group = await client.create("/Groups", team(members=users))
        assert (await client.patch(f"/Groups/{group}", removal(users[0]))).status == status
        assert len(stored_members(client)) == left
        await client.patch(f"/Groups/{group}", addition(*users), other(users[0]))
        assert stored_members(client) == users[1:]


@shows(FaultName.MEMBER_ADD)
@pytest.mark.parametrize(
    ("value", "status", "left"), [("replaces", 204, [1, 2]), ("fails", 500, [0, 1]), ("duplicates", 204, [0, 1, 1, 2])]
)
async def test_member_add(start, value, status, left):
    async with start(f"member-add={value}") as client:
        users = await seeded(client, *"abc")
        group = await client.create("/Groups", team(members=users[:2]))
        assert (await client.patch(f"/Groups/{group}", addition(*users[1:]))).status == status
        assert stored_members(client) == [users[number] for number in left]


async def test_duplicate_members_leave_together(start):
    async with start("member-add=duplicates") as client:
        users = await seeded(client, "a")
        group = await client.create("/Groups", team(members=users))
        await client.patch(f"/Groups/{group}", addition(*users))
        await client.patch(f"/Groups/{group}", member_removal(users[0]))
        assert stored_members(client) == []


@shows(FaultName.EMPTY_MEMBERS)
@pytest.mark.parametrize(
    "operation", [{"op": "replace", "path": "members", "value": []}, {"op": "remove", "path": "members"}]
)
async def test_empty_members(start, operation):
    async with start("empty-members") as client:
        users = await seeded(client, "a")
        group = await client.create("/Groups", team(members=users))
        assert (await client.patch(f"/Groups/{group}", operation)).status == 400
        assert (await client.call("PUT", f"/Groups/{group}", team(members=[]))).status == 400
        assert (await client.patch(f"/Groups/{group}", member_removal(users[0]))).status == 204


@shows(FaultName.MEMBER_CAP)
@shows(FaultName.GROUP_SIZE)
async def test_member_cap_and_group_size(start):
    async with start("member-cap=2:413", "group-size=3") as client:
        users = await seeded(client, *"abcd")
        assert (await client.post("/Groups", team(members=users[:3]))).status == 413
        group = await client.create("/Groups", team(members=users[:2]))
        path = f"/Groups/{group}"
        assert (await client.patch(path, addition(*users[:2]), addition(users[2]))).status == 413
        assert (await client.patch(path, addition(users[2]))).status == 204
        assert (await client.patch(path, addition(users[3]))).status == 413
        assert stored_members(client) == users[:3]


@shows(FaultName.INACTIVE_MEMBER)
async def test_inactive_member(start):
    async with start("inactive-member") as client:
        users, _ = client.sim.seed([person("a"), person("b", active=False)])
        assert (await client.post("/Groups", team(members=users))).status == 400
        assert client.sim.groups == {}
        assert (await client.post("/Groups", team(members=users[:1]))).status == 201


@shows(FaultName.WRITE_BODY)
async def test_write_body(start):
    async with start("write-body=empty;times=1") as client:
        created = await client.post("/Users", person())
        assert (created.status, created.body) == (201, b"")
        path = f"/Users/{next(iter(client.sim.users))}"
        client.sim.faults.add("write-body=stale;times=1")
        assert "title" not in (await client.call("PUT", path, person(title="x"))).json
        assert (await client.get(path)).json["title"] == "x"
        client.sim.faults.add("write-body=without-members;times=1")
        group = await client.post("/Groups", team(members=[path.rpartition("/")[2]]))
        assert "members" not in group.json
        assert len(stored_members(client)) == 1


@shows(FaultName.LOST_UPDATE)
async def test_lost_update(start):
    """The slow writer has read before the fast one wrote, and writes after it."""
    async with start("lost-update=300;times=1") as client:
        users = await seeded(client, *"ab")
        group = await client.create("/Groups", team())
        slow = asyncio.create_task(client.patch(f"/Groups/{group}", addition(users[0])))
        while not client.sim.faults.idle:  # noqa: ASYNC110 - it has read once the fault is used up
            await asyncio.sleep(0.005)
        await client.patch(f"/Groups/{group}", addition(users[1]))
        assert stored_members(client) == [users[1]]
        assert (await slow).status == 204
        assert stored_members(client) == [users[0]]


@shows(FaultName.MULTI_VALUE)
@pytest.mark.parametrize(("value", "status", "left"), [("refused", 400, None), ("work-only", 201, ["w"])])
async def test_multi_value(start, value, status, left):
    async with start(f"multi-value={value}") as client:
        emails = [{"type": "home", "value": "h"}, {"type": "work", "value": "w"}]
        answer = await client.post("/Users", person(emails=emails))
        assert answer.status == status
        assert left is None or [email["value"] for email in answer.json["emails"]] == left


@shows(FaultName.EXTENSION_PATH)
async def test_extension_path(start):
    async with start("extension-path") as client:
        [user] = await seeded(client, "ada")
        colon, dot = [
            await client.patch(f"/Users/{user}", {"op": "add", "path": f"{ENTERPRISE}{mark}department", "value": "X"})
            for mark in ":."
        ]
        assert (colon.kind, dot.json[ENTERPRISE]) == ("invalidPath", {"department": "X"})


@shows(FaultName.DOTTED_KEYS)
async def test_dotted_keys(start):
    async with start("dotted-keys") as client:
        [user] = await seeded(client, "ada")
        value = {"name.givenName": "A", f"{ENTERPRISE}:department": "X"}
        found = (await client.patch(f"/Users/{user}", {"op": "replace", "value": value})).json
        assert (found["name"]["givenName"], found[ENTERPRISE]) == ("A", {"department": "X"})


@shows(FaultName.IGNORED_ATTRIBUTE)
async def test_ignored_attribute(start):
    async with start("ignored-attribute=title") as client:
        user = await client.create("/Users", person(title="old"))
        answer = await client.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "new"})
        assert (answer.status, answer.json["title"]) == (200, "old")
        assert list(client.sim.log)[-1].effect == "ignored"


@shows(FaultName.REFORMAT)
@pytest.mark.parametrize(
    ("how", "changes", "attribute", "expected"),
    [
        ("phone", {"phoneNumbers": [{"value": "+44 20"}]}, "phoneNumbers", [{"value": "+4420"}]),
        ("lower", {"userName": "Ada"}, "userName", "ada"),
        ("trim", {"title": " Lead "}, "title", "Lead"),
    ],
)
async def test_reformat(start, how, changes, attribute, expected):
    async with start(f"reformat={how}") as client:
        assert (await client.post("/Users", person(**changes))).json[attribute] == expected


@shows(FaultName.DUPLICATE_ALLOWED)
async def test_duplicate_allowed(start):
    async with start("duplicate-allowed") as client:
        first, second = [await client.create("/Users", person()) for _ in range(2)]
        assert len(await client.names("/Users", filter='userName eq "ada@corp.example"')) == 2
        await client.call("DELETE", f"/Users/{first}")
        assert (await client.list("/Users", filter='externalId eq "identity/ada"'))["Resources"][0]["id"] == second


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


def test_every_fault_is_shown_here():
    assert set(FaultName) == SHOWN
