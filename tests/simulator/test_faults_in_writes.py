"""Faults in writes, of members above all, through real HTTP."""

from __future__ import annotations

import asyncio

import pytest

from tests.simulator.client import ENTERPRISE, USER, person, seeded, team


def member_removal(member):
    return {"op": "remove", "path": f'members[value eq "{member}"]'}


def list_removal(member):
    return {"op": "remove", "path": "members", "value": [{"value": member}]}


def addition(*members):
    return {"op": "add", "path": "members", "value": [{"value": member} for member in members]}


def stored_members(client, name="compilers"):
    return [member["value"] for member in client.sim.group(name).get("members", ())]


async def test_hide_members(start):
    async with start("hide-members") as client:
        users = await seeded(client, "ada")
        group = (await client.post("/Groups", team(members=users))).json
        assert "members" not in group
        assert "members" not in (await client.list("/Groups"))["Resources"][0]
        assert stored_members(client) == users


@pytest.mark.parametrize(("form", "base"), [("absolute", "/scim/v2/Users/"), ("relative", "../Users/")])
async def test_member_refs(start, form, base):
    async with start(f"member-refs={form}") as client:
        users = await seeded(client, "ada")
        group = (await client.post("/Groups", team(members=users))).json
        assert [list(member) for member in group["members"]] == [["$ref"]]
        assert group["members"][0]["$ref"].endswith(f"{base}{users[0]}")
        assert stored_members(client) == users


async def test_null_members(start):
    async with start("null-members") as client:
        assert (await client.post("/Groups", team())).json["members"] is None


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


async def test_inactive_member(start):
    async with start("inactive-member") as client:
        users, _ = client.sim.seed([person("a"), person("b", active=False)])
        assert (await client.post("/Groups", team(members=users))).status == 400
        assert client.sim.groups == {}
        assert (await client.post("/Groups", team(members=users[:1]))).status == 201


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


@pytest.mark.parametrize(("value", "status", "left"), [("refused", 400, None), ("work-only", 201, ["w"])])
async def test_multi_value(start, value, status, left):
    async with start(f"multi-value={value}") as client:
        emails = [{"type": "home", "value": "h"}, {"type": "work", "value": "w"}]
        answer = await client.post("/Users", person(emails=emails))
        assert answer.status == status
        assert left is None or [email["value"] for email in answer.json["emails"]] == left


async def test_required(start):
    async with start("required=title,emails") as client:
        assert (await client.post("/Users", person(title="Countess"))).status == 201
        answer = await client.post("/Users", person("bob"))
        assert (answer.status, "title" in answer.json["detail"]) == (400, True)


async def test_slash(start):
    async with start("slash=308") as client:
        redirected = await client.call("GET", "/Users?count=1")
        assert (redirected.status, redirected.headers["Location"]) == (308, "Users/?count=1")
        assert (await client.call("POST", "/Users/", person())).status == 201


async def test_extension_path(start):
    async with start("extension-path") as client:
        [user] = await seeded(client, "ada")
        colon, dot = [
            await client.patch(f"/Users/{user}", {"op": "add", "path": f"{ENTERPRISE}{mark}department", "value": "X"})
            for mark in ":."
        ]
        assert (colon.kind, dot.json[ENTERPRISE]) == ("invalidPath", {"department": "X"})


async def test_dotted_keys(start):
    async with start("dotted-keys") as client:
        [user] = await seeded(client, "ada")
        value = {"name.givenName": "A", f"{ENTERPRISE}:department": "X"}
        found = (await client.patch(f"/Users/{user}", {"op": "replace", "value": value})).json
        assert (found["name"]["givenName"], found[ENTERPRISE]) == ("A", {"department": "X"})


async def test_ignored_attribute(start):
    async with start("ignored-attribute=title") as client:
        user = await client.create("/Users", person(title="old"))
        answer = await client.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "new"})
        assert (answer.status, answer.json["title"]) == (200, "old")
        assert list(client.sim.log)[-1].effect == "ignored"


@pytest.mark.parametrize(("value", "status"), [("title", 400), ("title:500", 500)])
async def test_refused_attribute(start, value, status):
    async with start(f"refused-attribute={value}") as client:
        user = await client.create("/Users", person(title="old"))
        operations = [{"op": "replace", "path": path, "value": "new"} for path in ("nickName", "title")]
        assert (await client.patch(f"/Users/{user}", *operations)).status == status
        assert (await client.patch(f"/Users/{user}", operations[0])).status == 200
        assert client.sim.users[user]["title"] == "old"


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


async def test_duplicate_allowed(start):
    async with start("duplicate-allowed") as client:
        first, second = [await client.create("/Users", person()) for _ in range(2)]
        assert len(await client.names("/Users", filter='userName eq "ada@corp.example"')) == 2
        await client.call("DELETE", f"/Users/{first}")
        assert (await client.list("/Users", filter='externalId eq "identity/ada"'))["Resources"][0]["id"] == second


@pytest.mark.parametrize(
    ("fault", "changes"),
    [
        ("unique-attribute", {}),
        ("unique-attribute=employeeNumber", {"employeeNumber": "7"}),
    ],
)
async def test_unique_attribute(start, fault, changes):
    def one(name, mail, **number):
        more = {"emails": [{"type": "work", "value": mail}], "userName": name, "externalId": name}
        return person(**more, **({ENTERPRISE: number, "schemas": [USER, ENTERPRISE]} if number else {}))

    async with start(fault) as client:
        await client.create("/Users", one("ada", "ada@corp.example", **changes))
        mail = "ben@corp.example" if changes else "Ada@corp.example"
        reply = await client.post("/Users", one("ben", mail, **changes))
        assert (reply.status, reply.json["scimType"]) == (409, "uniqueness")
        free = dict.fromkeys(changes, "8")
        assert (await client.post("/Users", one("ben", "ben@corp.example", **free))).status == 201


async def test_refused_attribute_with_a_keyword(start):
    async with start("refused-attribute=title:400:mutability") as client:
        user = await client.create("/Users", person(title="old"))
        reply = await client.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "new"})
        assert reply.json["scimType"] == "mutability"


async def test_patch_limited(start):
    async with start("patch-limited=active") as client:
        user = await client.create("/Users", person(title="old"))
        title = {"op": "replace", "path": "title", "value": "new"}
        assert (await client.patch(f"/Users/{user}", title)).status == 400
        assert (await client.patch(f"/Users/{user}", {"op": "replace", "value": {"title": "new"}})).status == 400
        assert (await client.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": False})).status == 200


async def test_dropped_attributes(start):
    async with start("dropped-attributes") as client:
        user = await client.create("/Users", person(title="old", nickName="Ada"))
        await client.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "new"})
        stored = client.sim.users[user]
        assert stored["title"] == "new"
        assert "nickName" not in stored


async def test_unreturned(start):
    async with start("unreturned=title") as client:
        user = await client.create("/Users", person(title="old"))
        assert "title" not in (await client.get(f"/Users/{user}")).json
        assert "title" not in (await client.list("/Users"))["Resources"][0]


@pytest.mark.parametrize(
    ("how", "given", "status"), [("required", True, 200), ("required", False, 400), ("refused", True, 400)]
)
async def test_put_id(start, how, given, status):
    async with start(f"put-id={how}") as client:
        user = await client.create("/Users", person())
        body = {**person(title="new"), **({"id": user} if given else {})}
        assert (await client.call("PUT", f"/Users/{user}", body)).status == status


@pytest.mark.parametrize(("how", "said"), [("typed", {"type": "User"}), ("named", {"type": "User", "display": "Ada"})])
async def test_member_form(start, how, said):
    async with start(f"member-form={how}") as client:
        (user,) = await seeded(client, "ada")
        assert (await client.post("/Groups", team(members=[user]))).status == 400
        group = await client.create("/Groups", team())
        assert (await client.patch(f"/Groups/{group}", addition(user))).status == 400
        named = {"op": "add", "path": "members", "value": [{"value": user, **said}]}
        assert (await client.patch(f"/Groups/{group}", named)).status in {200, 204}
        assert stored_members(client) == [user]


async def test_lost_members(start):
    async with start("lost-members") as client:
        users = await seeded(client, "ada")
        group = await client.create("/Groups", team(members=users))
        await client.patch(f"/Groups/{group}", {"op": "replace", "path": "displayName", "value": "research"})
        assert stored_members(client, "research") == []
