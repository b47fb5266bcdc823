"""Faults in lists, filters and pages, through real HTTP."""

from __future__ import annotations

import pytest

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.settings import Settings
from tests.simulator.client import person, seeded, team


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


async def test_ignore_paging(start):
    async with start("ignore-paging=2") as client:
        await seeded(client, *"abc")
        found = await client.list("/Users", startIndex=3, count=1)
        assert [user["userName"][0] for user in found["Resources"]] == ["a", "b"]
        assert (found["totalResults"], found["startIndex"]) == (2, 1)


async def test_short_pages_and_rows_past_the_end(start):
    async with start("short-pages", "past-end") as client:
        await seeded(client, *"abcde")
        assert await client.names("/Users", count=4) == ["a@corp.example", "b@corp.example"]
        assert await client.names("/Users", startIndex=9, count=4) == ["e@corp.example"]


async def test_unstable_order(start):
    async with start("unstable-order") as client:
        await seeded(client, *"abcde")
        listings = [await client.names("/Users") for _ in range(4)]
        assert len({tuple(listing) for listing in listings}) > 1
        assert {frozenset(listing) for listing in listings} == {frozenset(f"{name}@corp.example" for name in "abcde")}


async def test_empty_list(start):
    async with start("empty-list") as client:
        assert "Resources" not in await client.list("/Users")


async def test_stale_list(start):
    async with start("stale-list=60000") as client:
        user = await client.create("/Users", person())
        assert await client.names("/Users") == []
        assert await client.names("/Users", filter='userName eq "ada@corp.example"') == []
        assert (await client.get(f"/Users/{user}")).status == 200
        client.sim.faults.clear(FaultName.STALE_LIST)
        client.sim.faults.add("stale-list=0")
        assert len(await client.names("/Users")) == 1


@pytest.mark.parametrize(("value", "names"), [("ignored", ["ada", "adam", "grace"]), ("loose", ["ada", "adam"])])
async def test_filter_that_says_too_much(start, value, names):
    async with start(f"filter={value}") as client:
        await seeded(client, "ada", "adam", "grace")
        found = await client.names("/Users", filter='userName eq "ada"')
        assert [name.partition("@")[0] for name in found] == names


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


async def test_deleted_users_become_inactive_and_hidden_and_keep_their_names(start):
    async with start("delete", "inactive") as client:
        [user] = await seeded(client, "ada")
        assert (await client.call("DELETE", f"/Users/{user}")).status == 204
        assert await client.names("/Users") == []
        assert (await client.get(f"/Users/{user}")).json["active"] is False
        assert (await client.post("/Users", person())).status == 409
        assert next(entry.effect for entry in client.sim.log) == "modified"


@pytest.mark.parametrize(("value", "status"), [("kept", 204), ("unknown", 404)])
async def test_a_deletion_that_does_nothing(start, value, status):
    async with start(f"delete={value}") as client:
        [user] = await seeded(client, "ada")
        assert (await client.call("DELETE", f"/Users/{user}")).status == status
        assert (await client.get(f"/Users/{user}")).json["active"] is True


@pytest.mark.parametrize(("value", "status"), [("2", 400), ("2:422", 422)])
async def test_a_count_over_the_limit(start, value, status):
    async with start(f"count-limit={value}") as client:
        await seeded(client, *"abc")
        assert (await client.get("/Users?count=3")).status == status
        assert len(await client.names("/Users", count=2)) == 2
        assert len(await client.names("/Users")) == 3


async def test_pages_by_cursor_only(start):
    async with start("cursor=only") as client:
        await seeded(client, *"abc")
        assert (await client.get("/Users?startIndex=1&count=2")).status == 400
        first = await client.list("/Users", cursor="", count=2)
        rest = await client.list("/Users", cursor=first["nextCursor"], count=2)
        assert [user["userName"][0] for user in (*first["Resources"], *rest["Resources"])] == ["a", "b", "c"]
        assert (first["totalResults"], "nextCursor" in rest) == (3, False)


async def test_pages_by_cursor_without_a_total_and_by_default(start):
    async with start("cursor=no-total;path=/Users", "cursor=default;path=/Groups") as client:
        await seeded(client, *"abc")
        assert "totalResults" not in await client.list("/Users", cursor="", count=2)
        client.sim.seed(groups=[team(name) for name in "abc"])
        found = await client.list("/Groups", startIndex=2, count=2)
        assert [group["displayName"] for group in found["Resources"]] == ["a", "b"]
        assert found["nextCursor"]


async def test_a_list_without_a_filter_is_refused(start):
    async with start("unfiltered=403") as client:
        await seeded(client, "a")
        assert (await client.get("/Users")).status == 403
        assert await client.names("/Users", filter='userName eq "a@corp.example"')


async def test_an_index_from_zero(start):
    async with start("zero-index") as client:
        await seeded(client, *"abc")
        assert [name[0] for name in await client.names("/Users", startIndex=0, count=2)] == ["a", "b"]
        assert [name[0] for name in await client.names("/Users", startIndex=1)] == ["b", "c"]


async def test_a_row_twice(start):
    async with start("duplicate-row") as client:
        await seeded(client, *"ab")
        found = await client.list("/Users")
        assert [user["userName"][0] for user in found["Resources"]] == ["a", "a", "b"]
        assert found["totalResults"] == 3


@pytest.mark.parametrize("status", [404, 410, 204])
async def test_a_filter_without_a_match(start, status):
    async with start(f"no-match={status}") as client:
        await seeded(client, "a")
        assert (await client.get('/Users?filter=userName eq "b@corp.example"')).status == status
        assert await client.names("/Users", filter='userName eq "a@corp.example"')


async def test_one_who_is_hidden(start):
    async with start("hidden=a@corp.example") as client:
        await seeded(client, *"ab")
        assert [name[0] for name in await client.names("/Users")] == ["b"]
        assert await client.names("/Users", filter='userName eq "a@corp.example"') == []
        assert (await client.post("/Users", person("a"))).status == 409


@pytest.mark.parametrize("status", [400, 410])
async def test_an_id_that_is_not_there(start, status):
    async with start(f"unknown-id={status}") as client:
        assert (await client.get("/Users/nothing")).status == status


async def test_ids_as_numbers(start):
    async with start("numeric-ids", settings=Settings(numbered_ids=True)) as client:
        await seeded(client, "a")
        client.sim.seed(groups=[team("one", ["1"])])
        assert (await client.list("/Users"))["Resources"][0]["id"] == 1
        (member,) = (await client.list("/Groups"))["Resources"][0]["members"]
        assert member["value"] == 1


async def test_a_young_id(start):
    async with start("young-id=3600000;path=/Users") as client:
        await seeded(client, "a")
        (user,) = client.sim.users
        assert (await client.get(f"/Users/{user}")).status == 404
        client.sim.faults.clear()
        assert (await client.get(f"/Users/{user}")).status == 200


@pytest.mark.parametrize(("value", "status"), [("3600000", 400), ("3600000:404", 404), ("0", 201)])
async def test_a_young_member(start, value, status):
    async with start(f"young-member={value}") as client:
        await seeded(client, "a")
        (user,) = client.sim.users
        assert (await client.post("/Groups", team("one", [user]))).status == status
