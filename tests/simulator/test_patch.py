"""PATCH of users: RFC 7644 section 3.5.2, with what Entra's dialect adds."""

from __future__ import annotations

import pytest

from scim_operator.simulator.settings import Settings
from tests.simulator.client import ENTERPRISE, PATCH, USER, WS1B, person

WORK = {"type": "work", "value": "ada@corp.example", "primary": True}
HOME = {"type": "home", "value": "ada@home.example"}
START = person(
    schemas=[USER, ENTERPRISE],
    title="Analyst",
    emails=[WORK, HOME],
    phoneNumbers=[{"type": "work", "value": "1"}],
    **{ENTERPRISE: {"department": "Engineering", "costCenter": "7"}},
)


def op(verb, path=None, **value):
    return {"op": verb, **({"path": path} if path else {}), **value}


async def patched(client, *operations):
    """The user after the PATCH, without what the service adds."""
    user = await client.create("/Users", START)
    answer = await client.patch(f"/Users/{user}", *operations)
    assert answer.status == 200, answer.body
    return {key: value for key, value in answer.json.items() if key not in {"id", "meta", "schemas", "externalId"}}


@pytest.mark.parametrize(
    ("operation", "attribute", "expected"),
    [
        pytest.param(op("add", "title", value="Lead"), "title", "Lead", id="add to a single value sets it"),
        pytest.param(op("replace", "title", value="Lead"), "title", "Lead", id="replace"),
        pytest.param(op("replace", "nickName", value="A"), "nickName", "A", id="replace of what is absent adds"),
        pytest.param(op("remove", "title"), "title", None, id="remove"),
        pytest.param(op("remove", "nickName"), "nickName", None, id="remove of what is absent changes nothing"),
        pytest.param(op("replace", "title", value=None), "title", None, id="null unassigns"),
        pytest.param(op("Replace", "TITLE", value="Lead"), "title", "Lead", id="op and names without case"),
        pytest.param(op("replace", f"{USER}:title", value="Lead"), "title", "Lead", id="the core schema's URN"),
        pytest.param(
            op("replace", "name.givenName", value="Augusta"),
            "name",
            {"givenName": "Augusta", "familyName": "Example"},
            id="a sub-attribute",
        ),
        pytest.param(
            op("replace", "name", value={"middleName": "King"}),
            "name",
            {"givenName": "Ada", "familyName": "Example", "middleName": "King"},
            id="a complex attribute keeps the sub-attributes that are not named",
        ),
        pytest.param(
            op("replace", value={"name": {"givenName": "A"}, "title": "Lead"}),
            "name",
            {"givenName": "A", "familyName": "Example"},
            id="without path",
        ),
        pytest.param(op("add", value={"active": "False"}), "active", False, id="Entra's string boolean"),
        pytest.param(
            op("add", "phoneNumbers", value=[{"type": "fax", "value": "2"}]),
            "phoneNumbers",
            [{"type": "work", "value": "1"}, {"type": "fax", "value": "2"}],
            id="add appends to a multi-valued attribute",
        ),
        pytest.param(
            op("add", "phoneNumbers", value={"type": "work", "value": "1"}),
            "phoneNumbers",
            [{"type": "work", "value": "1"}],
            id="adding what is there changes nothing; one value needs no list",
        ),
        pytest.param(
            op("replace", "phoneNumbers", value=[{"type": "fax", "value": "2"}]),
            "phoneNumbers",
            [{"type": "fax", "value": "2"}],
            id="replace takes the place of all values",
        ),
        pytest.param(op("replace", "phoneNumbers", value=[]), "phoneNumbers", None, id="replace with no value"),
        pytest.param(op("remove", "phoneNumbers"), "phoneNumbers", None, id="remove of all values"),
        pytest.param(
            op("replace", 'emails[type eq "work"].value', value="a@new.example"),
            "emails",
            [{**WORK, "primary": "true", "value": "a@new.example"}, HOME],
            id="a sub-attribute of the selected value",
        ),
        pytest.param(
            op("replace", 'emails[type eq "WORK" and primary eq true].value', value="a@new.example"),
            "emails",
            [{**WORK, "primary": "true", "value": "a@new.example"}, HOME],
            id="two comparisons, without case",
        ),
        pytest.param(
            op("replace", 'emails[type eq "home"]', value={"value": "o@x.example"}),
            "emails",
            [{**WORK, "primary": "true"}, {"value": "o@x.example"}],
            id="replace of a selected value takes the place of all of it",
        ),
        pytest.param(
            op("add", 'emails[type eq "home"]', value={"display": "Home"}),
            "emails",
            [{**WORK, "primary": "true"}, {**HOME, "display": "Home"}],
            id="add to a selected value merges",
        ),
        pytest.param(
            op("add", 'phoneNumbers[type eq "mobile"].value', value="3"),
            "phoneNumbers",
            [{"type": "work", "value": "1"}, {"type": "mobile", "value": "3"}],
            id="add where nothing is selected makes the value",
        ),
        pytest.param(
            op("remove", 'emails[type eq "home"]'), "emails", [{**WORK, "primary": "true"}], id="remove of a value"
        ),
        pytest.param(
            op("remove", 'emails[type eq "other"]'),
            "emails",
            [{**WORK, "primary": "true"}, HOME],
            id="remove of a value that is absent changes nothing",
        ),
        pytest.param(
            op("remove", 'emails[type eq "work"].primary'),
            "emails",
            [{"type": "work", "value": "ada@corp.example"}, HOME],
            id="remove of a sub-attribute of a value",
        ),
        pytest.param(
            op("Remove", "emails", value=[{"value": "ada@home.example"}]),
            "emails",
            [{**WORK, "primary": "true"}],
            id="Entra's removal of listed values",
        ),
        pytest.param(
            op("add", "emails", value=[{"type": "other", "value": "o@x.example", "primary": True}]),
            "emails",
            [{**WORK, "primary": "false"}, HOME, {"type": "other", "value": "o@x.example", "primary": "true"}],
            id="a new primary value takes it from the old one",
        ),
        pytest.param(
            op("replace", 'emails[type eq "home"].primary', value=True),
            "emails",
            [{**WORK, "primary": "false"}, {**HOME, "primary": "true"}],
            id="so does one that becomes it",
        ),
        pytest.param(
            op("replace", f"{ENTERPRISE}:department", value="Research"),
            ENTERPRISE,
            {"department": "Research", "costCenter": "7"},
            id="an extension attribute by its URN, which has dots and colons itself",
        ),
        pytest.param(
            op("add", f"{ENTERPRISE.upper()}:manager.value", value="9"),
            ENTERPRISE,
            {"department": "Engineering", "costCenter": "7", "manager": {"value": "9"}},
            id="a sub-attribute of an extension attribute, URN without case",
        ),
        pytest.param(op("remove", ENTERPRISE), ENTERPRISE, None, id="a whole extension"),
        pytest.param(
            op("add", value={ENTERPRISE: {"division": "D", "costCenter": None}}),
            ENTERPRISE,
            {"department": "Engineering", "division": "D"},
            id="an extension without path merges, null unassigns",
        ),
        pytest.param(
            op("add", f"{WS1B}:customAttribute1", value="x"), WS1B, {"customAttribute1": "x"}, id="a new extension"
        ),
        pytest.param(
            op("add", "urn:example:2.0:User:badge", value="B"), "urn:example:2.0:User", {"badge": "B"}, id="unknown URN"
        ),
    ],
)
async def test_operation(client, operation, attribute, expected):
    found = await patched(client, operation)
    assert found.get(attribute) == expected
    untouched = {key for key in found if key not in {attribute, "title", "emails"}}
    assert untouched >= {"userName", "active"} - {attribute}


async def test_added_extension_is_named_in_schemas(client):
    user = await client.create("/Users", person())
    answer = await client.patch(f"/Users/{user}", op("add", f"{WS1B}:domain", value="corp.example"))
    assert answer.json["schemas"] == [USER, WS1B]


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        pytest.param(op("remove"), "noTarget", id="remove needs a path"),
        pytest.param(op("replace", 'emails[type eq "fax"].value', value="x"), "noTarget", id="nothing to replace"),
        pytest.param(op("replace", 'photos[type eq "fax"]', value={"value": "x"}), "noTarget", id="nothing at all"),
        pytest.param(op("replace", "ims.value", value="x"), "noTarget", id="no value to have the sub-attribute"),
        pytest.param(op("add", "id", value="mine"), "mutability", id="read-only id"),
        pytest.param(op("replace", value={"title": "x", "id": "mine"}), "mutability", id="read-only id without path"),
        pytest.param(op("replace", "meta.version", value="x"), "mutability", id="meta"),
        pytest.param(op("add", "groups", value=[{"value": "g"}]), "mutability", id="groups of a user"),
        pytest.param(op("remove", "userName"), "mutability", id="a required attribute"),
        pytest.param(op("replace", "name.givenName", value=None), "mutability", id="a required sub-attribute"),
        pytest.param(op("remove", 'emails[type eq "work"]'), "invalidValue", id="the last work mail"),
        pytest.param(op("replace", "nope", value="x"), "invalidPath", id="unknown attribute"),
        pytest.param(op("replace", "name.nope", value="x"), "invalidPath", id="unknown sub-attribute"),
        pytest.param(op("replace", f"{ENTERPRISE}:nope", value="x"), "invalidPath", id="unknown in an extension"),
        pytest.param(op("replace", f"{ENTERPRISE}.department", value="x"), "invalidPath", id="dot before attribute"),
        pytest.param(op("replace", 'emails[type eq "work"', value="x"), "invalidPath", id="open bracket"),
        pytest.param(op("replace", "emails[type eq work].value", value="x"), "invalidPath", id="no quotation marks"),
        pytest.param(op("replace", 'emails[type co "w"].value', value="x"), "invalidPath", id="other operator"),
        pytest.param(op("replace", 'title[type eq "x"]', value="x"), "invalidPath", id="brackets on a single value"),
        pytest.param(op("replace", value={"name.givenName": "x"}), "invalidPath", id="dotted key without path"),
        pytest.param(op("replace", value={f"{ENTERPRISE}:department": "x"}), "invalidPath", id="URN key without path"),
        pytest.param(op("replace", value="x"), "invalidValue", id="without path the value is an object"),
        pytest.param(op("add", "title"), "invalidValue", id="no value"),
        pytest.param(op("replace", "active", value="yes"), "invalidValue", id="no boolean"),
        pytest.param(op("replace", "emails", value=[{"type": "work", "value": 1}]), "invalidValue", id="a number"),
        pytest.param(op("move", "title", value="x"), "invalidSyntax", id="unknown op"),
        pytest.param("title", "invalidSyntax", id="no object"),
    ],
)
async def test_refused_operation_is_atomic(client, operation, kind):
    user = await client.create("/Users", START)
    before = client.sim.users
    answer = await client.patch(f"/Users/{user}", op("replace", "title", value="changed"), operation)
    assert (answer.status, answer.kind) == (400, kind)
    assert client.sim.users == before


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"Operations": [op("remove", "title")]}, id="schemas must name PatchOp"),
        pytest.param({"schemas": [PATCH], "Operations": []}, id="no operation"),
        pytest.param({"schemas": [PATCH]}, id="no operations"),
    ],
)
async def test_malformed_body(client, body):
    user = await client.create("/Users", START)
    assert (await client.call("PATCH", f"/Users/{user}", body)).kind == "invalidSyntax"


async def test_unique_value_taken(client):
    await client.create("/Users", person("grace"))
    user = await client.create("/Users", person())
    answer = await client.patch(f"/Users/{user}", op("replace", "userName", value="Grace@corp.example"))
    assert (answer.status, answer.kind) == (409, "uniqueness")


async def test_change_moves_the_version_and_what_can_be_found(client):
    created = (await client.post("/Users", person())).json
    answer = await client.patch(f"/Users/{created['id']}", op("replace", "userName", value="new@corp.example"))
    assert answer.json["meta"]["version"] != created["meta"]["version"]
    assert await client.names("/Users", filter='userName eq "ada@corp.example"') == []
    assert await client.names("/Users", filter='userName eq "new@corp.example"') == ["new@corp.example"]


async def test_own_values_are_no_conflict(client):
    user = await client.create("/Users", person())
    answer = await client.patch(f"/Users/{user}", op("replace", "userName", value="ADA@corp.example"))
    assert answer.json["userName"] == "ADA@corp.example"


async def test_lenient_service_takes_unknown_attributes_and_other_external_ids(start):
    async with start(settings=Settings().lenient()) as client:
        user = await client.create("/Users", {"userName": "a", "externalId": "1"})
        answer = await client.patch(
            f"/Users/{user}", op("add", "badge", value={"n": 1}), op("replace", "externalId", value="2")
        )
        assert (answer.json["badge"], answer.json["externalId"]) == ({"n": 1}, "2")
