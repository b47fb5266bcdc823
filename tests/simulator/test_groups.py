"""Groups and their members at the simulated service."""

from __future__ import annotations

import json
import time

import pytest

from scim_operator.simulator.settings import Settings
from tests.simulator.client import GROUP, PATCH, person, team


def add(*members):
    return {"op": "add", "path": "members", "value": [{"value": member} for member in members]}


def remove(member):
    return {"op": "remove", "path": f'members[value eq "{member}"]'}


async def people(client, *names):
    return [await client.create("/Users", person(name)) for name in names]


async def members_of(client, group):
    return [member["value"] for member in (await client.get(f"/Groups/{group}")).json.get("members", ())]


async def test_create_answers_a_body_and_other_writes_do_not(client):
    ada, grace = await people(client, "ada", "grace")
    created = await client.post("/Groups", team(members=[ada]))
    assert created.status == 201
    assert created.json["members"] == [
        {"value": ada, "$ref": f"{client.sim.url}/Users/{ada}", "display": "ada@corp.example"}
    ]
    path = f"/Groups/{created.id}"
    patched = await client.patch(path, add(grace))
    replaced = await client.call("PUT", path, team(members=[grace]))
    assert [(one.status, one.body) for one in (patched, replaced)] == [(204, b"")] * 2
    assert await members_of(client, created.id) == [grace]


async def test_group_bodies_where_the_service_answers_them(start):
    async with start(settings=Settings(group_bodies=True)) as client:
        group = await client.create("/Groups", team())
        answer = await client.patch(f"/Groups/{group}", {"op": "replace", "path": "displayName", "value": "c"})
        assert (answer.status, answer.json["displayName"]) == (200, "c")


@pytest.mark.parametrize("lacking", ["displayName", "externalId"])
async def test_required_attributes(client, lacking):
    answer = await client.post("/Groups", team(**{lacking: None}))
    assert (answer.status, answer.kind) == (400, "invalidValue")
    assert lacking in answer.json["detail"]


@pytest.mark.parametrize("changes", [{"displayName": "Compilers", "externalId": "2"}, {"displayName": "other"}])
async def test_unique_values(client, changes):
    await client.create("/Groups", team())
    assert (await client.post("/Groups", team(**changes))).kind == "uniqueness"


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        pytest.param([add("@2")], [0, 1, 2], id="add"),
        pytest.param([add("@1", "@2")], [0, 1, 2], id="adding one that is there keeps it once"),
        pytest.param([{"op": "add", "path": "members", "value": {"value": "@2"}}], [0, 1, 2], id="one needs no list"),
        pytest.param([{"op": "add", "value": {"members": [{"value": "@2"}]}}], [0, 1, 2], id="add without path"),
        pytest.param([remove("@0")], [1], id="remove by filter"),
        pytest.param([remove("@2")], [0, 1], id="remove of no member changes nothing"),
        pytest.param([remove("@0"), remove("@1")], [], id="two removals"),
        pytest.param([remove("@0"), add("@0")], [0, 1], id="remove and add again"),
        pytest.param(
            [{"op": "Remove", "path": "members", "value": [{"value": "@0"}]}], [1], id="Entra's removal of a list"
        ),
        pytest.param([{"op": "remove", "path": "members"}], [], id="remove of all"),
        pytest.param([{"op": "replace", "path": "members", "value": []}], [], id="replace by none"),
        pytest.param([{"op": "replace", "path": "members", "value": None}], [], id="replace by null"),
        pytest.param(
            [{"op": "replace", "path": "members", "value": [{"value": "@2"}, {"value": "@1"}]}], [1, 2], id="replace"
        ),
        pytest.param([{"op": "remove", "path": "members"}, add("@2")], [2], id="remove of all, then add"),
        pytest.param(
            [{"op": "remove", "path": 'members[display eq "grace@corp.example"]'}], [0], id="by a member's name"
        ),
    ],
)
async def test_membership_patch(client, operations, expected):
    ids = await people(client, "ada", "grace", "alan")
    group = await client.create("/Groups", team(members=ids[:2]))
    answer = await client.patch(f"/Groups/{group}", *(_with_ids(operation, ids) for operation in operations))
    assert answer.status == 204, answer.body
    assert sorted(await members_of(client, group)) == sorted(ids[number] for number in expected)


def _with_ids(operation, ids):
    """The operation with ids in the place of @0, @1 and @2."""
    text = json.dumps(operation)
    for number, identifier in enumerate(ids):
        text = text.replace(f"@{number}", identifier)
    return json.loads(text)


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        pytest.param(add("2819c223"), "invalidValue", id="no such user"),
        pytest.param({"op": "add", "path": "members", "value": [{"display": "x"}]}, "invalidValue", id="no id"),
        pytest.param({"op": "add", "path": "members", "value": ["x"]}, "invalidValue", id="no object"),
        pytest.param({"op": "replace", "path": 'members[value eq "x"]', "value": {}}, "mutability", id="replace"),
        pytest.param({"op": "replace", "path": "members.value", "value": "x"}, "mutability", id="a member's id"),
        pytest.param({"op": "remove", "path": 'members[nope eq "x"]'}, "invalidPath", id="unknown sub-attribute"),
        pytest.param({"op": "remove", "path": "displayName"}, "mutability", id="a required attribute"),
    ],
)
async def test_refused_membership_patch_is_atomic(client, operation, kind):
    ada, grace = await people(client, "ada", "grace")
    group = await client.create("/Groups", team(members=[ada]))
    answer = await client.patch(f"/Groups/{group}", remove(ada), add(grace), operation)
    assert (answer.status, answer.kind) == (400, kind)
    assert await members_of(client, group) == [ada]


async def test_member_that_does_not_exist_refuses_the_group(client):
    answer = await client.post("/Groups", team(members=["2819c223"]))
    assert (answer.status, answer.kind) == (400, "invalidValue")
    assert client.sim.groups == {}


async def test_put_without_members_clears_them(client):
    ada = await client.create("/Users", person())
    group = await client.create("/Groups", team(members=[ada]))
    await client.call("PUT", f"/Groups/{group}", team())
    assert await members_of(client, group) == []


async def test_users_list_their_groups(client):
    ada = await client.create("/Users", person())
    group = await client.create("/Groups", team(members=[ada]))
    reference = {"value": group, "$ref": f"{client.sim.url}/Groups/{group}", "display": "compilers", "type": "direct"}
    assert (await client.get(f"/Users/{ada}")).json["groups"] == [reference]
    await client.patch(f"/Groups/{group}", {"op": "replace", "path": "displayName", "value": "languages"})
    assert (await client.get(f"/Users/{ada}")).json["groups"] == [{**reference, "display": "languages"}]
    await client.patch(f"/Groups/{group}", remove(ada))
    assert "groups" not in (await client.get(f"/Users/{ada}")).json


async def test_members_show_the_name_that_a_user_has_now(client):
    ada = await client.create("/Users", person())
    group = await client.create("/Groups", team(members=[ada]))
    await client.get(f"/Groups/{group}")
    await client.patch(f"/Users/{ada}", {"op": "add", "path": "displayName", "value": "Ada Lovelace"})
    assert (await client.get(f"/Groups/{group}")).json["members"][0]["display"] == "Ada Lovelace"


async def test_user_name_is_shown_where_there_is_no_display_name(client):
    ada = await client.create("/Users", person())
    group = await client.create("/Groups", team(members=[ada]))
    await client.get(f"/Groups/{group}")
    await client.patch(f"/Users/{ada}", {"op": "replace", "path": "userName", "value": "new@corp.example"})
    assert (await client.get(f"/Groups/{group}")).json["members"][0]["display"] == "new@corp.example"


async def test_deleted_user_leaves_its_groups_and_moves_their_version(client):
    ada, grace = await people(client, "ada", "grace")
    created = await client.post("/Groups", team(members=[ada, grace]))
    await client.call("DELETE", f"/Users/{ada}")
    found = (await client.get(f"/Groups/{created.id}")).json
    assert [member["value"] for member in found["members"]] == [grace]
    assert found["meta"]["version"] != created.json["meta"]["version"]


async def test_deleted_group_leaves_its_members(client):
    ada = await client.create("/Users", person())
    group = await client.create("/Groups", team(members=[ada]))
    assert (await client.call("DELETE", f"/Groups/{group}")).status == 204
    assert "groups" not in (await client.get(f"/Users/{ada}")).json


async def test_external_id_update_of_a_group_is_ignored(client):
    group = await client.create("/Groups", team())
    answer = await client.patch(f"/Groups/{group}", {"op": "replace", "path": "externalId", "value": "x"})
    assert answer.status == 204
    assert client.sim.group("compilers")["externalId"] == "identity/compilers"


async def test_groups_in_groups_are_refused(client):
    inner = await client.create("/Groups", team("inner"))
    assert (await client.post("/Groups", team("outer", members=[inner]))).kind == "invalidValue"


async def test_groups_in_groups_where_a_setting_allows_them(start):
    async with start(settings=Settings(nested_groups=True)) as client:
        inner = await client.create("/Groups", team("inner"))
        outer = await client.create("/Groups", team("outer", members=[inner]))
        found = (await client.get(f"/Groups/{outer}")).json["members"]
        assert [(member["type"], member["display"]) for member in found] == [("Group", "inner")]
        assert (await client.patch(f"/Groups/{outer}", add(outer))).kind == "invalidValue"
        await client.call("DELETE", f"/Groups/{inner}")
        assert await members_of(client, outer) == []


async def test_extra_schema_and_null_references_of_entra_are_taken(client):
    ada = await client.create("/Users", person())
    extra = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
    document = team(schemas=[GROUP, extra]) | {"members": [{"value": ada, "$ref": None}]}
    assert (await client.post("/Groups", document)).status == 201


async def test_one_member_of_a_large_group_costs_no_more_than_of_a_small_one(client):
    """Removing and adding one member must not look at the others: ten thousand would take minutes."""
    users, _ = client.sim.seed([person(f"u{number}") for number in range(10_000)])
    _, groups = client.sim.seed((), [team("small", members=users[:10]), team("large", members=users)])

    def seconds(group):
        started = time.process_time()
        for member in users[:10]:
            for operation in (remove(member), add(member)):
                document = {"schemas": [PATCH], "Operations": [operation]}
                reply = client.sim.by_hand("PATCH", f"/Groups/{group}", document)
                assert reply.status == 204
        return time.process_time() - started

    small, large = (min(seconds(group) for _ in range(5)) for group in groups)
    assert large < small * 10
    assert len(await members_of(client, groups[1])) == 10_000
