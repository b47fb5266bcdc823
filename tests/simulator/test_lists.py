"""Lists at the simulated service: pages, filters, chosen attributes, searches."""

from __future__ import annotations

import time

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_operator.simulator.documents import matches
from scim_operator.simulator.names import Vocabulary, parse_filter
from scim_operator.simulator.schema import ResourceType
from scim_operator.simulator.settings import Settings
from tests.simulator.client import ENTERPRISE, USER, person, team

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
NAMES = ["ada", "alan", "barbara", "edsger", "grace"]


@pytest.fixture
async def five(client):
    client.sim.seed([person(name) for name in NAMES])
    return client


async def test_empty_list(client):
    found = await client.list("/Users", filter='userName eq "nobody"')
    assert found == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 0,
        "startIndex": 1,
        "itemsPerPage": 0,
        "Resources": [],
    }


@pytest.mark.parametrize(
    ("query", "names", "begin"),
    [
        pytest.param({}, NAMES, 1, id="all"),
        pytest.param({"count": 2}, ["ada", "alan"], 1, id="first page"),
        pytest.param({"startIndex": 3, "count": 2}, ["barbara", "edsger"], 3, id="counted from one"),
        pytest.param({"startIndex": 5, "count": 2}, ["grace"], 5, id="last page"),
        pytest.param({"startIndex": 6, "count": 2}, [], 6, id="past the end"),
        pytest.param({"startIndex": 0}, NAMES, 1, id="less than one is one"),
        pytest.param({"count": 0}, [], 1, id="the total only"),
        pytest.param({"count": -1}, [], 1, id="less than none is none"),
    ],
)
async def test_pages(five, query, names, begin):
    found = await five.list("/Users", **query)
    assert [user["userName"].partition("@")[0] for user in found["Resources"]] == names
    assert (found["totalResults"], found["startIndex"], found["itemsPerPage"]) == (5, begin, len(names))


async def test_page_cap(start):
    async with start(settings=Settings(page_cap=2)) as client:
        client.sim.seed([person(name) for name in NAMES])
        assert len(await client.names("/Users")) == 2
        assert len(await client.names("/Users", count=1000)) == 2


async def test_a_list_that_is_no_number_is_refused(client):
    assert (await client.get("/Users?count=many")).kind == "invalidValue"


async def test_deleted_resources_leave_the_list_and_new_ones_come_last(five):
    user = five.sim.user("alan@corp.example")["id"]
    await five.get("/Users")
    await five.call("DELETE", f"/Users/{user}")
    await five.create("/Users", person("alan"))
    assert [name[:4] for name in await five.names("/Users")] == ["ada@", "barb", "edsg", "grac", "alan"]


async def test_a_page_far_behind_costs_no_more_than_the_first(client):
    client.sim.seed([person(f"u{number}") for number in range(20_000)])

    def seconds(start):
        started = time.process_time()
        assert client.sim.by_hand("GET", f"/Users?startIndex={start}&count=1").status == 200
        return time.process_time() - started

    seconds(1)
    first, last = (min(seconds(start) for _ in range(20)) for start in (1, 19_990))
    assert last < first * 10


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param('userName eq "ada@corp.example"', ["ada"], id="userName"),
        pytest.param('username EQ "ADA@corp.example"', ["ada"], id="names, operators and this value without case"),
        pytest.param('externalId eq "identity/ada"', ["ada"], id="externalId"),
        pytest.param('externalId eq "Identity/ada"', [], id="externalId is exact"),
        pytest.param('id eq "{ada}"', ["ada"], id="id"),
        pytest.param('id eq "nothing"', [], id="unknown id"),
        pytest.param('emails.value eq "ada@corp.example"', ["ada"], id="sub-attribute of values"),
        pytest.param('emails eq "ada@corp.example"', ["ada"], id="values as a whole mean their value"),
        pytest.param('emails[type eq "work"].value eq "ada@corp.example"', ["ada"], id="Entra's value path"),
        pytest.param('emails[type eq "home"].value eq "ada@corp.example"', [], id="another type"),
        pytest.param('emails[type eq "work" and value eq "ada@corp.example"]', ["ada"], id="value path alone"),
        pytest.param('emails[type eq "home" and value eq "ada@corp.example"]', [], id="both of one value"),
        pytest.param('emails[primary eq true and value eq "ada@corp.example"]', ["ada"], id="a boolean"),
        pytest.param('name.familyName eq "example" and name.givenName eq "Ada"', ["ada"], id="and"),
        pytest.param('userName eq "ada@corp.example" and active eq false', [], id="and with a boolean"),
        pytest.param('active eq true and externalId eq "identity/ada"', ["ada"], id="index in second place"),
        pytest.param(f'{USER}:userName eq "ada@corp.example"', ["ada"], id="the core schema's URN"),
        pytest.param(f'{ENTERPRISE}:department eq "engineering"', ["eve"], id="extension"),
        pytest.param('displayName eq "EVE"', ["eve"], id="displayName"),
        pytest.param('title eq "x"', [], id="nobody has the attribute"),
    ],
)
async def test_filter(five, text, names):
    extension = {ENTERPRISE: {"department": "Engineering"}}
    await five.create("/Users", person("eve", schemas=[USER, ENTERPRISE], active=False, displayName="Eve", **extension))
    ada = five.sim.user("ada@corp.example")["id"]
    found = await five.names("/Users", filter=text.replace("{ada}", ada))
    assert [name.partition("@")[0] for name in found] == names


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("userName eq ada", id="no quotation marks"),
        pytest.param('userName eq "ada', id="open quotation mark"),
        pytest.param('userName eq "a"b"', id="quotation mark not escaped"),
        pytest.param('userName sw "a"', id="other operator"),
        pytest.param("userName pr", id="presence"),
        pytest.param('userName eq "a" or userName eq "b"', id="or"),
        pytest.param('not (userName eq "a")', id="not"),
        pytest.param('(userName eq "a")', id="parentheses"),
        pytest.param('userName eq "a" and', id="broken off"),
        pytest.param("userName", id="a name only"),
        pytest.param('nope eq "a"', id="unknown attribute"),
        pytest.param('emails[nope eq "a"]', id="unknown sub-attribute"),
        pytest.param('userName[type eq "a"]', id="brackets on a single value"),
        pytest.param('emails[type eq "work"', id="open bracket"),
        pytest.param('active eq "true"', id="a text for a boolean"),
        pytest.param(f'{ENTERPRISE} eq "a"', id="a whole extension"),
    ],
)
async def test_invalid_filter(client, text):
    answer = await client.refused_filter(text)
    assert (answer.status, answer.kind) == (400, "invalidFilter")


@pytest.mark.parametrize("name", ['o"neil', "back\\slash", "a b+c&d#e%f", "[x] eq 'y'", "żółć", "tab\tname"])
async def test_special_characters_can_be_matched(client, name):
    await client.create("/Users", person(userName=name, displayName=name))
    quoted = orjson.dumps(name).decode()
    assert await client.names("/Users", filter=f"userName eq {quoted}") == [name]


@given(st.text(min_size=1))
def test_every_value_that_json_can_quote_is_read_back(value):
    quoted = orjson.dumps(value.encode(errors="replace").decode()).decode()
    [conditions] = parse_filter(f"externalId eq {quoted}", Vocabulary(ResourceType.USER))
    assert matches({"externalId": orjson.loads(quoted)}, conditions)
    assert not matches({"externalId": orjson.loads(quoted) + "x"}, conditions)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('members[value eq "{ada}"]', id="value path"),
        pytest.param('members.value eq "{ada}"', id="sub-attribute"),
        pytest.param('members eq "{ada}"', id="values as a whole"),
        pytest.param('members eq "{ada}" and displayName eq "compilers"', id="and"),
        pytest.param('members[value eq "{ada}"].value eq "{ada}"', id="both"),
    ],
)
async def test_groups_by_member(five, text):
    ada, grace = (five.sim.user(f"{name}@corp.example")["id"] for name in ("ada", "grace"))
    five.sim.seed((), [team(members=[ada, grace]), team("other", members=[grace])])
    assert await five.names("/Groups", filter=text.replace("{ada}", ada)) == ["compilers"]
    assert await five.names("/Groups", filter='members eq "nobody"') == []


async def test_users_by_group(five):
    ada = five.sim.user("ada@corp.example")["id"]
    _, [group] = five.sim.seed((), [team(members=[ada])])
    assert await five.names("/Users", filter=f'groups.value eq "{group}"') == ["ada@corp.example"]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        pytest.param({"attributes": "userName"}, {"userName"}, id="one, with what is always there"),
        pytest.param({"attributes": "name.givenName,USERNAME"}, {"name", "userName"}, id="a part"),
        pytest.param({"attributes": f"{USER}:userName"}, {"userName"}, id="by URN"),
        pytest.param({"attributes": f"{ENTERPRISE}:department"}, {ENTERPRISE}, id="extension attribute"),
        pytest.param({"attributes": "meta"}, {"meta"}, id="meta"),
        pytest.param({"attributes": "id"}, set(), id="id is always there"),
        pytest.param(
            {"excludedAttributes": "emails,meta,id,name.givenName"},
            {"userName", "externalId", "active", "name", ENTERPRISE},
            id="all but some",
        ),
    ],
)
async def test_chosen_attributes(client, query, keys):
    sent = person(schemas=[USER, ENTERPRISE], **{ENTERPRISE: {"department": "D", "costCenter": "C"}})
    user = await client.create("/Users", sent)
    [listed] = (await client.list("/Users", **query))["Resources"]
    read = await client.get(f"/Users/{user}?" + "&".join(f"{key}={value}" for key, value in query.items()))
    assert listed == read.json
    assert set(listed) == keys | {"id", "schemas"}
    assert "name" not in keys or listed["name"].keys() == {
        "familyName" if "excludedAttributes" in query else "givenName"
    }
    assert ENTERPRISE not in query.get("attributes", "") or listed[ENTERPRISE] == {"department": "D"}


async def test_both_lists_of_attributes_are_refused(client):
    assert (await client.get("/Users?attributes=id&excludedAttributes=id")).status == 400


async def test_groups_without_their_members(five):
    five.sim.seed((), [team(members=list(five.sim.users))])
    [found] = (await five.list("/Groups", excludedAttributes="members"))["Resources"]
    assert "members" not in found
    assert found["displayName"] == "compilers"


async def test_search(five):
    body = {
        "schemas": [SEARCH],
        "filter": 'name.familyName eq "example"',
        "startIndex": 2,
        "count": 2,
        "attributes": ["userName"],
    }
    answer = await five.post("/Users/.search", body)
    assert answer.status == 200
    assert answer.json["totalResults"] == 5
    assert [set(user) for user in answer.json["Resources"]] == [{"schemas", "id", "userName"}] * 2
    assert (await five.post("/Groups/.search", {"schemas": [SEARCH]})).json["totalResults"] == 0
    assert (await five.get("/Users/.search")).status == 405
    assert (await five.post("/Users/.search", {"filter": "x"})).kind == "invalidSyntax"
